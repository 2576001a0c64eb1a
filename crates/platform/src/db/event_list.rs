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

/// What retention needs to know of an event.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) id: String,
    pub(crate) estimated_at: i64,
    pub(crate) spot_key: Option<String>,
    pub(crate) reg_key: Option<String>,
    pub(crate) photo_bytes: Option<i64>,
}

/// What a filter means, added up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    pub(crate) events: i64,
    pub(crate) pictures: i64,
    pub(crate) bytes: i64,
    /// Times of the first and the last.
    pub(crate) oldest: Option<i64>,
    pub(crate) newest: Option<i64>,
}

/// What one step of a search found.
#[derive(Debug)]
pub(crate) struct Found<T> {
    pub(crate) what: T,
    /// Where the next step begins; `None` when the search is at its end.
    pub(crate) reached: Option<Place>,
}

impl Sum {
    /// This and another.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            events: self.events + other.events,
            pictures: self.pictures + other.pictures,
            bytes: self.bytes + other.bytes,
            oldest: [self.oldest, other.oldest].into_iter().flatten().min(),
            newest: self.newest.max(other.newest),
        }
    }
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
    let end = slice_end(tx, filter, after, slice)?;
    let (sql, params) = statement(filter, after, end.as_ref(), limit);
    let rows = tx.query(&sql, &params)?.iter().map(row).collect::<Result<Vec<_>, _>>()?;
    let reached = if rows.len() >= limit { rows.last().map(EventRow::place) } else { end };
    Ok(Found { what: rows, reached })
}

/// As [`step`], with nothing but what retention needs.
pub(crate) fn kept_step(
    tx: &mut Tx<'_>,
    filter: &EventFilter,
    after: Option<&Place>,
    limit: usize,
    slice: i64,
) -> Result<Found<Vec<Kept>>, DbError> {
    let end = slice_end(tx, filter, after, slice)?;
    let mut wanted = filter.conditions(after, end.as_ref());
    let most = wanted.place(i64::try_from(limit).unwrap_or(i64::MAX));
    let sql = format!(
        "SELECT e.id, e.estimated_at, e.spot_key, e.reg_key, e.photo_bytes FROM event e{}
         ORDER BY e.estimated_at DESC, e.id DESC LIMIT {most}",
        wanted.sql
    );
    let kept = |row: &Row| {
        Ok(Kept {
            id: row.text("id")?,
            estimated_at: row.int("estimated_at")?,
            spot_key: row.opt_text("spot_key")?,
            reg_key: row.opt_text("reg_key")?,
            photo_bytes: row.opt_int("photo_bytes")?,
        })
    };
    let rows = tx.query(&sql, &wanted.params)?.iter().map(kept).collect::<Result<Vec<_>, DbError>>()?;
    let place = |kept: &Kept| (kept.estimated_at, kept.id.clone());
    let reached = if rows.len() >= limit { rows.last().map(place) } else { end };
    Ok(Found { what: rows, reached })
}

/// Adds up what a filter means among the next `slice` rows of the leading index.
pub(crate) fn sum_step(
    tx: &mut Tx<'_>,
    filter: &EventFilter,
    after: Option<&Place>,
    slice: i64,
) -> Result<Found<Sum>, DbError> {
    let end = filter.slice_end(tx, after, slice)?;
    let wanted = filter.conditions(after, end.as_ref());
    let sql = format!(
        "SELECT COUNT(*) AS events, CAST(COALESCE(SUM(CASE WHEN e.spot_key IS NULL THEN 0 ELSE 1 END
         + CASE WHEN e.reg_key IS NULL THEN 0 ELSE 1 END), 0) AS BIGINT) AS pictures,
         CAST(COALESCE(SUM(e.photo_bytes), 0) AS BIGINT) AS bytes, MIN(e.estimated_at) AS oldest,
         MAX(e.estimated_at) AS newest FROM event e{}",
        wanted.sql
    );
    let row = tx.first(&sql, &wanted.params)?.ok_or_else(|| DbError::Column("events".to_owned()))?;
    let sum = Sum {
        events: row.int("events")?,
        pictures: row.int("pictures")?,
        bytes: row.int("bytes")?,
        oldest: row.opt_int("oldest")?,
        newest: row.opt_int("newest")?,
    };
    Ok(Found { what: sum, reached: end })
}

/// How far one step may look; `None` where it need not be bounded, or is at the end.
fn slice_end(
    tx: &mut Tx<'_>,
    filter: &EventFilter,
    after: Option<&Place>,
    slice: i64,
) -> Result<Option<Place>, DbError> {
    if filter.is_sliced() { filter.slice_end(tx, after, slice) } else { Ok(None) }
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
    let end = slice_end(tx, filter, after, slice)?;
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
