//! The work mode: alone, or managed by a platform.

use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use crate::link::WorkMode;
use crate::local_api::Desk;
use crate::local_api::answer::{Refusal, json};
use crate::local_api::sent::Sent;
use crate::reason::table as reason;

/// The mode, as it is shown and set.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WorkMode)]
pub(super) struct Mode {
    /// `local`: alone; `mq`: managed by a platform.
    mode: String,
}

/// How the box works: `local` (alone) or `mq` (managed by a platform).
#[utoipa::path(get, path = "/api/v1/work_mode", tag = "box", responses((status = OK, body = Mode)))]
pub(super) async fn show(State(desk): State<Desk>) -> Result<Response, Refusal> {
    json(&Mode { mode: desk.app.link.work_mode().await?.as_str().to_owned() })
}

/// Changes how the box works. `local` drops the links and keeps people, licence key and login URL; `mq` logs in again.
#[utoipa::path(put, path = "/api/v1/work_mode", tag = "box", request_body = Mode,
    responses((status = OK, body = Mode), (status = BAD_REQUEST)))]
pub(super) async fn change(State(desk): State<Desk>, sent: Sent) -> Result<Response, Refusal> {
    let Mode { mode } = sent.plain()?;
    let wanted =
        WorkMode::of(&mode).ok_or_else(|| reason::not_one_of(mode.as_str(), "local, mq").of("mode"))?;
    let link = &desk.app.link;
    if wanted == WorkMode::Mq && (link.dev_sno().await?.is_none() || link.login_url().await?.is_none()) {
        return Err(reason::pairing_needed().of("mode").into());
    }
    link.set_work_mode(wanted).await?;
    tracing::info!(mode, "the work mode was set through the local API");
    show(State(desk)).await
}
