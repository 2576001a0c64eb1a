//! Files of imports in the store: in parts, so that no more of a file is in memory than a part of it.

use bytes::Bytes;
use futures_util::{Stream, TryStreamExt};
use object_store::ObjectStoreExt;
use object_store::path::Path;

use super::{BlobError, Blobs, address};
use crate::seal::{FileKey, Label};

impl Blobs {
    /// Keeps a part of a file at its address (`address::of_part`), sealed with the file's key.
    pub(crate) async fn put_part(&self, key: &FileKey, at: &str, plain: &[u8]) -> Result<(), BlobError> {
        let sealed = Bytes::from(key.seal(Label::Part(at), plain)?);
        self.store.put(&Path::from(at), sealed.into()).await?;
        Ok(())
    }

    /// The part at an address, opened; `None` when there is none.
    pub(crate) async fn part(&self, key: &FileKey, at: &str) -> Result<Option<Vec<u8>>, BlobError> {
        let Some(sealed) = self.stored(at).await? else { return Ok(None) };
        Ok(Some(key.open(Label::Part(at), &sealed)?))
    }

    /// The addresses of all parts that were stored before a time (milliseconds since 1970, UTC), in no order.
    pub(crate) fn parts_before(&self, before: i64) -> impl Stream<Item = Result<String, BlobError>> + use<> {
        let found = self.store.list(Some(&Path::from(address::IMPORTS))).map_err(BlobError::from);
        found.try_filter_map(move |one| {
            let is_old = one.last_modified.timestamp_millis() < before;
            let address = is_old.then(|| one.location.to_string());
            std::future::ready(Ok(address.filter(|address| address::file_of(address).is_some())))
        })
    }
}
