//! Faces and passwords at rest: readable with the key file only, and unreadable for good once they are erased.
//!
//! * `box.key` holds 32 random bytes. It is made at the first start, before anything is sealed with it, and never again: a box
//!   whose rows were sealed with another key, or whose key file is gone, does not start.
//! * A person has a random key of its own, sealed by `box.key` in a slot ([`slots`]). Photo and template are sealed with it. A new
//!   photo brings a new key. Erasing the person overwrites the slot: what is left of the sealed bytes anywhere is noise.
//! * The pictures of events share one random key, sealed by `box.key`; wiping the events replaces it.
//! * Settings of cameras and addresses of receivers, which carry passwords, are sealed by `box.key` itself, and so is what
//!   cameras have uploaded until it is judged.
//! * Everything sealed is bound to what it is and to whom it belongs ([`Label`]): rows cannot be exchanged.
//! * Whoever erases does so with [`Store::erase`](super::Store::erase), which also empties the write-ahead log.

mod plain;
mod slots;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use runtime::seal::{self, KEY, KeyBytes, KeyFile, KeyFileError, OVERHEAD};
use rusqlite::{Connection, OptionalExtension as _};

use super::StoreError;
pub use slots::PersonKeys;

/// The key file's name in the data directory.
const KEY_FILE: &str = "box.key";

/// What was sealed, and whose it is. The opposite direction demands the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Label<'a> {
    /// What the key file is recognised by.
    Proof,
    /// The key of a person.
    PersonKey(u32),
    /// A person's template.
    Template(u32),
    /// A person's photo.
    Photo(u32),
    /// A template of a further photo of a person, with the photo's number.
    MoreTemplate(u32, i64),
    /// A further photo of a person, with its number.
    MorePhoto(u32, i64),
    /// The key of the pictures of events.
    EventKey,
    /// The picture of an event.
    Spot(i64),
    /// The settings of a camera.
    Camera(&'a str),
    /// A named setting of the box.
    Setting(&'a str),
    /// A piece of an uploaded file: the file's number, the piece's place, and whether it is the last.
    Upload(u64, u32, bool),
}

/// A key that seals and opens under the box's own labels.
#[derive(Debug)]
pub struct Key(seal::Key);

/// The box's own key and what is sealed with it (cheap to clone).
#[derive(Debug, Clone)]
pub struct Sealer {
    key: Arc<Key>,
}

impl Key {
    fn of(bytes: &KeyBytes) -> Self {
        Self(seal::Key::of(bytes))
    }

    /// Seals `plain` as what `label` says.
    ///
    /// # Errors
    /// More bytes than the cipher takes, which nothing here comes near.
    pub fn seal(&self, label: Label<'_>, plain: &[u8]) -> Result<Vec<u8>, StoreError> {
        self.0.seal(&label.bytes(), plain).map_err(|_| StoreError::Sealed(label.kind()))
    }

    /// Opens what [`Key::seal`] made under the same label.
    ///
    /// # Errors
    /// [`StoreError::Sealed`]: altered, of somebody else, or sealed with another key.
    pub fn open(&self, label: Label<'_>, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        self.0.open(&label.bytes(), sealed).map_err(|_| StoreError::Sealed(label.kind()))
    }

    /// A new random key, and its bytes sealed by this one.
    fn fresh(&self, label: Label<'_>) -> Result<(Self, Vec<u8>), StoreError> {
        let made = self.0.fresh(&label.bytes()).map_err(|_| StoreError::Sealed(label.kind()));
        made.map(|(key, sealed)| (Self(key), sealed))
    }

    /// The key that [`Key::fresh`] sealed.
    fn unwrap(&self, label: Label<'_>, sealed: &[u8]) -> Result<Self, StoreError> {
        self.0.unwrap(&label.bytes(), sealed).map(Self).map_err(|_| StoreError::Sealed(label.kind()))
    }
}

impl Sealer {
    /// Reads the key file of `directory`, or makes one when nothing was ever sealed, then seals what is still plain.
    ///
    /// # Errors
    /// [`StoreError::KeyMissing`] and [`StoreError::KeyWrong`] with what to do; what the system or SQLite says.
    pub(super) fn open(directory: &Path, db: &Connection) -> Result<Self, StoreError> {
        let file = key_file(directory);
        let sealer = match proof(db)? {
            Some(proof) => Self::proved(&file, &proof)?,
            None => {
                let sealer = Self { key: Arc::new(Key::of(&begin_with(&file)?)) };
                sealer.begin(db)?;
                sealer
            }
        };
        plain::seal_all(db, &sealer)?;
        Ok(sealer)
    }

    /// The key of a box that has been started before; for looking only, nothing is made or changed.
    ///
    /// # Errors
    /// As [`Sealer::open`]; [`StoreError::KeyMissing`] too when nothing was ever sealed.
    pub(crate) fn look(directory: &Path, db: &Connection) -> Result<Self, StoreError> {
        let file = key_file(directory);
        match proof(db)? {
            Some(proof) => Self::proved(&file, &proof),
            None => Err(StoreError::KeyMissing(file.path().to_owned())),
        }
    }

    fn proved(file: &KeyFile, proof: &[u8]) -> Result<Self, StoreError> {
        let bytes = file.read()?.ok_or_else(|| StoreError::KeyMissing(file.path().to_owned()))?;
        let sealer = Self { key: Arc::new(Key::of(&bytes)) };
        match sealer.key.open(Label::Proof, proof) {
            Ok(_) => Ok(sealer),
            Err(_) => Err(StoreError::KeyWrong(file.path().to_owned())),
        }
    }

    /// The key of a person.
    ///
    /// # Errors
    /// [`StoreError::Sealed`] when there is none or it cannot be opened.
    pub fn person(&self, db: &Connection, person: u32) -> Result<Key, StoreError> {
        let found = slots::read(db, person)?.ok_or(StoreError::Sealed("key of a person"))?;
        self.key.unwrap(Label::PersonKey(person), &found)
    }

    /// A new key for a person in place of the one it had: whatever was sealed with that is lost.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn renew_person(&self, db: &Connection, person: u32) -> Result<Key, StoreError> {
        let (key, sealed) = self.key.fresh(Label::PersonKey(person))?;
        slots::write(db, person, &sealed)?;
        Ok(key)
    }

    /// The keys of everybody, read at once.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn people(&self, db: &Connection) -> Result<PersonKeys, StoreError> {
        PersonKeys::read(db, self)
    }

    /// The key of the pictures of events.
    ///
    /// # Errors
    /// [`StoreError::Sealed`] when it cannot be opened.
    pub fn events(&self, db: &Connection) -> Result<Key, StoreError> {
        let sealed: Vec<u8> =
            db.prepare_cached("SELECT event_key FROM seal")?.query_row([], |row| row.get(0))?;
        self.key.unwrap(Label::EventKey, &sealed)
    }

    /// A new key for the pictures of events: those sealed before are lost.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn renew_events(&self, db: &Connection) -> Result<(), StoreError> {
        let (_, sealed) = self.key.fresh(Label::EventKey)?;
        // Of the same size as the one before, so SQLite writes it over that.
        db.execute("UPDATE seal SET event_key = ?1", [sealed])?;
        Ok(())
    }

    /// The settings of a camera, sealed.
    ///
    /// # Errors
    /// As [`Key::seal`].
    pub fn seal_camera(&self, name: &str, settings: &str) -> Result<Vec<u8>, StoreError> {
        self.key.seal(Label::Camera(name), settings.as_bytes())
    }

    /// The settings of a camera, opened.
    ///
    /// # Errors
    /// As [`Key::open`].
    pub fn open_camera(&self, name: &str, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        self.key.open(Label::Camera(name), sealed)
    }

    /// A named setting, sealed.
    ///
    /// # Errors
    /// As [`Key::seal`].
    pub fn seal_setting(&self, name: &str, value: &str) -> Result<Vec<u8>, StoreError> {
        self.key.seal(Label::Setting(name), value.as_bytes())
    }

    /// A named setting, opened.
    ///
    /// # Errors
    /// As [`Key::open`].
    pub fn open_setting(&self, name: &str, sealed: &[u8]) -> Result<String, StoreError> {
        let plain = self.key.open(Label::Setting(name), sealed)?;
        String::from_utf8(plain).map_err(|_| StoreError::Corrupt("setting.value"))
    }

    /// A piece of an uploaded file, sealed.
    ///
    /// # Errors
    /// As [`Key::seal`].
    pub fn seal_upload(
        &self,
        file: u64,
        place: u32,
        last: bool,
        plain: &[u8],
    ) -> Result<Vec<u8>, StoreError> {
        self.key.seal(Label::Upload(file, place, last), plain)
    }

    /// A piece of an uploaded file, opened.
    ///
    /// # Errors
    /// As [`Key::open`].
    pub fn open_upload(
        &self,
        file: u64,
        place: u32,
        last: bool,
        sealed: &[u8],
    ) -> Result<Vec<u8>, StoreError> {
        self.key.open(Label::Upload(file, place, last), sealed)
    }

    /// With a key that is in no file.
    #[cfg(test)]
    pub(super) fn of_a_test(db: &Connection) -> Self {
        let sealer = Self { key: Arc::new(Key::of(&KeyBytes::new(rand::random()))) };
        assert!(sealer.begin(db).is_ok());
        sealer
    }

    fn begin(&self, db: &Connection) -> Result<(), StoreError> {
        let proof = self.key.seal(Label::Proof, b"menshen")?;
        let (_, event_key) = self.key.fresh(Label::EventKey)?;
        db.execute("INSERT INTO seal (id, proof, event_key) VALUES (1, ?1, ?2)", (proof, event_key))?;
        Ok(())
    }
}

/// What the key file is recognised by, once something was sealed.
fn proof(db: &Connection) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(db.query_row("SELECT proof FROM seal", [], |row| row.get(0)).optional()?)
}

/// The key of a person is overwritten: nothing sealed with it can be opened any more.
///
/// # Errors
/// What SQLite says.
pub fn forget_person(db: &Connection, person: u32) -> Result<(), StoreError> {
    slots::clear(db, person)
}

/// The keys of all people are overwritten.
///
/// # Errors
/// What SQLite says.
pub fn forget_people(db: &Connection) -> Result<(), StoreError> {
    slots::clear_all(db)
}

/// Whether the key file of `directory` exists: then there was a database with rows once.
pub(super) fn has_key(directory: &Path) -> bool {
    directory.join(KEY_FILE).exists()
}

fn key_file(directory: &Path) -> KeyFile {
    KeyFile::at(directory.join(KEY_FILE))
}

/// The key of a box that has sealed nothing yet; made when there is none.
fn begin_with(file: &KeyFile) -> Result<KeyBytes, StoreError> {
    if let Some(present) = file.read()? {
        return Ok(present);
    }
    let made = file.read_or_create()?;
    tracing::info!(file = %file.path().display(), "a key for this box has been made; keep a copy of it apart from the database's");
    Ok(made)
}

impl Label<'_> {
    /// What the seal is bound to; the first number is the version of this layout.
    fn bytes(self) -> Vec<u8> {
        let kind = self.kind();
        match self {
            Self::Proof | Self::EventKey => format!("menshen 1 {kind}"),
            Self::PersonKey(person) | Self::Template(person) | Self::Photo(person) => {
                format!("menshen 1 {kind} {person}")
            }
            Self::MoreTemplate(person, id) | Self::MorePhoto(person, id) => {
                format!("menshen 1 {kind} {person} {id}")
            }
            Self::Spot(event) => format!("menshen 1 {kind} {event}"),
            Self::Camera(name) | Self::Setting(name) => format!("menshen 1 {kind} {name}"),
            Self::Upload(file, place, last) => format!("menshen 1 {kind} {file} {place} {last}"),
        }
        .into_bytes()
    }

    /// For people, and part of what is bound.
    fn kind(self) -> &'static str {
        match self {
            Self::Proof => "proof",
            Self::PersonKey(_) => "key of a person",
            Self::Template(_) => "template",
            Self::Photo(_) => "photo",
            Self::MoreTemplate(..) => "template of a further photo",
            Self::MorePhoto(..) => "further photo",
            Self::EventKey => "key of the events",
            Self::Spot(_) => "picture of an event",
            Self::Camera(_) => "camera settings",
            Self::Setting(_) => "setting",
            Self::Upload(..) => "uploaded file",
        }
    }
}

impl From<KeyFileError> for StoreError {
    fn from(error: KeyFileError) -> Self {
        match error {
            KeyFileError::Malformed(path) | KeyFileError::Other(path) => Self::KeyWrong(path),
            KeyFileError::Io { path, error } => Self::Directory { path, error },
        }
    }
}
