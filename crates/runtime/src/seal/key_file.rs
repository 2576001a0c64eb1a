//! The key file: made once, durable before anything is sealed with it, readable by its owner only, never replaced.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::{KEY, KeyBytes};

/// Where a key of 32 random bytes lies, or will.
#[derive(Debug, Clone)]
pub struct KeyFile(PathBuf);

/// Why a key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// It holds something else than 32 bytes.
    #[error("{} is not a key file: it must hold {KEY} bytes", .0.display())]
    Malformed(PathBuf),
    /// It exists already and holds another key.
    #[error("{} holds another key already", .0.display())]
    Other(PathBuf),
    /// What the system says.
    #[error("{}: {error}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

impl KeyFile {
    /// The key file at this path.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The key, `None` when there is no such file. The file is made readable by its owner only, where that can be done.
    ///
    /// # Errors
    /// [`KeyFileError::Malformed`], [`KeyFileError::Io`].
    pub fn read(&self) -> Result<Option<KeyBytes>, KeyFileError> {
        let mut file = match File::open(&self.0) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.failed(error)),
        };
        let about = file.metadata().map_err(|error| self.failed(error))?;
        let mut bytes = Zeroizing::new([0; KEY]);
        if about.len() != KEY as u64 || file.read_exact(&mut *bytes).is_err() {
            return Err(KeyFileError::Malformed(self.0.clone()));
        }
        if about.permissions().mode() & 0o077 != 0 {
            let private = file.set_permissions(std::fs::Permissions::from_mode(0o600));
            // A secret that is mounted read-only has the rights it was mounted with.
            private.or_else(|error| match error.kind() {
                ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Ok(()),
                _ => Err(self.failed(error)),
            })?;
        }
        Ok(Some(bytes))
    }

    /// The key; a random one is made when there is none. It is on the disk, file and directory, when this returns. Of several
    /// processes that make it at the same time, all get the same one.
    ///
    /// # Errors
    /// As [`KeyFile::read`].
    pub fn read_or_create(&self) -> Result<KeyBytes, KeyFileError> {
        match self.read()? {
            Some(bytes) => Ok(bytes),
            None => self.create(&Zeroizing::new(rand::random())),
        }
    }

    /// Puts this key there. A file that holds the same key already is left as it is.
    ///
    /// # Errors
    /// [`KeyFileError::Other`] when there is another key; as [`KeyFile::read`].
    pub fn put(&self, bytes: &KeyBytes) -> Result<(), KeyFileError> {
        let present = match self.read()? {
            Some(present) => present,
            None => self.create(bytes)?,
        };
        if *present == **bytes { Ok(()) } else { Err(KeyFileError::Other(self.0.clone())) }
    }

    /// Writes the key; answers the one that is there now, which is another's when that was faster.
    fn create(&self, bytes: &KeyBytes) -> Result<KeyBytes, KeyFileError> {
        self.write(bytes).map_err(|error| self.failed(error))?;
        self.read()?.ok_or_else(|| self.failed(ErrorKind::NotFound.into()))
    }

    /// Under another name first: a crash leaves no half key under the real one.
    fn write(&self, bytes: &KeyBytes) -> io::Result<()> {
        let fresh = self.0.with_extension(format!("key.new-{:016x}", rand::random::<u64>()));
        let written = write_synced(&fresh, bytes).and_then(|()| match std::fs::hard_link(&fresh, &self.0) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
            // A file system without links.
            Err(_) => std::fs::rename(&fresh, &self.0),
        });
        match std::fs::remove_file(&fresh) {
            Err(error) if error.kind() != ErrorKind::NotFound => written.and(Err(error))?,
            _ => written?,
        }
        let folder = self.0.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }

    fn failed(&self, error: io::Error) -> KeyFileError {
        KeyFileError::Io { path: self.0.clone(), error }
    }
}

fn write_synced(path: &Path, bytes: &KeyBytes) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(&**bytes)?;
    file.sync_all()
}
