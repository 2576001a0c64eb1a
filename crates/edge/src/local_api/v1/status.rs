//! How the box is doing, from observed facts: each leg of the link with its reason and next attempt, the people, the numbers.

use axum::extract::State;
use axum::response::Response;
use runtime::amqp::LinkState;
use serde::Serialize;

use crate::clock;
use crate::command::Counts;
use crate::config::LocalAuth;
use crate::link::LinkStatus;
use crate::local_api::Desk;
use crate::local_api::answer::{Refusal, json};
use crate::stations::Snapshot;
use crate::store::journal;

/// People without a usable photo who are named; all of them are counted.
const NAMED: usize = 100;

#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = BoxStatus)]
pub(super) struct Status {
    version: &'static str,
    now_ms: i64,
    started_at_ms: i64,
    /// `local`: stand-alone; `mq`: managed by a platform.
    work_mode: &'static str,
    dev_sno: Option<String>,
    platform: Option<String>,
    login: LinkStatus,
    last_login_ms: Option<i64>,
    broker: Vec<Leg>,
    people: usize,
    /// People who can be recognised.
    faces: usize,
    /// People who cannot, and why; the first hundred.
    without_face: Vec<WithoutFace>,
    model_pack: String,
    commands: Counts,
    results_waiting: i64,
    #[serde(flatten)]
    stations: Snapshot,
    /// `token`, or `none`: whoever reaches the port controls this box.
    local_api_auth: &'static str,
    /// What an operator should know about who may call.
    local_api_warnings: Vec<String>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = BrokerLeg)]
struct Leg {
    name: &'static str,
    #[serde(flatten)]
    state: LegState,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
enum LegState {
    Connecting { attempt: u32 },
    Up { since_ms: i64 },
    Blocked { reason: String, since_ms: i64 },
    Down { reason: String, next_attempt_ms: Option<i64> },
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
struct WithoutFace {
    identity_id: String,
    reason: String,
}

/// How the box is doing, from observed facts.
#[utoipa::path(get, path = "/api/v1/status", tag = "box", responses((status = OK, body = Status)))]
pub(super) async fn status(State(desk): State<Desk>) -> Result<Response, Refusal> {
    let app = &desk.app;
    let dev_sno = app.link.dev_sno().await?;
    let login_url = app.link.login_url().await?;
    let joined = app.link.current();
    let login = app.link.status().borrow().clone();
    let results_waiting = app.store.read(journal::unsent).await?;
    let without_face = app.people.unusable(NAMED).await?;
    json(&Status {
        version: env!("CARGO_PKG_VERSION"),
        now_ms: clock::now(),
        started_at_ms: app.started_at,
        work_mode: app.link.work_mode().await?.as_str(),
        dev_sno,
        platform: login_url.as_deref().map(protocol::address::base_of),
        login,
        last_login_ms: joined.map(|joined| joined.at),
        broker: app.link.current_broker().map(|broker| legs(broker.legs())).unwrap_or_default(),
        people: app.people.len(),
        faces: app.people.faces(),
        without_face: without_face
            .into_iter()
            .map(|(identity_id, reason)| WithoutFace { identity_id, reason })
            .collect(),
        model_pack: app.engine.pack_id().to_owned(),
        commands: desk.commands.counts(),
        results_waiting,
        stations: desk.stations.snapshot().await?,
        local_api_auth: match app.config.local_api.auth {
            LocalAuth::Token => "token",
            LocalAuth::None => "none",
        },
        local_api_warnings: app.config.local_api.warnings(),
    })
}

fn legs(legs: Vec<(&'static str, LinkState)>) -> Vec<Leg> {
    legs.into_iter().map(|(name, state)| Leg { name, state: state.into() }).collect()
}

impl From<LinkState> for LegState {
    fn from(state: LinkState) -> Self {
        match state {
            LinkState::Connecting { attempt } => Self::Connecting { attempt },
            LinkState::Up { since_ms } => Self::Up { since_ms },
            LinkState::Blocked { reason, since_ms } => Self::Blocked { reason, since_ms },
            LinkState::Down { reason, next_attempt_ms } => Self::Down { reason, next_attempt_ms },
        }
    }
}
