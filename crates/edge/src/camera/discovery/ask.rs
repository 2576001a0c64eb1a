//! Asks one device who it is and what it streams.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use oxvif::soap::SoapError;
use oxvif::{OnvifError, OnvifSession};
use tokio::time::Instant;
use url::Url;

use super::post::Post;
use super::text::plain;
use super::{Details, Device, Stream};

/// How long a device may take for all of it.
const LIMIT: Duration = Duration::from_secs(15);
/// Streams of a device that are listed.
const MOST: usize = 8;

/// What devices are asked with.
pub struct Account {
    /// The user.
    pub user: String,
    /// The password.
    pub password: String,
}

/// Fills in what the device at `to` answers; what goes wrong is noted in `error`.
pub(super) async fn complete(
    device: &mut Device,
    service: &Url,
    to: IpAddr,
    account: &Account,
    client: &reqwest::Client,
    until: Instant,
) {
    let post = Arc::new(Post::new(client.clone(), to));
    let until = until.min(Instant::now() + LIMIT);
    let asked = tokio::time::timeout_at(until, ask(device, service, to, account, &post)).await;
    device.error = match asked {
        Ok(Ok(())) if device.streams.is_empty() => Some("it has no streams".into()),
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(post.trouble().unwrap_or_else(|| reason(&error))),
        Err(_) => Some("it did not answer in time".into()),
    };
}

async fn ask(
    device: &mut Device,
    service: &Url,
    to: IpAddr,
    account: &Account,
    post: &Arc<Post>,
) -> Result<(), OnvifError> {
    let session = OnvifSession::builder(service.as_str())
        .with_credentials(&account.user, &account.password)
        .with_transport(post.clone())
        .with_clock_sync()
        .build()
        .await?;
    let about = session.get_device_info().await?;
    device.details = Some(Details {
        manufacturer: plain(&about.manufacturer),
        model: plain(&about.model),
        firmware: plain(&about.firmware_version),
        serial: plain(&about.serial_number),
    });
    // How a stream is encoded is nice to know and not needed.
    let encoders = session.get_video_encoder_configurations().await.unwrap_or_default();
    for profile in session.get_profiles().await?.into_iter().take(MOST) {
        let uri = session.get_stream_uri(&profile.token).await?.uri;
        let Some(url) = stream_at(&uri, to) else { continue };
        let encoder =
            encoders.iter().find(|known| Some(&known.token) == profile.video_encoder_token.as_ref());
        device.streams.push(Stream {
            profile: plain(&profile.token),
            name: plain(&profile.name),
            codec: encoder.map(|encoder| plain(&encoder.encoding.to_string())).unwrap_or_default(),
            size: encoder.map(|encoder| [encoder.resolution.width, encoder.resolution.height]),
            url,
        });
    }
    Ok(())
}

/// The stream's address at the computer that answered, without account.
fn stream_at(uri: &str, to: IpAddr) -> Option<String> {
    let mut url = crate::config::stream(uri).ok()?;
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    url.set_ip_host(to).ok()?;
    Some(url.into())
}

/// What the device objects to, in words for people.
fn reason(error: &OnvifError) -> String {
    match error {
        OnvifError::Soap(SoapError::Fault { subcode, reason, .. }) => {
            let refused = subcode.as_deref().is_some_and(|code| code.contains("NotAuthorized"));
            // Not every device says it in the protocol's words.
            let words = reason.to_lowercase();
            if refused || ["authoriz", "authentic", "password"].iter().any(|word| words.contains(word)) {
                "it refuses user or password".into()
            } else {
                format!("it answers: {}", plain(reason))
            }
        }
        OnvifError::Soap(_) => "its answer cannot be read".into(),
        other => plain(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::stream_at;

    #[test]
    fn a_stream_is_where_the_answer_came_from() {
        let to = "10.0.0.9".parse().unwrap();
        let at = |uri: &str| stream_at(uri, to);
        assert_eq!(at("rtsp://u:p@192.168.0.1:554/s?a=1").as_deref(), Some("rtsp://10.0.0.9:554/s?a=1"));
        assert_eq!(at("http://10.0.0.9/s"), None);
        assert_eq!(at("nonsense"), None);
    }
}
