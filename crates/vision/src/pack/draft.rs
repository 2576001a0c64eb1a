//! A pack before it is installed: its manifest and where its files come from.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::digest::{Digest, sha256_of_file};
use super::error::PackError;
use super::manifest::Manifest;

/// A pack ready to be installed.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The complete manifest.
    pub manifest: Manifest,
    /// The files of the manifest, in its order.
    pub(crate) contents: Vec<Content>,
}

/// The content of a file.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    Bytes(Vec<u8>),
    /// To be copied from here.
    File(PathBuf),
}

impl Draft {
    /// Bytes the pack needs on disk.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.manifest.files.iter().map(|f| f.size).sum()
    }
}

impl Content {
    pub(crate) fn size(&self) -> Result<u64, PackError> {
        match self {
            Self::Bytes(bytes) => Ok(bytes.len() as u64),
            Self::File(path) => Ok(fs::metadata(path).map_err(|e| PackError::io(path, e))?.len()),
        }
    }

    pub(crate) fn sha256(&self) -> Result<Digest, PackError> {
        match self {
            Self::Bytes(bytes) => Ok(Digest::of(bytes)),
            Self::File(path) => sha256_of_file(path).map_err(|e| PackError::io(path, e)),
        }
    }

    /// Writes the content to a new file and waits until it is on the disk.
    pub(crate) fn write(&self, to: &Path) -> io::Result<()> {
        let mut file = File::create_new(to)?;
        match self {
            Self::Bytes(bytes) => io::Write::write_all(&mut file, bytes)?,
            Self::File(path) => drop(io::copy(&mut File::open(path)?, &mut file)?),
        }
        file.sync_all()
    }
}
