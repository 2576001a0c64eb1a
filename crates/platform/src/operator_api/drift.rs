//! Drift: what boxes should hold beside what they have proved, by box and by person, and how to begin anew.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use protocol::{DevSno, IdentityId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::access::Caller;
use super::boxes::visible;
use super::error::{ApiResult, ErrorBody};
use super::extract::{Asked, At, Page, page_limit, read_cursor};
use super::words;
use crate::app::App;
use crate::clock;
use crate::db::held::{self, Drift, Held, HeldFilter, Place, STATES, Spread};
use crate::db::{DbError, audit, desired, recompute};
use crate::refusal::Refusal;

/// Boxes named in one answer about a person.
pub(super) const BOXES: i64 = 1000;

/// One person on one box: what should be, and what the box has proved.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HeldView {
    dev_sno: String,
    /// What the box is called.
    box_name: String,
    identity_id: String,
    /// Null when the person was deleted here and is not yet proved to be gone from the box.
    name: Option<String>,
    /// `pending` (to be sent), `sent` (the broker has it), `applied` (the box proved it), `failed` (the box refused).
    state: String,
    /// Whether the person should be on the box.
    wanted: bool,
    /// Why it is not as it should be, in words; null when it is.
    why: Option<String>,
    /// The revision that should be there.
    desired_revision: Option<i64>,
    /// The revision the box has proved to hold.
    proved_revision: Option<i64>,
    /// The box's status code, when it refused.
    code: Option<String>,
    /// The box's words, when it refused.
    message: Option<String>,
    attempts: i64,
    next_attempt_at: Option<i64>,
    /// The last command that carried this person there.
    command_id: Option<String>,
    /// Since when it waits for its proof, or waited: the wish changed, its proof was lost, or it was asked for anew.
    changed_at: i64,
    proved_at: Option<i64>,
    /// Milliseconds since then.
    age_ms: i64,
    /// Milliseconds from the wish to its proof, once proved.
    took_ms: Option<i64>,
}

/// How far a box is from what it should hold.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DriftView {
    dev_sno: String,
    /// In words: `4,211 of 4,213 proved; missing: …`.
    summary: String,
    /// People it should hold.
    wanted: i64,
    /// Of those, whom it has proved to hold as they should be.
    proved: i64,
    /// People it should not hold any more and has not proved to be without.
    leaving: i64,
    /// By state.
    pending: i64,
    sent: i64,
    failed: i64,
    /// Milliseconds since the oldest wish that is not proved; null when all are.
    oldest_age_ms: Option<i64>,
    /// Why people are missing, the most frequent reasons first; at most 20.
    reasons: Vec<ReasonView>,
    /// Who should be on the box is still being derived after a change: the numbers are still growing or shrinking.
    deriving: bool,
}

/// Why people are missing.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReasonView {
    state: String,
    /// The box's status code, when it refused.
    code: Option<String>,
    message: Option<String>,
    /// How many.
    people: i64,
    /// The id of one of them.
    example: String,
}

/// Where somebody is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Whereabouts {
    /// In words: `on 11 of 12 boxes; missing: …`.
    summary: String,
    #[serde(flatten)]
    on_boxes: OnBoxes,
    /// One row per box, those first that have not proved it; at most 1,000.
    items: Vec<HeldView>,
}

/// On how many boxes somebody should be, and is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OnBoxes {
    /// Boxes they should be on.
    wanted: i64,
    /// Of those, which have proved it.
    proved: i64,
    /// Boxes they should not be on any more that have not proved to be without them.
    leaving: i64,
}

/// What begins anew.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Resynced {
    /// So many people on so many boxes are sent again; follow them in the drift view.
    rows: u64,
}

/// Which people of a box.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct HeldQuery {
    /// Rows per page, 1 to 500; 50 unless given.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Only `pending`, `sent`, `applied` or `failed`.
    state: Option<String>,
    /// Part of the name or of the id.
    search: Option<String>,
}

/// How far a box is from what it should hold, and why.
#[utoipa::path(get, path = "/api/v1/boxes/{dev_sno}/drift", tag = "drift", params(("dev_sno" = String, Path)),
    responses((status = OK, body = DriftView), (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At(id): At<String>,
) -> ApiResult<Json<DriftView>> {
    let id = DevSno::new(id);
    let (found, drift, deriving) = app
        .db
        .read(move |tx| {
            let found = visible(tx, &caller, &id)?;
            Ok::<_, Refusal>((found, held::drift(tx, &id)?, recompute::concerns_box(tx, &id)?))
        })
        .await?;
    let summary = words::of_box(&drift, found.login_at.is_some(), found.silent_since);
    Ok(Json(DriftView::of(found.dev_sno.as_str(), drift, summary, deriving)))
}

/// Who should be on a box, and what it has proved; failing ones first, then by state, each state in the order of ids.
#[utoipa::path(get, path = "/api/v1/boxes/{dev_sno}/people", tag = "drift",
    params(("dev_sno" = String, Path), HeldQuery),
    responses((status = OK, body = Page<HeldView>), (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn people(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At(id): At<String>,
    Asked(asked): Asked<HeldQuery>,
) -> ApiResult<Json<Page<HeldView>>> {
    let (limit, cursor) = (page_limit(asked.limit)?, read_cursor(asked.cursor.as_deref())?);
    if asked.state.as_deref().is_some_and(|state| !STATES.contains(&state)) {
        return Err(Refusal::invalid("state", format!("must be one of {}", STATES.join(", "))).into());
    }
    let after = read_place(&cursor)?;
    let filter = HeldFilter { state: asked.state, search: asked.search, after, limit: limit + 1 };
    let id = DevSno::new(id);
    let rows = app
        .db
        .read(move |tx| {
            visible(tx, &caller, &id)?;
            Ok::<_, Refusal>(held::of_box(tx, &id, &filter)?)
        })
        .await?;
    let key = |row: &Held| {
        let Place { rank, identity_id } = row.place();
        format!("{rank} {identity_id}")
    };
    Ok(Json(Page::of(rows, limit, key, HeldView::from)))
}

/// Where somebody should be and is proved to be; also for somebody who was deleted, until every box has proved it.
#[utoipa::path(get, path = "/api/v1/people/{identity_id}/boxes", tag = "drift", params(("identity_id" = String, Path)),
    responses((status = OK, body = Whereabouts)))]
pub(crate) async fn whereabouts(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At(id): At<String>,
) -> ApiResult<Json<Whereabouts>> {
    let (spread, rows) = app
        .db
        .read(move |tx| {
            let sites = caller.sites.as_deref();
            Ok::<_, DbError>((held::spread(tx, &id, sites)?, held::of_person(tx, &id, sites, BOXES)?))
        })
        .await?;
    let summary = words::of_person(&spread, &rows);
    Ok(Json(Whereabouts { summary, on_boxes: spread.into(), items: views(rows) }))
}

/// Believes nothing about what a box holds: everybody is sent again, also those it had refused.
#[utoipa::path(post, path = "/api/v1/boxes/{dev_sno}/resync", tag = "drift", params(("dev_sno" = String, Path)),
    responses((status = ACCEPTED, body = Resynced), (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn resync_box(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At(id): At<String>,
) -> ApiResult<(StatusCode, Json<Resynced>)> {
    let rows = resync(&app, caller, DevSno::new(id)).await?;
    Ok((StatusCode::ACCEPTED, Json(Resynced { rows })))
}

/// Has everybody of a box sent again, and derived again who that is; answers how many people it had rows of.
pub(super) async fn resync(app: &App, caller: Caller, id: DevSno) -> Result<u64, Refusal> {
    let now = clock::now();
    let rows = app
        .db
        .write(move |tx| {
            visible(tx, &caller, &id)?;
            let rows = desired::doubt_box(tx, &id, now)?;
            recompute::box_later(tx, &id, now)?;
            audit::append(tx, &caller.deed("box.resync", id.as_str(), json!({"rows": rows})), now)?;
            Ok::<_, Refusal>(rows)
        })
        .await?;
    app.nudge();
    Ok(rows)
}

/// The same for one person, on every box.
#[utoipa::path(post, path = "/api/v1/people/{identity_id}/resync", tag = "drift",
    params(("identity_id" = String, Path)), responses((status = ACCEPTED, body = Resynced),
    (status = NOT_FOUND, body = ErrorBody, description = "nobody of this id is known, nor on the way off a box")))]
pub(crate) async fn resync_person(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At(id): At<String>,
) -> ApiResult<(StatusCode, Json<Resynced>)> {
    let (id, now) = (IdentityId::new(id), clock::now());
    let rows = app
        .db
        .write(move |tx| {
            let known = crate::db::person::find(tx, &id)?.is_some();
            let rows = desired::doubt_person(tx, &id, caller.sites.as_deref(), now)?;
            if !known && rows == 0 {
                return Err(Refusal::not_found("person", id.as_str()));
            }
            desired::recompute_for_person(tx, &id, now)?;
            audit::append(tx, &caller.deed("person.resync", id.as_str(), json!({"rows": rows})), now)?;
            Ok(rows)
        })
        .await?;
    app.nudge();
    Ok((StatusCode::ACCEPTED, Json(Resynced { rows })))
}

/// The same for one person on one box.
#[utoipa::path(post, path = "/api/v1/boxes/{dev_sno}/people/{identity_id}/resync", tag = "drift",
    params(("dev_sno" = String, Path), ("identity_id" = String, Path)), responses((status = ACCEPTED, body = Resynced),
    (status = NOT_FOUND, body = ErrorBody, description = "they are not wanted on this box, nor on the way off it")))]
pub(crate) async fn resync_one(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At((dev_sno, id)): At<(String, String)>,
) -> ApiResult<(StatusCode, Json<Resynced>)> {
    let (dev_sno, id, now) = (DevSno::new(dev_sno), IdentityId::new(id), clock::now());
    app.db
        .write(move |tx| {
            visible(tx, &caller, &dev_sno)?;
            desired::recompute_for_person(tx, &id, now)?;
            let row = desired::find(tx, &dev_sno, &id)?;
            let row = row.ok_or_else(|| Refusal::not_found("person on this box", id.as_str()))?;
            desired::store(tx, &dev_sno, &id, row.doubt(now))?;
            let told = json!({"identity_id": id.as_str()});
            audit::append(tx, &caller.deed("box.resync", dev_sno.as_str(), told), now)?;
            Ok::<_, Refusal>(())
        })
        .await?;
    app.nudge();
    Ok((StatusCode::ACCEPTED, Json(Resynced { rows: 1 })))
}

fn read_place(cursor: &str) -> Result<Place, Refusal> {
    if cursor.is_empty() {
        return Ok(Place::default());
    }
    let (rank, id) = cursor.split_once(' ').unwrap_or_default();
    let rank = rank.parse().map_err(|_| Refusal::invalid("cursor", "is not one this list gave"))?;
    Ok(Place { rank, identity_id: id.to_owned() })
}

/// Rows as they are shown.
pub(super) fn views(held: Vec<Held>) -> Vec<HeldView> {
    held.into_iter().map(HeldView::from).collect()
}

impl DriftView {
    fn of(dev_sno: &str, drift: Drift, summary: String, deriving: bool) -> Self {
        let told = |text: String| Some(text).filter(|text| !text.is_empty());
        let reason = |reason: held::Reason| ReasonView {
            state: reason.state,
            code: told(reason.code),
            message: told(reason.message),
            people: reason.people,
            example: reason.example,
        };
        Self {
            dev_sno: dev_sno.to_owned(),
            summary,
            wanted: drift.wanted,
            proved: drift.proved,
            leaving: drift.leaving,
            pending: drift.pending,
            sent: drift.sent,
            failed: drift.failed,
            oldest_age_ms: drift.oldest_at.map(|at| (clock::now() - at).max(0)),
            reasons: drift.reasons.into_iter().map(reason).collect(),
            deriving,
        }
    }
}

impl From<Spread> for OnBoxes {
    fn from(spread: Spread) -> Self {
        let Spread { wanted, proved, leaving } = spread;
        Self { wanted, proved, leaving }
    }
}

impl From<Held> for HeldView {
    fn from(row: Held) -> Self {
        Self {
            why: words::of_row(&row),
            dev_sno: row.dev_sno.as_str().to_owned(),
            box_name: row.box_name,
            identity_id: row.identity_id,
            name: row.name,
            state: row.state,
            wanted: row.desired_revision.is_some(),
            desired_revision: row.desired_revision,
            proved_revision: row.proved_revision,
            code: row.code,
            message: row.message,
            attempts: row.attempts,
            next_attempt_at: row.next_attempt_at,
            command_id: row.command_id,
            changed_at: row.changed_at,
            proved_at: row.proved_at,
            age_ms: (clock::now() - row.changed_at).max(0),
            took_ms: row.proved_at.filter(|at| *at >= row.changed_at).map(|at| at - row.changed_at),
        }
    }
}
