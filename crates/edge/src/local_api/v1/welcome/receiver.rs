//! `POST /updateWTVInfo`: real-time events of other boxes, greeted here as if this were the receiver their documentation names.

use std::net::IpAddr;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::response::Response;
use protocol::Event;
use serde::Serialize;
use utoipa::ToSchema;

use super::super::pad::access::{Caller, challenge, too_many};
use super::Lobby;
use crate::local_api::answer::{Refusal, json};
use crate::local_api::guard::secret;
use crate::local_api::sent::Heavy;
use crate::reason::table as reason;

/// The longest body: an event with two photos as base64.
pub(super) const LARGEST: usize = 12 << 20;

/// The answer receivers give.
#[derive(Serialize, ToSchema)]
struct Received {
    /// 0: taken.
    status: i32,
    /// `ok`.
    message: &'static str,
    /// Nothing.
    data: Option<()>,
    /// How many of the events are greeted by a screen now.
    greeted: usize,
}

/// Takes a real-time event of another box, as JSON or as a form whatever its content type says, and has the greeting screens greet
/// whoever it is about. Addresses of `welcome.allow` need no credentials; everybody else needs the box's token (Bearer, or the password of Basic).
#[utoipa::path(post, path = "/updateWTVInfo", tag = "welcome", request_body = Object,
    responses((status = OK, body = Received), (status = BAD_REQUEST), (status = UNAUTHORIZED), (status = PAYLOAD_TOO_LARGE),
        (status = TOO_MANY_REQUESTS)))]
pub(super) async fn receive(State(lobby): State<Lobby>, request: Request) -> Response {
    let Caller(caller) = Caller::of(request.extensions().get());
    if let Some(refusal) = refusal(&lobby, caller, request.headers()) {
        return refusal;
    }
    take(&lobby, request).await.unwrap_or_else(axum::response::IntoResponse::into_response)
}

async fn take(lobby: &Lobby, request: Request) -> Result<Response, Refusal> {
    let Heavy { sent, .. } = Heavy::called_anything(request, &lobby.desk).await?;
    let events = sent.json_or_form(Event::read_batch)?;
    let greeted = lobby.desk.stations.screens.welcome.receive(&events).await;
    json(&Received { status: 0, message: "ok", data: None, greeted })
}

/// Why events are not taken from here, before a byte of the body is read.
fn refusal(lobby: &Lobby, caller: IpAddr, headers: &HeaderMap) -> Option<Response> {
    let allowed = &lobby.desk.app.config.welcome.allow;
    if allowed.iter().any(|network| network.contains(caller)) {
        return None;
    }
    let token = lobby.token.as_ref()?;
    if let Some(wait) = lobby.attempts.wait(caller, Instant::now()) {
        return Some(too_many(wait));
    }
    let shown = secret(headers);
    if shown.as_deref().is_some_and(|secret| token.is(secret)) {
        return None;
    }
    if shown.is_some() {
        lobby.attempts.failed(caller, Instant::now());
    }
    tracing::warn!(%caller, "an event for the greeting screens was refused");
    Some(challenge(reason::sender_not_listed(), headers))
}
