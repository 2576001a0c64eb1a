//! Cameras: those of the configuration file are shown, those added here are kept in the store and come and go while the box runs.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use serde_json::Value;

use super::secrets;
use crate::camera::Status;
use crate::clock;
use crate::config::Camera;
use crate::local_api::Desk;
use crate::local_api::answer::{Page, Refusal, body, json};
use crate::reason::table as reason;
use crate::store::cameras as rows;

/// Cameras one box takes; the documented box stops at ten.
const MOST: usize = 32;

/// A camera as this API shows it.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Camera)]
pub(super) struct View {
    /// Whether it is written in the configuration file and can only be changed there.
    in_file: bool,
    /// What it was told, without the password.
    #[schema(value_type = Camera)]
    settings: Value,
    status: Status,
}

/// Every camera with its settings and how it is.
#[utoipa::path(get, path = "/api/v1/cameras", tag = "cameras", responses((status = OK, body = Page<View>)))]
pub(super) async fn list(State(desk): State<Desk>) -> Result<Response, Refusal> {
    let views: Vec<View> =
        desk.stations.cameras.status().into_iter().filter_map(|status| view(&desk, status)).collect();
    json(&Page::whole(views))
}

/// One camera.
#[utoipa::path(get, path = "/api/v1/cameras/{name}", tag = "cameras", params(("name" = String, Path)),
    responses((status = OK, body = View), (status = NOT_FOUND)))]
pub(super) async fn show(State(desk): State<Desk>, Path(name): Path<String>) -> Result<Response, Refusal> {
    json(&found(&desk, &name)?)
}

/// Adds a camera: the keys of `[[camera]]` in the configuration file.
#[utoipa::path(post, path = "/api/v1/cameras", tag = "cameras", request_body = Camera,
    responses((status = CREATED, body = View), (status = BAD_REQUEST)))]
pub(super) async fn add(
    State(desk): State<Desk>,
    sent: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    add_one(&desk, read(&body(sent)?)?).await
}

/// Adds a camera and keeps it.
pub(super) async fn add_one(desk: &Desk, camera: Camera) -> Result<Response, Refusal> {
    camera.check_place(&desk.app.config.data_dir)?;
    let _turn = desk.turn.lock().await;
    if desk.stations.cameras.status().len() >= MOST {
        return Err(reason::too_many_cameras(MOST).into());
    }
    desk.stations.cameras.add(camera.clone())?;
    let (row, sealer) = (camera.clone(), desk.app.store.sealer());
    if let Err(error) = desk.app.store.write(move |db| rows::put(db, &sealer, &row, clock::now())).await {
        desk.stations.cameras.remove(&camera.name).await;
        return Err(error.into());
    }
    tracing::info!(camera = %camera.name, kind = ?camera.kind, "a camera was added");
    Ok((StatusCode::CREATED, json(&found(desk, &camera.name)?)?).into_response())
}

/// Changes a camera: keys that are left out stay, `null` takes one back to its default, and a secret shown as `(set)` that is sent back
/// stays as it is. Where the server changes that a secret is sent to, the secret has to come along. It is started anew.
#[utoipa::path(patch, path = "/api/v1/cameras/{name}", tag = "cameras", params(("name" = String, Path)), request_body = Object,
    responses((status = OK, body = View), (status = BAD_REQUEST), (status = NOT_FOUND)))]
pub(super) async fn change(
    State(desk): State<Desk>,
    Path(name): Path<String>,
    sent: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    let sent = body(sent)?;
    let _turn = desk.turn.lock().await;
    let before = changeable(&desk, &name)?;
    let Value::Object(changes) = serde_json::from_slice(&sent).map_err(Refusal::unreadable)? else {
        return Err(Refusal::unreadable("expected an object with the keys that change"));
    };
    let known = serde_json::to_value(&before).map_err(Refusal::unreadable)?;
    let mut all = known.clone();
    if let Some(all) = all.as_object_mut() {
        // A secret that is left out is as it is, like one that is sent back as it was shown.
        secrets::hide(all);
        for (key, value) in changes {
            if value.is_null() {
                all.remove(&key)
            } else {
                all.insert(key, value)
            };
        }
    }
    secrets::restore(&mut all, &known)?;
    let after = checked(all)?;
    after.check_place(&desk.app.config.data_dir)?;
    if after.name != name {
        return Err(reason::camera_keeps_its_name().of("name").into());
    }
    replace(&desk, before, after).await?;
    tracing::info!(camera = %name, "a camera was changed");
    json(&found(&desk, &name)?)
}

/// Removes a camera.
#[utoipa::path(delete, path = "/api/v1/cameras/{name}", tag = "cameras", params(("name" = String, Path)),
    responses((status = NO_CONTENT), (status = NOT_FOUND)))]
pub(super) async fn remove(State(desk): State<Desk>, Path(name): Path<String>) -> Result<Response, Refusal> {
    let _turn = desk.turn.lock().await;
    changeable(&desk, &name)?;
    let row = name.clone();
    desk.app.store.write(move |db| rows::remove(db, &row)).await?;
    desk.stations.cameras.remove(&name).await;
    desk.stations.recognition.sights().forget(&name);
    desk.stations.screens.codes.forget(&name);
    desk.stations.screens.keys.revoke_all(&name).await?;
    tracing::info!(camera = %name, "a camera was removed");
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Puts `after` in the place of `before`; on a failure `before` goes on, or stays left out.
async fn replace(desk: &Desk, before: Camera, after: Camera) -> Result<(), Refusal> {
    let cameras = &desk.stations.cameras;
    cameras.remove(&before.name).await;
    let back = |before: Camera| {
        if let Err(reason) = cameras.add(before.clone()) {
            cameras.leave_out(before, &reason);
        }
    };
    if let Err(reason) = cameras.add(after.clone()) {
        back(before);
        return Err(reason.into());
    }
    let sealer = desk.app.store.sealer();
    let stored = desk.app.store.write(move |db| rows::put(db, &sealer, &after, clock::now())).await;
    if let Err(error) = stored {
        cameras.remove(&before.name).await;
        back(before);
        return Err(error.into());
    }
    Ok(())
}

/// The settings of a new camera.
pub(super) fn read(bytes: &[u8]) -> Result<Camera, Refusal> {
    fresh(serde_json::from_slice(bytes).map_err(Refusal::unreadable)?)
}

/// The settings of a new camera in a JSON object, when they are right.
pub(super) fn fresh(mut value: Value) -> Result<Camera, Refusal> {
    secrets::restore(&mut value, &Value::Null)?;
    checked(value)
}

fn checked(value: Value) -> Result<Camera, Refusal> {
    let camera: Camera = serde_json::from_value(value).map_err(Refusal::unreadable)?;
    camera.check()?;
    Ok(camera)
}

/// The settings of a camera that was added here.
fn changeable(desk: &Desk, name: &str) -> Result<Camera, Refusal> {
    let settings = desk.stations.cameras.settings(name).ok_or_else(|| reason::no_camera(name))?;
    if in_file(desk, name) {
        return Err(reason::camera_in_file(name).into());
    }
    Ok((*settings).clone())
}

fn in_file(desk: &Desk, name: &str) -> bool {
    desk.app.config.camera.iter().any(|camera| camera.name == name)
}

fn found(desk: &Desk, name: &str) -> Result<View, Refusal> {
    let status = desk.stations.cameras.status().into_iter().find(|status| status.name == name);
    status.and_then(|status| view(desk, status)).ok_or_else(|| reason::no_camera(name).into())
}

fn view(desk: &Desk, status: Status) -> Option<View> {
    let settings = desk.stations.cameras.settings(&status.name)?;
    Some(View { in_file: in_file(desk, &status.name), settings: shown(&settings), status })
}

/// The settings without passwords and without keys that are not set.
fn shown(settings: &Camera) -> Value {
    let mut value = serde_json::to_value(settings).unwrap_or_default();
    if let Some(object) = value.as_object_mut() {
        object.retain(|_, value| !value.is_null());
        secrets::hide(object);
        if let Some(url) = &settings.url {
            object.insert("url".into(), crate::camera::without_password(url).into());
        }
    }
    value
}
