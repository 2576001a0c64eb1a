//! The box's database: what a caller was told is written stays written, and memory follows in commit order.
//!
//! One thread owns the only writing connection (SQLite, WAL, `synchronous=FULL`). Writes are closures sent to it over a
//! bounded queue; those that wait together share one transaction, each inside a savepoint of its own, so an error or a panic
//! undoes one of them and not its neighbours. A caller hears "written" after the commit. The part of [`Store::write_then`]
//! that runs after the commit runs on the writer's thread, in commit order: an index in memory that is kept by it cannot
//! differ from the rows. Reads run beside it on a few connections of their own.

pub mod cameras;
mod error;
pub mod event_log;
pub mod events;
pub mod journal;
pub mod libraries;
mod migrations;
pub mod people;
pub mod permissions;
mod reader;
pub mod roster;
pub mod settings;
#[cfg(test)]
mod tests;
mod writer;

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::Connection;

pub use error::StoreError;

/// A handle on the database; clones share it.
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    writer: writer::Writer,
    readers: reader::Readers,
    path: PathBuf,
    // Held for the life of the store: a second process on the same directory is refused.
    _lock: File,
}

impl Store {
    /// Opens (or creates) `box.db` in `directory`, brings its schema up to date and locks the directory.
    ///
    /// # Errors
    /// [`StoreError::InUse`] when another process has it, [`StoreError::Newer`] when a newer version wrote it,
    /// [`StoreError::Directory`] when the directory cannot be made or written.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        let refused = |error| StoreError::Directory { path: directory.to_owned(), error };
        std::fs::create_dir_all(directory).map_err(refused)?;
        let lock = File::create(directory.join("box.lock")).map_err(refused)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StoreError::InUse(directory.to_owned())),
            Err(TryLockError::Error(error)) => return Err(refused(error)),
        }
        let path = directory.join("box.db");
        let mut connection = connect(&path)?;
        migrations::run(&mut connection)?;
        let writer = writer::Writer::start(connection)?;
        let readers = reader::Readers::new(path.clone());
        Ok(Self { inner: Arc::new(Inner { writer, readers, path, _lock: lock }) })
    }

    /// Where the database is.
    pub fn path(&self) -> &Path {
        &self.inner.path
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
        self.inner.writer.run(job, then).await
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
    connection.pragma_update(None, "journal_size_limit", 16 << 20)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}
