//! SQLite: one thread writes, a few read; a success is answered only after the commit that holds it is on disk.
//!
//! Group commit: the writer takes what is queued, runs each closure in a savepoint of its own inside one transaction,
//! commits once, and only then answers all of them. With `synchronous=FULL` this is one `fsync` per group.

mod session;

use std::path::{Path, PathBuf};

use rusqlite::{ErrorCode, ffi};
use session::Session;

use super::job::{self, BoxedJob, Queues, Reads, Writes};
use super::{DbError, Row, Statements, Tx, Val};

/// Threads that read, each with its own connection.
const READERS: usize = 2;

/// The file a `sqlite:` address names.
pub(super) fn path_of(url: &str) -> Result<PathBuf, DbError> {
    match url.split_once(':') {
        Some(("sqlite", path)) if !path.is_empty() && !path.starts_with(":") => {
            Ok(PathBuf::from(path.strip_prefix("//").unwrap_or(path)))
        }
        _ => Err(DbError::Url(format!(
            "expected sqlite:<path> or postgres://user:password@host:port/name, found {:?}",
            url.split(':').next().unwrap_or("")
        ))),
    }
}

/// Opens the file, creates it when absent, and starts the threads that work on it.
pub(super) fn open(path: &Path) -> Result<Queues, DbError> {
    create_private(path).map_err(|error| DbError::Io(format!("{}: {error}", path.display())))?;
    let (queues, writes, reads) = job::queues();
    let writer = Session::open(path, false)?;
    job::start("db-writer", move || write_loop(writer, writes))?;
    for _ in 0..READERS {
        let reader = Session::open(path, true)?;
        let reads = reads.clone();
        job::start("db-reader", move || read_loop(reader, &reads))?;
    }
    Ok(queues)
}

/// The data is personal: the file is readable by its owner only, and SQLite gives its side files the same rights.
fn create_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    std::fs::OpenOptions::new().create(true).append(true).mode(0o600).open(path).map(drop)
}

fn write_loop(mut session: Session, mut writes: Writes) {
    let mut group = Vec::new();
    while writes.next(&mut group) {
        // A caller that went away before its turn was promised nothing, and gets nothing done.
        group.retain(|job| !job.is_abandoned());
        if !group.is_empty() {
            commit_group(&mut session, &mut group);
        }
    }
    // The last writer leaves a short log behind; failing to is harmless.
    drop(session.script("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA optimize;"));
}

/// Runs all jobs of the group in one transaction and answers them; leaves the group empty.
fn commit_group(session: &mut Session, group: &mut Vec<BoxedJob>) {
    let failed = run_group(session, group).err();
    if let Some(error) = &failed {
        tracing::warn!(%error, jobs = group.len(), "a group of database writes failed");
        if !session.is_between_transactions() {
            drop(session.command("ROLLBACK"));
        }
    }
    for job in group.drain(..) {
        job.answer(failed.clone());
    }
}

fn run_group(session: &mut Session, group: &mut [BoxedJob]) -> Result<(), DbError> {
    session.command("BEGIN IMMEDIATE")?;
    for job in group.iter_mut() {
        session.command("SAVEPOINT job")?;
        let keep = job.run(&mut Tx::new(session));
        if session.is_between_transactions() {
            // Some failures (a full disk) end the whole transaction inside SQLite: what ran before is undone too.
            return Err(DbError::Full);
        }
        if !keep {
            session.command("ROLLBACK TO job")?;
        }
        session.command("RELEASE job")?;
    }
    session.command("COMMIT")
}

fn read_loop(mut session: Session, reads: &Reads) {
    while let Some(mut job) = reads.next() {
        if job.is_abandoned() {
            continue;
        }
        let begun = session.command("BEGIN");
        if begun.is_ok() {
            job.run(&mut Tx::new(&mut session));
        }
        if !session.is_between_transactions() {
            drop(session.command("ROLLBACK"));
        }
        job.answer(begun.err());
    }
}

impl From<rusqlite::Error> for DbError {
    fn from(error: rusqlite::Error) -> Self {
        let rusqlite::Error::SqliteFailure(failure, words) = &error else {
            return Self::Statement(error.to_string());
        };
        let words = || words.clone().unwrap_or_else(|| failure.to_string());
        match (failure.code, failure.extended_code) {
            (ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked, _) => Self::Busy,
            (ErrorCode::DiskFull, _) => Self::Full,
            (
                ErrorCode::SystemIoFailure
                | ErrorCode::CannotOpen
                | ErrorCode::PermissionDenied
                | ErrorCode::ReadOnly
                | ErrorCode::NotADatabase
                | ErrorCode::DatabaseCorrupt,
                _,
            ) => Self::Io(words()),
            (_, ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY) => Self::Exists(words()),
            (ErrorCode::ConstraintViolation, _) => Self::Rule(words()),
            _ => Self::Statement(words()),
        }
    }
}

#[cfg(test)]
mod tests;
