//! Why the store could not do what was asked.

use std::io;
use std::path::PathBuf;

use rusqlite::ErrorCode;

use crate::reason::Reason;

/// A failure of the store. A failed write has changed nothing.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The disk has no room left.
    #[error("the disk is full: nothing was written")]
    Full,
    /// Another process holds the directory.
    #[error("{} is in use by another process", .0.display())]
    InUse(PathBuf),
    /// The directory cannot be used.
    #[error("{}: {error}", .path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The database was written by a newer version.
    #[error("the database has schema {found}, this version knows up to {known}; use the newer version")]
    Newer {
        /// Schema of the file.
        found: i64,
        /// Newest schema of this program.
        known: i64,
    },
    /// The closure panicked; its changes were undone.
    #[error("a database step panicked: {0}")]
    Panicked(String),
    /// The transaction of this write and its neighbours could not be committed.
    #[error("commit failed: {0}")]
    Commit(String),
    /// The store has been closed.
    #[error("the store is closed")]
    Closed,
    /// A stored value is not what was written; names the column.
    #[error("stored {0} cannot be read")]
    Corrupt(&'static str),
    /// Something sealed cannot be opened; names what.
    #[error("the stored {0} cannot be opened: it was altered, or sealed with another key")]
    Sealed(&'static str),
    /// The key file is gone, and there are rows that were sealed with it.
    #[error(
        "{} is missing, and what is stored was sealed with it: put it back from its copy; without it the stored faces are lost, and \
         a box that is to begin anew needs another, empty data directory", .0.display()
    )]
    KeyMissing(PathBuf),
    /// The key file is not the one the rows were sealed with.
    #[error(
        "{} is not the key that this database was sealed with: put back the key file that belongs to it", .0.display()
    )]
    KeyWrong(PathBuf),
    /// The database file is gone or empty although there was one.
    #[error(
        "{} is missing or empty, but box.key beside it says that there was a database: put it back from a backup; to begin anew, use \
         another, empty data directory", .0.display()
    )]
    Gone(PathBuf),
    /// The database's file is not what was written.
    #[error(
        "the database is damaged ({0}): stop the box, put box.db back from a backup and remove box.db-wal and box.db-shm; the box \
         does not go on with a part of its data"
    )]
    Damaged(String),
    /// A rule of the caller's, kept for its own use.
    #[error("{0}")]
    Refused(Reason),
    /// Anything else SQLite says.
    #[error("database: {0}")]
    Sql(rusqlite::Error),
}

impl StoreError {
    /// The same failure for another caller of the same transaction.
    pub(super) fn for_neighbour(&self) -> Self {
        match self {
            Self::Full => Self::Full,
            Self::Closed => Self::Closed,
            other => Self::Commit(other.to_string()),
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Self::Damaged(error.to_string()),
            _ => Self::Sql(error),
        }
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(_: serde_json::Error) -> Self {
        Self::Corrupt("JSON")
    }
}
