//! Logo, background and videos of greeting screens.

use std::time::Duration;

use axum::body::BodyDataStream;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use futures_util::StreamExt as _;
use serde::Deserialize;
use utoipa::IntoParams;

use super::range;
use crate::local_api::Desk;
use crate::local_api::answer::{Page, Refusal, json};
use crate::reason::table as reason;
use crate::screen::welcome::MediaKind;
use crate::store::welcome_media::Media;

/// The longest name, characters.
const LONGEST_NAME: usize = 120;
/// What is read of a file that is refused, bytes and time.
const HEARD_OUT: usize = 32 << 20;
const HEARING: Duration = Duration::from_secs(10);

/// What is being uploaded.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::local_api::v1) struct Wanted {
    /// What it is shown as.
    #[param(inline)]
    kind: MediaKind,
    /// For people; the file's name.
    #[serde(default)]
    name: String,
}

/// Every piece, in the order in which they were added; that is also the order in which videos are played.
#[utoipa::path(get, path = "/api/v1/welcome/media", tag = "welcome", responses((status = OK, body = Page<Media>)))]
pub(in crate::local_api::v1) async fn list(State(desk): State<Desk>) -> Result<Response, Refusal> {
    json(&Page::whole(desk.stations.screens.welcome.shelf().list().to_vec()))
}

/// Adds a piece; the body is the file: a JPEG, PNG or WebP picture of at most 8 MB, or an MP4 or WebM video of at most 300 MB. There
/// are at most 24 pieces and 2 GB of them. A new logo or background takes the place of the one before.
#[utoipa::path(post, path = "/api/v1/welcome/media", tag = "welcome", params(Wanted),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = CREATED, body = Media), (status = BAD_REQUEST), (status = PAYLOAD_TOO_LARGE),
        (status = UNSUPPORTED_MEDIA_TYPE), (status = SERVICE_UNAVAILABLE, description = "Another upload is under way"),
        (status = INSUFFICIENT_STORAGE)))]
pub(in crate::local_api::v1) async fn add(
    State(desk): State<Desk>,
    wanted: Result<Query<Wanted>, QueryRejection>,
    request: Request,
) -> Result<Response, Refusal> {
    let mut body = request.into_body().into_data_stream();
    let wanted = match wanted {
        Ok(Query(wanted)) => wanted,
        Err(error) => {
            hear_out(body).await;
            return Err(Refusal::unreadable(error.body_text()));
        }
    };
    let name: String = wanted.name.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect();
    match desk.stations.screens.welcome.shelf().add(wanted.kind, name, &mut body).await {
        Ok(media) => {
            tracing::info!(
                kind = media.kind,
                name = media.name,
                bytes = media.bytes,
                "the greeting screen got a piece"
            );
            Ok((StatusCode::CREATED, json(&media)?).into_response())
        }
        Err(error) => {
            hear_out(body).await;
            Err(error.into())
        }
    }
}

/// Reads what else is sent, within limits: a client that is cut off while it sends does not hear why.
async fn hear_out(mut body: BodyDataStream) {
    let mut left = HEARD_OUT;
    let reading = async {
        while let Some(Ok(chunk)) = body.next().await {
            match left.checked_sub(chunk.len()) {
                Some(rest) => left = rest,
                None => return,
            }
        }
    };
    let _ = tokio::time::timeout(HEARING, reading).await;
}

/// The file of a piece; `Range` is followed.
#[utoipa::path(get, path = "/api/v1/welcome/media/{id}", tag = "welcome", params(("id" = String, Path)),
    responses((status = OK, content_type = "image/png"), (status = PARTIAL_CONTENT), (status = NOT_FOUND),
        (status = RANGE_NOT_SATISFIABLE)))]
pub(in crate::local_api::v1) async fn show(
    State(desk): State<Desk>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    piece(&desk, &id, &headers).await
}

/// Removes a piece.
#[utoipa::path(delete, path = "/api/v1/welcome/media/{id}", tag = "welcome", params(("id" = String, Path)),
    responses((status = NO_CONTENT), (status = NOT_FOUND)))]
pub(in crate::local_api::v1) async fn remove(
    State(desk): State<Desk>,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    if !desk.stations.screens.welcome.shelf().remove(&id).await? {
        return Err(unknown(&id));
    }
    tracing::info!(piece = %id, "the greeting screen lost a piece");
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// A file, whole or in part.
pub(super) async fn piece(desk: &Desk, id: &str, headers: &HeaderMap) -> Result<Response, Refusal> {
    let found = desk.stations.screens.welcome.shelf().open_piece(id).await;
    let (media, file) = found.ok_or_else(|| unknown(id))?;
    Ok(range::answer(&media, file, headers).await)
}

fn unknown(id: &str) -> Refusal {
    reason::no_piece(id).into()
}
