//! The overview: how much there is of everything, now.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Extension, State};
use serde::Serialize;
use utoipa::ToSchema;

use super::access::Caller;
use super::boxes::HoldingsView;
use super::error::ApiResult;
use crate::app::App;
use crate::clock;
use crate::db::stats;

/// What "lately" means, in milliseconds: a day.
const LATELY: i64 = 24 * 3_600_000;

/// How much there is of everything.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StatsView {
    people: i64,
    /// Only these can be on boxes.
    people_with_photo: i64,
    groups: i64,
    boxes: i64,
    /// Boxes whose last heartbeat is younger than three periods.
    boxes_online: i64,
    cameras: i64,
    events: i64,
    /// Events captured within the last 24 hours.
    events_24h: i64,
    strangers_24h: i64,
    /// Commands written down and not yet taken by the broker.
    commands_queued: i64,
    /// Commands with the broker or the box, unanswered.
    commands_published: i64,
    /// People on boxes, by state, over all boxes.
    holdings: HoldingsView,
    /// What was counted since the process started, by name: reports merged, bodies that could not be read, and so on.
    counters: BTreeMap<&'static str, u64>,
    /// When this was counted.
    at: i64,
}

/// How much there is of everything.
#[utoipa::path(get, path = "/api/v1/stats", tag = "stats", responses((status = OK, body = StatsView)))]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
) -> ApiResult<Json<StatsView>> {
    let at = clock::now();
    let online_since = at - app.config.boxes.online_for();
    let found = app.db.read(move |tx| stats::count(tx, caller.sites(), online_since, at - LATELY)).await?;
    Ok(Json(StatsView {
        people: found.people,
        people_with_photo: found.people_with_photo,
        groups: found.groups,
        boxes: found.boxes,
        boxes_online: found.boxes_online,
        cameras: found.cameras,
        events: found.events,
        events_24h: found.events_lately,
        strangers_24h: found.strangers_lately,
        commands_queued: found.commands_queued,
        commands_published: found.commands_published,
        holdings: found.holding.into(),
        counters: app.counts.all().into(),
        at,
    }))
}
