//! A network camera tried before it is added: what it answers, and what it shows.

use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::response::Response;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Serialize;
use tokio::sync::Semaphore;
use utoipa::ToSchema;

use super::cameras::read;
use crate::camera::{Image, try_out};
use crate::config::{Camera, CameraKind};
use crate::local_api::Desk;
use crate::local_api::answer::{Refusal, body, json};
use crate::reason::table as reason;

/// How long a camera may take to its first picture.
const LIMIT: Duration = Duration::from_secs(15);
/// The longer side of the picture that is shown.
const LONG_SIDE: u32 = 960;
/// One after the other: each takes a decoder.
static TURN: Semaphore = Semaphore::const_new(1);

/// What came of it.
#[derive(Serialize, ToSchema)]
#[schema(as = CameraTrial)]
pub(super) struct Trial {
    /// Whether it showed a picture.
    ok: bool,
    /// What it answered instead.
    error: Option<String>,
    /// Milliseconds that took.
    ms: u64,
    /// Width and height of the picture, pixels.
    size: Option<[u32; 2]>,
    /// The picture, reduced to 960 pixels, as a `data:` URL.
    picture: Option<String>,
}

/// Tries a network camera (kind `rtsp`): the keys of `[[camera]]`, which need not be the last word. Answers within fifteen seconds with
/// its first picture, or with what it answered; the camera is not added and nothing is kept.
#[utoipa::path(post, path = "/api/v1/discovery/test", tag = "cameras", request_body = Camera,
    responses((status = OK, body = Trial), (status = BAD_REQUEST)))]
pub(super) async fn test(
    State(_desk): State<Desk>,
    sent: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    let camera = read(&body(sent)?)?;
    if camera.kind != CameraKind::Rtsp {
        return Err(reason::only_streams_are_tried().of("kind").into());
    }
    let _turn = TURN.try_acquire().map_err(|_| reason::trial_busy())?;
    let begun = Instant::now();
    let shown = match try_out(&camera, LIMIT).await {
        Ok(image) => {
            let drawn = tokio::task::spawn_blocking(move || drawn(image)).await;
            drawn.unwrap_or_else(|_| Err("its picture cannot be shown".to_owned()))
        }
        Err(reason) => Err(reason),
    };
    let ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::info!(camera = %camera.name, ok = shown.is_ok(), ms, "a camera was tried");
    json(&match shown {
        Ok((size, picture)) => Trial { ok: true, error: None, ms, size: Some(size), picture: Some(picture) },
        Err(error) => Trial { ok: false, error: Some(error), ms, size: None, picture: None },
    })
}

/// Size and `data:` URL of a picture.
fn drawn(image: Image) -> Result<([u32; 2], String), String> {
    let picture = match image {
        Image::Frame(picture) => picture,
        Image::Encoded(bytes) => vision::decode(&bytes, &vision::DecodeLimits::default())
            .map_err(|error| format!("its picture cannot be read: {error}"))?,
    };
    let size = [picture.width(), picture.height()];
    let jpeg = picture.at_most(LONG_SIDE).to_jpeg(70).map_err(|error| error.to_string())?;
    Ok((size, format!("data:image/jpeg;base64,{}", BASE64_STANDARD.encode(jpeg))))
}
