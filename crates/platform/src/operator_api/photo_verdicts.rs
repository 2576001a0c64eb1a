//! What is measured on a photo: told before it is anybody's, and again of the photo somebody has.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::{Extension, Json};
use protocol::IdentityId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::access::Caller;
use super::checks;
use super::error::{ApiResult, ErrorBody};
use super::extract::{Asked, At, read_body};
use super::people::existing;
use super::photos::{PHOTO_LIMIT, picture};
use crate::app::App;
use crate::clock;
use crate::db::person::register_type;
use crate::db::{Tx, audit};
use crate::refusal::Refusal;

/// What was measured on a photo.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PhotoVerdict {
    /// Whether it would be accepted as somebody's photo.
    usable: bool,
    /// `{judged, code, name, message, quality, bbox, score, faces}`, as when a photo is set.
    #[schema(value_type = Object)]
    verdict: Value,
}

/// Whose photo it is to be.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct VerdictQuery {
    /// Type of the person, 1 to 5; 1 unless given. Strangers (4) are enrolled from captures, less is asked of their photos.
    r#type: Option<i64>,
}

impl PhotoVerdict {
    async fn of(app: &App, photo: bytes::Bytes, kind: i64) -> Result<Self, Refusal> {
        match app.judge.judge(photo, register_type(kind)).await {
            Ok(judgement) => Ok(Self { usable: true, verdict: judgement.verdict }),
            Err(Refusal::Photo { verdict, .. }) => Ok(Self { usable: false, verdict }),
            Err(other) => Err(other),
        }
    }
}

/// Judges a picture as somebody's photo would be judged, and stores nothing. The body is the image itself (JPEG, PNG, WebP or BMP, at
/// most 10 MiB); an unusable one is no refusal here.
#[utoipa::path(post, path = "/api/v1/photos/verdict", tag = "people",
    params(VerdictQuery), request_body(content = Vec<u8>, content_type = "image/*"),
    responses((status = OK, body = PhotoVerdict), (status = PAYLOAD_TOO_LARGE, body = ErrorBody), (status = UNPROCESSABLE_ENTITY, body = ErrorBody),
    (status = SERVICE_UNAVAILABLE, body = ErrorBody, description = "no models, or too many photos at once")))]
pub(crate) async fn judge(
    State(app): State<Arc<App>>,
    Asked(asked): Asked<VerdictQuery>,
    request: Request,
) -> ApiResult<Json<PhotoVerdict>> {
    let kind = checks::person_type(asked.r#type.unwrap_or(1))?;
    let photo = read_body(request, PHOTO_LIMIT).await?;
    if photo.is_empty() {
        return Err(Refusal::invalid("body", "must be the image itself").into());
    }
    Ok(Json(PhotoVerdict::of(&app, photo, kind).await?))
}

/// What is measured on the photo somebody has, by the models in use now. Who asks is remembered in the audit log.
#[utoipa::path(get, path = "/api/v1/people/{identity_id}/photo/verdict", tag = "people",
    params(("identity_id" = String, Path)), responses((status = OK, body = PhotoVerdict),
    (status = NOT_FOUND, body = ErrorBody), (status = SERVICE_UNAVAILABLE, body = ErrorBody, description = "no models")))]
pub(crate) async fn of_person(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At(id): At<String>,
) -> ApiResult<Json<PhotoVerdict>> {
    let id = IdentityId::new(id);
    let (key, kind) = app
        .db
        .write(move |tx: &mut Tx<'_>| {
            let found = existing(tx, &id)?;
            let key = found.photo_key.ok_or_else(|| Refusal::not_found("photo of", id.as_str()))?;
            audit::append(tx, &caller.deed("photo.verdict", id.as_str(), json!({})), clock::now())?;
            Ok::<_, Refusal>((key, found.fields.kind))
        })
        .await?;
    let (_, photo) = picture(&app, &key).await?;
    Ok(Json(PhotoVerdict::of(&app, photo, kind).await?))
}
