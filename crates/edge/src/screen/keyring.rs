//! Who may be a screen: secrets of 256 random bits, kept as digests, each good for one pad or for greeting screens until it is
//! revoked. Memory follows the rows in the order of commits, and whoever serves a screen hears of every change.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use rusqlite::Connection;
use sha2::{Digest as _, Sha256};
use tokio::sync::watch;

use crate::clock;
use crate::reason::table as reason;
use crate::store::screen_keys::{self, Digest, Key};
use crate::store::{Store, StoreError};

/// Keys of one camera's pads, and of greeting screens.
const MOST_EACH: usize = 32;
/// Keys in all.
const MOST: usize = 512;

/// The keys (cheap to clone).
#[derive(Debug, Clone)]
pub struct Keyring {
    store: Store,
    held: Arc<RwLock<HashMap<Digest, Arc<Key>>>>,
    changes: Arc<watch::Sender<u64>>,
}

impl Keyring {
    /// The keys of the store.
    ///
    /// # Errors
    /// What the store says.
    pub async fn open(store: &Store) -> Result<Self, StoreError> {
        let rows = store.read(screen_keys::all).await?;
        let held = rows.into_iter().map(|(digest, key)| (digest, Arc::new(key))).collect();
        let changes = Arc::new(watch::Sender::new(0));
        Ok(Self { store: store.clone(), held: Arc::new(RwLock::new(held)), changes })
    }

    /// Makes a key for pads of `camera`, or for greeting screens, and returns its secret: nobody will ever see it again.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when there are too many; what the store says.
    pub async fn make(
        &self,
        camera: Option<&str>,
        name: &str,
        address: String,
    ) -> Result<(String, Arc<Key>), StoreError> {
        let secret: [u8; 32] = rand::random();
        let secret: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
        let digest = digest(&secret);
        let key = Arc::new(Key {
            id: uuid::Uuid::new_v4().simple().to_string(),
            camera: camera.map(ToOwned::to_owned),
            name: name.to_owned(),
            address,
            made_at: clock::now(),
            used_at: None,
        });
        let (row, kept, all) = (key.clone(), key.clone(), self.clone());
        let job = move |db: &Connection| {
            check_room(db, row.camera.as_deref())?;
            screen_keys::insert(db, &digest, &row)
        };
        let then = move |(): &()| {
            all.write().insert(digest, kept);
            all.changed();
        };
        self.store.write_then(job, then).await?;
        Ok((secret, key))
    }

    /// What a secret is good for.
    pub fn find(&self, secret: &str) -> Option<Arc<Key>> {
        self.read().get(&digest(secret)).cloned()
    }

    /// Whether the key of this id is still good.
    pub fn holds(&self, id: &str) -> bool {
        self.read().values().any(|key| key.id == id)
    }

    /// Keys of `camera`'s pads, or of greeting screens, oldest first.
    pub fn list(&self, camera: Option<&str>) -> Vec<Arc<Key>> {
        let of = |key: &&Arc<Key>| key.camera.as_deref() == camera;
        let mut all: Vec<Arc<Key>> = self.read().values().filter(of).cloned().collect();
        all.sort_by(|one, other| (one.made_at, &one.id).cmp(&(other.made_at, &other.id)));
        all
    }

    /// Takes a key back; `false` when there is none of this id for `camera` (or for greeting screens).
    ///
    /// # Errors
    /// What the store says.
    pub async fn revoke(&self, camera: Option<&str>, id: &str) -> Result<bool, StoreError> {
        if !self.list(camera).iter().any(|key| key.id == id) {
            return Ok(false);
        }
        self.remove(vec![id.to_owned()]).await?;
        Ok(true)
    }

    /// Takes back every key of a camera that is gone: the next one of its name begins with none.
    ///
    /// # Errors
    /// What the store says.
    pub async fn revoke_all(&self, camera: &str) -> Result<(), StoreError> {
        let ids: Vec<_> = self.list(Some(camera)).iter().map(|key| key.id.clone()).collect();
        if ids.is_empty() { Ok(()) } else { self.remove(ids).await }
    }

    /// Notes that a session began with a key.
    ///
    /// # Errors
    /// What the store says.
    pub async fn used(&self, id: &str) -> Result<(), StoreError> {
        let (row, now, all, kept) = (id.to_owned(), clock::now(), self.clone(), id.to_owned());
        let then = move |(): &()| {
            if let Some(key) = all.write().values_mut().find(|key| key.id == kept) {
                *key = Arc::new(Key { used_at: Some(now), ..(**key).clone() });
            }
        };
        self.store.write_then(move |db| screen_keys::used(db, &row, now), then).await
    }

    /// Changes whenever a key is made or taken back.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    async fn remove(&self, ids: Vec<String>) -> Result<(), StoreError> {
        let (rows, all) = (ids.clone(), self.clone());
        let job = move |db: &Connection| rows.iter().try_for_each(|id| screen_keys::remove(db, id).map(drop));
        let then = move |(): &()| {
            all.write().retain(|_, key| !ids.contains(&key.id));
            all.changed();
        };
        self.store.write_then(job, then).await
    }

    fn changed(&self) {
        self.changes.send_modify(|version| *version += 1);
    }

    fn read(&self) -> RwLockReadGuard<'_, HashMap<Digest, Arc<Key>>> {
        self.held.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, HashMap<Digest, Arc<Key>>> {
        self.held.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether there may be one more. The rows are asked: memory may still be behind those of the same transaction.
fn check_room(db: &Connection, camera: Option<&str>) -> Result<(), StoreError> {
    let (of_these, all) = screen_keys::count(db, camera)?;
    if of_these < MOST_EACH && all < MOST {
        return Ok(());
    }
    Err(StoreError::Refused(reason::too_many_keys(of_these)))
}

fn digest(secret: &str) -> Digest {
    Sha256::digest(secret.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_secret_is_good_until_it_is_taken_back() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        let keys = Keyring::open(&store).await.unwrap();
        let mut changes = keys.changes();
        let (secret, key) = keys.make(Some("gate"), "tablet", "10.0.0.1".into()).await.unwrap();
        let (link, _) = keys.make(None, "lobby", String::new()).await.unwrap();
        assert_eq!(secret.len(), 64);
        assert_eq!(keys.find(&secret).unwrap(), key);
        assert!(keys.find("").is_none() && keys.find(&secret[1..]).is_none());
        assert_eq!(keys.find(&link).unwrap().camera, None);
        keys.used(&key.id).await.unwrap();
        assert!(!keys.revoke(None, &key.id).await.unwrap(), "it is no greeting screen's");
        // Another start knows the same keys.
        let again = Keyring::open(&store).await.unwrap();
        assert!(again.find(&secret).unwrap().used_at.is_some());
        changes.mark_unchanged();
        assert!(keys.revoke(Some("gate"), &key.id).await.unwrap() && changes.has_changed().unwrap());
        assert!(keys.find(&secret).is_none() && !keys.holds(&key.id));
        assert!(!keys.revoke(Some("gate"), &key.id).await.unwrap());
        assert_eq!(Keyring::open(&store).await.unwrap().list(None).len(), 1);
    }

    #[tokio::test]
    async fn there_are_only_so_many_and_a_camera_takes_its_own_along() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        let keys = Keyring::open(&store).await.unwrap();
        for _ in 0..MOST_EACH {
            keys.make(Some("gate"), "", String::new()).await.unwrap();
        }
        let error = keys.make(Some("gate"), "", String::new()).await.unwrap_err();
        assert!(matches!(error, StoreError::Refused(_)), "{error}");
        keys.make(Some("side"), "", String::new()).await.unwrap();
        keys.revoke_all("gate").await.unwrap();
        assert_eq!((keys.list(Some("gate")).len(), keys.list(Some("side")).len()), (0, 1));
    }
}
