//! What the sender needs of commands: which are to be published, by which process, and what came of it.
//!
//! The contract: whoever publishes commands of a box holds the box's claim, so that they leave in their order. Only a claim
//! that has run out is taken over. While a command of a box waits for another attempt, those after it wait too.

use std::collections::BTreeSet;

use protocol::{DevSno, MessageId};

use super::{DbError, Row, Tx, bulk, list, vals};

/// A queued command on its way to the broker.
#[derive(Debug, Clone)]
pub(crate) struct Outgoing {
    pub(crate) id: MessageId,
    pub(crate) dev_sno: DevSno,
    pub(crate) method: String,
    /// The complete message.
    pub(crate) payload: String,
}

/// The oldest queued commands that may be published, oldest first: those that do not wait for an attempt after `since`, of boxes that no
/// other process than `by` holds at `now`.
///
/// `since` is when the pass began: a command refused during a pass is not found in it again, however long it goes on, or a pass over a
/// large fleet whose queues are missing would find nothing else and never come to declare them.
///
/// Read in the order of the index on state and id, so that a look costs what it finds and not what waits: as a join, and ordered by
/// the id alone, PostgreSQL sorted all that was queued for each look.
pub(crate) fn due(
    tx: &mut Tx<'_>,
    by: &str,
    since: i64,
    now: i64,
    limit: i64,
) -> Result<Vec<Outgoing>, DbError> {
    let rows = tx.query(
        "SELECT c.id, c.dev_sno, c.method, c.payload FROM command c WHERE c.state = 'queued'
         AND (c.next_attempt_at IS NULL OR c.next_attempt_at <= $2)
         AND c.dev_sno NOT IN (SELECT w.dev_sno FROM command w WHERE w.state = 'queued' AND w.next_attempt_at > $2 AND w.dev_sno <> '')
         AND c.dev_sno NOT IN (SELECT o.dev_sno FROM outbox_claim o WHERE o.claimed_by <> $1 AND o.claimed_until > $3)
         ORDER BY c.state, c.id LIMIT $4",
        vals![by, since, now, limit],
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

/// The broker confirmed these commands. One whose result was faster keeps its later state, or is done if its answer was kept
/// (`command::answer_early`).
pub(crate) fn published(tx: &mut Tx<'_>, ids: &[MessageId], now: i64) -> Result<(), DbError> {
    let sql = format!(
        "UPDATE command SET state = CASE WHEN code IS NULL THEN 'published' ELSE 'done' END, published_at = $1, attempts = attempts + 1,
         finished_at = CASE WHEN code IS NULL THEN finished_at ELSE $1 END, message = CASE WHEN code IS NULL THEN NULL ELSE message END
         WHERE state = 'queued' AND id IN ({})",
        bulk::places(2)
    );
    let ids: Vec<&str> = ids.iter().map(MessageId::as_str).collect();
    for piece in bulk::pieces(&ids) {
        tx.exec(&sql, &[vals![now], &piece[..]].concat())?;
    }
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
        "UPDATE command SET attempts = attempts + 1, message = CASE WHEN code IS NULL THEN $1 ELSE message END, next_attempt_at = $2
         WHERE id = $3 AND state = 'queued'",
        vals![reason, next_attempt_at, id.as_str()],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::testing::{Fresh, both};

    #[tokio::test]
    async fn what_a_pass_has_had_refused_it_does_not_find_again() {
        const BEGAN: i64 = 1_000_000;
        for Fresh { db, .. } in &both().await {
            let found = db.write(|tx| {
                for dev_sno in ["A", "B"] {
                    tx.exec("INSERT INTO box(dev_sno, name, created_at) VALUES($1, '', 0)", vals![dev_sno])?;
                }
                for (id, dev_sno) in [("1", "A"), ("2", "A"), ("3", "B")] {
                    tx.exec(
                        "INSERT INTO command(id, dev_sno, method, payload, state, queued_at, origin)
                         VALUES($1, $2, 'm', '{}', 'queued', 0, 'test')",
                        vals![id, dev_sno],
                    )?;
                }
                not_published(tx, &MessageId::new("1"), "no queue", BEGAN + 5_000)?;
                let mut at = |since, now| {
                    let rows = due(tx, "me", since, now, 10)?;
                    Ok::<_, DbError>(rows.iter().map(|row| row.id.to_string()).collect::<Vec<_>>())
                };
                // A minute into the pass, and in the next one.
                Ok::<_, DbError>([at(BEGAN, BEGAN + 60_000)?, at(BEGAN + 60_000, BEGAN + 60_000)?])
            });
            assert_eq!(found.await.unwrap(), [vec!["3"], vec!["1", "2", "3"]]);
        }
    }
}
