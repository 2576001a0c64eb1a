//! Why the platform does not start: a configured value that cannot be used, or something it needs that cannot be had.

use crate::blobs::BlobError;
use crate::db::DbError;
use crate::refusal::Refusal;
use crate::seal::SealError;

/// Why the platform does not start. The message names the key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// A configured value cannot be used.
    #[error("{0}")]
    Configuration(String),
    /// Something required cannot be opened or reached.
    #[error("{0}")]
    Unreachable(String),
}

impl From<DbError> for StartError {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Url(_) => Self::Configuration(error.to_string()),
            other => Self::Unreachable(format!("database.url: {other}")),
        }
    }
}

impl From<BlobError> for StartError {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::Url(_) => Self::Configuration(error.to_string()),
            BlobError::Seal(error) => error.into(),
            other => Self::Unreachable(format!("blobs.url: {other}")),
        }
    }
}

impl From<SealError> for StartError {
    fn from(error: SealError) -> Self {
        match error {
            SealError::Db(error) => error.into(),
            other => Self::Configuration(other.to_string()),
        }
    }
}

impl From<Refusal> for StartError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Invalid { .. } => Self::Configuration(refusal.to_string()),
            other => Self::Unreachable(other.to_string()),
        }
    }
}
