//! Photos of people on their way into the store: kept first, then referred to by their person in one transaction.

use bytes::Bytes;
use protocol::IdentityId;

use crate::app::App;
use crate::blobs::{Area, BlobError};
use crate::db::{DbError, Tx, person};
use crate::judge::Judgement;

/// A photo that is in the store and waits for its person to refer to it. Until then nobody may sweep it away: hold
/// `App::photos` for reading from [`keep`] until the transaction with [`Kept::set`] is through.
#[derive(Debug)]
pub(crate) struct Kept {
    /// Its key in the store.
    pub(crate) key: String,
}

/// Puts an accepted photo into the store.
pub(crate) async fn keep(
    app: &App,
    _id: &IdentityId,
    photo: Bytes,
    _judgement: &Judgement,
) -> Result<Kept, BlobError> {
    Ok(Kept { key: app.blobs.put(Area::Person, photo).await? })
}

impl Kept {
    /// Makes it the person's photo, and raises their revision.
    pub(crate) fn set(&self, tx: &mut Tx<'_>, id: &IdentityId, now: i64) -> Result<(), DbError> {
        person::set_photo(tx, id, &self.key, now)
    }
}
