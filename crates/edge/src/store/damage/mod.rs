//! Finds out at start whether the database is what was written: the write-ahead log before SQLite opens it, the rest beside the
//! start of the box, for a bounded time.

mod log;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode};
use tokio::sync::watch;

use super::{StoreError, connect};

pub(super) use log::check as check_log;

/// The longest the check may take: some 500 MB on an ordinary disk. Tables come in the order of what the box needs first; photos,
/// which are the bulk, are last.
const LIMIT: Duration = Duration::from_secs(1);

/// A check that runs on a thread of its own.
#[derive(Debug)]
pub(super) struct Check {
    outcome: watch::Receiver<Option<Result<(), String>>>,
}

impl Check {
    pub(super) fn start(path: PathBuf) -> Result<Self, StoreError> {
        let (told, outcome) = watch::channel(None);
        let work = move || {
            let found = check(&path).map_err(|error| error.to_string());
            told.send_replace(Some(found));
        };
        std::thread::Builder::new()
            .name("store-check".into())
            .spawn(work)
            .map_err(|error| StoreError::Refused(format!("no thread for the database: {error}")))?;
        Ok(Self { outcome })
    }

    /// Waits for the end of the check.
    pub(super) async fn outcome(&self) -> Result<(), StoreError> {
        let mut outcome = self.outcome.clone();
        match outcome.wait_for(Option::is_some).await.as_deref() {
            Ok(Some(Ok(()))) => Ok(()),
            Ok(Some(Err(reason))) => Err(StoreError::Damaged(reason.clone())),
            _ => Err(StoreError::Damaged("the check broke down".into())),
        }
    }
}

fn check(path: &Path) -> Result<(), StoreError> {
    let began = Instant::now();
    let db = connect(path)?;
    db.pragma_update(None, "query_only", "ON")?;
    let handle = db.get_interrupt_handle();
    let (done, waiting) = sync_channel::<()>(0);
    let watch = std::thread::spawn(move || {
        if waiting.recv_timeout(LIMIT) == Err(RecvTimeoutError::Timeout) {
            handle.interrupt();
        }
    });
    let outcome = tables(&db);
    drop(done);
    // It ends at once now.
    let _ = watch.join();
    let ms = began.elapsed().as_millis();
    match outcome {
        Ok(()) => tracing::debug!(ms, "the database has been checked"),
        Err(StoreError::Sql(error)) if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => {
            tracing::info!(ms, "the database is large: a part of it has been checked");
        }
        Err(error) => return Err(error),
    }
    Ok(())
}

fn tables(db: &Connection) -> Result<(), StoreError> {
    let mut statement = db.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'
         ORDER BY name = 'person_photo', name = 'event', name",
    )?;
    let names: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for name in names {
        let found: String = db.query_row(&format!("PRAGMA quick_check('{name}')"), [], |row| row.get(0))?;
        if found != "ok" {
            return Err(StoreError::Damaged(found.lines().next_back().unwrap_or_default().to_owned()));
        }
    }
    Ok(())
}
