//! Browsers that are pads: a one-time code makes one, the list says who is, and each can be taken back.

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::clock;
use crate::config::CameraKind;
use crate::local_api::Desk;
use crate::local_api::answer::{Page, Refusal, json};
use crate::reason::table as reason;
use crate::store::screen_keys::Key;

/// What is typed at the pad.
#[derive(Serialize, ToSchema)]
struct PairingCode {
    /// Eight digits, good once.
    code: String,
    /// Until when, milliseconds UTC.
    expires_at: i64,
    /// What is opened at the pad; behind the box's own address. With the code it pairs at once.
    path: String,
}

/// A browser that was paired.
#[derive(Serialize, ToSchema)]
struct Terminal {
    id: String,
    /// What it says it is.
    name: String,
    /// From where it was paired.
    address: String,
    /// Milliseconds UTC.
    paired_at: i64,
    /// When it last connected, milliseconds UTC.
    used_at: Option<i64>,
}

impl Terminal {
    fn of(key: &Key) -> Self {
        let Key { id, name, address, made_at, used_at, .. } = key.clone();
        Self { id, name, address, paired_at: made_at, used_at }
    }
}

/// A one-time code by which a browser becomes this pad, at its page `/pad`; good for ten minutes. An earlier code of this camera
/// ends with it.
#[utoipa::path(post, path = "/api/v1/cameras/{name}/pairing-code", tag = "cameras", params(("name" = String, Path)),
    responses((status = CREATED, body = PairingCode), (status = BAD_REQUEST, description = "No pad"), (status = NOT_FOUND)))]
pub(super) async fn issue(State(desk): State<Desk>, Path(name): Path<String>) -> Result<Response, Refusal> {
    pad(&desk, &name)?;
    let (code, expires_at) = desk.stations.screens.codes.issue(&name, clock::now());
    tracing::info!(camera = %name, "a code was issued that pairs one pad");
    let path = format!("/pad#code={code}");
    let answer = json(&PairingCode { code, expires_at, path })?;
    Ok((StatusCode::CREATED, [(header::CACHE_CONTROL, "no-store")], answer).into_response())
}

/// The browsers that are this pad, oldest first.
#[utoipa::path(get, path = "/api/v1/cameras/{name}/terminals", tag = "cameras", params(("name" = String, Path)),
    responses((status = OK, body = Page<Terminal>), (status = BAD_REQUEST, description = "No pad"), (status = NOT_FOUND)))]
pub(super) async fn list(State(desk): State<Desk>, Path(name): Path<String>) -> Result<Response, Refusal> {
    pad(&desk, &name)?;
    let keys = desk.stations.screens.keys.list(Some(&name));
    json(&Page::whole(keys.iter().map(|key| Terminal::of(key)).collect()))
}

/// Takes a browser back: its stream is cut at once, and it has to be paired again.
#[utoipa::path(delete, path = "/api/v1/cameras/{name}/terminals/{id}", tag = "cameras",
    params(("name" = String, Path), ("id" = String, Path)),
    responses((status = NO_CONTENT), (status = NOT_FOUND)))]
pub(super) async fn revoke(
    State(desk): State<Desk>,
    Path((name, id)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    if !desk.stations.screens.keys.revoke(Some(&name), &id).await? {
        return Err(reason::no_terminal(name, id).into());
    }
    tracing::info!(camera = %name, terminal = %id, "a pad was taken back");
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn pad(desk: &Desk, name: &str) -> Result<(), Refusal> {
    let settings = desk.stations.cameras.settings(name).ok_or_else(|| reason::no_camera(name))?;
    if settings.kind == CameraKind::Pad {
        return Ok(());
    }
    Err(reason::not_a_pad(name).into())
}
