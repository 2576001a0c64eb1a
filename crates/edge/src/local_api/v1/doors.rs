//! Doors: how each is and what it last did, and a button to try it.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};

use crate::door::{Action, Order, Outcome, Status};
use crate::local_api::Desk;
use crate::local_api::answer::{Refusal, json};
use crate::reason::table as reason;

/// The longest reason that is taken, characters.
const MAX_REASON: usize = 200;

/// A camera's door as this API shows it; cameras that share a door show the same.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = CameraDoor)]
struct View {
    camera: String,
    #[serde(flatten)]
    status: Status,
}

/// Every camera's door.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Doors)]
pub(super) struct All {
    /// What doors do for those who may pass: `opendoor`, `closedoor`, `alarm` or `avoid`; set by
    /// `POST /SophonFogSys/api/GateControllerMode`.
    mode: &'static str,
    items: Vec<View>,
    next: Option<String>,
}

/// Why a door is tried.
#[derive(Default, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = DoorTest)]
pub(super) struct Test {
    reason: String,
}

/// Every camera's door: how it is and what it last did.
#[utoipa::path(get, path = "/api/v1/doors", tag = "doors", responses((status = OK, body = All)))]
pub(super) async fn list(State(desk): State<Desk>) -> Result<Response, Refusal> {
    let (cameras, doors) = (&desk.stations.cameras, &desk.stations.doors);
    let view = |name: String| {
        let status = doors.status(cameras.settings(&name)?.door.as_ref()?)?;
        Some(View { camera: name, status })
    };
    let items: Vec<View> = cameras.status().into_iter().filter_map(|camera| view(camera.name)).collect();
    json(&All { mode: doors.current_mode().word(), items, next: None })
}

/// Opens a camera's door to see whether it does, in every mode; the answer says what came of it. An optional body
/// `{"reason": "…"}` is kept with it.
#[utoipa::path(post, path = "/api/v1/doors/{camera}/open", tag = "doors", params(("camera" = String, Path)), request_body = Option<Test>,
    responses((status = OK, body = Outcome), (status = BAD_REQUEST), (status = NOT_FOUND)))]
pub(super) async fn open(
    State(desk): State<Desk>,
    Path(camera): Path<String>,
    sent: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    let settings = desk.stations.cameras.settings(&camera);
    let settings = settings.ok_or_else(|| reason::no_camera(camera.as_str()))?;
    let door = settings.door.as_ref().ok_or_else(|| reason::no_door(camera.as_str()))?;
    let door = desk.stations.doors.of(door)?;
    let order = Order { camera, identity_id: String::new(), reason: reason(sent)? };
    let outcome = door.try_it(Action::Open, &order).await;
    let (camera, reason, result) = (&order.camera, &order.reason, &outcome.result);
    tracing::info!(%camera, %reason, %result, ms = outcome.ms, "a door was opened through the local API");
    json(&outcome)
}

fn reason(sent: Result<Bytes, BytesRejection>) -> Result<String, Refusal> {
    let bytes = sent.map_err(|rejection| reason::broken_off(rejection.body_text()))?;
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok("asked through the local API".to_owned());
    }
    let test: Test = serde_json::from_slice(&bytes).map_err(Refusal::unreadable)?;
    if test.reason.chars().count() > MAX_REASON || test.reason.chars().any(char::is_control) {
        return Err(reason::at_most_one_line(MAX_REASON).of("reason").into());
    }
    Ok(format!("asked through the local API: {}", test.reason))
}
