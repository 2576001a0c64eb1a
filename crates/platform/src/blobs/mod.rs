//! Photos and pictures at rest: sealed before they reach the store, at addresses that tell nothing, complete when they
//! are there.
//!
//! * A person's photos are sealed with the person's key ([`Blobs::put_person`]), pictures of events with their day's
//!   ([`Blobs::put_event`]). The same picture twice on a day is kept once.
//! * Files of imports are kept in parts ([`Blobs::put_part`]), each file under a key of its own.
//! * [`Blobs::get`] finds the key by the address and opens what is there. Once the key was destroyed there is nothing.
//! * Plain blobs of versions that did not seal still open; a job seals them ([`crate::jobs`]).

pub(crate) mod address;
mod parts;
mod store;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use address::{Area, Owner};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use protocol::IdentityId;
use sha2::{Digest, Sha256};

use crate::config::BlobStore;
use crate::db::DbError;
use crate::seal::{Label, Seal, SealError};

/// Blobs removed at the same time when many go.
const REMOVED_AT_ONCE: usize = 8;

/// What can go wrong with the photo store.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BlobError {
    #[error("blobs.url: {0}")]
    Url(String),
    #[error("the photo store cannot be used: {0}")]
    Store(#[from] object_store::Error),
    #[error("the photo store cannot be used: {0}")]
    Io(#[from] std::io::Error),
    #[error(transparent)]
    Seal(#[from] SealError),
}

impl BlobError {
    /// Whether there is no room left where the store lies.
    pub(crate) fn is_full(&self) -> bool {
        std::iter::successors(Some(self as &dyn std::error::Error), |error| error.source())
            .filter_map(|error| error.downcast_ref::<std::io::Error>())
            .any(|error| error.kind() == std::io::ErrorKind::StorageFull)
    }
}

impl From<DbError> for BlobError {
    fn from(error: DbError) -> Self {
        Self::Seal(error.into())
    }
}

/// A photo of a person that was stored; the row of the person refers to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredPhoto {
    /// Its address.
    pub(crate) key: String,
    /// SHA-256 of the photo, lower-case hexadecimal: what boxes ask for it by.
    pub(crate) hash: String,
}

/// The photo store. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Blobs {
    store: Arc<dyn ObjectStore>,
    seal: Seal,
}

impl Blobs {
    /// Opens the store the configuration names; a folder is created when absent. `url` has its default filled in.
    pub(crate) fn open(url: &str, config: &BlobStore, seal: Seal) -> Result<Self, BlobError> {
        Ok(Self { store: store::open(url, config)?, seal })
    }

    /// Keeps a photo of a person, who must exist.
    pub(crate) async fn put_person(&self, id: &IdentityId, content: Bytes) -> Result<StoredPhoto, BlobError> {
        let person = self.seal.person(id).await?;
        let key = address::of_person(&person);
        let sealed = person.seal(Label::Blob(&key), &content)?;
        self.store.put(&Path::from(key.as_str()), sealed.into()).await?;
        Ok(StoredPhoto { key, hash: hex(&Sha256::digest(&content)) })
    }

    /// Keeps a picture that was captured at `taken_at` (milliseconds since 1970, UTC); answers its address.
    pub(crate) async fn put_event(&self, taken_at: i64, content: Bytes) -> Result<String, BlobError> {
        let day = self.seal.event(taken_at).await?;
        let key = address::of_day(&day, &content);
        let path = Path::from(key.as_str());
        match self.store.head(&path).await {
            Ok(found) if found.size == (content.len() + runtime::seal::OVERHEAD) as u64 => return Ok(key),
            Ok(_) | Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        let sealed = day.seal(Label::Blob(&key), &content)?;
        self.store.put(&path, sealed.into()).await?;
        Ok(key)
    }

    /// The content at an address, opened; `None` when there is none, or its key was destroyed.
    pub(crate) async fn get(&self, key: &str) -> Result<Option<Bytes>, BlobError> {
        let Some(owner) = address::owner(key) else { return Ok(None) };
        let label = Label::Blob(key);
        let opened = match owner {
            Owner::Nobody => return self.stored(key).await,
            Owner::Person(name) => match (self.seal.person_named(&name).await?, self.stored(key).await?) {
                (Some(person), Some(sealed)) => person.open(label, &sealed)?,
                _ => return Ok(None),
            },
            Owner::Day(day) => match (self.seal.day(day).await?, self.stored(key).await?) {
                (Some(day), Some(sealed)) => day.open(label, &sealed)?,
                _ => return Ok(None),
            },
        };
        Ok(Some(Bytes::from(opened)))
    }

    /// Removes the blob; one that is not there is no error.
    pub(crate) async fn delete(&self, key: &str) -> Result<(), BlobError> {
        match self.store.delete(&Path::from(key)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The addresses of everything of an area that was sealed and stored before a time (milliseconds since 1970, UTC), in no order.
    pub(crate) fn stored_before(
        &self,
        area: Area,
        before: i64,
    ) -> impl Stream<Item = Result<String, BlobError>> + use<> {
        let found = self.store.list(Some(&Path::from(area.folder()))).map_err(BlobError::from);
        found.try_filter_map(move |one| {
            let is_old = one.last_modified.timestamp_millis() < before;
            let address = is_old.then(|| one.location.to_string());
            let is_sealed = |address: &String| address::owner(address) != Some(Owner::Nobody);
            std::future::ready(Ok(address.filter(is_sealed)))
        })
    }

    /// Removes the pictures of a day (days since 1970, UTC), after its key was destroyed; answers how many there were.
    pub(crate) async fn delete_day(&self, day: i64) -> Result<u64, BlobError> {
        self.delete_where(&format!("event/{day}"), |_| true).await
    }

    /// Removes the plain blobs of versions that did not seal, once nothing refers to them any more; answers how many there were.
    pub(crate) async fn delete_plain(&self) -> Result<u64, BlobError> {
        let plain = |key: &str| address::owner(key) == Some(Owner::Nobody);
        Ok(self.delete_where("person", plain).await? + self.delete_where("event", plain).await?)
    }

    async fn delete_where(&self, folder: &str, chosen: impl Fn(&str) -> bool) -> Result<u64, BlobError> {
        let folder = Path::from(folder);
        let found = self.store.list(Some(&folder)).map_err(BlobError::from);
        let gone = found.try_filter(|one| std::future::ready(chosen(one.location.as_ref())));
        let gone = gone.map(|one| async {
            self.delete(one?.location.as_ref()).await?;
            Ok::<_, BlobError>(1)
        });
        gone.buffer_unordered(REMOVED_AT_ONCE).try_fold(0, |sum, one| std::future::ready(Ok(sum + one))).await
    }

    /// What is at an address, as it is stored.
    pub(crate) async fn stored(&self, key: &str) -> Result<Option<Bytes>, BlobError> {
        match self.store.get(&Path::from(key)).await {
            Ok(found) => Ok(Some(found.bytes().await?)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Puts back what [`Blobs::stored`] answered.
    pub(crate) async fn store_again(&self, key: &str, stored: Bytes) -> Result<(), BlobError> {
        self.store.put(&Path::from(key), stored.into()).await?;
        Ok(())
    }

    /// Writes, reads and removes a small blob: whether the store works right now.
    pub(crate) async fn probe(&self) -> Result<(), BlobError> {
        probe(self.store.as_ref()).await
    }

    /// The same of a store that nobody has opened: needs neither database nor keys.
    pub(crate) async fn try_out(url: &str, config: &BlobStore) -> Result<(), BlobError> {
        probe(store::open(url, config)?.as_ref()).await
    }
}

async fn probe(store: &dyn ObjectStore) -> Result<(), BlobError> {
    let path = Path::from(format!("probe-{:016x}", rand::random::<u64>()));
    store.put(&path, Bytes::from_static(b"probe").into()).await?;
    store.get(&path).await?.bytes().await?;
    store.delete(&path).await?;
    Ok(())
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
