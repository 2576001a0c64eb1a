//! How faces are judged here: the settings with what they lead to, changed while the box runs, and a photo to try them on.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::IntoParams;

use crate::camera::Card;
use crate::config;
use crate::decision::{Record, why};
use crate::local_api::Desk;
use crate::local_api::answer::{Refusal, body, json};
use crate::reason::table as reason;
use crate::recognition::settings::{self, Overrides};
use crate::recognition::{Expected, InForce};

/// A photo to try may have this many bytes.
pub(super) const LARGEST_PHOTO: usize = 10 << 20;

/// The settings and what they lead to.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Recognition)]
pub(super) struct View {
    /// In force; with `preview`, what would be.
    settings: config::Recognition,
    /// The keys that were set here; all others follow the configuration file.
    set: Vec<String>,
    thresholds: InForce,
    expected: Expected,
}

/// How a change is meant.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct How {
    /// Only show what it would lead to.
    preview: bool,
}

/// Where a photo is tried.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Place {
    /// Judge it as if this camera had taken it; default: a camera with the ordinary settings.
    camera: Option<String>,
}

/// One face of a photo that was tried.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = TriedFace)]
struct Tried {
    #[serde(flatten)]
    record: Record,
    why: Vec<String>,
}

/// The faces of a photo that was tried, largest first.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = TriedPhoto)]
pub(super) struct TriedPhoto {
    faces: Vec<Tried>,
}

/// The settings in force, the thresholds they lead to, and the false names and openings to expect per day.
#[utoipa::path(get, path = "/api/v1/recognition", tag = "recognition", responses((status = OK, body = View)))]
pub(super) async fn show(State(desk): State<Desk>) -> Result<Response, Refusal> {
    let set = settings::overrides(&desk.app.store).await?;
    json(&view(&desk, desk.stations.recognition.settings(), &set).await?)
}

/// Changes settings at once: the keys of `[recognition]`; those left out stay, `null` follows the configuration file again.
#[utoipa::path(put, path = "/api/v1/recognition", tag = "recognition", params(How), request_body = Object,
    responses((status = OK, body = View), (status = BAD_REQUEST)))]
pub(super) async fn change(
    State(desk): State<Desk>,
    how: Result<Query<How>, QueryRejection>,
    sent: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    let Query(how) = how.map_err(|error| Refusal::unreadable(error.body_text()))?;
    let sent = body(sent)?;
    let changes: Overrides = serde_json::from_slice(&sent).map_err(Refusal::unreadable)?;
    let _turn = desk.turn.lock().await;
    let mut set = settings::overrides(&desk.app.store).await?;
    for (key, value) in changes {
        match value {
            Value::Null => set.remove(&key),
            value => set.insert(key, value),
        };
    }
    let after = settings::over(&desk.app.config.recognition, &set)?;
    if !how.preview {
        settings::keep(&desk.app.store, &set).await?;
        desk.stations.recognition.follow(after.clone());
        tracing::info!(settings = ?after, "recognition settings were changed");
    }
    json(&view(&desk, after, &set).await?)
}

/// Judges a photo (the body: JPEG, PNG, WebP or BMP) as a camera's picture: each face with what was measured, what every gate said,
/// and why. No event is made and no door moves.
#[utoipa::path(post, path = "/api/v1/recognition/try", tag = "recognition", params(Place),
    request_body(content = Vec<u8>, content_type = "image/jpeg"),
    responses((status = OK, body = TriedPhoto), (status = BAD_REQUEST), (status = NOT_FOUND)))]
pub(super) async fn try_photo(
    State(desk): State<Desk>,
    place: Result<Query<Place>, QueryRejection>,
    sent: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    let Query(place) = place.map_err(|error| Refusal::unreadable(error.body_text()))?;
    let photo = body(sent)?;
    let card = card(&desk, place.camera.as_deref())?;
    let records = desk
        .stations
        .recognition
        .try_photo(photo.to_vec(), Arc::new(card))
        .await
        .map_err(reason::photo_refused)?;
    let faces: Vec<Tried> = records.into_iter().map(|record| Tried { why: why(&record), record }).collect();
    json(&TriedPhoto { faces })
}

async fn view(desk: &Desk, settings: config::Recognition, set: &Overrides) -> Result<View, Refusal> {
    let (recognition, wanted) = (desk.stations.recognition.clone(), settings.clone());
    // It may have to measure the gallery first.
    let previewed = tokio::task::spawn_blocking(move || recognition.preview(&wanted)).await;
    let (thresholds, expected) = previewed.map_err(|error| reason::failed(error.to_string()))?;
    Ok(View { settings, set: set.keys().cloned().collect(), thresholds, expected })
}

/// What the camera the photo is tried at is like.
fn card(desk: &Desk, camera: Option<&str>) -> Result<Card, Refusal> {
    if let Some(name) = camera {
        let settings = desk.stations.cameras.settings(name).ok_or_else(|| reason::no_camera(name))?;
        return Ok(Card::of(&settings));
    }
    let ordinary = json!({"name": "try", "kind": "pad"});
    let settings: config::Camera = serde_json::from_value(ordinary).map_err(Refusal::unreadable)?;
    Ok(Card::of(&settings))
}
