//! Events: who was recognised where and when, what was decided, and the pictures of it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::error::{ApiResult, ErrorBody};
use super::extract::{Asked, At, Page, page_limit, read_cursor};
use super::photos::{Picture, picture};
use crate::app::App;
use crate::db::event_list::{self, EventFilter, EventRow};
use crate::refusal::Refusal;

/// One recognition. Live viewers are told the same.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventView {
    id: String,
    dev_sno: String,
    /// The camera: `<dev_sno>__<address>`.
    ep_id: Option<String>,
    /// The camera's address.
    device_ip: String,
    /// When it was captured, by the box's clock, milliseconds since 1970, UTC.
    taken_at: i64,
    identity_id: String,
    identity_name: String,
    /// 1 employee, 2 visitor, 3 blacklist, 4 stranger, 5 VIP.
    person_type: Option<i64>,
    /// Nobody known.
    stranger: bool,
    device_type: String,
    group_name: String,
    /// As the box said it: 0 to 1, or 0 to 100 from other makers' boxes.
    score: Option<f64>,
    /// What the box decided (`let_in`, `refused`, `possible`, `stranger`); null from boxes that do not say.
    verdict: Option<String>,
    /// Why, in the box's words.
    reason: Option<String>,
    /// What the door did and why.
    #[schema(value_type = Object)]
    door: Value,
    /// When it was reported as it happened.
    realtime_at: Option<i64>,
    /// When it was reported for the record.
    history_at: Option<i64>,
    /// Reports beyond the first of each kind.
    repeats: i64,
    photos: EventPhotos,
    /// What else the box said, its trace included.
    #[schema(value_type = Object)]
    detail: Value,
}

/// Where an event's pictures are; null when there is none.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventPhotos {
    /// The capture.
    spot: Option<String>,
    /// The photo it was compared with.
    reg: Option<String>,
}

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventQuery {
    /// Rows per page, 1 to 500; 50 unless given.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Captured at this time or later, milliseconds since 1970, UTC.
    from: Option<i64>,
    /// Captured before this time.
    until: Option<i64>,
    /// Only of this person.
    identity_id: Option<String>,
    /// Only of this box.
    dev_sno: Option<String>,
    /// Only of this camera.
    ep_id: Option<String>,
    /// Only of this type: 1 employee, 2 visitor, 3 blacklist, 4 stranger, 5 VIP.
    r#type: Option<i64>,
    /// Only strangers (`true`) or only known people (`false`).
    stranger: Option<bool>,
}

/// Events, newest capture first.
#[utoipa::path(get, path = "/api/v1/events", tag = "events", params(EventQuery),
    responses((status = OK, body = Page<EventView>), (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Asked(asked): Asked<EventQuery>,
) -> ApiResult<Json<Page<EventView>>> {
    let limit = page_limit(asked.limit)?;
    let filter = EventFilter {
        from: asked.from,
        until: asked.until,
        identity_id: asked.identity_id,
        dev_sno: asked.dev_sno,
        ep_id: asked.ep_id,
        person_type: asked.r#type,
        stranger: asked.stranger,
        after: read_place(asked.cursor.as_deref())?,
        limit: limit + 1,
    };
    let rows = app.db.read(move |tx| event_list::list(tx, &filter)).await?;
    Ok(Json(Page::of(rows, limit, |row| format!("{} {}", row.taken_at, row.id), EventView::from)))
}

/// One event.
#[utoipa::path(get, path = "/api/v1/events/{id}", tag = "events", params(("id" = String, Path)),
    responses((status = OK, body = EventView), (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn show(State(app): State<Arc<App>>, At(id): At<String>) -> ApiResult<Json<EventView>> {
    Ok(Json(existing(&app, id).await?.into()))
}

/// A picture of an event: `spot` is the capture, `reg` the photo it was compared with.
#[utoipa::path(get, path = "/api/v1/events/{id}/photos/{which}", tag = "events",
    params(("id" = String, Path), ("which" = String, Path, description = "`spot` or `reg`")),
    responses((status = OK, content_type = "image/*", body = Vec<u8>), (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn photo(
    State(app): State<Arc<App>>,
    At((id, which)): At<(String, String)>,
) -> ApiResult<Picture> {
    let found = existing(&app, id).await?;
    let key = match which.as_str() {
        "spot" => found.spot_key,
        "reg" => found.reg_key,
        _ => return Err(Refusal::invalid("which", "must be spot or reg").into()),
    };
    let key = key.ok_or_else(|| Refusal::not_found("picture of this event:", which))?;
    picture(&app, &key).await
}

async fn existing(app: &App, id: String) -> ApiResult<EventRow> {
    let asked = id.clone();
    let found = app.db.read(move |tx| event_list::find(tx, &asked)).await?;
    Ok(found.ok_or_else(|| Refusal::not_found("event", id))?)
}

/// The place a page begins after: the time and the id of the last row of the page before.
fn read_place(cursor: Option<&str>) -> ApiResult<Option<(i64, String)>> {
    let place = read_cursor(cursor)?;
    if place.is_empty() {
        return Ok(None);
    }
    let parts = place.split_once(' ').and_then(|(time, id)| Some((time.parse().ok()?, id.to_owned())));
    Ok(Some(parts.ok_or_else(|| Refusal::invalid("cursor", "is not one this list gave"))?))
}

impl From<EventRow> for EventView {
    fn from(row: EventRow) -> Self {
        let told = |name: &str| row.detail.pointer(&format!("/menshen/{name}"));
        let word = |name: &str| told(name).and_then(Value::as_str).map(str::to_owned);
        let url = |key: &Option<String>, which: &str| {
            key.as_ref().map(|_| format!("/api/v1/events/{}/photos/{which}", row.id))
        };
        Self {
            verdict: word("verdict"),
            reason: word("reason"),
            door: told("door").cloned().unwrap_or(Value::Null),
            photos: EventPhotos { spot: url(&row.spot_key, "spot"), reg: url(&row.reg_key, "reg") },
            stranger: row.person_type == Some(4),
            id: row.id,
            dev_sno: row.dev_sno,
            ep_id: row.ep_id,
            device_ip: row.device_ip,
            taken_at: row.taken_at,
            identity_id: row.identity_id,
            identity_name: row.identity_name,
            person_type: row.person_type,
            device_type: row.device_type,
            group_name: row.group_name,
            score: row.score,
            realtime_at: row.realtime_at,
            history_at: row.history_at,
            repeats: row.repeats,
            detail: row.detail,
        }
    }
}
