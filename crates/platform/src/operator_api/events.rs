//! Events: who was recognised where and when, what was decided, and the pictures of it.

mod by_face;
mod export;
mod line;
mod query;
pub(super) mod search;
mod view;

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use self::query::EventQuery;
pub(super) use self::query::{numbers, words};
use self::search::Search;
pub(crate) use self::view::EventView;
use super::access::Caller;
use super::error::{ApiResult, ErrorBody};
use super::extract::{AskedBoth, At, Page, page_limit, read_cursor, write_cursor};
use super::photos::{Picture, picture};
use crate::app::App;
use crate::clock;
use crate::db::audit;
use crate::db::event_filter::Place;
use crate::db::event_list::{self, EventRow};
use crate::refusal::Refusal;

pub(super) use self::by_face::{__path_search_by_face, search_by_face};
pub(super) use self::export::{__path_export, export};

/// Counted up to this number at most; beyond it the answer is "more".
const COUNTED: i64 = 10_000;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventPaging {
    /// Rows per page, 1 to 500; 50 unless given.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// How far to count.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CountBound {
    /// Count up to this number, 1 to 10,000; 10,000 unless given.
    up_to: Option<i64>,
}

/// How many there are.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventCount {
    /// So many were counted.
    count: i64,
    /// There are more than that.
    more: bool,
}

/// Events, newest first by `estimated_at`. A search for something rare may answer fewer rows than a page holds and still have a
/// `next`: it then looked through very many events in vain, and goes on from there when asked.
#[utoipa::path(get, path = "/api/v1/events", tag = "events", params(EventPaging, EventQuery),
    responses((status = OK, body = Page<EventView>), (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    AskedBoth(paging, asked): AskedBoth<EventPaging, EventQuery>,
) -> ApiResult<Json<Page<EventView>>> {
    let limit = usize::try_from(page_limit(paging.limit)?).unwrap_or(0);
    let mut search = Search::new(asked.filter(&caller)?, read_place(paging.cursor.as_deref())?);
    // One more than wanted tells whether there are more.
    let mut rows = search.page(&app, limit + 1).await?;
    let next = if rows.len() > limit {
        rows.truncate(limit);
        rows.last().map(EventRow::place)
    } else {
        search.place()
    };
    let next = next.map(|(at, id)| write_cursor(&format!("{at} {id}")));
    Ok(Json(Page { items: rows.into_iter().map(EventView::from).collect(), next }))
}

/// How many events there are, counted up to a bound.
#[utoipa::path(get, path = "/api/v1/events/count", tag = "events", params(EventQuery),
    responses((status = OK, body = EventCount), (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn count(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    AskedBoth(bound, asked): AskedBoth<CountBound, EventQuery>,
) -> ApiResult<Json<EventCount>> {
    let up_to = bound.up_to.unwrap_or(COUNTED);
    if !(1..=COUNTED).contains(&up_to) {
        return Err(Refusal::invalid("up_to", format!("must be 1 to {COUNTED}")).into());
    }
    let mut search = Search::new(asked.filter(&caller)?, None);
    let (count, more) = search.count(&app, up_to).await?;
    Ok(Json(EventCount { count, more }))
}

/// One event.
#[utoipa::path(get, path = "/api/v1/events/{id}", tag = "events", params(("id" = String, Path)),
    responses((status = OK, body = EventView), (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At(id): At<String>,
) -> ApiResult<Json<EventView>> {
    Ok(Json(existing(&app, &caller, id).await?.into()))
}

/// A picture of an event: `spot` is the capture, `reg` the photo it was compared with. Who looked at it is remembered.
#[utoipa::path(get, path = "/api/v1/events/{id}/photos/{which}", tag = "events",
    params(("id" = String, Path), ("which" = String, Path, description = "`spot` or `reg`")),
    responses((status = OK, content_type = "image/*", body = Vec<u8>), (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn photo(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At((id, which)): At<(String, String)>,
) -> ApiResult<Picture> {
    let found = existing(&app, &caller, id).await?;
    let key = match which.as_str() {
        "spot" => found.spot_key,
        "reg" => found.reg_key,
        _ => return Err(Refusal::invalid("which", "must be spot or reg").into()),
    };
    let key = key.ok_or_else(|| Refusal::not_found("picture of this event:", which.as_str()))?;
    let detail = json!({"of": "event", "which": which, "identity_id": found.identity_id});
    let deed = caller.deed("photo.read", found.id, detail);
    app.db.write(move |tx| audit::append(tx, &deed, clock::now())).await?;
    picture(&app, &key).await
}

/// The event, when there is one and the caller may see its box.
async fn existing(app: &App, caller: &Caller, id: String) -> ApiResult<EventRow> {
    let asked = id.clone();
    let found = app.db.read(move |tx| event_list::find(tx, &asked)).await?;
    let may_see = |row: &EventRow| {
        let among = |sites: &[String]| row.site.as_ref().is_some_and(|site| sites.contains(site));
        caller.sites.as_deref().is_none_or(among)
    };
    Ok(found.filter(may_see).ok_or_else(|| Refusal::not_found("event", id))?)
}

/// The place a page begins after: the time and the id of the last row of the page before.
fn read_place(cursor: Option<&str>) -> ApiResult<Option<Place>> {
    let place = read_cursor(cursor)?;
    if place.is_empty() {
        return Ok(None);
    }
    let parts = place.split_once(' ').and_then(|(time, id)| Some((time.parse().ok()?, id.to_owned())));
    Ok(Some(parts.ok_or_else(|| Refusal::invalid("cursor", "is not one this list gave"))?))
}
