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
    Answered {
        /// HTTP status.
        status: i64,
        /// JSON as it was sent.
        answer: Vec<u8>,
    },
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
    let sql = "SELECT body_hash, status, answer FROM idempotency WHERE id = $1 AND until > $2";
    if let Some(row) = tx.first(sql, vals![id, now])? {
        if row.text("body_hash")? != body_hash {
            return Ok(Known::OtherBody);
        }
        let answered = (row.opt_int("status")?, row.opt_bytes("answer")?);
        return Ok(match answered {
            (Some(status), answer) => Known::Answered { status, answer: answer.unwrap_or_default() },
            (None, _) => Known::AtWork,
        });
    }
    sweep(tx, caller, now)?;
    tx.exec("DELETE FROM idempotency WHERE id = $1", vals![id])?;
    tx.exec(
        "INSERT INTO idempotency(id, caller, body_hash, created_at, until) VALUES($1, $2, $3, $4, $5)",
        vals![id, caller, body_hash, now, until],
    )?;
    Ok(Known::Claimed)
}

/// Keeps the first answer until `until`.
pub(crate) fn keep(
    tx: &mut Tx<'_>,
    id: &str,
    status: i64,
    answer: Vec<u8>,
    until: i64,
) -> Result<(), DbError> {
    tx.exec(
        "UPDATE idempotency SET status = $1, answer = $2, until = $3 WHERE id = $4",
        vals![status, answer, until, id],
    )?;
    Ok(())
}

/// Gives a key back: nothing was done, and the next request with it is a first one.
pub(crate) fn release(tx: &mut Tx<'_>, id: &str) -> Result<(), DbError> {
    tx.exec("DELETE FROM idempotency WHERE id = $1 AND status IS NULL", vals![id])?;
    Ok(())
}

fn sweep(tx: &mut Tx<'_>, caller: &str, now: i64) -> Result<(), DbError> {
    tx.exec(
        "DELETE FROM idempotency WHERE id IN (SELECT id FROM idempotency WHERE until <= $1 ORDER BY until LIMIT $2)",
        vals![now, SWEEP],
    )?;
    if tx.number("SELECT COUNT(*) FROM idempotency WHERE caller = $1", vals![caller])? >= MOST {
        tx.exec(
            "DELETE FROM idempotency WHERE id IN (SELECT id FROM idempotency WHERE caller = $1
             ORDER BY created_at LIMIT $2)",
            vals![caller, SWEEP],
        )?;
    }
    Ok(())
}
