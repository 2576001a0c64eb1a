//! What can go wrong with the database, in words that do not depend on the engine.

/// An error of the database or of a closure's use of it.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum DbError {
    /// The queue is full or a lock could not be had in time; trying again later is reasonable.
    #[error("the database is busy")]
    Busy,
    /// The disk is full; nothing was written.
    #[error("the disk of the database is full")]
    Full,
    /// Reading or writing the files failed.
    #[error("the database cannot be read or written: {0}")]
    Io(String),
    /// A row with this key exists already.
    #[error("exists already: {0}")]
    Exists(String),
    /// A row refers to something that does not exist, or lacks a required value.
    #[error("refused by a rule of the schema: {0}")]
    Rule(String),
    /// A text cannot be stored.
    #[error("text must not contain the character NUL")]
    Nul,
    /// A column did not hold what the code expected: a fault of ours.
    #[error("unexpected value in column {0}")]
    Column(String),
    /// The statement is wrong, or was refused: a fault of ours.
    #[error("statement refused: {0}")]
    Statement(String),
    /// The closure panicked; its changes are undone.
    #[error("the work on the database panicked")]
    Panicked,
    /// The database is closed.
    #[error("the database is closed")]
    Closed,
    /// The address is not one this build can open, or the database behind it is not fit for use.
    #[error("database.url: {0}")]
    Url(String),
    /// The schema on disk is newer than this program.
    #[error(
        "the database has schema version {found}, this program knows up to {known}; use the newer program"
    )]
    Newer {
        /// Version on disk.
        found: i64,
        /// Newest version this program knows.
        known: i64,
    },
}

impl DbError {
    /// Whether the same work may succeed when it is tried again without a change.
    pub(crate) fn is_transient(&self) -> bool {
        matches!(self, Self::Busy | Self::Full | Self::Io(_))
    }
}
