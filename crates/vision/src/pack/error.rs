//! Why a pack could not be opened, built or installed, in words for the person who has to act.

use std::io;
use std::path::{Path, PathBuf};

use super::digest::Digest;

/// Why a pack could not be opened, built or installed.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// No pack is in use in this models directory.
    #[error("no model pack is in use in {}: run `menshen models fetch`, or `menshen models import` on a machine without network", .0.display())]
    NoneActive(PathBuf),
    /// A file or directory of the pack is missing.
    #[error("{} is missing", .0.display())]
    Missing(PathBuf),
    /// Reading or writing failed.
    #[error("{}: {error}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// `pack.toml` is wrong.
    #[error("{}: {why}", path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A file of the pack does not have the length its manifest says.
    #[error("{}: {found} bytes where pack.toml says {wanted}; fetch or import the pack again", path.display())]
    Size {
        /// The file.
        path: PathBuf,
        /// Length in the manifest.
        wanted: u64,
        /// Length on disk.
        found: u64,
    },
    /// A file does not have the checksum it must have.
    #[error("{}: sha256 is {found} where {wanted} is expected", path.display())]
    Checksum {
        /// The file.
        path: PathBuf,
        /// What it must be.
        wanted: Digest,
        /// What it is.
        found: Digest,
    },
}

impl PackError {
    /// An I/O failure at `path`; a missing file gets its own error.
    pub(crate) fn io(path: &Path, error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing(path.to_owned()),
            _ => Self::Io { path: path.to_owned(), error },
        }
    }
}
