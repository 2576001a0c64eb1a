//! A person's photo: judged on arrival, stored only when it can recognise them.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderName, header};
use axum::{Extension, Json};
use bytes::Bytes;
use protocol::IdentityId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::access::Caller;
use super::error::{ApiResult, ErrorBody};
use super::extract::{Asked, At, read_body};
use super::people::existing;
use crate::app::App;
use crate::blobs::media_type;
use crate::db::person::register_type;
use crate::db::{Tx, audit, desired};
use crate::judge::FaceTemplate;
use crate::look_alikes::{LookAlike, LookAlikes};
use crate::refusal::Refusal;
use crate::{clock, photos};

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
    /// `{judged, code, name, message, quality, bbox, score, faces}`; `quality` in the shape of the protocol's `fiqa` answer, `faces` a
    /// list of `{bbox, score}`, largest first, of which the first was judged.
    #[schema(value_type = Object)]
    verdict: Value,
    /// Where to get the face that was found, as a small picture; null when photos are not judged.
    crop: Option<String>,
    /// A warning: who looks so much like this person that a box may take one for the other, most alike first. Null when that could not be
    /// found out in time; `GET people/{identity_id}/look-alikes` tells later.
    look_alikes: Option<Vec<LookAlike>>,
}

/// Who looks like a person.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LookAlikesOf {
    /// Most alike first.
    items: Vec<LookAlike>,
}

/// Which picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Crop {
    /// Only the head, as a small JPEG.
    Face,
}

/// Which picture.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PhotoQuery {
    /// `face`: only the head that was found, as a small JPEG; otherwise the photo as it was sent.
    #[param(inline)]
    crop: Option<Crop>,
}

/// Sets the photo. The body is the image itself (JPEG, PNG, WebP or BMP, at most 10 MiB). An unusable one is refused with the
/// reason and not stored: `error.detail` has `code`, `name`, `message`, `faces` (where faces were found) and, when there is one, `quality`.
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
    let asker = caller.clone();
    let kind = app
        .db
        .read(move |tx| {
            let found = existing(tx, &asked)?;
            asker.must_reach_only_own(tx, &found.fields.groups)?;
            Ok::<_, Refusal>(found.fields.kind)
        })
        .await?;
    let photo = read_body(request, PHOTO_LIMIT).await?;
    if photo.is_empty() {
        return Err(Refusal::invalid("body", "must be the image itself").into());
    }
    let judgement = app.judge.judge(photo.clone(), register_type(kind)).await?;
    let (bytes, now) = (photo.len(), clock::now());
    let identity_id = id.as_str().to_owned();

    // Until the row refers to the blob, nobody may sweep it away.
    let keeping = app.photos.read().await;
    let kept = photos::keep(&app, &id, photo, judgement.face.as_ref()).await?;
    let (address, shown) = (kept.stored.key.clone(), id.clone());
    let written = app
        .db
        .write(move |tx| {
            let before = existing(tx, &id)?;
            caller.must_reach_only_own(tx, &before.fields.groups)?;
            kept.set(tx, &id, now)?;
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
    let crop = judgement.face.is_some().then(|| format!("/api/v1/people/{identity_id}/photo?crop=face"));
    let look_alikes = look_alikes(&app, &shown, judgement.face).await;
    Ok(Json(PhotoAccepted { identity_id, revision, bytes, verdict: judgement.verdict, crop, look_alikes }))
}

/// The photo is stored whatever becomes of the comparison.
async fn look_alikes(app: &Arc<App>, id: &IdentityId, face: Option<FaceTemplate>) -> Option<Vec<LookAlike>> {
    let found = LookAlikes::of_new(app, id, face?).await;
    found.unwrap_or_else(|refusal| {
        tracing::warn!(%refusal, "a face was not compared with the enrolled ones");
        None
    })
}

/// Who looks like this person: those who may use the same doors, and those so alike that they may be the same person under another id.
#[utoipa::path(get, path = "/api/v1/people/{identity_id}/look-alikes", tag = "people",
    params(("identity_id" = String, Path)), responses((status = OK, body = LookAlikesOf),
    (status = NOT_FOUND, body = ErrorBody, description = "no such person, or no template of their photo (yet)"),
    (status = SERVICE_UNAVAILABLE, body = ErrorBody, description = "no models")))]
pub(crate) async fn alike(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At(id): At<String>,
) -> ApiResult<Json<LookAlikesOf>> {
    let id = IdentityId::new(id);
    let asked = id.clone();
    app.db
        .write(move |tx: &mut Tx<'_>| {
            existing(tx, &asked)?;
            audit::append(tx, &caller.deed("person.look_alikes", asked.as_str(), json!({})), clock::now())?;
            Ok::<_, Refusal>(())
        })
        .await?;
    let found = LookAlikes::of(&app, &id).await?;
    let items = found.ok_or_else(|| Refusal::not_found("template of", id.as_str()))?;
    Ok(Json(LookAlikesOf { items }))
}

/// The photo as it was sent, or only the face in it. Who looks at it is remembered in the audit log.
#[utoipa::path(get, path = "/api/v1/people/{identity_id}/photo", tag = "people",
    params(("identity_id" = String, Path), PhotoQuery), responses(
    (status = OK, content_type = "image/*", body = Vec<u8>), (status = NOT_FOUND, body = ErrorBody),
    (status = UNPROCESSABLE_ENTITY, body = ErrorBody), (status = SERVICE_UNAVAILABLE, body = ErrorBody, description = "no models")))]
pub(crate) async fn get(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At(id): At<String>,
    Asked(asked): Asked<PhotoQuery>,
) -> ApiResult<Picture> {
    let id = IdentityId::new(id);
    let key = app
        .db
        .write(move |tx: &mut Tx<'_>| {
            let found = existing(tx, &id)?;
            let key = found.photo_key.ok_or_else(|| Refusal::not_found("photo of", id.as_str()))?;
            audit::append(tx, &caller.deed("photo.read", id.as_str(), json!({})), clock::now())?;
            Ok::<_, Refusal>(key)
        })
        .await?;
    let (headers, photo) = picture(&app, &key).await?;
    match asked.crop {
        None => Ok((headers, photo)),
        Some(Crop::Face) => {
            let face = app.judge.crop(photo).await?;
            Ok(([(header::CONTENT_TYPE, media_type(&face)), headers[1].clone()], face))
        }
    }
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
