//! One capture by HTTP.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use protocol::IdentityId;
use protocol::image::decode_base64_photo;
use serde::Deserialize;

use super::access::Caller;
use super::decision::Decision;
use super::seats::Kind;
use super::{LARGEST, Outcome, Pads, judge};
use crate::local_api::answer::{Refusal, json, refuse};
use crate::reason::table as reason;

/// How long a body may take to arrive.
const ARRIVING: Duration = Duration::from_secs(10);
/// The longest body: a picture as base64 in a little JSON.
const LONGEST: usize = LARGEST / 3 * 4 + (64 << 10);

/// What may be asked for beside the decision.
#[derive(Debug, Deserialize)]
pub(super) struct Wishes {
    #[serde(default)]
    photo: bool,
}

/// A capture in JSON.
#[derive(Deserialize, utoipa::ToSchema)]
pub(super) struct InJson {
    /// JPEG or PNG as base64, with or without a `data:` prefix.
    image: String,
}

/// Judges a capture and answers when the decision is made and the door has answered, within 5 seconds.
///
/// The body is a JPEG or PNG of at most 6 MB, or JSON `{"image": base64}`. The camera's own password is needed (Bearer, or
/// Basic with the camera's `user`, which is its name by default), or the token.
#[utoipa::path(post, path = "/api/v1/pad/{camera}/captures", tag = "pads",
    params(("camera" = String, Path, description = "A camera of kind pad"),
        ("photo" = Option<bool>, Query, description = "With the registration photo")),
    request_body(content((Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"), (InJson = "application/json"))),
    responses((status = OK, body = Decision), (status = BAD_REQUEST), (status = UNAUTHORIZED), (status = NOT_FOUND),
        (status = PAYLOAD_TOO_LARGE), (status = UNPROCESSABLE_ENTITY, description = "No picture that can be read"),
        (status = SERVICE_UNAVAILABLE, description = "Not judged: the box is busy; send the current picture")))]
pub(super) async fn capture(
    State(pads): State<Pads>,
    Path(camera): Path<String>,
    wishes: Result<Query<Wishes>, axum::extract::rejection::QueryRejection>,
    request: Request,
) -> Response {
    let photo = wishes.is_ok_and(|Query(wishes)| wishes.photo);
    let (parts, body) = request.into_parts();
    let caller = Caller::of(parts.extensions.get());
    take(&pads, &camera, caller, &parts.headers, body, photo).await.unwrap_or_else(|refusal| refusal)
}

async fn take(
    pads: &Pads,
    camera: &str,
    caller: Caller,
    headers: &HeaderMap,
    body: Body,
    photo: bool,
) -> Result<Response, Response> {
    let admitted = pads.admit(camera, caller, headers, None).await?;
    admitted.outlet.heard();
    let _seat = pads.seats.take(Kind::Call, camera).ok_or_else(|| refuse(reason::pad_busy()))?;
    let bytes = picture(headers, body)
        .await
        .inspect_err(|_| admitted.outlet.refuse("a pad's capture", "no picture"))?;
    match judge(&admitted.outlet, bytes, "pad".into()).await {
        Outcome::Judged(seen) => {
            let mut decision = Decision::of(camera, seen);
            if photo {
                decision.photo = pads.photo(decision.identity_id.as_deref()).await;
            }
            json(&decision).map_err(axum::response::IntoResponse::into_response)
        }
        Outcome::Unreadable(why) => {
            admitted.outlet.refuse("a pad's capture", &why);
            Err(refuse(reason::capture_unreadable(why)))
        }
        Outcome::Left(why) => Err(refuse(reason::capture_left(why))),
    }
}

/// The picture in a body.
async fn picture(headers: &HeaderMap, body: Body) -> Result<Vec<u8>, Response> {
    let too_large = || refuse(reason::capture_too_large(LARGEST));
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|n| n.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|bytes| bytes > LONGEST) {
        return Err(too_large());
    }
    let read = tokio::time::timeout(ARRIVING, axum::body::to_bytes(body, LONGEST)).await;
    let bytes = match read {
        Ok(Ok(bytes)) => bytes,
        // A body breaks off for no other reason that the caller would hear of.
        Ok(Err(_)) => return Err(too_large()),
        Err(_) => {
            return Err(refuse(reason::capture_too_slow(ARRIVING.as_secs())));
        }
    };
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let picture = if kind.starts_with("application/json") {
        let sent: InJson =
            serde_json::from_slice(&bytes).map_err(|error| refuse(Refusal::unreadable(error)))?;
        let unreadable = |error| refuse(reason::unreadable(format!("{error}")).of("image"));
        decode_base64_photo(&sent.image).map_err(unreadable)?
    } else {
        bytes.into()
    };
    match picture.len() {
        0 => Err(refuse(reason::no_picture())),
        bytes if bytes > LARGEST => Err(too_large()),
        _ => Ok(picture),
    }
}

impl Pads {
    /// The registration photo of a person as base64, if that person is still here.
    pub(super) async fn photo(&self, identity_id: Option<&str>) -> Option<String> {
        let people = &self.desk.app.people;
        let (key, _) = people.find(&IdentityId::new(identity_id?))?;
        let photo = people.photo(key).await.ok().flatten()?;
        Some(protocol::image::encode_base64_photo(&photo))
    }
}
