//! Finds out whether the database is what was written: the write-ahead log before SQLite opens it, then the database itself. The box
//! waits for the check for a bounded time; what is left of a large database is read on beside the box that runs, a few rows at a
//! time, so that no erasure waits for it.

mod gently;
mod log;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode};
use tokio::sync::watch;

use super::{StoreError, connect};

pub(super) use log::check as check_log;

/// The longest the box waits for the check: some 500 MB on an ordinary disk. Tables come in the order of what the box needs first;
/// photos, which are the bulk, are last.
const LIMIT: Duration = Duration::from_secs(1);

/// What is known so far.
#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    /// Nothing.
    Looking,
    /// No damage; a part is still to be read.
    SoFarWhole,
    /// No damage.
    Whole,
    /// What is damaged.
    Damaged(String),
}

/// A check that runs on a thread of its own.
#[derive(Debug)]
pub(super) struct Check {
    state: watch::Receiver<State>,
    // The thread ends when this has gone.
    _stop: SyncSender<()>,
}

impl Check {
    pub(super) fn start(path: PathBuf) -> Result<Self, StoreError> {
        Self::within(path, LIMIT)
    }

    fn within(path: PathBuf, limit: Duration) -> Result<Self, StoreError> {
        let (told, state) = watch::channel(State::Looking);
        let (stop, stopped) = sync_channel(0);
        let work = move || {
            let found = check(&path, limit, &told, &stopped);
            if let Err(error) = &found {
                tracing::error!(%error, "the check of the database");
            }
            told.send_replace(found.map_or_else(|error| State::Damaged(reason(error)), |()| State::Whole));
        };
        std::thread::Builder::new()
            .name("store-check".into())
            .spawn(work)
            .map_err(|error| StoreError::Commit(format!("no thread for the database: {error}")))?;
        Ok(Self { state, _stop: stop })
    }

    /// Waits until the check has ended, or its time is up and no damage was found.
    pub(super) async fn outcome(&self) -> Result<(), StoreError> {
        let mut state = self.state.clone();
        match state.wait_for(|state| *state != State::Looking).await.as_deref() {
            Ok(State::Damaged(reason)) => Err(StoreError::Damaged(reason.clone())),
            Ok(_) => Ok(()),
            Err(_) => Err(StoreError::Damaged("the check broke down".into())),
        }
    }

    /// Waits for a damage to be found; for ever where there is none.
    pub(super) async fn damage(&self) -> StoreError {
        let mut state = self.state.clone();
        let found =
            state.wait_for(|state| matches!(state, State::Damaged(_))).await.map(|state| state.clone());
        match found {
            Ok(State::Damaged(reason)) => StoreError::Damaged(reason),
            _ => std::future::pending().await,
        }
    }
}

/// The reason in a damage, else all of the error.
fn reason(error: StoreError) -> String {
    match error {
        StoreError::Damaged(reason) => reason,
        other => other.to_string(),
    }
}

fn check(
    path: &Path,
    limit: Duration,
    told: &watch::Sender<State>,
    stop: &Receiver<()>,
) -> Result<(), StoreError> {
    let began = Instant::now();
    let db = connect(path)?;
    db.pragma_update(None, "query_only", "ON")?;
    let mut left = tables(&db)?;
    let is_whole = at_once(&db, limit, &mut left)?;
    let ms = began.elapsed().as_millis();
    if is_whole {
        tracing::debug!(ms, "the database has been checked");
        return Ok(());
    }
    tracing::info!(ms, ?left, "the database is large: the rest is checked while the box runs");
    told.send_replace(State::SoFarWhole);
    for table in &left {
        gently::read(&db, table, stop)?;
    }
    tracing::info!(ms = began.elapsed().as_millis(), "the whole database has been checked");
    Ok(())
}

/// Checks table after table and takes each that is whole off the list; `false` when the time is up.
fn at_once(db: &Connection, limit: Duration, left: &mut Vec<String>) -> Result<bool, StoreError> {
    let handle = db.get_interrupt_handle();
    let (done, waiting) = sync_channel::<()>(0);
    let end = Instant::now() + limit;
    let watch = std::thread::spawn(move || {
        if waiting.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
            handle.interrupt();
        }
    });
    let mut outcome = Ok(());
    while let Some(table) = left.first().filter(|_| outcome.is_ok() && Instant::now() < end) {
        outcome = whole(db, table);
        if outcome.is_ok() {
            left.remove(0);
        }
    }
    drop(done);
    // It ends at once now.
    let _ = watch.join();
    match outcome {
        Ok(()) => Ok(left.is_empty()),
        Err(StoreError::Sql(error)) if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => {
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

fn tables(db: &Connection) -> Result<Vec<String>, StoreError> {
    let mut statement = db.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'
         ORDER BY name = 'person_photo', name = 'event', name",
    )?;
    Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

fn whole(db: &Connection, table: &str) -> Result<(), StoreError> {
    let found: String = db.query_row(&format!("PRAGMA quick_check('{table}')"), [], |row| row.get(0))?;
    if found == "ok" {
        return Ok(());
    }
    Err(StoreError::Damaged(found.lines().next_back().unwrap_or_default().to_owned()))
}
