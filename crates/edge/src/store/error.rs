//! Why the store could not do what was asked.

use std::io;
use std::path::PathBuf;

use rusqlite::ErrorCode;

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
    /// A rule of the caller's, kept for its own use.
    #[error("{0}")]
    Refused(String),
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
            _ => Self::Sql(error),
        }
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(_: serde_json::Error) -> Self {
        Self::Corrupt("JSON")
    }
}
