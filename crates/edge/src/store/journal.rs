//! The command journal: what the broker may forget once we have acknowledged it, we remember until it has been answered.
//!
//! The contract:
//!
//! * A command has a row before anything of it is done ([`admit`]).
//! * People of a long command that are done are recorded in the transaction that does them ([`record_step`]); after a crash the
//!   command comes again and only the rest is done.
//! * [`finish`] stores the result. From then on the command is not executed again: a repeat only sends the stored result again.
//! * A result that could not be sent stays, with the time of the next attempt, over restarts ([`due`]).
//! * [`settle`] records that the broker is being told. It is written before the broker hears it: a crash between the two repeats
//!   a command, which is harmless, while the other order could take a later, different command for a repeat.
//!
//! What counts as the same command: the same message id and the same body. Without a message id equal bodies are no repeat by
//! themselves (adding, deleting and adding a person again is three commands), only when the broker says that it delivers again
//! what we have not acknowledged.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, params};

use super::StoreError;

/// Settled rows kept, so that a repeat with a message id is recognised.
const KEEP_ROWS: i64 = 2_000;
/// How long they are kept, milliseconds.
const KEEP_MS: i64 = 24 * 3_600_000;

/// A command as it arrived.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// SHA-256 of message id and body.
    pub fingerprint: [u8; 32],
    /// The platform's message id.
    pub message_id: Option<String>,
    /// Method, or what stands for one that cannot be read.
    pub method: String,
    /// The broker says that it has handed this message out before.
    pub redelivered: bool,
}

/// What is to be done with an arrival.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admission {
    /// Execute it.
    New(i64),
    /// Execution was begun and not finished: go on.
    Unfinished(i64),
    /// Executed before: send the stored result again.
    Done(i64),
}

/// One person of a command who is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The command's row.
    pub seq: i64,
    /// The person.
    pub identity_id: String,
    /// The person's name, when the result carries it.
    pub name: Option<String>,
    /// For people.
    pub message: String,
}

/// A result to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// The command's row.
    pub seq: i64,
    /// The command's message id.
    pub message_id: Option<String>,
    /// The command's method.
    pub method: String,
    /// The result, JSON.
    pub result: Vec<u8>,
    /// Where it goes, JSON of the sender's own.
    pub route: String,
    /// Failed attempts so far.
    pub attempts: u32,
    /// When it was stored, milliseconds UTC.
    pub done_at: i64,
}

/// Enters a command, or finds that it was entered before.
///
/// # Errors
/// What SQLite says.
pub fn admit(db: &Connection, arrival: &Arrival, now: i64) -> Result<Admission, StoreError> {
    let known = db
        .prepare_cached(
            "SELECT seq, done_at IS NOT NULL, acknowledged FROM command WHERE fingerprint = ?1 ORDER BY seq DESC LIMIT 1",
        )?
        .query_row([&arrival.fingerprint[..]], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, bool>(1)?, row.get::<_, bool>(2)?))
        })
        .optional()?;
    let repeat = arrival.message_id.is_some() || arrival.redelivered;
    match known {
        Some((seq, true, acknowledged)) if arrival.message_id.is_some() || (repeat && !acknowledged) => {
            return Ok(Admission::Done(seq));
        }
        Some((seq, false, false)) if repeat => return Ok(Admission::Unfinished(seq)),
        _ => {}
    }
    db.prepare_cached(
        "INSERT INTO command (fingerprint, message_id, method, received_at) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute(params![&arrival.fingerprint[..], arrival.message_id, arrival.method, now])?;
    Ok(Admission::New(db.last_insert_rowid()))
}

/// Records a person of a command as done.
///
/// # Errors
/// What SQLite says.
pub fn record_step(db: &Connection, step: &Step) -> Result<(), StoreError> {
    db.prepare_cached(
        "INSERT OR REPLACE INTO command_step (seq, identity_id, name, message) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute(params![step.seq, step.identity_id, step.name, step.message])?;
    Ok(())
}

/// The people of a command who are done, by id.
///
/// # Errors
/// What SQLite says.
pub fn steps(db: &Connection, seq: i64) -> Result<HashMap<String, Step>, StoreError> {
    let mut statement =
        db.prepare_cached("SELECT identity_id, name, message FROM command_step WHERE seq = ?1")?;
    let rows = statement.query_map([seq], |row| {
        let identity_id: String = row.get(0)?;
        let step = Step { seq, identity_id: identity_id.clone(), name: row.get(1)?, message: row.get(2)? };
        Ok((identity_id, step))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Stores the result and where it goes; `first_attempt_at` is when the sender may take it up by itself.
///
/// # Errors
/// What SQLite says.
pub fn finish(
    db: &Connection,
    seq: i64,
    result: &[u8],
    route: &str,
    now: i64,
    first_attempt_at: i64,
) -> Result<(), StoreError> {
    db.prepare_cached(
        "UPDATE command SET done_at = ?2, result = ?3, route = ?4, next_attempt_at = ?5 WHERE seq = ?1",
    )?
    .execute(params![seq, now, result, route, first_attempt_at])?;
    db.prepare_cached("DELETE FROM command_step WHERE seq = ?1")?.execute([seq])?;
    Ok(())
}

/// A finished command's result, to be sent (again).
///
/// # Errors
/// What SQLite says.
pub fn pending(db: &Connection, seq: i64) -> Result<Option<Pending>, StoreError> {
    let mut statement = db.prepare_cached(&format!("{PENDING} AND seq = ?1"))?;
    Ok(statement.query_row([seq], read_pending).optional()?)
}

/// Results whose next attempt is due, those that wait longest first; also those due after `horizon`, which nothing is unless the clock
/// was set back.
///
/// # Errors
/// What SQLite says.
pub fn due(db: &Connection, now: i64, horizon: i64, limit: u32) -> Result<Vec<Pending>, StoreError> {
    let mut statement = db.prepare_cached(&format!(
        "{PENDING} AND answered_at IS NULL AND (next_attempt_at <= ?1 OR next_attempt_at > ?2)
         ORDER BY next_attempt_at LIMIT ?3"
    ))?;
    let rows = statement.query_map(params![now, horizon, limit], read_pending)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// When the next attempt is due, milliseconds UTC; `None` when every result is sent.
///
/// # Errors
/// What SQLite says.
pub fn next_due(db: &Connection) -> Result<Option<i64>, StoreError> {
    let mut statement = db.prepare_cached(
        "SELECT min(next_attempt_at) FROM command WHERE done_at IS NOT NULL AND answered_at IS NULL",
    )?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

/// How many results wait to be sent.
///
/// # Errors
/// What SQLite says.
pub fn unsent(db: &Connection) -> Result<i64, StoreError> {
    let mut statement =
        db.prepare_cached("SELECT count(*) FROM command WHERE done_at IS NOT NULL AND answered_at IS NULL")?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

/// The result has been sent, or nobody wants it, or (`error`) it was given up.
///
/// # Errors
/// What SQLite says.
pub fn answered(db: &Connection, seq: i64, now: i64, error: Option<&str>) -> Result<(), StoreError> {
    db.prepare_cached("UPDATE command SET answered_at = ?2, last_error = ?3 WHERE seq = ?1")?
        .execute(params![seq, now, error])?;
    Ok(())
}

/// An attempt failed; the next one is at `next_attempt_at`.
///
/// # Errors
/// What SQLite says.
pub fn failed(db: &Connection, seq: i64, error: &str, next_attempt_at: i64) -> Result<(), StoreError> {
    db.prepare_cached(
        "UPDATE command SET answered_at = NULL, attempts = attempts + 1, last_error = ?2, next_attempt_at = ?3
         WHERE seq = ?1",
    )?
    .execute(params![seq, error, next_attempt_at])?;
    Ok(())
}

/// There was no way out; the result is due from `at` on.
///
/// # Errors
/// What SQLite says.
pub fn postpone(db: &Connection, seq: i64, at: i64) -> Result<(), StoreError> {
    db.prepare_cached("UPDATE command SET answered_at = NULL, next_attempt_at = ?2 WHERE seq = ?1")?
        .execute(params![seq, at])?;
    Ok(())
}

/// The broker is about to be told that the command is done.
///
/// # Errors
/// What SQLite says.
pub fn settle(db: &Connection, seq: i64) -> Result<(), StoreError> {
    db.prepare_cached("UPDATE command SET acknowledged = 1 WHERE seq = ?1")?.execute([seq])?;
    Ok(())
}

/// Forgets settled commands that are old or too many; how many.
///
/// # Errors
/// What SQLite says.
pub fn prune(db: &Connection, now: i64) -> Result<usize, StoreError> {
    Ok(db
        .prepare_cached(
            "DELETE FROM command WHERE answered_at IS NOT NULL
                AND (answered_at < ?1 OR seq <= (SELECT max(seq) FROM command) - ?2)",
        )?
        .execute(params![now - KEEP_MS, KEEP_ROWS])?)
}

const PENDING: &str =
    "SELECT seq, message_id, method, result, route, attempts, done_at FROM command WHERE done_at IS NOT NULL";

fn read_pending(row: &rusqlite::Row<'_>) -> rusqlite::Result<Pending> {
    Ok(Pending {
        seq: row.get(0)?,
        message_id: row.get(1)?,
        method: row.get(2)?,
        result: row.get(3)?,
        route: row.get(4)?,
        attempts: row.get(5)?,
        done_at: row.get(6)?,
    })
}

#[cfg(test)]
mod tests;
