//! Templates of the faces in events' pictures: sealed with the key of the event's day, gone with its picture. A picture that shows
//! no face has a row with nothing in it, so that it is not looked at again.

use super::event_filter::{EventFilter, Place};
use super::event_list::Found;
use super::{DbError, Row, Tx, vals};

/// A picture that has no template of a pack yet.
#[derive(Debug, Clone)]
pub(crate) struct Unseen {
    pub(crate) id: String,
    pub(crate) estimated_at: i64,
    /// By which the day is known whose key seals it.
    pub(crate) taken_at: i64,
    pub(crate) spot_key: String,
}

/// A kept template.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) event_id: String,
    pub(crate) day: i64,
    pub(crate) sealed: Vec<u8>,
}

/// Events whose picture has no template of `pack`, among the next `slice` events with a picture after a place, newest first.
pub(crate) fn unseen(
    tx: &mut Tx<'_>,
    pack: &str,
    filter: &EventFilter,
    after: Option<&Place>,
    slice: i64,
) -> Result<Found<Vec<Unseen>>, DbError> {
    let end = filter.slice_end(tx, after, slice)?;
    let mut wanted = filter.conditions(after, end.as_ref());
    wanted.and("e.spot_key IS NOT NULL", []);
    let none = "NOT EXISTS (SELECT 1 FROM event_template t WHERE t.event_id = e.id AND t.pack = ?)";
    wanted.and(none, [pack.into()]);
    let sql = format!(
        "SELECT e.id, e.estimated_at, e.taken_at, e.spot_key FROM event e{}
         ORDER BY e.estimated_at DESC, e.id DESC",
        wanted.sql
    );
    let found = |row: &Row| {
        Ok(Unseen {
            id: row.text("id")?,
            estimated_at: row.int("estimated_at")?,
            taken_at: row.int("taken_at")?,
            spot_key: row.text("spot_key")?,
        })
    };
    let what = tx.query(&sql, &wanted.params)?.iter().map(found).collect::<Result<_, DbError>>()?;
    Ok(Found { what, reached: end })
}

/// Keeps what was seen in an event's picture, if the event still has it.
pub(crate) fn put(tx: &mut Tx<'_>, of: &Unseen, day: i64, pack: &str, sealed: &[u8]) -> Result<(), DbError> {
    let sql = "SELECT id FROM event WHERE id = $1 AND spot_key = $2";
    if tx.first(sql, vals![of.id.as_str(), of.spot_key.as_str()])?.is_none() {
        return Ok(());
    }
    tx.exec(
        "INSERT INTO event_template(event_id, estimated_at, day, pack, sealed) VALUES($1, $2, $3, $4, $5)
         ON CONFLICT(event_id) DO UPDATE SET day = excluded.day, pack = excluded.pack, sealed = excluded.sealed",
        vals![of.id.as_str(), of.estimated_at, day, pack, sealed.to_vec()],
    )?;
    Ok(())
}

/// The templates of a pack of the events a filter means, among the next `slice` rows of the leading index, newest first.
pub(crate) fn step(
    tx: &mut Tx<'_>,
    pack: &str,
    filter: &EventFilter,
    after: Option<&Place>,
    slice: i64,
) -> Result<Found<Vec<Kept>>, DbError> {
    let end = filter.slice_end(tx, after, slice)?;
    let mut wanted = filter.conditions(after, end.as_ref());
    wanted.and("t.event_id = e.id AND t.pack = ? AND LENGTH(t.sealed) > 0", [pack.into()]);
    let sql = format!(
        "SELECT t.event_id, t.day, t.sealed FROM event e, event_template t{}
         ORDER BY e.estimated_at DESC, e.id DESC",
        wanted.sql
    );
    let kept = |row: &Row| {
        Ok(Kept { event_id: row.text("event_id")?, day: row.int("day")?, sealed: row.bytes("sealed")? })
    };
    let what = tx.query(&sql, &wanted.params)?.iter().map(kept).collect::<Result<_, DbError>>()?;
    Ok(Found { what, reached: end })
}

/// Forgets at most `limit` templates; answers how many.
pub(crate) fn forget(tx: &mut Tx<'_>, limit: i64) -> Result<u64, DbError> {
    tx.exec(
        "DELETE FROM event_template WHERE event_id IN (SELECT event_id FROM event_template LIMIT $1)",
        vals![limit],
    )
}
