//! How events leave the ring: those that everybody has, in time; others only when the disk is nearly full, and these are counted.

use rusqlite::{Connection, params};

use super::super::StoreError;

/// Counts what was dropped before every target had it.
pub(super) const DROPPED_UNSENT: &str = "events_dropped_unsent";
/// Counts what could not be stored.
pub(super) const LOST: &str = "events_lost";
/// Pages an event takes beside its bytes: its row's own, those of indexes and counts.
const BESIDE: i64 = 8;

/// Drops the oldest events beyond `keep` that every current target has accepted, at most `most` of them. Returns how many.
pub fn trim(db: &Connection, keep: usize, most: usize) -> Result<usize, StoreError> {
    let number = |count| i64::try_from(count).unwrap_or(i64::MAX);
    Ok(db
        .prepare_cached(
            "DELETE FROM event WHERE seq IN (SELECT seq FROM event WHERE seq <= (SELECT max(seq) FROM event) - ?1
             AND seq <= coalesce((SELECT min(seq) FROM upload_cursor WHERE current = 1), 9223372036854775807)
             AND seq < coalesce((SELECT min(seq) FROM event WHERE open = 1), 9223372036854775807) ORDER BY seq LIMIT ?2)",
        )?
        .execute([number(keep), number(most)])?)
}

/// Drops the `number` oldest events whether they were uploaded or not, and counts those that were not. For a disk that is
/// nearly full. Returns how many were dropped before every target had them.
pub fn shed(db: &Connection, number: usize) -> Result<i64, StoreError> {
    let number = i64::try_from(number).unwrap_or(i64::MAX);
    let last: Option<i64> = db
        .prepare_cached("SELECT max(seq) FROM (SELECT seq FROM event ORDER BY seq LIMIT ?1)")?
        .query_row([number], |row| row.get(0))?;
    let Some(last) = last else { return Ok(0) };
    let unsent: i64 = db
        .prepare_cached(
            "SELECT count(*) FROM event WHERE seq <= ?1 AND seq > (SELECT min(seq) FROM upload_cursor WHERE current = 1)",
        )?
        .query_row([last], |row| row.get(0))?;
    db.prepare_cached("DELETE FROM event WHERE seq <= ?1")?.execute([last])?;
    count(db, DROPPED_UNSENT, unsent)?;
    Ok(unsent)
}

/// As [`shed`], one event after the other, until what the file has free takes an event of `bytes` without the file growing.
/// Returns how many were dropped in all.
pub fn shed_to_fit(db: &Connection, bytes: usize) -> Result<usize, StoreError> {
    let pragma = |name: &str| db.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
    let wanted = bytes / pragma("page_size")?.max(1) + BESIDE;
    let mut dropped = 0;
    while pragma("freelist_count")? < wanted
        && db.prepare_cached("SELECT EXISTS (SELECT 1 FROM event)")?.query_row([], |row| row.get(0))?
    {
        shed(db, 1)?;
        dropped += 1;
    }
    Ok(dropped)
}

/// Counts events that could not be stored.
pub fn count_lost(db: &Connection, number: i64) -> Result<(), StoreError> {
    count(db, LOST, number)
}

fn count(db: &Connection, name: &str, more: i64) -> Result<(), StoreError> {
    if more > 0 {
        db.prepare_cached(
            "INSERT INTO tally (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
        )?
        .execute(params![name, more])?;
    }
    Ok(())
}

pub(super) fn tally(db: &Connection, name: &str) -> Result<i64, StoreError> {
    Ok(db
        .prepare_cached("SELECT coalesce((SELECT value FROM tally WHERE name = ?1), 0)")?
        .query_row([name], |row| row.get(0))?)
}
