//! Photos of people on their way into the store: kept first, then referred to by their person in one transaction.

use bytes::Bytes;
use protocol::IdentityId;

use crate::app::App;
use crate::blobs::{BlobError, StoredPhoto};
use crate::db::person_template::{self, Sealed};
use crate::db::{DbError, Tx, person};
use crate::judge::FaceTemplate;
use crate::seal::{Label, SealError};

/// A photo that is in the store and waits for its person to refer to it. Until then nobody may sweep it away: hold
/// `App::photos` for reading from [`keep`] until the transaction with [`Kept::set`] is through.
#[derive(Debug)]
pub(crate) struct Kept {
    /// Where it is.
    pub(crate) stored: StoredPhoto,
    template: Option<Sealed>,
}

/// Puts an accepted photo of a person, who must exist, into the store, and seals the template of the face in it.
pub(crate) async fn keep(
    app: &App,
    id: &IdentityId,
    photo: Bytes,
    face: Option<&FaceTemplate>,
) -> Result<Kept, BlobError> {
    let template = match face {
        Some(face) => Some(seal(app, id, face).await?),
        None => None,
    };
    Ok(Kept { stored: app.blobs.put_person(id, photo).await?, template })
}

/// Seals a template with the key of its person.
pub(crate) async fn seal(app: &App, id: &IdentityId, face: &FaceTemplate) -> Result<Sealed, SealError> {
    let key = app.seal.person(id).await?;
    let sealed = key.seal(Label::Template(id.as_str()), &face.values)?;
    Ok(Sealed { pack: face.pack.clone(), template: Some(sealed) })
}

impl Kept {
    /// Makes it the person's photo, and raises their revision.
    pub(crate) fn set(&self, tx: &mut Tx<'_>, id: &IdentityId, now: i64) -> Result<(), DbError> {
        person::set_photo(tx, id, &self.stored, now)?;
        match &self.template {
            Some(template) => person_template::put(tx, id, now, template),
            None => Ok(()),
        }
    }
}
