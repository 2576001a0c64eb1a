//! Photos on disk: a blob's key is the SHA-256 of its content, so a key never changes its meaning, the same photo is
//! kept once per area, and a blob is complete when it is there (written beside, synced, renamed).

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use sha2::{Digest, Sha256};

/// What a blob belongs to. Areas do not share blobs, so that deleting in one never takes from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Area {
    /// Enrolment photos.
    Person,
    /// Pictures of events.
    Event,
}

/// What can go wrong with the photo store.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BlobError {
    #[error("blobs.url: expected file:<folder>")]
    Url,
    #[error("the photo store cannot be used: {0}")]
    Store(#[from] object_store::Error),
    #[error("the photo store cannot be used: {0}")]
    Io(#[from] std::io::Error),
}

/// The photo store. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Blobs {
    store: Arc<dyn ObjectStore>,
}

impl Area {
    const fn folder(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Event => "event",
        }
    }
}

impl Blobs {
    /// Opens the store named by `url` (`file:<folder>`) and creates it when absent.
    pub(crate) fn open(url: &str) -> Result<Self, BlobError> {
        let Some(("file", folder)) = url.split_once(':') else { return Err(BlobError::Url) };
        let folder = PathBuf::from(folder.strip_prefix("//").unwrap_or(folder));
        create_private(&folder)?;
        let store = LocalFileSystem::new_with_prefix(&folder)?.with_fsync(true);
        Ok(Self { store: Arc::new(store) })
    }

    /// Keeps `content`; answers its key.
    pub(crate) async fn put(&self, area: Area, content: Bytes) -> Result<String, BlobError> {
        let key = key_of(area, &content);
        let path = Path::from(key.as_str());
        match self.store.head(&path).await {
            Ok(found) if found.size == content.len() as u64 => return Ok(key),
            Ok(_) | Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        self.store.put(&path, content.into()).await?;
        Ok(key)
    }

    /// The content under `key`; `None` when there is none.
    pub(crate) async fn get(&self, key: &str) -> Result<Option<Bytes>, BlobError> {
        match self.store.get(&Path::from(key)).await {
            Ok(found) => Ok(Some(found.bytes().await?)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes the blob; one that is not there is no error.
    pub(crate) async fn delete(&self, key: &str) -> Result<(), BlobError> {
        match self.store.delete(&Path::from(key)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Writes, reads and removes a small blob: whether the store works right now.
    pub(crate) async fn probe(&self) -> Result<(), BlobError> {
        let path = Path::from("probe");
        self.store.put(&path, Bytes::from_static(b"probe").into()).await?;
        self.store.get(&path).await?.bytes().await?;
        self.store.delete(&path).await?;
        Ok(())
    }
}

fn key_of(area: Area, content: &[u8]) -> String {
    let hash = hex(&Sha256::digest(content));
    format!("{}/{}/{}", area.folder(), &hash[..2], &hash[2..])
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}

/// Photos are personal: the folder is the owner's only.
fn create_private(folder: &std::path::Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::create_dir_all(folder)?;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))
}

/// The media type a picture's first bytes tell, as far as browsers show it.
pub(crate) fn media_type(content: &[u8]) -> &'static str {
    match content {
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "image/webp",
        [b'B', b'M', ..] => "image/bmp",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_blob_comes_back_and_goes_away() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("file:{}", folder.path().join("blobs").display());
        let blobs = Blobs::open(&url).unwrap();
        let key = blobs.put(Area::Person, Bytes::from_static(b"one")).await.unwrap();
        assert_eq!(key, "person/76/92c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed");
        assert_eq!(blobs.put(Area::Person, Bytes::from_static(b"one")).await.unwrap(), key);
        assert_eq!(blobs.get(&key).await.unwrap().unwrap().as_ref(), b"one");
        blobs.delete(&key).await.unwrap();
        blobs.delete(&key).await.unwrap();
        assert_eq!(blobs.get(&key).await.unwrap(), None);
        blobs.probe().await.unwrap();
    }

    #[tokio::test]
    async fn keys_from_outside_stay_inside() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("secret"), b"x").unwrap();
        let blobs = Blobs::open(&format!("file:{}", folder.path().join("blobs").display())).unwrap();
        assert_eq!(blobs.get("../secret").await.unwrap(), None);
        assert!(matches!(Blobs::open("s3://bucket"), Err(BlobError::Url)));
    }
}
