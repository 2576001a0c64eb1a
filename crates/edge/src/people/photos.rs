//! Further photos of a person. Each must show the same person as the registration photo; all of them are searched as one template.

use std::sync::Arc;

use rusqlite::Connection;
use vision::Template;

use super::searched::Searched;
use super::{Face, MAX_STORED_PHOTO, People};
use crate::clock;
use crate::store::StoreError;
use crate::store::more_photos::{self, Entry};
use crate::store::people::{self as rows, NewFace};

/// Further photos of one person.
const MOST: usize = 9;

/// Why a further photo was not taken.
#[derive(Debug, thiserror::Error)]
pub enum PhotoError {
    /// The person is gone, or has no registration photo the model pack in use can compare.
    #[error("this person has no registration photo to compare it with")]
    NothingToCompare,
    /// It shows somebody else.
    #[error("the photo does not resemble the registration photo ({0:.3} of {1:.3}); it shows somebody else")]
    SomebodyElse(f32, f32),
    /// There are as many as there may be.
    #[error("the person has {0} further photos already; remove one first")]
    Full(usize),
    /// The store failed; nothing changed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What became of a photo inside the transaction.
enum Added {
    Taken(i64, Searched),
    Refused(PhotoError),
}

impl People {
    /// Adds a photo of a person and returns its number. `same` is the cosine from which on two photos count as one person.
    ///
    /// # Errors
    /// [`PhotoError`]; nothing has changed then.
    pub async fn add_photo(&self, key: u32, face: Face, same: f32) -> Result<i64, PhotoError> {
        let (pack, sealer, index) = (self.pack.clone(), self.store.sealer(), Arc::clone(&self.index));
        let job = move |db: &Connection| {
            let registration = rows::template(db, &sealer, key, &pack)?;
            let registration = registration.and_then(|bytes| Template::from_bytes(&bytes).ok());
            let Some(registration) = registration.filter(|one| one.len() == face.template.len()) else {
                return Ok(Added::Refused(PhotoError::NothingToCompare));
            };
            let cosine = registration.cosine(&face.template);
            if cosine < same {
                return Ok(Added::Refused(PhotoError::SomebodyElse(cosine, same)));
            }
            let photo = if face.photo.len() > MAX_STORED_PHOTO { face.crop } else { face.photo };
            let new = NewFace { pack: pack.clone(), template: face.template.to_bytes(), photo };
            let Some(id) = more_photos::add(db, &sealer, key, &new, MOST, clock::now())? else {
                return Ok(Added::Refused(PhotoError::Full(MOST)));
            };
            let further = more_photos::templates(db, &sealer, key, &pack)?;
            Ok(Added::Taken(id, Searched::of(registration, &further)))
        };
        let then = move |added: &Added| {
            if let Added::Taken(_, face) = added {
                index.put_face(key, face);
            }
        };
        match self.store.write_then(job, then).await? {
            Added::Taken(id, _) => Ok(id),
            Added::Refused(error) => Err(error),
        }
    }

    /// Removes a further photo; whether it was there.
    ///
    /// # Errors
    /// What the store says; nothing has changed then.
    pub async fn remove_photo(&self, key: u32, id: i64) -> Result<bool, StoreError> {
        let (pack, sealer, index) = (self.pack.clone(), self.store.sealer(), Arc::clone(&self.index));
        let job = move |db: &Connection| {
            let there = more_photos::remove(db, key, id)?;
            Ok((there, Searched::read(db, &sealer, key, &pack)?))
        };
        let then = move |(_, face): &(bool, Option<Searched>)| {
            if let Some(face) = face {
                index.put_face(key, face);
            }
        };
        Ok(self.store.erase(job, then).await?.0)
    }

    /// The further photos of a person, oldest first.
    ///
    /// # Errors
    /// What the store says.
    pub async fn photos(&self, key: u32) -> Result<Vec<Entry>, StoreError> {
        let pack = self.pack.clone();
        self.store.read(move |db| more_photos::of_person(db, key, &pack)).await
    }

    /// The bytes of a further photo.
    ///
    /// # Errors
    /// What the store says.
    pub async fn further_photo(&self, key: u32, id: i64) -> Result<Option<Vec<u8>>, StoreError> {
        let sealer = self.store.sealer();
        self.store.read(move |db| more_photos::photo(db, &sealer, key, id)).await
    }
}
