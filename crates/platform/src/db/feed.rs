//! The feed: everything followers are told, numbered in the order in which it was committed.
//!
//! The contract: numbers grow without gaps, and a number that is visible has all smaller ones before it, because writers run
//! one after another (see [`super::Db`]). So a follower needs nothing but the last number it has dealt with.

use serde_json::Value;

use super::{DbError, Row, Tx, vals};

/// The kind of a new recognition; the subject is the event's id.
pub(crate) const EVENT: &str = "event";
/// The kind of a box that came or went; the subject is its `dev_sno`.
pub(crate) const BOX: &str = "box";

/// One entry.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) seq: i64,
    pub(crate) kind: String,
    pub(crate) subject: String,
    pub(crate) data: Value,
    /// When it was committed, milliseconds since 1970, UTC.
    pub(crate) at: i64,
}

/// Adds an entry; answers its number.
pub(crate) fn append(
    tx: &mut Tx<'_>,
    kind: &str,
    subject: &str,
    data: &Value,
    now: i64,
) -> Result<i64, DbError> {
    let seq = newest(tx)? + 1;
    tx.exec(
        "INSERT INTO feed(seq, kind, subject, data, at) VALUES($1, $2, $3, $4, $5)",
        vals![seq, kind, subject, data, now],
    )?;
    Ok(seq)
}

/// Adds entries of one kind that their subjects tell all about, in this order.
pub(crate) fn append_all<'a>(
    tx: &mut Tx<'_>,
    kind: &str,
    subjects: impl Iterator<Item = &'a str>,
    now: i64,
) -> Result<(), DbError> {
    let mut subjects = subjects.peekable();
    if subjects.peek().is_none() {
        return Ok(());
    }
    let before = newest(tx)?;
    for (seq, subject) in (before + 1..).zip(subjects) {
        tx.exec(
            "INSERT INTO feed(seq, kind, subject, data, at) VALUES($1, $2, $3, '{}', $4)",
            vals![seq, kind, subject, now],
        )?;
    }
    Ok(())
}

/// The number of the newest entry; 0 when there never was one.
pub(crate) fn newest(tx: &mut Tx<'_>) -> Result<i64, DbError> {
    tx.number("SELECT MAX(seq) FROM feed", &[])
}

/// The number of the oldest entry that is still kept; 0 when there is none.
pub(crate) fn oldest(tx: &mut Tx<'_>) -> Result<i64, DbError> {
    tx.number("SELECT MIN(seq) FROM feed", &[])
}

/// At most `limit` entries after a number, oldest first.
pub(crate) fn after(tx: &mut Tx<'_>, seq: i64, limit: i64) -> Result<Vec<Entry>, DbError> {
    let sql = "SELECT seq, kind, subject, data, at FROM feed WHERE seq > $1 ORDER BY seq LIMIT $2";
    tx.query(sql, vals![seq, limit])?.iter().map(entry).collect()
}

/// Forgets those of the oldest `limit` entries that came before `before`; answers how many. The newest one stays, it carries
/// the number.
pub(crate) fn trim(tx: &mut Tx<'_>, before: i64, limit: i64) -> Result<u64, DbError> {
    tx.exec(
        "DELETE FROM feed WHERE seq < (SELECT MAX(seq) FROM feed) AND seq IN (
         SELECT oldest.seq FROM (SELECT seq, at FROM feed ORDER BY seq LIMIT $1) AS oldest WHERE oldest.at < $2)",
        vals![limit, before],
    )
}

/// Forgets at most `limit` entries up to a number; answers how many. The newest one stays.
pub(crate) fn trim_to(tx: &mut Tx<'_>, seq: i64, limit: i64) -> Result<u64, DbError> {
    let end = seq.min(newest(tx)? - 1).min(oldest(tx)? + limit - 1);
    tx.exec("DELETE FROM feed WHERE seq <= $1", vals![end])
}

/// The number after which a follower with a cursor of its own still needs entries; `None` when there is no such follower.
pub(crate) fn needed_after(_tx: &mut Tx<'_>) -> Result<Option<i64>, DbError> {
    Ok(None)
}

fn entry(row: &Row) -> Result<Entry, DbError> {
    Ok(Entry {
        seq: row.int("seq")?,
        kind: row.text("kind")?,
        subject: row.text("subject")?,
        data: row.json("data")?,
        at: row.int("at")?,
    })
}
