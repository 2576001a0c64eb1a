//! How a browser becomes a pad: it trades a one-time code for a secret in a cookie, and asks with it which pad it is.

use std::time::Instant;

use axum::extract::{ConnectInfo, Extension, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Pads;
use super::access::{Caller, challenge, is_from_here, too_many};
use crate::clock;
use crate::config::{Camera, Direction};
use crate::local_api::answer::{json, refuse};
use crate::local_api::cookie;
use crate::local_api::sent::Sent;
use crate::local_api::server::Peer;
use crate::reason::table as reason;

/// The cookie's name, and below which path it is sent.
pub(super) const COOKIE: (&str, &str) = ("menshen_pad", "/api/v1/pad");
/// What a browser may say of itself, characters.
const LONGEST_NAME: usize = 160;

/// What was typed.
#[derive(Deserialize, ToSchema)]
pub(super) struct CodeSent {
    /// The eight digits.
    #[serde(default)]
    code: String,
}

/// Which pad a browser is.
#[derive(Serialize, ToSchema)]
pub(super) struct Seat {
    /// The camera's name; its stream is `/api/v1/pad/{camera}/stream`.
    camera: String,
    /// Which way people walk here: `in` or `out`.
    #[schema(value_type = String)]
    direction: Direction,
    /// Whether a door is opened here.
    door: bool,
}

impl Seat {
    fn of(camera: &Camera) -> Self {
        Self { camera: camera.name.clone(), direction: camera.direction, door: camera.door.is_some() }
    }
}

/// Makes the browser that asks a pad, by a one-time code of `POST /api/v1/cameras/{name}/pairing-code`. Its secret comes in a
/// cookie that scripts cannot read and that is good until the terminal is taken back; every connection renews it. Wrong codes are
/// slowed down per address.
#[utoipa::path(post, path = "/api/v1/pad/pair", tag = "pads", request_body = CodeSent,
    responses((status = OK, body = Seat), (status = UNAUTHORIZED, description = "No such code, or not any more"),
        (status = FORBIDDEN, description = "A page of another host"), (status = CONFLICT, description = "Too many terminals"),
        (status = TOO_MANY_REQUESTS)))]
pub(super) async fn pair(
    State(pads): State<Pads>,
    headers: HeaderMap,
    peer: Option<Extension<ConnectInfo<Peer>>>,
    sent: Sent,
) -> Response {
    trade(&pads, peer.as_deref(), &headers, &sent).await.unwrap_or_else(|refusal| refusal)
}

async fn trade(
    pads: &Pads,
    peer: Option<&ConnectInfo<Peer>>,
    headers: &HeaderMap,
    sent: &Sent,
) -> Result<Response, Response> {
    let caller = Caller::of(peer);
    if !is_from_here(headers) {
        return Err(refuse(reason::foreign_page()));
    }
    if let Some(wait) = pads.attempts.wait(caller.0, Instant::now()) {
        return Err(too_many(wait));
    }
    let CodeSent { code } = sent.plain().map_err(axum::response::IntoResponse::into_response)?;
    let digits: String = code.chars().filter(char::is_ascii_digit).collect();
    let screens = &pads.desk.stations.screens;
    let camera = screens.codes.redeem(&digits, clock::now());
    let Some(camera) = camera.and_then(|name| pads.desk.stations.cameras.settings(&name)) else {
        pads.attempts.failed(caller.0, Instant::now());
        tracing::warn!(caller = %caller.0, "a pad was refused: wrong pairing code");
        return Err(challenge(reason::wrong_pairing_code(), headers));
    };
    let made = screens.keys.make(Some(&camera.name), &browser(headers), caller.0.to_string()).await;
    let (secret, key) = made.map_err(refuse)?;
    tracing::info!(camera = %camera.name, terminal = %key.id, caller = %caller.0, "a pad was paired");
    Ok(seat(&camera, cookie::make(COOKIE.0, &secret, COOKIE.1, headers, peer)))
}

/// Which pad the browser that asks is; renews its cookie.
#[utoipa::path(get, path = "/api/v1/pad/session", tag = "pads",
    responses((status = OK, body = Seat), (status = UNAUTHORIZED, description = "None, or not any more")))]
pub(super) async fn session(
    State(pads): State<Pads>,
    headers: HeaderMap,
    peer: Option<Extension<ConnectInfo<Peer>>>,
) -> Response {
    let stations = &pads.desk.stations;
    let secret = cookie::read(&headers, COOKIE.0);
    let key = secret.and_then(|secret| stations.screens.keys.find(secret));
    let camera = key.and_then(|key| stations.cameras.settings(key.camera.as_deref()?));
    match (camera, secret) {
        (Some(camera), Some(secret)) => {
            seat(&camera, cookie::make(COOKIE.0, secret, COOKIE.1, &headers, peer.as_deref()))
        }
        _ => challenge(reason::no_pad_here(), &headers),
    }
}

fn seat(camera: &Camera, cookie: Option<HeaderValue>) -> Response {
    let mut answer = match json(&Seat::of(camera)) {
        Ok(answer) => answer,
        Err(refusal) => return refusal.into_response(),
    };
    answer.headers_mut().extend(cookie.map(|cookie| (header::SET_COOKIE, cookie)));
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// What the browser says it is, for the list of terminals.
fn browser(headers: &HeaderMap) -> String {
    let text = headers.get(header::USER_AGENT).and_then(|name| name.to_str().ok()).unwrap_or_default();
    text.chars().take(LONGEST_NAME).collect()
}
