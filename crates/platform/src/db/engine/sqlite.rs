//! SQLite: one thread writes, a few read; a success is answered only after the commit that holds it is on disk.
//!
//! Group commit: the writer takes what is queued, runs each closure in a savepoint of its own inside one transaction,
//! commits once, and only then answers all of them. With `synchronous=FULL` this is one `fsync` per group.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, ToSql, ffi};
use tokio::sync::{mpsc, oneshot};

use super::{DbError, Row, Statements, Tx, Val};

/// Closures that may wait for the writer.
const QUEUE: usize = 1024;
/// Most closures in one commit: bounds how long the first of them waits for the last.
const GROUP: usize = 128;
/// Threads that read, each with its own connection.
const READERS: usize = 2;
/// How long a caller waits for a place in a full queue.
const QUEUE_WAIT: Duration = Duration::from_secs(10);
/// How long a statement waits for another process that holds the file.
const BUSY_WAIT: Duration = Duration::from_secs(5);

/// The engine: the queues of its threads.
pub(super) struct Sqlite {
    writes: mpsc::Sender<Box<dyn Job>>,
    reads: mpsc::Sender<Box<dyn Job>>,
}

/// A closure on its way through the queue, its result type erased.
trait Job: Send {
    /// Whether nobody waits for the answer any more.
    fn is_abandoned(&self) -> bool;
    /// Runs the closure; answers whether its changes are to be kept.
    fn run(&mut self, tx: &mut Tx<'_>) -> bool;
    /// Answers the caller: the closure's own result, or `failed` when the transaction around it failed.
    fn answer(self: Box<Self>, failed: Option<DbError>);
}

struct Pending<F, R, E> {
    work: Option<F>,
    made: Option<Result<R, E>>,
    reply: oneshot::Sender<Result<R, E>>,
}

impl<F, R, E> Job for Pending<F, R, E>
where
    F: FnOnce(&mut Tx<'_>) -> Result<R, E> + Send,
    R: Send,
    E: From<DbError> + Send,
{
    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    fn run(&mut self, tx: &mut Tx<'_>) -> bool {
        let Some(work) = self.work.take() else { return false };
        let made = catch_unwind(AssertUnwindSafe(|| work(tx))).unwrap_or_else(|panic| {
            tracing::error!(panic = words_of(panic.as_ref()), "work on the database panicked");
            Err(DbError::Panicked.into())
        });
        let keep = made.is_ok();
        self.made = Some(made);
        keep
    }

    fn answer(self: Box<Self>, failed: Option<DbError>) {
        let outcome = match (failed, self.made) {
            (_, Some(Err(own))) => Err(own),
            (Some(failed), _) => Err(failed.into()),
            (None, Some(made)) => made,
            (None, None) => Err(DbError::Closed.into()),
        };
        // A caller that went away does not need the answer.
        drop(self.reply.send(outcome));
    }
}

fn words_of(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("?")
}

/// The file a `sqlite:` address names.
pub(super) fn path_of(url: &str) -> Result<PathBuf, DbError> {
    match url.split_once(':') {
        Some(("sqlite", path)) if !path.is_empty() && !path.starts_with(":") => {
            Ok(PathBuf::from(path.strip_prefix("//").unwrap_or(path)))
        }
        _ => Err(DbError::Url(format!(
            "expected sqlite:<path>, found {:?}",
            url.split(':').next().unwrap_or("")
        ))),
    }
}

impl Sqlite {
    pub(super) fn open(path: &Path) -> Result<Self, DbError> {
        create_private(path).map_err(|error| DbError::Io(format!("{}: {error}", path.display())))?;
        let writer = connect(path, false)?;
        let (writes, queue) = mpsc::channel(QUEUE);
        start("db-writer", move || write_loop(writer, queue))?;

        let (reads, queue) = mpsc::channel(QUEUE);
        let queue = Arc::new(Mutex::new(queue));
        for _ in 0..READERS {
            let reader = connect(path, true)?;
            let queue = Arc::clone(&queue);
            start("db-reader", move || read_loop(reader, &queue))?;
        }
        Ok(Self { writes, reads })
    }

    pub(super) async fn write<R, E>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<R, E> + Send + 'static,
    ) -> Result<R, E>
    where
        R: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        submit(&self.writes, work).await
    }

    pub(super) async fn read<R, E>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<R, E> + Send + 'static,
    ) -> Result<R, E>
    where
        R: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        submit(&self.reads, work).await
    }
}

async fn submit<R, E>(
    queue: &mpsc::Sender<Box<dyn Job>>,
    work: impl FnOnce(&mut Tx<'_>) -> Result<R, E> + Send + 'static,
) -> Result<R, E>
where
    R: Send + 'static,
    E: From<DbError> + Send + 'static,
{
    let (reply, answer) = oneshot::channel();
    let job = Box::new(Pending { work: Some(work), made: None, reply });
    queue.send_timeout(job, QUEUE_WAIT).await.map_err(|error| match error {
        mpsc::error::SendTimeoutError::Timeout(_) => DbError::Busy,
        mpsc::error::SendTimeoutError::Closed(_) => DbError::Closed,
    })?;
    answer.await.unwrap_or_else(|_| Err(DbError::Closed.into()))
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

fn start(name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), DbError> {
    let started = thread::Builder::new().name(name.to_owned()).spawn(work);
    started.map(drop).map_err(|error| DbError::Io(format!("no thread: {error}")))
}

fn write_loop(mut connection: Connection, mut queue: mpsc::Receiver<Box<dyn Job>>) {
    let mut group = Vec::with_capacity(GROUP);
    while queue.blocking_recv_many(&mut group, GROUP) > 0 {
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
fn commit_group(connection: &mut Connection, group: &mut Vec<Box<dyn Job>>) {
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

fn run_group(connection: &mut Connection, group: &mut [Box<dyn Job>]) -> Result<(), DbError> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    for job in group.iter_mut() {
        // Cached like any other statement; these two run for every job.
        connection.prepare_cached("SAVEPOINT job")?.execute([])?;
        let keep = job.run(&mut Tx { on: connection });
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

fn read_loop(mut connection: Connection, queue: &Mutex<mpsc::Receiver<Box<dyn Job>>>) {
    loop {
        // Held while waiting: exactly one idle reader listens, the others queue for the lock.
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
        let Some(mut job) = next else { return };
        if job.is_abandoned() {
            continue;
        }
        let begun = connection.execute_batch("BEGIN");
        if begun.is_ok() {
            job.run(&mut Tx { on: &mut connection });
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
