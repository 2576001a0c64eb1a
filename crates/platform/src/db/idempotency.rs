//! First answers to requests with an idempotency key. A first request claims its key before it does anything, so that a second
//! one, also through another process, either waits for the answer or gets it.

use super::{DbError, Tx, vals};

/// Answers kept for one caller; another one forgets the oldest.
const MOST: i64 = 10_000;
/// Rows forgotten in one go.
const SWEEP: i64 = 200;

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Known {
    /// Nothing: it is ours now, and the answer is ours to keep.
    Claimed,
    /// The first request is still at work.
    AtWork,
    /// It was used with another body.
    OtherBody,
    /// The first answer.
    Answered(Answer),
}

/// The first answer to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    /// HTTP status.
    pub(crate) status: i64,
    /// Its media type; `None`: JSON.
    pub(crate) media_type: Option<String>,
    /// As it was sent.
    pub(crate) body: Vec<u8>,
}

/// Claims a key until `until`, or tells what is known of it.
pub(crate) fn claim(
    tx: &mut Tx<'_>,
    id: &str,
    caller: &str,
    body_hash: &str,
    now: i64,
    until: i64,
) -> Result<Known, DbError> {
    let sql = "SELECT body_hash, status, media_type, answer FROM idempotency WHERE id = $1 AND until > $2";
    if let Some(row) = tx.first(sql, vals![id, now])? {
        if row.text("body_hash")? != body_hash {
            return Ok(Known::OtherBody);
        }
        let Some(status) = row.opt_int("status")? else { return Ok(Known::AtWork) };
        let body = row.opt_bytes("answer")?.unwrap_or_default();
        return Ok(Known::Answered(Answer { status, media_type: row.opt_text("media_type")?, body }));
    }
    sweep(tx, caller, now)?;
    tx.exec("DELETE FROM idempotency WHERE id = $1", vals![id])?;
    tx.exec(
        "INSERT INTO idempotency(id, caller, body_hash, created_at, until) VALUES($1, $2, $3, $4, $5)",
        vals![id, caller, body_hash, now, until],
    )?;
    Ok(Known::Claimed)
}

/// The first request is still at work: its claim lasts until `until`.
pub(crate) fn extend(tx: &mut Tx<'_>, id: &str, until: i64) -> Result<(), DbError> {
    tx.exec("UPDATE idempotency SET until = $1 WHERE id = $2 AND status IS NULL", vals![until, id])?;
    Ok(())
}

/// Keeps the first answer until `until`.
pub(crate) fn keep(tx: &mut Tx<'_>, id: &str, answer: Answer, until: i64) -> Result<(), DbError> {
    tx.exec(
        "UPDATE idempotency SET status = $1, media_type = $2, answer = $3, until = $4 WHERE id = $5",
        vals![answer.status, answer.media_type, answer.body, until, id],
    )?;
    Ok(())
}

/// Gives a key back: nothing was done, and the next request with it is a first one.
pub(crate) fn release(tx: &mut Tx<'_>, id: &str) -> Result<(), DbError> {
    tx.exec("DELETE FROM idempotency WHERE id = $1 AND status IS NULL", vals![id])?;
    Ok(())
}

/// Forgets some of what is over; answers whether there may be more.
pub(crate) fn forget(tx: &mut Tx<'_>, now: i64) -> Result<bool, DbError> {
    let gone = tx.exec(
        "DELETE FROM idempotency WHERE id IN (SELECT id FROM idempotency WHERE until <= $1 ORDER BY until LIMIT $2)",
        vals![now, SWEEP],
    )?;
    Ok(gone >= SWEEP.unsigned_abs())
}

fn sweep(tx: &mut Tx<'_>, caller: &str, now: i64) -> Result<(), DbError> {
    forget(tx, now)?;
    if tx.number("SELECT COUNT(*) FROM idempotency WHERE caller = $1", vals![caller])? >= MOST {
        tx.exec(
            "DELETE FROM idempotency WHERE id IN (SELECT id FROM idempotency WHERE caller = $1
             ORDER BY created_at LIMIT $2)",
            vals![caller, SWEEP],
        )?;
    }
    Ok(())
}
