//! The feed: everything followers are told, numbered in the order in which it was committed.
//!
//! The contract: numbers grow without gaps, and a number that is visible has all smaller ones before it, because writers run
//! one after another (see [`super::Db`]). So a follower needs nothing but the last number it has dealt with.

use serde_json::Value;

use super::{DbError, Row, Tx, list, vals};

/// What is read of an entry.
const COLUMNS: &str = "seq, kind, subject, data, at, (SELECT feed_epoch.epoch FROM feed_epoch WHERE feed_epoch.first_seq <= feed.seq
                       ORDER BY feed_epoch.first_seq DESC LIMIT 1) AS epoch";

/// The kind of a new recognition; the subject is the event's id.
pub(crate) const EVENT: &str = "event";
/// The kind of a box that came or went; the subject is its `dev_sno`.
pub(crate) const BOX: &str = "box";
/// The kind of a webhook that was disabled by the platform; the subject is its id.
pub(crate) const WEBHOOK: &str = "webhook";

/// One entry.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) seq: i64,
    pub(crate) kind: String,
    pub(crate) subject: String,
    pub(crate) data: Value,
    /// When it was committed, milliseconds since 1970, UTC.
    pub(crate) at: i64,
    /// Tells entries apart that had the same number before and after a restore; `None` before the first one.
    pub(crate) epoch: Option<String>,
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
    let subjects: Vec<&str> = subjects.collect();
    if subjects.is_empty() {
        return Ok(());
    }
    let before = newest(tx)?;
    let entry = |(seq, subject): (i64, &str)| list![seq, kind, subject, now];
    let entries: Vec<_> = (before + 1..).zip(subjects).map(entry).collect();
    tx.each("INSERT INTO feed(seq, kind, subject, data, at) VALUES($1, $2, $3, '{}', $4)", &entries)?;
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
    let sql = format!("SELECT {COLUMNS} FROM feed WHERE seq > $1 ORDER BY seq LIMIT $2");
    tx.query(&sql, vals![seq, limit])?.iter().map(entry).collect()
}

/// One entry; `None` when it is no longer kept.
pub(crate) fn find(tx: &mut Tx<'_>, seq: i64) -> Result<Option<Entry>, DbError> {
    Ok(after(tx, seq - 1, 1)?.into_iter().find(|entry| entry.seq == seq))
}

/// The number of the first entry committed at `at` or later; one more than the newest when there is none. Numbers have no
/// gaps and times grow with them, so it is found by halving.
pub(crate) fn first_at(tx: &mut Tx<'_>, at: i64) -> Result<i64, DbError> {
    let (mut low, mut high) = (oldest(tx)?, newest(tx)? + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        match find(tx, middle)? {
            Some(entry) if entry.at >= at => high = middle,
            _ => low = middle + 1,
        }
    }
    Ok(low)
}

/// Entries that are still to come are told under ids nobody has seen: others may know those that would come next.
pub(crate) fn begin_epoch(tx: &mut Tx<'_>) -> Result<(), DbError> {
    let (first, epoch) = (newest(tx)? + 1, format!("{:08x}", rand::random::<u32>()));
    tx.exec(
        "INSERT INTO feed_epoch(first_seq, epoch) VALUES($1, $2) ON CONFLICT(first_seq) DO UPDATE SET epoch = excluded.epoch",
        vals![first, epoch],
    )?;
    Ok(())
}

/// Forgets those of the oldest `limit` entries that came before `before` and have at most the number `until`; answers how many. The
/// newest one stays, it carries the number.
pub(crate) fn trim(tx: &mut Tx<'_>, before: i64, until: i64, limit: i64) -> Result<u64, DbError> {
    tx.exec(
        "DELETE FROM feed WHERE seq < (SELECT MAX(seq) FROM feed) AND seq <= $3 AND seq IN (
         SELECT oldest.seq FROM (SELECT seq, at FROM feed ORDER BY seq LIMIT $1) AS oldest WHERE oldest.at < $2)",
        vals![limit, before, until],
    )
}

/// Forgets at most `limit` entries up to a number; answers how many. The newest one stays.
pub(crate) fn trim_to(tx: &mut Tx<'_>, seq: i64, limit: i64) -> Result<u64, DbError> {
    let end = seq.min(newest(tx)? - 1).min(oldest(tx)? + limit - 1);
    tx.exec("DELETE FROM feed WHERE seq <= $1", vals![end])
}

/// The number after which a follower with a cursor of its own still needs entries; `None` when there is no such follower.
pub(crate) fn needed_after(tx: &mut Tx<'_>) -> Result<Option<i64>, DbError> {
    let slowest = [
        "SELECT MIN(told_until) AS told FROM webhook WHERE enabled = 1",
        "SELECT MIN(told_until) AS told FROM feed_follower",
    ];
    let mut needed = None;
    for sql in slowest {
        let told = tx.first(sql, &[])?.map_or(Ok(None), |row| row.opt_int("told"))?;
        needed = [needed, told].into_iter().flatten().min();
    }
    Ok(needed)
}

fn entry(row: &Row) -> Result<Entry, DbError> {
    Ok(Entry {
        seq: row.int("seq")?,
        kind: row.text("kind")?,
        subject: row.text("subject")?,
        data: row.json("data")?,
        at: row.int("at")?,
        epoch: row.opt_text("epoch")?,
    })
}
