//! `GateControllerMode` and `EventAction`: what doors do for those who may pass, and direct orders to relays of the network.
//!
//! An order names any address; that is how it is documented. It is one more reason why every call needs the token.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, put};
use protocol::fog::{
    Data, DoorMode, EVENT_ACTION_PATH, EventAction, EventActionReply, GATE_CONTROLLER_MODE_PATH,
    GateControllerMode, KEEP_OPEN,
};
use serde::Serialize;
use serde_json::Value;

use super::Desk;
use super::answer::{Refusal, body, json};
use crate::door::{Done, Doors, Mode};
use crate::reason::table as reason;

/// Answer to relay orders: the documented keys, and what came of each.
#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    reply: EventActionReply,
    results: Vec<Done>,
}

/// Answer when orders failed: the protocol's error, and what came of each.
#[derive(Serialize)]
struct Failure {
    #[serde(flatten)]
    error: Value,
    data: Report,
}

/// The two calls.
pub(super) fn router() -> Router<Desk> {
    Router::new()
        .route(GATE_CONTROLLER_MODE_PATH, get(mode).post(set_mode))
        .route(EVENT_ACTION_PATH, put(act))
}

/// `GET GateControllerMode`
async fn mode(State(desk): State<Desk>) -> Result<Response, Refusal> {
    tell(desk.stations.doors.current_mode())
}

/// `POST GateControllerMode`
async fn set_mode(
    State(desk): State<Desk>,
    sent: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    let request = GateControllerMode::read(&body(sent)?)?;
    let Some(mode) = Mode::of(&request.controller_mode) else {
        let word = request.controller_mode.as_str();
        let known = "opendoor, closedoor, alarm, avoid";
        return Err(reason::not_one_of(word, known).of("controller_mode").into());
    };
    desk.stations.doors.set_mode(&desk.app.store, mode).await?;
    tracing::info!(mode = mode.word(), "the doors' mode was set through the local API");
    tell(mode)
}

fn tell(mode: Mode) -> Result<Response, Refusal> {
    json(&Data { data: GateControllerMode { controller_mode: mode.on_the_wire() } })
}

/// `PUT EventAction`: answers once every relay has, or its time is up.
async fn act(
    State(desk): State<Desk>,
    headers: HeaderMap,
    sent: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    only_json(&headers)?;
    let request = EventAction::read(&body(sent)?)?;
    let Some(first) = request.action.first() else { return Err(reason::empty().of("action").into()) };
    let cameras = desk.stations.cameras.all_settings();
    for (place, action) in request.action.iter().enumerate() {
        if action.action_duration == KEEP_OPEN {
            let key = format!("action.{place}.action_duration");
            return Err(reason::no_keeping_open(KEEP_OPEN).of(&key).into());
        }
        let doors = cameras.iter().filter_map(|camera| camera.door.as_ref());
        Doors::check(action, doors)
            .map_err(|error| reason::relay_order(format!("action.{place}.{error}")))?;
    }
    let action_mode = first.action_mode.clone();
    let results = desk.stations.doors.carry_out(&request.action).await;
    answer(action_mode, results)
}

fn answer(action_mode: DoorMode, results: Vec<Done>) -> Result<Response, Refusal> {
    for done in &results {
        let (relay, mode) = (relay(done), done.action.action_mode.as_str());
        tracing::info!(%relay, mode, result = %done.result, ms = done.ms, "a relay was ordered through the local API");
    }
    let failed: Vec<String> = results
        .iter()
        .filter(|done| done.result != "ok")
        .map(|done| format!("{}: {}", relay(done), done.result))
        .collect();
    let report = |message: &str, results| Report {
        reply: EventActionReply { message: message.to_owned(), action_mode },
        results,
    };
    if failed.is_empty() {
        return json(&Data { data: report("ok", results) });
    }
    let why = reason::relays_failed(failed.len(), results.len(), failed.join("; "));
    let status = StatusCode::from_u16(why.status()).unwrap_or(StatusCode::BAD_GATEWAY);
    let data = report(&why.to_string(), results);
    Ok((status, json(&Failure { error: why.body(), data })?).into_response())
}

fn relay(done: &Done) -> String {
    let action = &done.action;
    format!("{}:{} channel {}", action.action_ip, action.action_port, action.logic_port)
}

fn only_json(headers: &HeaderMap) -> Result<(), Refusal> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if essence.is_empty() || essence == "application/json" || essence.ends_with("+json") {
        return Ok(());
    }
    Err(reason::only_json(essence).into())
}
