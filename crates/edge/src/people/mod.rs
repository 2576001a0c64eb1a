//! The people this box knows: rows in the store, and in memory a directory and a gallery that follow them in commit order.
//!
//! A change is written first; the directory and the gallery are changed by the store's writer right after the commit, so they
//! never show what a power cut would take back, and two changes of one person cannot overtake each other. At start both are
//! built from the rows. A template belongs to the model pack it was made with: with another pack it is not searched, and a
//! new one is made from the stored photo.

mod card;
mod groups;
mod index;
mod membership;
mod photos;
mod reembed;
mod searched;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use protocol::{IdentityId, UserRecord};
use rusqlite::Connection;
use vision::decision::Site;
use vision::{Gallery, Hit, Template};

pub use card::PersonCard;
pub use groups::Groups;
use index::Index;
pub use membership::Moved;
pub use photos::PhotoError;
use searched::Searched;

use crate::clock;
use crate::store::journal::{self, Step};
use crate::store::people::{self as rows, NewFace, NewPerson, Upserted};
use crate::store::{Store, StoreError, permissions};
use crate::store::{libraries, more_photos};

/// Registration photos above this many bytes are kept as the face's crop instead.
const MAX_STORED_PHOTO: usize = 1 << 20;
/// People a site's own similarity is measured from.
const SITE_SAMPLE: usize = 400;

/// The people and their faces.
#[derive(Debug)]
pub struct People {
    store: Store,
    index: Arc<Index>,
    groups: Arc<Groups>,
    pack: String,
    max: usize,
}

/// A face that has passed enrolment.
pub struct Face {
    /// Its template, made with the pack in use.
    pub template: Template,
    /// The photo as it came.
    pub photo: Vec<u8>,
    /// The face alone, JPEG; kept in place of a very large photo.
    pub crop: Vec<u8>,
}

/// Why a person was not stored.
#[derive(Debug, thiserror::Error)]
pub enum PeopleError {
    /// `library.max_people` is reached.
    #[error("the library is full: it holds {0} people")]
    Full(usize),
    /// A new person came without a photo.
    #[error("a new person needs a photo")]
    NoPhoto,
    /// The store failed; nothing changed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl People {
    /// Reads everybody from the store. `gallery` is an empty gallery for templates of `pack`.
    ///
    /// # Errors
    /// What the store says.
    pub async fn open(
        store: Store,
        gallery: Gallery,
        pack: &str,
        max: usize,
    ) -> Result<Arc<Self>, StoreError> {
        let began = std::time::Instant::now();
        let index = Arc::new(Index::new(gallery));
        let (into, in_use, sealer) = (Arc::clone(&index), pack.to_owned(), store.sealer());
        store
            .read(move |db| {
                let further = more_photos::templates_of_all(db, &sealer, &in_use)?;
                rows::for_each(db, &sealer, |row| {
                    let template = match &row.template {
                        Some((pack, bytes)) if *pack == in_use => Template::from_bytes(bytes).ok(),
                        _ => None,
                    };
                    let further = further.get(&row.key).map_or(&[][..], Vec::as_slice);
                    let face = template.map(|template| Searched::of(template, further));
                    into.put(row.key, Arc::new(PersonCard::of(row)), face.as_ref());
                })
            })
            .await?;
        let (people, faces) = (index.people(), index.faces());
        let ms = began.elapsed().as_millis();
        tracing::info!(people, faces, ms, "people have been read");
        if faces < people {
            tracing::warn!(
                people = people - faces,
                "people without a face the model pack in use knows; their photos are looked at again"
            );
        }
        let groups = Arc::new(Groups::default());
        let (ids, firsts) = store.read(|db| Ok((permissions::ids(db)?, libraries::firsts(db)?))).await?;
        groups.set_ids(ids);
        groups.set_libraries(firsts);
        Ok(Arc::new(Self { store, index, groups, pack: pack.to_owned(), max }))
    }

    /// Adds a person or overwrites the one with the same id; without a `face` a known person keeps the one it has. `step`, if
    /// any, is recorded in the same transaction. Returns the person's key.
    ///
    /// # Errors
    /// [`PeopleError`]; nothing has changed then.
    pub async fn upsert(
        &self,
        record: &UserRecord,
        face: Option<Face>,
        step: Option<Step>,
    ) -> Result<u32, PeopleError> {
        let also = move |db: &Connection, _| step.map_or(Ok(()), |step| journal::record_step(db, &step));
        self.upsert_with(record, face, also).await
    }

    /// As [`People::upsert`]; `also` is done in the same transaction, with the person's key.
    ///
    /// # Errors
    /// [`PeopleError`]; nothing has changed then.
    pub async fn upsert_with(
        &self,
        record: &UserRecord,
        face: Option<Face>,
        also: impl FnOnce(&Connection, u32) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<u32, PeopleError> {
        let card = PersonCard {
            identity_id: record.identity_id.clone(),
            name: record.info.name.clone(),
            kind: record.info.kind,
            permission_ids: record.info.permission_ids.clone(),
            info: record.info.rest.clone(),
        };
        let searched = face.as_ref().map(|face| Searched::one(face.template.clone()));
        let mut new = NewPerson {
            identity_id: card.identity_id.to_string(),
            name: card.name.clone(),
            kind: card.kind.number(),
            register_type: record.register_type.number(),
            groups: card.permission_ids.iter().map(ToString::to_string).collect(),
            info: card.info.clone(),
            face: face.map(|face| NewFace {
                pack: self.pack.clone(),
                template: face.template.to_bytes(),
                photo: if face.photo.len() > MAX_STORED_PHOTO { face.crop } else { face.photo },
            }),
        };
        let replaces = searched.is_some() && self.find(&card.identity_id).is_some();
        let (index, groups) = (Arc::clone(&self.index), Arc::clone(&self.groups));
        let (max, now, sealer) = (self.max, clock::now(), self.store.sealer());
        let job = move |db: &Connection| {
            // The photo a person has already changes nothing: further photos stay.
            let has = |face: &NewFace| rows::has_face(db, &sealer, &new.identity_id, face);
            let is_known = new.face.as_ref().map(has).transpose()?.unwrap_or(false);
            if is_known {
                new.face = None;
            }
            let outcome = rows::upsert(db, &sealer, &new, max, now)?;
            let Upserted::Written(key) = outcome else { return Ok((outcome, None, is_known)) };
            also(db, key)?;
            Ok((outcome, libraries::of_person(db, key)?.into_iter().next(), is_known))
        };
        let then = move |(outcome, library, is_known): &(Upserted, Option<String>, bool)| {
            if let Upserted::Written(key) = outcome {
                groups.set_library(*key, library.clone());
                index.put(*key, Arc::new(card), searched.as_ref().filter(|_| !is_known));
            }
        };
        let outcome = match replaces {
            true => self.store.erase(job, then).await?,
            false => self.store.write_then(job, then).await?,
        };
        match outcome.0 {
            Upserted::Written(key) => Ok(key),
            Upserted::Full => Err(PeopleError::Full(max)),
            Upserted::NoPhoto => Err(PeopleError::NoPhoto),
        }
    }

    /// Removes a person with photo and template; whether it was there. `step`, if any, is recorded in the same transaction
    /// when it was.
    ///
    /// # Errors
    /// What the store says; nothing has changed then.
    pub async fn remove(&self, id: &IdentityId, step: Option<Step>) -> Result<bool, StoreError> {
        let (id, index, groups) = (id.to_string(), Arc::clone(&self.index), Arc::clone(&self.groups));
        let removed = self
            .store
            .erase(
                move |db| {
                    let removed = rows::remove(db, &id)?;
                    if let (Some(_), Some(step)) = (removed, &step) {
                        journal::record_step(db, step)?;
                    }
                    Ok(removed)
                },
                move |removed| {
                    if let Some(key) = removed {
                        index.remove(*key);
                        groups.set_library(*key, None);
                    }
                },
            )
            .await?;
        Ok(removed.is_some())
    }

    /// Removes these people in one transaction; how many were there.
    ///
    /// # Errors
    /// What the store says; nothing has changed then.
    pub async fn remove_all(&self, ids: Vec<String>) -> Result<usize, StoreError> {
        let (index, groups) = (Arc::clone(&self.index), Arc::clone(&self.groups));
        let removed = self.store.erase(
            move |db| {
                ids.iter().filter_map(|id| rows::remove(db, id).transpose()).collect::<Result<Vec<_>, _>>()
            },
            move |removed| {
                for key in removed {
                    index.remove(*key);
                    groups.set_library(*key, None);
                }
            },
        );
        Ok(removed.await?.len())
    }

    /// Removes everybody; how many there were.
    ///
    /// # Errors
    /// What the store says; nothing has changed then.
    pub async fn wipe(&self) -> Result<usize, StoreError> {
        let (index, groups) = (Arc::clone(&self.index), Arc::clone(&self.groups));
        let then = move |_: &usize| {
            index.clear();
            groups.set_libraries(Default::default());
        };
        self.store.erase(rows::wipe, then).await
    }

    /// The `k` most similar people, most similar first. Look them up with [`People::get`]; one who left meanwhile is gone there.
    pub fn search(&self, template: &Template, k: usize) -> Vec<Hit> {
        self.index.search(template, k)
    }

    /// What a decision has to know about this site.
    pub fn site(&self) -> Site {
        self.index.site(SITE_SAMPLE)
    }

    /// What permission groups are called, and who is in which library.
    pub fn groups(&self) -> &Groups {
        &self.groups
    }

    /// The person behind a key of a [`Hit`].
    pub fn get(&self, key: u32) -> Option<Arc<PersonCard>> {
        self.index.card(key)
    }

    /// The person with this id, and the key.
    pub fn find(&self, id: &IdentityId) -> Option<(u32, Arc<PersonCard>)> {
        self.index.find(id)
    }

    /// The registration photo of a person, as it came or the face's crop.
    ///
    /// # Errors
    /// What the store says.
    pub async fn photo(&self, key: u32) -> Result<Option<Vec<u8>>, StoreError> {
        let sealer = self.store.sealer();
        self.store.read(move |db| rows::photo(db, &sealer, key)).await
    }

    /// How many people there are.
    pub fn len(&self) -> usize {
        self.index.people()
    }

    /// Whether there is nobody.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many of them can be recognised.
    pub fn faces(&self) -> usize {
        self.index.faces()
    }

    /// Ids of people without a usable photo, with the reason; at most `limit`.
    ///
    /// # Errors
    /// What the store says.
    pub async fn unusable(&self, limit: usize) -> Result<Vec<(String, String)>, StoreError> {
        self.store.read(move |db| rows::unusable(db, limit)).await
    }
}
