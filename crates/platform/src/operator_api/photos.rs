//! A person's photo: judged on arrival, stored only when it can recognise them.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderName, header};
use axum::{Extension, Json};
use bytes::Bytes;
use protocol::IdentityId;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::access::Caller;
use super::error::{ApiResult, ErrorBody};
use super::extract::{At, read_body};
use super::people::existing;
use crate::app::App;
use crate::blobs::media_type;
use crate::clock;
use crate::db::{audit, desired, person};
use crate::refusal::Refusal;

/// Largest photo.
pub(crate) const PHOTO_LIMIT: usize = 10 << 20;

/// A photo that was accepted.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PhotoAccepted {
    identity_id: String,
    /// The person's revision with this photo.
    revision: i64,
    /// Its size.
    bytes: usize,
    /// `{judged, code, name, message, quality, bbox, score}`; `quality` in the shape of the protocol's `fiqa` answer.
    #[schema(value_type = Object)]
    verdict: Value,
}

/// Sets the photo. The body is the image itself (JPEG, PNG, WebP or BMP, at most 10 MiB). An unusable one is refused with the
/// reason and not stored: `error.detail` has `code`, `name`, `message` and, when a face was found, `quality`.
#[utoipa::path(put, path = "/api/v1/people/{identity_id}/photo", tag = "people",
    params(("identity_id" = String, Path)), request_body(content = Vec<u8>, content_type = "image/*"), responses(
    (status = OK, body = PhotoAccepted), (status = NOT_FOUND, body = ErrorBody),
    (status = PAYLOAD_TOO_LARGE, body = ErrorBody),
    (status = UNPROCESSABLE_ENTITY, body = ErrorBody, description = "the photo cannot be used"),
    (status = SERVICE_UNAVAILABLE, body = ErrorBody, description = "no models, or too many photos at once")))]
pub(crate) async fn put(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At(id): At<String>,
    request: Request,
) -> ApiResult<Json<PhotoAccepted>> {
    let id = IdentityId::new(id);
    let asked = id.clone();
    app.db.read(move |tx| existing(tx, &asked).map(drop)).await?;
    let photo = read_body(request, PHOTO_LIMIT).await?;
    if photo.is_empty() {
        return Err(Refusal::invalid("body", "must be the image itself").into());
    }
    let verdict = app.judge.judge(photo.clone()).await?;
    let (bytes, now) = (photo.len(), clock::now());
    let identity_id = id.as_str().to_owned();

    // Until the row refers to the blob, nobody may sweep it away.
    let keeping = app.photos.read().await;
    let stored = app.blobs.put_person(&id, photo).await?;
    let address = stored.key.clone();
    let written = app
        .db
        .write(move |tx| {
            let before = existing(tx, &id)?;
            person::set_photo(tx, &id, &stored, now)?;
            desired::recompute_for_person(tx, &id, now)?;
            audit::append(tx, &caller.deed("photo.set", id.as_str(), json!({"bytes": bytes})), now)?;
            Ok::<_, Refusal>((before.revision + 1, before.photo_key))
        })
        .await;
    drop(keeping);
    let (revision, before) = match written {
        Ok(done) => done,
        Err(refusal) => {
            app.forget_photo(address).await;
            return Err(refusal.into());
        }
    };
    app.nudge();
    if let Some(before) = before {
        app.forget_photo(before).await;
    }
    Ok(Json(PhotoAccepted { identity_id, revision, bytes, verdict }))
}

/// The photo as it was sent.
#[utoipa::path(get, path = "/api/v1/people/{identity_id}/photo", tag = "people", params(("identity_id" = String, Path)),
    responses((status = OK, content_type = "image/*", body = Vec<u8>), (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn get(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At(id): At<String>,
) -> ApiResult<Picture> {
    let id = IdentityId::new(id);
    let found = app.db.read(move |tx| existing(tx, &id)).await?;
    let subject = found.identity_id.as_str().to_owned();
    let key = found.photo_key.ok_or_else(|| Refusal::not_found("photo of", subject.as_str()))?;
    let deed = caller.deed("photo.read", subject, json!({}));
    app.db.write(move |tx| audit::append(tx, &deed, clock::now())).await?;
    picture(&app, &key).await
}

/// A picture with the headers it is shown with: personal, so only the asker's own cache may keep it, and asks again.
pub(crate) type Picture = ([(HeaderName, &'static str); 2], Bytes);

/// A picture of the photo store.
pub(super) async fn picture(app: &App, key: &str) -> ApiResult<Picture> {
    let content = app.blobs.get(key).await?.ok_or_else(|| Refusal::not_found("picture", key))?;
    let headers =
        [(header::CONTENT_TYPE, media_type(&content)), (header::CACHE_CONTROL, "private, no-cache")];
    Ok((headers, content))
}
