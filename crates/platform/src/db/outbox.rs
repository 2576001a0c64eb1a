//! What the sender needs of commands: which are to be published, by which process, and what came of it.
//!
//! The contract: whoever publishes commands of a box holds the box's claim, so that they leave in their order. Only a claim
//! that has run out is taken over.

use std::collections::BTreeSet;

use protocol::{DevSno, MessageId};

use super::{DbError, Row, Tx, list, vals};

/// A queued command on its way to the broker.
#[derive(Debug, Clone)]
pub(crate) struct Outgoing {
    pub(crate) id: MessageId,
    pub(crate) dev_sno: DevSno,
    pub(crate) method: String,
    /// The complete message.
    pub(crate) payload: String,
}

/// The oldest queued commands that may be published by `now`, oldest first; those of boxes another process than `by` holds are left to it.
///
/// Read in the order of the index on state and id, so that a look costs what it finds and not what waits: as a join, and ordered by
/// the id alone, PostgreSQL sorted all that was queued for each look.
pub(crate) fn due(tx: &mut Tx<'_>, by: &str, now: i64, limit: i64) -> Result<Vec<Outgoing>, DbError> {
    let rows = tx.query(
        "SELECT c.id, c.dev_sno, c.method, c.payload FROM command c WHERE c.state = 'queued'
         AND (c.next_attempt_at IS NULL OR c.next_attempt_at <= $2)
         AND c.dev_sno NOT IN (SELECT o.dev_sno FROM outbox_claim o WHERE o.claimed_by <> $1 AND o.claimed_until > $2)
         ORDER BY c.state, c.id LIMIT $3",
        vals![by, now, limit],
    )?;
    let outgoing = |row: &Row| {
        Ok(Outgoing {
            id: MessageId::new(row.text("id")?),
            dev_sno: DevSno::new(row.text("dev_sno")?),
            method: row.text("method")?,
            payload: row.text("payload")?,
        })
    };
    rows.iter().map(outgoing).collect()
}

/// Claims boxes nobody else holds for the process `by` until `until`, or holds on to them. What is [`due`] in the same transaction
/// is its to publish.
pub(crate) fn claim<'a>(
    tx: &mut Tx<'_>,
    by: &str,
    boxes: impl IntoIterator<Item = &'a DevSno>,
    until: i64,
) -> Result<(), DbError> {
    let boxes: BTreeSet<&str> = boxes.into_iter().map(DevSno::as_str).collect();
    let lists: Vec<_> = boxes.into_iter().map(|dev_sno| list![dev_sno, by, until]).collect();
    tx.each(
        "INSERT INTO outbox_claim(dev_sno, claimed_by, claimed_until) VALUES($1, $2, $3)
         ON CONFLICT(dev_sno) DO UPDATE SET claimed_by = excluded.claimed_by, claimed_until = excluded.claimed_until",
        &lists,
    )?;
    Ok(())
}

/// Gives back every box the process `by` holds, so that anybody may go on with them at once, and forgets claims that have run out.
pub(crate) fn release(tx: &mut Tx<'_>, by: &str, now: i64) -> Result<(), DbError> {
    tx.exec("DELETE FROM outbox_claim WHERE claimed_by = $1 OR claimed_until <= $2", vals![by, now])?;
    Ok(())
}

/// The broker confirmed these commands. One whose result was faster keeps its later state.
pub(crate) fn published(tx: &mut Tx<'_>, ids: &[MessageId], now: i64) -> Result<(), DbError> {
    let lists: Vec<_> = ids.iter().map(|id| list![now, id.as_str()]).collect();
    tx.each(
        "UPDATE command SET state = 'published', published_at = $1, attempts = attempts + 1, message = NULL
         WHERE id = $2 AND state = 'queued'",
        &lists,
    )?;
    Ok(())
}

/// The broker did not take a command; it is tried again at `next_attempt_at`.
pub(crate) fn not_published(
    tx: &mut Tx<'_>,
    id: &MessageId,
    reason: &str,
    next_attempt_at: i64,
) -> Result<(), DbError> {
    tx.exec(
        "UPDATE command SET attempts = attempts + 1, message = $1, next_attempt_at = $2 WHERE id = $3 AND state = 'queued'",
        vals![reason, next_attempt_at, id.as_str()],
    )?;
    Ok(())
}
