//! The box's database: what a caller was told is written stays written, and memory follows in commit order.
//!
//! One thread owns the only writing connection (SQLite, WAL, `synchronous=FULL`). Writes are closures sent to it over a
//! bounded queue; those that wait together share one transaction, each inside a savepoint of its own, so an error or a panic
//! undoes one of them and not its neighbours. A caller hears "written" after the commit. The part of [`Store::write_then`]
//! that runs after the commit runs on the writer's thread, in commit order: an index in memory that is kept by it cannot
//! differ from the rows. Reads run beside it on a few connections of their own.

pub mod cameras;
mod damage;
mod error;
pub mod events;
pub mod journal;
pub mod libraries;
mod migrations;
pub mod more_photos;
pub mod people;
pub mod permissions;
mod reader;
pub mod reported;
pub mod roster;
pub mod screen_keys;
pub mod seal;
pub mod sessions;
pub mod settings;
#[cfg(test)]
mod tests;
pub mod welcome_media;
mod writer;

use std::fs::{DirBuilder, File, TryLockError};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::Connection;

pub use error::StoreError;
pub(crate) use migrations::newest as schema;
pub use seal::Sealer;

use crate::private;

/// A handle on the database; clones share it.
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    writer: writer::Writer,
    readers: reader::Readers,
    sealer: Sealer,
    check: damage::Check,
    path: PathBuf,
    // Held for the life of the store: a second process on the same directory is refused.
    _lock: File,
}

impl Store {
    /// Opens (or creates) `box.db` in `directory`, brings its schema up to date and locks the directory.
    ///
    /// # Errors
    /// [`StoreError::InUse`] when another process has it, [`StoreError::Newer`] when a newer version wrote it,
    /// [`StoreError::Directory`] when the directory cannot be made or written, [`StoreError::Damaged`] and
    /// [`StoreError::Gone`] when the file is not what was written, [`StoreError::KeyMissing`] and [`StoreError::KeyWrong`] when its
    /// rows cannot be opened.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        let refused = |error| StoreError::Directory { path: directory.to_owned(), error };
        DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(refused)?;
        let lock = private::open(&directory.join("box.lock")).map_err(refused)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StoreError::InUse(directory.to_owned())),
            Err(TryLockError::Error(error)) => return Err(refused(error)),
        }
        let path = directory.join("box.db");
        damage::check_log(&path)?;
        // SQLite gives its log and index the rights of the database.
        private::open(&path).map_err(refused)?;
        let mut connection = connect(&path)?;
        if migrations::version(&connection)? == 0 && seal::has_key(directory) {
            return Err(StoreError::Gone(path));
        }
        migrations::run(&mut connection)?;
        let sealer = Sealer::open(directory, &connection)?;
        let writer = writer::Writer::start(connection)?;
        let readers = reader::Readers::new(path.clone());
        let check = damage::Check::start(path.clone())?;
        Ok(Self { inner: Arc::new(Inner { writer, readers, sealer, check, path, _lock: lock }) })
    }

    /// Where the database is.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Waits for the check of the database that began with opening it; it takes a bounded time.
    ///
    /// # Errors
    /// [`StoreError::Damaged`]: the box should not go on with it.
    pub async fn checked(&self) -> Result<(), StoreError> {
        self.inner.check.outcome().await
    }

    /// Waits until the rest of that check, which goes on beside the box, finds damage; for ever where there is none. The error says
    /// what to do.
    pub async fn damaged(&self) -> StoreError {
        self.inner.check.damage().await
    }

    /// What seals and opens what is kept of faces and cameras.
    pub fn sealer(&self) -> Sealer {
        self.inner.sealer.clone()
    }

    /// Runs `job` in a transaction and returns its value once that is on the disk.
    ///
    /// # Errors
    /// What `job` returned (nothing of it is kept then), or why the commit failed. Waits while the queue is full.
    pub async fn write<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        self.write_then(job, |_| {}).await
    }

    /// As [`Store::write`]; `then` runs after the commit on the writer's thread, in commit order. It must be quick, and it
    /// runs even when the caller has stopped waiting.
    ///
    /// # Errors
    /// As [`Store::write`]; `then` has not run.
    pub async fn write_then<T, F, A>(&self, job: F, then: A) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
        A: FnOnce(&T) + Send + 'static,
    {
        self.inner.writer.run(job, then, writer::Kind::Change).await
    }

    /// As [`Store::write_then`], for what has to be gone afterwards: the write-ahead log, which still holds the rows as they were, is
    /// emptied before the caller hears anything.
    ///
    /// # Errors
    /// As [`Store::write_then`].
    pub async fn erase<T, F, A>(&self, job: F, then: A) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
        A: FnOnce(&T) + Send + 'static,
    {
        self.inner.writer.run(job, then, writer::Kind::Erasure).await
    }

    /// Runs `job` on a connection that cannot write.
    ///
    /// # Errors
    /// What `job` returned; [`StoreError::Panicked`] when it panicked.
    pub async fn read<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        self.inner.readers.run(job).await
    }
}

/// A connection as every part of the box uses it.
fn connect(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    connection.pragma_update(None, "secure_delete", "ON")?;
    connection.pragma_update(None, "journal_size_limit", 16 << 20)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Writes everything into the database's own file and cuts the write-ahead log to nothing. Waits for readers; when one does not end
/// in time, the log stays until the next time.
fn empty_log(connection: &Connection) -> Result<bool, StoreError> {
    Ok(connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0))? == 0)
}
