//! The key file: made once, durable before anything is sealed with it, readable by the box's own account only.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use zeroize::Zeroizing;

use super::super::StoreError;
use super::KEY;

/// Its name in the data directory.
pub(super) const NAME: &str = "box.key";

/// The key, `None` when there is no such file.
pub(super) fn read(path: &Path) -> Result<Option<Zeroizing<[u8; KEY]>>, StoreError> {
    let failed = |error| StoreError::Directory { path: path.to_owned(), error };
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let mut bytes = Zeroizing::new([0; KEY]);
    let whole = file.metadata().map_err(failed)?.len() == KEY as u64 && file.read_exact(&mut *bytes).is_ok();
    if !whole {
        return Err(StoreError::KeyWrong(path.to_owned()));
    }
    file.set_permissions(std::fs::Permissions::from_mode(0o600)).map_err(failed)?;
    Ok(Some(bytes))
}

/// Makes the key. It is on the disk, file and directory, when this returns.
pub(super) fn create(path: &Path) -> Result<Zeroizing<[u8; KEY]>, StoreError> {
    let bytes = Zeroizing::new(rand::random::<[u8; KEY]>());
    write(path, &bytes).map_err(|error| StoreError::Directory { path: path.to_owned(), error })?;
    tracing::info!(file = %path.display(), "a key for this box has been made; keep a copy of it apart from the database's");
    Ok(bytes)
}

/// Under another name first: a crash leaves no half key under the real one.
fn write(path: &Path, bytes: &[u8; KEY]) -> io::Result<()> {
    let fresh = path.with_extension("key.new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&fresh, path)?;
    path.parent().map_or(Ok(()), |directory| File::open(directory)?.sync_all())
}
