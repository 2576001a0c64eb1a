//! Faces at rest: what is kept of them opens with the key file only, and not at all once its key was destroyed.
//!
//! * The key file holds 32 random bytes. It is made at the first start, before anything is sealed with it, and never again: a
//!   platform whose rows were sealed with another key, or whose key file is gone, does not start. Processes that share a database
//!   share the key file.
//! * A person has a random key of their own, kept sealed by the key file's key in a row that goes with the person. It seals
//!   their photo and whatever else shows them; a new photo keeps the key.
//! * What was captured on one day (UTC) shares a random key, kept the same way: destroying it ends that day's pictures and templates.
//! * A file of an import that lies in the store has a random key of its own, kept the same way until the import ends.
//! * Everything sealed is bound to what it is and whose it is ([`Label`]): sealed values cannot be exchanged.

mod label;
#[cfg(test)]
pub(crate) mod tests;

use std::path::PathBuf;
use std::sync::Arc;

pub(crate) use label::Label;
use protocol::IdentityId;
use runtime::seal::{Key, KeyFile, KeyFileError};

use crate::blobs::hex;
use crate::clock;
use crate::db::seal::{self as rows, PersonKeyRow};
use crate::db::{Db, DbError, Tx};

/// Milliseconds of a day.
const DAY: i64 = 24 * 3_600_000;

/// Why something cannot be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SealError {
    /// The key file is gone, and the database was sealed with it.
    #[error(
        "seal.key_file: {} is missing, and this database was sealed with it: put it back from its copy (processes that share a \
         database share the key file); without it the stored photos are lost, and a platform that is to begin anew needs an empty \
         database", .0.display()
    )]
    Missing(PathBuf),
    /// The key file is not the one the database was sealed with.
    #[error(
        "seal.key_file: {} is not the key that this database was sealed with: put back the key file that belongs to it", .0.display()
    )]
    Wrong(PathBuf),
    /// The key file cannot be used.
    #[error("seal.key_file: {0}")]
    File(#[from] KeyFileError),
    /// The database holds a part of an import.
    #[error(
        "database.url: an import into this database did not come to its end; run `menshen platform import --replace` again, or use \
         another database"
    )]
    Importing,
    /// Something sealed cannot be opened; names what.
    #[error("the stored {0} cannot be opened: it was altered, or sealed with another key")]
    Sealed(&'static str),
    /// There is nobody the key could belong to.
    #[error("there is no person {0:?}")]
    Nobody(String),
    /// The database's words.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// What seals and opens. Cheap to clone; the functions that take a [`Tx`] are for use inside database closures.
#[derive(Debug, Clone)]
pub(crate) struct Sealer {
    master: Arc<Key>,
}

/// The key of a person.
#[derive(Debug)]
pub(crate) struct PersonKey {
    name: String,
    key: Key,
}

/// The key of what was captured on one day.
#[derive(Debug)]
pub(crate) struct DayKey {
    day: i64,
    key: Key,
}

/// The key of a file of an import.
#[derive(Debug)]
pub(crate) struct FileKey(Key);

/// The day (days since 1970, UTC) whose key seals what was captured at `taken_at`; nothing is captured after `now`, whatever a box's
/// clock says. Both in milliseconds since 1970, UTC.
pub(crate) fn day_of(taken_at: i64, now: i64) -> i64 {
    taken_at.clamp(0, now.max(0)) / DAY
}

impl Sealer {
    /// Reads the key file, or makes one when nothing was ever sealed in this database.
    pub(crate) async fn open(db: &Db, file: &KeyFile) -> Result<Self, SealError> {
        if let Some(state) = db.read(rows::state).await? {
            return Self::proved(file, &state);
        }
        let made = file.read()?.is_none();
        let sealer = Self::of(Key::of(&*file.read_or_create()?));
        if made {
            tracing::info!(file = %file.path().display(), "a key for this platform has been made; keep a copy of it apart from the database's");
        }
        let proof = seal(&sealer.master, Label::Proof, b"menshen")?;
        let state = db
            .write(move |tx| {
                rows::begin(tx, proof)?;
                rows::state(tx)
            })
            .await?;
        // Another process may have been faster, with a key file of its own.
        state.map_or(Ok(sealer), |state| Self::proved(file, &state))
    }

    fn proved(file: &KeyFile, state: &rows::State) -> Result<Self, SealError> {
        if state.importing {
            return Err(SealError::Importing);
        }
        Self::recognised(file, state)
    }

    fn recognised(file: &KeyFile, state: &rows::State) -> Result<Self, SealError> {
        let bytes = file.read()?.ok_or_else(|| SealError::Missing(file.path().to_owned()))?;
        let sealer = Self::of(Key::of(&bytes));
        match sealer.master.open(&Label::Proof.bytes(), &state.proof) {
            Ok(_) => Ok(sealer),
            Err(_) => Err(SealError::Wrong(file.path().to_owned())),
        }
    }

    fn of(master: Key) -> Self {
        Self { master: Arc::new(master) }
    }

    /// The key of a person; `None` when they have none, or there is no such person (any more).
    pub(crate) fn person(&self, tx: &mut Tx<'_>, id: &IdentityId) -> Result<Option<PersonKey>, SealError> {
        rows::person(tx, id)?.map(|row| self.person_key(&row)).transpose()
    }

    /// The key of a person, made when they have none: to be used in a write.
    pub(crate) fn ensure_person(
        &self,
        tx: &mut Tx<'_>,
        id: &IdentityId,
        now: i64,
    ) -> Result<PersonKey, SealError> {
        if let Some(key) = self.person(tx, id)? {
            return Ok(key);
        }
        let name = hex(&rand::random::<[u8; 16]>());
        let label = Label::PersonKey { person: id.as_str(), name: &name };
        let (key, sealed) = self.master.fresh(&label.bytes()).map_err(|_| SealError::Sealed(label.kind()))?;
        let row = PersonKeyRow { identity_id: id.clone(), name: name.clone(), sealed };
        rows::add_person(tx, &row, now).map_err(|error| match error {
            DbError::Rule(_) => SealError::Nobody(id.as_str().to_owned()),
            other => other.into(),
        })?;
        Ok(PersonKey { name, key })
    }

    /// The key of the person whose blobs carry this name in their addresses.
    pub(crate) fn person_named(&self, tx: &mut Tx<'_>, name: &str) -> Result<Option<PersonKey>, SealError> {
        rows::person_named(tx, name)?.map(|row| self.person_key(&row)).transpose()
    }

    /// The key of a day; `None` when there is none (any more): what it sealed is lost.
    pub(crate) fn day(&self, tx: &mut Tx<'_>, day: i64) -> Result<Option<DayKey>, SealError> {
        let unwrap = |sealed: Vec<u8>| {
            let label = Label::DayKey(day);
            let key = self.master.unwrap(&label.bytes(), &sealed);
            key.map(|key| DayKey { day, key }).map_err(|_| SealError::Sealed(label.kind()))
        };
        rows::day(tx, day)?.map(unwrap).transpose()
    }

    /// The key of a day, made when there is none: to be used in a write. The day comes from [`day_of`].
    pub(crate) fn ensure_day(&self, tx: &mut Tx<'_>, day: i64, now: i64) -> Result<DayKey, SealError> {
        if let Some(key) = self.day(tx, day)? {
            return Ok(key);
        }
        let label = Label::DayKey(day);
        let (key, sealed) = self.master.fresh(&label.bytes()).map_err(|_| SealError::Sealed(label.kind()))?;
        rows::add_day(tx, day, sealed, now)?;
        Ok(DayKey { day, key })
    }

    /// A new key for a file of an import, whose name is 32 digits, and its bytes as they are kept.
    pub(crate) fn new_file(&self, import: &str, name: &str) -> Result<(FileKey, Vec<u8>), SealError> {
        let label = Label::FileKey { import, name };
        let fresh = self.master.fresh(&label.bytes()).map_err(|_| SealError::Sealed(label.kind()))?;
        Ok((FileKey(fresh.0), fresh.1))
    }

    /// The key that [`Sealer::new_file`] made for the same file.
    pub(crate) fn file(&self, import: &str, name: &str, sealed: &[u8]) -> Result<FileKey, SealError> {
        let label = Label::FileKey { import, name };
        let key = self.master.unwrap(&label.bytes(), sealed);
        key.map(FileKey).map_err(|_| SealError::Sealed(label.kind()))
    }

    /// Seals a secret of the platform's own (what signs webhooks, second factors, passwords of accounts) under its unique name.
    pub(crate) fn seal_secret(&self, name: &str, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        seal(&self.master, Label::Secret(name), plain)
    }

    /// Opens what [`Sealer::seal_secret`] made under the same name.
    pub(crate) fn open_secret(&self, name: &str, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        open(&self.master, Label::Secret(name), sealed)
    }

    /// Seals what lets a box fetch a photo for a while: whoever is shown it can neither read nor change it.
    pub(crate) fn seal_pass(&self, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        seal(&self.master, Label::Pass, plain)
    }

    /// Opens what [`Sealer::seal_pass`] made.
    pub(crate) fn open_pass(&self, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        open(&self.master, Label::Pass, sealed)
    }

    fn person_key(&self, row: &PersonKeyRow) -> Result<PersonKey, SealError> {
        let label = Label::PersonKey { person: row.identity_id.as_str(), name: &row.name };
        let key = self.master.unwrap(&label.bytes(), &row.sealed);
        let key = key.map_err(|_| SealError::Sealed(label.kind()))?;
        Ok(PersonKey { name: row.name.clone(), key })
    }
}

/// The sealer with the database it reads keys from: for use outside of database closures.
#[derive(Clone)]
pub(crate) struct Seal {
    sealer: Sealer,
    db: Db,
}

impl Seal {
    /// As [`Sealer::open`].
    pub(crate) async fn open(db: &Db, file: &KeyFile) -> Result<Self, SealError> {
        Ok(Self { sealer: Sealer::open(db, file).await?, db: db.clone() })
    }

    /// For an import, which has put the key file there and marked the database.
    pub(crate) async fn while_importing(db: &Db, file: &KeyFile) -> Result<Self, SealError> {
        let missing = || SealError::Missing(file.path().to_owned());
        let state = db.read(rows::state).await?.ok_or_else(missing)?;
        Ok(Self { sealer: Sealer::recognised(file, &state)?, db: db.clone() })
    }

    /// What database closures use.
    pub(crate) fn sealer(&self) -> Sealer {
        self.sealer.clone()
    }

    /// The key of a person, made when they have none.
    pub(crate) async fn person(&self, id: &IdentityId) -> Result<PersonKey, SealError> {
        let (sealer, asked) = (self.sealer.clone(), id.clone());
        if let Some(found) = self.db.read(move |tx| sealer.person(tx, &asked)).await? {
            return Ok(found);
        }
        let (sealer, id) = (self.sealer.clone(), id.clone());
        self.db.write(move |tx| sealer.ensure_person(tx, &id, clock::now())).await
    }

    /// The key of the person whose blobs carry this name; `None` when it was destroyed.
    pub(crate) async fn person_named(&self, name: &str) -> Result<Option<PersonKey>, SealError> {
        let (sealer, name) = (self.sealer.clone(), name.to_owned());
        self.db.read(move |tx| sealer.person_named(tx, &name)).await
    }

    /// The key of what was captured at `taken_at` (milliseconds since 1970, UTC), made when there is none.
    pub(crate) async fn event(&self, taken_at: i64) -> Result<DayKey, SealError> {
        let now = clock::now();
        let day = day_of(taken_at, now);
        if let Some(found) = self.day(day).await? {
            return Ok(found);
        }
        let sealer = self.sealer.clone();
        self.db.write(move |tx| sealer.ensure_day(tx, day, now)).await
    }

    /// The key of a day; `None` when it was destroyed.
    pub(crate) async fn day(&self, day: i64) -> Result<Option<DayKey>, SealError> {
        let sealer = self.sealer.clone();
        self.db.read(move |tx| sealer.day(tx, day)).await
    }
}

impl PersonKey {
    /// What the person's blobs carry in their addresses.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Seals something of this person.
    pub(crate) fn seal(&self, label: Label<'_>, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        seal(&self.key, label, plain)
    }

    /// Opens something of this person.
    pub(crate) fn open(&self, label: Label<'_>, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        open(&self.key, label, sealed)
    }
}

impl FileKey {
    /// Seals a part of the file.
    pub(crate) fn seal(&self, label: Label<'_>, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        seal(&self.0, label, plain)
    }

    /// Opens a part of the file.
    pub(crate) fn open(&self, label: Label<'_>, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        open(&self.0, label, sealed)
    }
}

impl DayKey {
    /// The day it belongs to, days since 1970, UTC.
    pub(crate) fn day(&self) -> i64 {
        self.day
    }

    /// Seals something that was captured on this day.
    pub(crate) fn seal(&self, label: Label<'_>, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        seal(&self.key, label, plain)
    }

    /// Opens something that was captured on this day.
    pub(crate) fn open(&self, label: Label<'_>, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        open(&self.key, label, sealed)
    }

    /// A name that only the same content of the same day has, and that tells nothing without this key.
    pub(crate) fn name(&self, content: &[u8]) -> String {
        hex(&self.key.name(content))
    }
}

fn seal(key: &Key, label: Label<'_>, plain: &[u8]) -> Result<Vec<u8>, SealError> {
    key.seal(&label.bytes(), plain).map_err(|_| SealError::Sealed(label.kind()))
}

fn open(key: &Key, label: Label<'_>, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
    key.open(&label.bytes(), sealed).map_err(|_| SealError::Sealed(label.kind()))
}
