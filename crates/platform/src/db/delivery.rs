//! The delivery log of webhooks: one row per webhook and entry, the last attempt in it.

use super::{DbError, Row, Tx, Val, vals};

/// What stands in the column `state`.
pub(crate) const WAITING: &str = "waiting";
pub(crate) const DELIVERED: &str = "delivered";
pub(crate) const FAILED: &str = "failed";

const COLUMNS: &str = "event_id, seq, kind, subject, state, attempts, first_tried_at, tried_at, next_attempt_at, status, took_ms, \
                       answer, error";

/// What became of one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Delivery {
    pub(crate) event_id: String,
    /// Number of the feed entry; `None` for a test.
    pub(crate) seq: Option<i64>,
    pub(crate) kind: String,
    pub(crate) subject: String,
    /// `waiting`, `delivered` or `failed`.
    pub(crate) state: &'static str,
    pub(crate) attempts: i64,
    pub(crate) first_tried_at: i64,
    pub(crate) tried_at: i64,
    /// While waiting.
    pub(crate) next_attempt_at: Option<i64>,
    /// HTTP status of the last answer.
    pub(crate) status: Option<i64>,
    pub(crate) took_ms: i64,
    /// The first bytes of the last answer.
    pub(crate) answer: String,
    pub(crate) error: Option<String>,
}

/// Writes what became of an entry over what was known of it.
pub(crate) fn store(tx: &mut Tx<'_>, webhook: &str, delivery: &Delivery) -> Result<(), DbError> {
    tx.exec(
        "INSERT INTO webhook_delivery(webhook_id, event_id, seq, kind, subject, state, attempts, first_tried_at, tried_at,
         next_attempt_at, status, took_ms, answer, error) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
         ON CONFLICT(webhook_id, event_id) DO UPDATE SET state = excluded.state, attempts = excluded.attempts,
         first_tried_at = excluded.first_tried_at, tried_at = excluded.tried_at, next_attempt_at = excluded.next_attempt_at,
         status = excluded.status, took_ms = excluded.took_ms, answer = excluded.answer, error = excluded.error",
        vals![
            webhook,
            &delivery.event_id,
            delivery.seq,
            &delivery.kind,
            &delivery.subject,
            delivery.state,
            delivery.attempts,
            delivery.first_tried_at,
            delivery.tried_at,
            delivery.next_attempt_at,
            delivery.status,
            delivery.took_ms,
            &delivery.answer,
            delivery.error.clone()
        ],
    )?;
    Ok(())
}

/// What is known of one entry.
pub(crate) fn find(tx: &mut Tx<'_>, webhook: &str, event_id: &str) -> Result<Option<Delivery>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM webhook_delivery WHERE webhook_id = $1 AND event_id = $2");
    tx.first(&sql, vals![webhook, event_id])?.as_ref().map(row).transpose()
}

/// Entries set aside whose next attempt is due, the longest due first: numbers up to `told_until` only, because what comes after
/// is told in its turn.
pub(crate) fn due(
    tx: &mut Tx<'_>,
    webhook: &str,
    told_until: i64,
    now: i64,
    limit: i64,
) -> Result<Vec<Delivery>, DbError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM webhook_delivery WHERE webhook_id = $1 AND state = 'waiting' AND seq <= $2
         AND next_attempt_at <= $3 ORDER BY next_attempt_at, seq LIMIT $4"
    );
    tx.query(&sql, vals![webhook, told_until, now, limit])?.iter().map(row).collect()
}

/// When the next entry set aside is due.
pub(crate) fn next_due(tx: &mut Tx<'_>, webhook: &str, told_until: i64) -> Result<Option<i64>, DbError> {
    let sql = "SELECT MIN(next_attempt_at) AS due FROM webhook_delivery WHERE webhook_id = $1 AND state = 'waiting' AND seq <= $2";
    tx.first(sql, vals![webhook, told_until])?.map_or(Ok(None), |row| row.opt_int("due"))
}

/// How many are in a state, counted up to `limit`.
pub(crate) fn count(tx: &mut Tx<'_>, webhook: &str, state: &str, limit: i64) -> Result<i64, DbError> {
    tx.number(
        "SELECT COUNT(*) FROM (SELECT 1 FROM webhook_delivery WHERE webhook_id = $1 AND state = $2 LIMIT $3) AS counted",
        vals![webhook, state, limit],
    )
}

/// A page of the log, last attempt first; `after` is the time and the id of the last row of the page before.
pub(crate) fn list(
    tx: &mut Tx<'_>,
    webhook: &str,
    state: Option<&str>,
    after: Option<(i64, String)>,
    limit: i64,
) -> Result<Vec<Delivery>, DbError> {
    let mut sql = format!("SELECT {COLUMNS} FROM webhook_delivery WHERE webhook_id = $1");
    let mut params: Vec<Val> = vec![webhook.into()];
    if let Some(state) = state {
        params.push(state.into());
        sql.push_str(&format!(" AND state = ${}", params.len()));
    }
    if let Some((tried_at, event_id)) = after {
        params.push(tried_at.into());
        params.push(event_id.into());
        let (time, id) = (params.len() - 1, params.len());
        sql.push_str(&format!(" AND (tried_at < ${time} OR (tried_at = ${time} AND event_id < ${id}))"));
    }
    params.push(limit.into());
    sql.push_str(&format!(" ORDER BY tried_at DESC, event_id DESC LIMIT ${}", params.len()));
    tx.query(&sql, &params)?.iter().map(row).collect()
}

/// Forgets at most `limit` rows last tried before a time, those that wait excepted; answers how many.
pub(crate) fn prune(tx: &mut Tx<'_>, webhook: &str, before: i64, limit: i64) -> Result<u64, DbError> {
    tx.exec(
        "DELETE FROM webhook_delivery WHERE webhook_id = $1 AND event_id IN (SELECT event_id FROM webhook_delivery
         WHERE webhook_id = $1 AND tried_at < $2 AND state <> 'waiting' ORDER BY tried_at LIMIT $3)",
        vals![webhook, before, limit],
    )
}

/// When the row was last tried that has `newer` rows after it in the log; `None` when there are not so many.
pub(crate) fn tried_at_of(tx: &mut Tx<'_>, webhook: &str, newer: i64) -> Result<Option<i64>, DbError> {
    let sql = "SELECT tried_at FROM webhook_delivery WHERE webhook_id = $1 ORDER BY tried_at DESC, event_id DESC LIMIT 1 OFFSET $2";
    tx.first(sql, vals![webhook, newer])?.map_or(Ok(None), |row| row.opt_int("tried_at"))
}

/// The word as it is kept; one that is not known cannot have been written.
pub(crate) fn state_of(word: &str) -> Option<&'static str> {
    [WAITING, DELIVERED, FAILED].into_iter().find(|state| *state == word)
}

fn row(row: &Row) -> Result<Delivery, DbError> {
    let state = row.text("state")?;
    Ok(Delivery {
        event_id: row.text("event_id")?,
        seq: row.opt_int("seq")?,
        kind: row.text("kind")?,
        subject: row.text("subject")?,
        state: state_of(&state).ok_or_else(|| DbError::Column("state".to_owned()))?,
        attempts: row.int("attempts")?,
        first_tried_at: row.int("first_tried_at")?,
        tried_at: row.int("tried_at")?,
        next_attempt_at: row.opt_int("next_attempt_at")?,
        status: row.opt_int("status")?,
        took_ms: row.int("took_ms")?,
        answer: row.text("answer")?,
        error: row.opt_text("error")?,
    })
}
