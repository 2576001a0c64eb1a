//! Why a pack could not be opened, built or installed, in words for the person who has to act.

use std::io;
use std::path::{Path, PathBuf};

use super::digest::Digest;
use crate::onnx::ConvertError;

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
    /// A source is larger than any known one.
    #[error("{}: more than {limit} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit.
        limit: u64,
    },
    /// A published file a pack is made from is not at hand.
    #[error("a file the pack is made from is missing: {0}")]
    Ingredient(&'static str),
    /// A published file could not be converted.
    #[error("{file} cannot be made: {error}")]
    Convert {
        /// The file of the pack.
        file: &'static str,
        /// What is wrong with its source.
        error: ConvertError,
    },
    /// The pack does not work on this machine, or its networks are not what the manifest says.
    #[error("the pack {id} cannot be used: {why}")]
    Unusable {
        /// The pack.
        id: String,
        /// What happened when it was tried.
        why: String,
    },
    /// Another process changes the models directory.
    #[error("another process is working in {}; try again when it is done", .0.display())]
    Busy(PathBuf),
    /// The disk is too full.
    #[error("not enough space in {}: {} MB are needed, {} MB are free", root.display(), needed.div_ceil(1_000_000), free / 1_000_000)]
    NoSpace {
        /// The models directory.
        root: PathBuf,
        /// Bytes needed.
        needed: u64,
        /// Bytes free.
        free: u64,
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
