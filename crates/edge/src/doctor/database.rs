//! The database: it opens, SQLite finds no damage in it, this version knows its schema; and whether a box uses it just now.

use std::path::Path;
use std::time::Duration;

use futures_util::FutureExt as _;
use rusqlite::InterruptHandle;
use tokio::sync::oneshot;

use super::facts::{self, Facts};
use super::{Check, Finding};
use crate::store;

/// How long the quick check may take; a large database on a slow disk is not read to its end.
const LIMIT: Duration = Duration::from_secs(20);

pub(super) const CHECK: Check = Check { name: "database", look: |facts: &Facts| look(facts).boxed() };

async fn look(facts: &Facts) -> Vec<Finding> {
    let directory = facts.config.data_dir.display().to_string();
    let mut found = vec![if facts.running {
        Finding::ok(&directory, "a box is running on it")
    } else {
        Finding::ok(&directory, "no box is running on it")
    }];
    let path = facts.database();
    if path.exists() {
        let subject = path.display().to_string();
        let (told, handle) = oneshot::channel();
        let mut reading = tokio::task::spawn_blocking(move || inspect(&path, told));
        let read = match tokio::time::timeout(LIMIT, &mut reading).await {
            Ok(read) => read,
            Err(_) => {
                if let Ok(handle) = handle.await {
                    handle.interrupt();
                }
                reading.await
            }
        };
        found.push(read.unwrap_or_else(|_| {
            Finding::problem(subject, "reading it broke down").advice("restore the latest backup")
        }));
    } else {
        found.push(Finding::ok(path.display().to_string(), "is made at the first start"));
    }
    found
}

fn inspect(path: &Path, told: oneshot::Sender<InterruptHandle>) -> Finding {
    let subject = path.display().to_string();
    match check(path, told) {
        Ok((schema, _)) if schema > store::schema() => Finding::problem(
            subject,
            format!("schema {schema}, this version knows up to {}", store::schema()),
        )
        .advice("a newer version of menshen wrote it: use that one"),
        Ok((schema, None)) => Finding::ok(subject, format!("schema {schema}, SQLite finds no damage")),
        Ok((schema, Some(damage))) => Finding::problem(subject, format!("schema {schema}, damaged: {damage}"))
            .advice("stop the box and restore the latest backup; or move the file away and let the platform bring the box up again"),
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::OperationInterrupted) => Finding::warning(
            subject,
            format!("opens; SQLite did not get to its end within {} s", LIMIT.as_secs()),
        )
        .advice("for a full check stop the box and run: sqlite3 box.db 'PRAGMA integrity_check'"),
        Err(error) => Finding::problem(subject, format!("cannot be read: {error}"))
            .advice("if its permissions are right it is damaged: stop the box and restore the latest backup"),
    }
}

/// Schema number, and the first damage SQLite finds.
fn check(path: &Path, told: oneshot::Sender<InterruptHandle>) -> rusqlite::Result<(i64, Option<String>)> {
    let db = facts::open(path)?;
    let _ = told.send(db.get_interrupt_handle());
    let schema = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let said: String = db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    Ok((schema, (said != "ok").then_some(said)))
}
