//! The overview: how much there is of everything.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::access::Caller;
use super::boxes::HoldingsView;
use super::error::ApiResult;
use super::extract::{Asked, Page, page_limit, read_cursor};
use crate::app::App;
use crate::clock;
use crate::db::DbError;
use crate::db::box_intake::{self, BoxIntake};
use crate::db::stats::{self, Stats};

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
    /// Empty for whoever is restricted to sites.
    counters: BTreeMap<&'static str, u64>,
    /// When this was counted: now, unless counting takes more than a second, in which case it is told again for ten times as long, a minute at most.
    at: i64,
}

/// How much there is of everything.
#[utoipa::path(get, path = "/api/v1/stats", tag = "stats", responses((status = OK, body = StatsView)))]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
) -> ApiResult<Json<StatsView>> {
    let counters = match caller.sites() {
        None => app.counts.all().into(),
        Some(_) => BTreeMap::new(),
    };
    let sites = caller.sites().map(<[String]>::to_vec);
    let (found, at) = app.stats.get(sites.clone(), count(&app, sites)).await?;
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
        counters,
        at,
    }))
}

/// How much there is, when that was, and how long counting took.
async fn count(app: &App, sites: Option<Vec<String>>) -> Result<((Stats, i64), Duration), DbError> {
    let online_for = app.config.boxes.online_for();
    app.db
        .read(move |tx| {
            let (at, began) = (clock::now(), Instant::now());
            let found = stats::count(tx, sites.as_deref(), at - online_for, at - LATELY)?;
            Ok(((found, at), began.elapsed()))
        })
        .await
}

/// What a box's reports tell of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BoxStatsView {
    dev_sno: String,
    /// Its clock minus ours, milliseconds, as reports that come at once tell (their way here included: some tenths of a second
    /// below zero is a clock that is right); null while too few told.
    clock_offset_ms: Option<i64>,
    /// When that was last reckoned.
    clock_at: Option<i64>,
    /// Reports of a capture that had come before by the same way: dropped.
    repeats: i64,
    /// Events that arrived long after they were captured.
    late: i64,
    /// Events that arrived before they were captured, by its clock.
    ahead: i64,
}

/// Which boxes.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct BoxStatsQuery {
    /// Rows per page, 1 to 500; 50 unless given.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Only this box.
    dev_sno: Option<String>,
    /// Only boxes whose clock is off by more than this, milliseconds.
    clock_off: Option<i64>,
}

/// What boxes' reports tell of them, in the order of their keys.
#[utoipa::path(get, path = "/api/v1/stats/boxes", tag = "stats", params(BoxStatsQuery),
    responses((status = OK, body = Page<BoxStatsView>)))]
pub(crate) async fn boxes(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Asked(asked): Asked<BoxStatsQuery>,
) -> ApiResult<Json<Page<BoxStatsView>>> {
    let (limit, after) = (page_limit(asked.limit)?, read_cursor(asked.cursor.as_deref())?);
    let rows = app
        .db
        .read(move |tx| {
            let (dev_sno, sites) = (asked.dev_sno.as_deref(), caller.sites.as_deref());
            box_intake::list(tx, dev_sno, asked.clock_off, sites, &after, limit + 1)
        })
        .await?;
    Ok(Json(Page::of(rows, limit, |row| row.dev_sno.clone(), BoxStatsView::from)))
}

impl From<BoxIntake> for BoxStatsView {
    fn from(row: BoxIntake) -> Self {
        Self {
            dev_sno: row.dev_sno,
            clock_offset_ms: row.clock_offset_ms,
            clock_at: row.clock_at,
            repeats: row.repeats,
            late: row.late,
            ahead: row.ahead,
        }
    }
}
