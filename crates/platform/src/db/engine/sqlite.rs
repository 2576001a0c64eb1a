//! SQLite: one thread writes, a few read; a success is answered only after the commit that holds it is on disk.
//!
//! Group commit: the writer takes what is queued, runs each closure in a savepoint of its own inside one transaction,
//! commits once, and only then answers all of them. With `synchronous=FULL` this is one `fsync` per group.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, ToSql, ffi};

use super::job::{self, BoxedJob, Queues, Reads, Writes};
use super::{DbError, Row, Statements, Tx, Val};

/// Threads that read, each with its own connection.
const READERS: usize = 2;
/// How long a statement waits for another process that holds the file.
const BUSY_WAIT: Duration = Duration::from_secs(5);

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
    let writer = connect(path, false)?;
    job::start("db-writer", move || write_loop(writer, writes))?;
    for _ in 0..READERS {
        let reader = connect(path, true)?;
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

fn connect(path: &Path, read_only: bool) -> Result<Connection, DbError> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(BUSY_WAIT)?;
    connection.set_prepared_statement_cache_capacity(128);
    connection.execute_batch(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY;
         PRAGMA secure_delete=ON;",
    )?;
    if read_only {
        connection.execute_batch("PRAGMA query_only=ON")?;
    }
    Ok(connection)
}

fn write_loop(mut connection: Connection, mut writes: Writes) {
    let mut group = Vec::new();
    while writes.next(&mut group) {
        // A caller that went away before its turn was promised nothing, and gets nothing done.
        group.retain(|job| !job.is_abandoned());
        if !group.is_empty() {
            commit_group(&mut connection, &mut group);
        }
    }
    // The last writer leaves a short log behind; failing to is harmless.
    drop(connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA optimize;"));
}

/// Runs all jobs of the group in one transaction and answers them; leaves the group empty.
fn commit_group(connection: &mut Connection, group: &mut Vec<BoxedJob>) {
    let failed = run_group(connection, group).err();
    if let Some(error) = &failed {
        tracing::warn!(%error, jobs = group.len(), "a group of database writes failed");
        if !connection.is_autocommit() {
            drop(connection.execute_batch("ROLLBACK"));
        }
    }
    for job in group.drain(..) {
        job.answer(failed.clone());
    }
}

fn run_group(connection: &mut Connection, group: &mut [BoxedJob]) -> Result<(), DbError> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    for job in group.iter_mut() {
        // Cached like any other statement; these two run for every job.
        connection.prepare_cached("SAVEPOINT job")?.execute([])?;
        let keep = job.run(&mut Tx::new(connection));
        if connection.is_autocommit() {
            // Some failures (a full disk) end the whole transaction inside SQLite: what ran before is undone too.
            return Err(DbError::Full);
        }
        if !keep {
            connection.prepare_cached("ROLLBACK TO job")?.execute([])?;
        }
        connection.prepare_cached("RELEASE job")?.execute([])?;
    }
    connection.execute_batch("COMMIT")?;
    Ok(())
}

fn read_loop(mut connection: Connection, reads: &Reads) {
    while let Some(mut job) = reads.next() {
        if job.is_abandoned() {
            continue;
        }
        let begun = connection.execute_batch("BEGIN");
        if begun.is_ok() {
            job.run(&mut Tx::new(&mut connection));
        }
        if !connection.is_autocommit() {
            drop(connection.execute_batch("ROLLBACK"));
        }
        job.answer(begun.err().map(DbError::from));
    }
}

impl Statements for Connection {
    fn exec(&mut self, sql: &str, params: &[Val]) -> Result<u64, DbError> {
        let mut statement = self.prepare_cached(&numbered(sql))?;
        Ok(statement.execute(rusqlite::params_from_iter(params))? as u64)
    }

    fn query(&mut self, sql: &str, params: &[Val]) -> Result<Vec<Row>, DbError> {
        let mut statement = self.prepare_cached(&numbered(sql))?;
        let names: Arc<[String]> = statement.column_names().map(str::to_owned).collect();
        let mut found = statement.query(rusqlite::params_from_iter(params))?;
        let mut rows = Vec::new();
        while let Some(row) = found.next()? {
            let values =
                (0..names.len()).map(|at| read(row.get_ref(at)?, &names[at])).collect::<Result<_, _>>()?;
            rows.push(Row::new(Arc::clone(&names), values));
        }
        Ok(rows)
    }

    fn script(&mut self, sql: &str) -> Result<(), DbError> {
        Ok(self.execute_batch(sql)?)
    }
}

fn read(value: ValueRef<'_>, column: &str) -> Result<Val, DbError> {
    match value {
        ValueRef::Null => Ok(Val::Null),
        ValueRef::Integer(value) => Ok(Val::Int(value)),
        ValueRef::Real(value) => Ok(Val::Real(value)),
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => Ok(Val::Text(text.to_owned())),
            Err(_) => Err(DbError::Column(column.to_owned())),
        },
        ValueRef::Blob(value) => Ok(Val::Bytes(value.to_owned())),
    }
}

impl ToSql for Val {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(value) => ValueRef::Integer(*value),
            Self::Real(value) => ValueRef::Real(*value),
            Self::Text(value) => ValueRef::Text(value.as_bytes()),
            Self::Bytes(value) => ValueRef::Blob(value),
        }))
    }
}

/// `$n` is a *name* to SQLite, numbered by first appearance; `?n` is the position it is meant to be.
/// Text inside quotes is left alone.
fn numbered(sql: &str) -> String {
    let mut quote = None;
    sql.chars()
        .map(|c| match (quote, c) {
            (None, '\'' | '"') => {
                quote = Some(c);
                c
            }
            (Some(open), c) if c == open => {
                quote = None;
                c
            }
            (None, '$') => '?',
            _ => c,
        })
        .collect()
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
