//! Everything the platform keeps in one file, and back: for backups, and to move between SQLite and PostgreSQL.
//!
//! The file is a gzipped tar:
//! * `manifest.json` comes first ([`Manifest`]): the format, the version of the schema, what the key is recognised by, and the key
//!   itself wrapped by a passphrase unless it was left out.
//! * `tables/<table>/<n>.jsonl`: the rows of one snapshot, a JSON object a line, tables in the order in which they refer to each other.
//! * `blobs/<address>`: photos and pictures as they are stored, sealed.
//! * `end.json` comes last ([`End`]): counts, and the SHA-256 of everything before it. A file without it is not whole.
//!
//! Photos stay sealed; rows do not. Whoever has the file can read names and events, and with the passphrase the faces.

mod export;
mod import;
mod keys;
mod pack;
mod restored;
mod rows;
mod tables;
#[cfg(test)]
mod tests;
mod unpack;

use std::collections::BTreeMap;
use std::path::PathBuf;

pub use export::{Export, export};
pub use import::{Import, import};
pub use restored::restored;
use serde::{Deserialize, Serialize};
#[cfg(test)]
pub(crate) use tables::{Table, exported};

use crate::blobs::BlobError;
use crate::db::DbError;
use crate::seal::SealError;
use crate::start::StartError;

/// Version of the format.
const FORMAT: u32 = 1;
/// Largest entry of a file: pages of rows and pictures are far smaller.
const LARGEST: u64 = 64 << 20;

/// What the file is and what opens it.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Manifest {
    /// Version of the format.
    format: u32,
    /// Version of the program that wrote it.
    menshen: String,
    /// Version of the schema of its rows.
    schema: i64,
    /// When it was begun, milliseconds since 1970, UTC.
    created_at: i64,
    /// What the key of the sealed photos is recognised by, base64.
    proof: String,
    /// The key, wrapped by a passphrase; absent when it was left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<keys::Wrapped>,
}

/// The last entry: the file is whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct End {
    /// Rows of each table.
    tables: BTreeMap<String, u64>,
    /// Number of blobs.
    blobs: u64,
    /// Blobs that rows refer to and that were not there (any more).
    missing: Vec<String>,
    /// SHA-256 over the names and contents of all entries before.
    sha256: String,
}

/// What was written or read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Rows of each table.
    pub tables: BTreeMap<String, u64>,
    /// Photos and pictures.
    pub blobs: u64,
    /// Photos and pictures that rows refer to and that were not there.
    pub missing: u64,
    /// Size of the file.
    pub bytes: u64,
}

impl Report {
    /// Rows of all tables.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.tables.values().sum()
    }
}

/// The name of a backup that begins now; such names sort by time.
#[must_use]
pub fn backup_name() -> String {
    format!("menshen-{}.tar.gz", jiff::Timestamp::now().strftime("%Y%m%d-%H%M%S"))
}

/// Whether [`backup_name`] makes such names.
#[must_use]
pub fn is_backup_name(name: &str) -> bool {
    let at = name.strip_prefix("menshen-").and_then(|rest| rest.strip_suffix(".tar.gz"));
    at.and_then(|at| at.split_once('-')).is_some_and(|(date, time)| {
        let digits =
            |text: &str, length| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
        digits(date, 8) && digits(time, 6)
    })
}

/// Why an export or import did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// A configured or given value cannot be used; says which and what to do.
    #[error("{0}")]
    Refused(String),
    /// The database or the photo store cannot be used.
    #[error("{0}")]
    Store(String),
    /// The file is not what was written.
    #[error("{}: {what}", .file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The file cannot be written or read.
    #[error("{}: {what}", .file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What the system said.
        what: String,
    },
}

impl From<DbError> for ArchiveError {
    fn from(error: DbError) -> Self {
        Self::Store(format!("database.url: {error}"))
    }
}

impl From<BlobError> for ArchiveError {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::Seal(error) => error.into(),
            BlobError::Url(_) => Self::Refused(error.to_string()),
            other => Self::Store(format!("blobs.url: {other}")),
        }
    }
}

impl From<SealError> for ArchiveError {
    fn from(error: SealError) -> Self {
        match error {
            SealError::Db(error) => error.into(),
            other => Self::Refused(other.to_string()),
        }
    }
}

impl From<ArchiveError> for StartError {
    fn from(error: ArchiveError) -> Self {
        match error {
            ArchiveError::Store(words) => Self::Unreachable(words),
            other => Self::Configuration(other.to_string()),
        }
    }
}
