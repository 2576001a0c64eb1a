//! Directory and gallery in memory; changed only by the store's writer, in commit order, and read by everybody.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use protocol::{GroupId, IdentityId};
use vision::decision::Site;
use vision::{Gallery, Hit, Template};

use super::PersonCard;
use super::searched::Searched;

pub(super) struct Index {
    gallery: Gallery,
    directory: RwLock<Directory>,
}

#[derive(Default)]
struct Directory {
    cards: HashMap<u32, Arc<PersonCard>>,
    keys: HashMap<IdentityId, u32>,
    /// Who is searched by the mean of at least three photos.
    averaged: HashSet<u32>,
}

impl Index {
    pub(super) fn new(gallery: Gallery) -> Self {
        Self { gallery, directory: RwLock::default() }
    }

    /// Adds or replaces a person; without a face the one in the gallery, if any, stays.
    pub(super) fn put(&self, key: u32, card: Arc<PersonCard>, face: Option<&Searched>) {
        {
            let mut directory = self.write();
            directory.keys.insert(card.identity_id.clone(), key);
            directory.cards.insert(key, card);
        }
        if let Some(face) = face {
            self.put_face(key, face);
        }
    }

    /// Adds or replaces the face of a person who is in the directory.
    pub(super) fn put_face(&self, key: u32, face: &Searched) {
        {
            let mut directory = self.write();
            if !directory.cards.contains_key(&key) {
                return;
            }
            if face.is_averaged() {
                directory.averaged.insert(key);
            } else {
                directory.averaged.remove(&key);
            }
        }
        if let Err(error) = self.gallery.put(key, &face.template) {
            tracing::error!(%error, "a stored template was left out of the gallery");
        }
    }

    /// Gives a person other permission groups.
    pub(super) fn regroup(&self, key: u32, groups: Vec<GroupId>) {
        if let Some(card) = self.write().cards.get_mut(&key) {
            Arc::make_mut(card).permission_ids = groups;
        }
    }

    pub(super) fn remove(&self, key: u32) {
        self.gallery.remove(key);
        let mut directory = self.write();
        directory.averaged.remove(&key);
        if let Some(card) = directory.cards.remove(&key) {
            directory.keys.remove(&card.identity_id);
        }
    }

    pub(super) fn clear(&self) {
        self.gallery.clear();
        *self.write() = Directory::default();
    }

    pub(super) fn search(&self, template: &Template, k: usize) -> Vec<Hit> {
        self.gallery.search(template, k)
    }

    pub(super) fn site(&self, sample: usize) -> Site {
        let enrolled = self.gallery.len();
        #[expect(clippy::cast_precision_loss, reason = "a share")]
        let averaged = self.read().averaged.len() as f32 / enrolled.max(1) as f32;
        Site { enrolled, q2: self.gallery.site_quantile(sample), averaged }
    }

    pub(super) fn card(&self, key: u32) -> Option<Arc<PersonCard>> {
        self.read().cards.get(&key).cloned()
    }

    pub(super) fn find(&self, id: &IdentityId) -> Option<(u32, Arc<PersonCard>)> {
        let directory = self.read();
        let key = *directory.keys.get(id)?;
        Some((key, directory.cards.get(&key)?.clone()))
    }

    pub(super) fn people(&self) -> usize {
        self.read().cards.len()
    }

    pub(super) fn faces(&self) -> usize {
        self.gallery.len()
    }

    fn read(&self) -> RwLockReadGuard<'_, Directory> {
        self.directory.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Directory> {
        self.directory.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Index({} people, {} faces)", self.people(), self.faces())
    }
}
