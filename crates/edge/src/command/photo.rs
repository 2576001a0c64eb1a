//! A registration photo's bytes, from wherever the platform put it.

use std::sync::Arc;
use std::time::Duration;

use protocol::{Code, Photo, address, image};

use super::Commands;
use super::ask::Limits;
use crate::http::FetchError;
use crate::link::Joined;

/// The longest a photo may take.
const LIMIT: Duration = Duration::from_secs(10);
/// The largest photo that is fetched, bytes.
const MAX_BYTES: usize = 10 << 20;

/// Why there is no photo: the code and a sentence for people.
pub(super) type NoPhoto = (Code, String);

impl Commands {
    /// The photo's bytes. What they are is not looked at.
    pub(super) async fn photo(&self, photo: Photo, joined: &Arc<Joined>) -> Result<Vec<u8>, NoPhoto> {
        let url = match photo {
            Photo::Base64(text) => {
                let decoding = tokio::task::spawn_blocking(move || image::decode_base64_photo(&text));
                return match decoding.await {
                    Ok(Ok(bytes)) => Ok(bytes),
                    Ok(Err(error)) => Err((Code::IMAGE_ERROR, error.to_string())),
                    Err(_) => {
                        Err((Code::SERVER_PROCESS_FAILED, "the photo's text could not be decoded".into()))
                    }
                };
            }
            Photo::Url(url) => joined.resolve(&url),
            Photo::Relative(path) => address::resolve(&image_base(joined), &path),
        };
        // This semaphore is never closed.
        let _permit = self.photos.acquire().await;
        let limits = Limits { time: LIMIT, bytes: MAX_BYTES };
        match self.ask(joined, &url, limits, |url| self.app.http.get(url)).await {
            Ok((200..=299, bytes)) if !bytes.is_empty() => Ok(bytes.to_vec()),
            Ok((200..=299, _)) => {
                Err((Code::REMOTE_DATA_FAILED, "the photo's address answers with nothing".into()))
            }
            Ok((status, _)) => {
                Err((Code::REMOTE_SERVER_FAILED, format!("the photo's address answers HTTP {status}")))
            }
            Err(error @ FetchError::TooLarge { .. }) => Err((Code::IMAGE_TOO_LARGE, error.to_string())),
            Err(error) => Err((Code::REMOTE_SERVER_FAILED, error.to_string())),
        }
    }
}

/// What relative photo addresses are appended to.
fn image_base(joined: &Joined) -> String {
    match joined.reply.img_server_addr.as_deref().map(str::trim) {
        Some(server) if !server.is_empty() => joined.resolve(server),
        _ => joined.base.clone(),
    }
}
