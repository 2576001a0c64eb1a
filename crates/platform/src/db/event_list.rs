//! Events as operators see them: read only; [`super::event`] writes.

use serde_json::Value;

use super::event_filter::{EventFilter, Place};
use super::person::list_of;
use super::{DbError, Row, Tx, vals};

const COLUMNS: &str = "e.id, e.dev_sno, b.name AS box_name, b.site, e.ep_id, e.device_ip, e.taken_at, e.arrived_at, \
                       e.estimated_at, e.clock_offset_ms, e.late, e.ahead, e.identity_id, e.identity_name, e.person_type, \
                       e.device_type, e.group_name, e.score, e.verdict, e.gate, e.door, e.realtime_at, e.history_at, \
                       e.repeats, e.spot_key, e.reg_key, e.detail";
const FROM: &str = "FROM event e LEFT JOIN box b ON b.dev_sno = e.dev_sno";

/// An event as kept.
#[derive(Debug, Clone)]
pub(crate) struct EventRow {
    pub(crate) id: String,
    pub(crate) dev_sno: String,
    /// What the box is called and where it is now; `None` when it was removed.
    pub(crate) box_name: Option<String>,
    pub(crate) site: Option<String>,
    pub(crate) ep_id: Option<String>,
    pub(crate) device_ip: String,
    /// By the box's clock.
    pub(crate) taken_at: i64,
    pub(crate) arrived_at: i64,
    /// By ours, as far as known.
    pub(crate) estimated_at: i64,
    pub(crate) clock_offset_ms: Option<i64>,
    pub(crate) late: bool,
    pub(crate) ahead: bool,
    pub(crate) identity_id: String,
    pub(crate) identity_name: String,
    pub(crate) person_type: Option<i64>,
    pub(crate) device_type: String,
    pub(crate) group_name: String,
    pub(crate) score: Option<f64>,
    pub(crate) verdict: Option<String>,
    pub(crate) gate: Option<String>,
    pub(crate) door: Option<String>,
    pub(crate) realtime_at: Option<i64>,
    pub(crate) history_at: Option<i64>,
    pub(crate) repeats: i64,
    pub(crate) spot_key: Option<String>,
    pub(crate) reg_key: Option<String>,
    pub(crate) detail: Value,
}

/// What one step of a search found.
#[derive(Debug)]
pub(crate) struct Found<T> {
    pub(crate) what: T,
    /// Where the next step begins; `None` when the search is at its end.
    pub(crate) reached: Option<Place>,
}

impl EventRow {
    /// Where it stands in lists.
    pub(crate) fn place(&self) -> Place {
        (self.estimated_at, self.id.clone())
    }
}

/// One event.
pub(crate) fn find(tx: &mut Tx<'_>, id: &str) -> Result<Option<EventRow>, DbError> {
    let sql = format!("SELECT {COLUMNS} {FROM} WHERE e.id = $1");
    tx.first(&sql, vals![id])?.as_ref().map(row).transpose()
}

/// The events with these ids, in no order; those that are gone are left out.
pub(crate) fn by_ids(tx: &mut Tx<'_>, ids: &[&str]) -> Result<Vec<EventRow>, DbError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let (places, params) = list_of(ids.iter().copied());
    let sql = format!("SELECT {COLUMNS} {FROM} WHERE e.id IN ({places})");
    tx.query(&sql, &params)?.iter().map(row).collect()
}

/// At most `limit` events after a place, newest first, among the next `slice` rows of the leading index.
pub(crate) fn step(
    tx: &mut Tx<'_>,
    filter: &EventFilter,
    after: Option<&Place>,
    limit: usize,
    slice: i64,
) -> Result<Found<Vec<EventRow>>, DbError> {
    let end = if filter.is_sliced() { filter.slice_end(tx, after, slice)? } else { None };
    let (sql, params) = statement(filter, after, end.as_ref(), limit);
    let rows = tx.query(&sql, &params)?.iter().map(row).collect::<Result<Vec<_>, _>>()?;
    let reached = if rows.len() >= limit { rows.last().map(EventRow::place) } else { end };
    Ok(Found { what: rows, reached })
}

fn statement(
    filter: &EventFilter,
    after: Option<&Place>,
    end: Option<&Place>,
    limit: usize,
) -> (String, Vec<super::Val>) {
    let mut wanted = filter.conditions(after, end);
    let limit = wanted.place(i64::try_from(limit).unwrap_or(i64::MAX));
    let sql = format!(
        "SELECT {COLUMNS} {FROM}{} ORDER BY e.estimated_at DESC, e.id DESC LIMIT {limit}",
        wanted.sql
    );
    (sql, wanted.params)
}

/// How many there are after a place among the next `slice` rows of the leading index, counted up to `most`.
pub(crate) fn count_step(
    tx: &mut Tx<'_>,
    filter: &EventFilter,
    after: Option<&Place>,
    most: i64,
    slice: i64,
) -> Result<Found<i64>, DbError> {
    let end = if filter.is_sliced() { filter.slice_end(tx, after, slice)? } else { None };
    let mut wanted = filter.conditions(after, end.as_ref());
    let most = wanted.place(most);
    let sql =
        format!("SELECT COUNT(*) FROM (SELECT e.id FROM event e{} LIMIT {most}) AS counted", wanted.sql);
    Ok(Found { what: tx.number(&sql, &wanted.params)?, reached: end })
}

fn row(row: &Row) -> Result<EventRow, DbError> {
    Ok(EventRow {
        id: row.text("id")?,
        dev_sno: row.text("dev_sno")?,
        box_name: row.opt_text("box_name")?,
        site: row.opt_text("site")?,
        ep_id: row.opt_text("ep_id")?,
        device_ip: row.text("device_ip")?,
        taken_at: row.int("taken_at")?,
        arrived_at: row.int("arrived_at")?,
        estimated_at: row.int("estimated_at")?,
        clock_offset_ms: row.opt_int("clock_offset_ms")?,
        late: row.bool("late")?,
        ahead: row.bool("ahead")?,
        identity_id: row.text("identity_id")?,
        identity_name: row.text("identity_name")?,
        person_type: row.opt_int("person_type")?,
        device_type: row.text("device_type")?,
        group_name: row.text("group_name")?,
        score: row.opt_real("score")?,
        verdict: row.opt_text("verdict")?,
        gate: row.opt_text("gate")?,
        door: row.opt_text("door")?,
        realtime_at: row.opt_int("realtime_at")?,
        history_at: row.opt_int("history_at")?,
        repeats: row.int("repeats")?,
        spot_key: row.opt_text("spot_key")?,
        reg_key: row.opt_text("reg_key")?,
        detail: row.json("detail")?,
    })
}

#[cfg(test)]
mod tests;
