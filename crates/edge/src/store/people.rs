//! The rows of people: what the gallery is rebuilt from. Photos and templates are sealed ([`super::seal`]).

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::{Map, Value};

use super::StoreError;
use super::events;
use super::more_photos;
use super::seal::{self, Label, Sealer};

/// The library everybody is in.
pub const DEFAULT_LIBRARY: &str = "default_group";

/// A person as stored, without the photo.
#[derive(Clone)]
pub struct PersonRow {
    /// The box's own number for the person; never used again after the person has left.
    pub key: u32,
    /// The platform's id.
    pub identity_id: String,
    /// Name.
    pub name: String,
    /// Person type on the wire, 1 to 5.
    pub kind: i64,
    /// Permission groups.
    pub groups: Vec<String>,
    /// Whatever else the platform said about the person.
    pub info: Map<String, Value>,
    /// Model pack and template; `None` without a usable photo.
    pub template: Option<(String, Vec<u8>)>,
}

/// What an upsert writes.
pub struct NewPerson {
    /// The platform's id.
    pub identity_id: String,
    /// Name.
    pub name: String,
    /// Person type on the wire, 1 to 5.
    pub kind: i64,
    /// 1 ordinary, 2 stranger.
    pub register_type: i64,
    /// Permission groups.
    pub groups: Vec<String>,
    /// Whatever else the platform said about the person.
    pub info: Map<String, Value>,
    /// The photo with the template made from it; `None` keeps what is stored.
    pub face: Option<NewFace>,
}

/// A photo and the template made from it. Neither has a text form: they never reach a log.
pub struct NewFace {
    /// Model pack of the template.
    pub pack: String,
    /// The template.
    pub template: Vec<u8>,
    /// The photo it was made from.
    pub photo: Vec<u8>,
}

/// What became of an upsert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upserted {
    /// Written under this key.
    Written(u32),
    /// A new person, and the library holds as many as it may.
    Full,
    /// A new person without a photo: there would be nothing to recognise.
    NoPhoto,
}

/// A person whose template has to be made (again) from the stored photo.
pub struct Unembedded {
    /// The box's own number for the person.
    pub key: u32,
    /// The platform's id.
    pub identity_id: String,
    /// Value to hand back to [`set_template`]: a person who changed meanwhile is left alone.
    pub updated_at: i64,
    /// The stored photo.
    pub photo: Option<Vec<u8>>,
}

/// Adds a person or overwrites the one with the same id; new people join the default library.
///
/// # Errors
/// What SQLite says.
pub fn upsert(
    db: &Connection,
    sealer: &Sealer,
    person: &NewPerson,
    max: usize,
    now: i64,
) -> Result<Upserted, StoreError> {
    let known: Option<i64> = db
        .prepare_cached("SELECT key FROM person WHERE identity_id = ?1")?
        .query_row([&person.identity_id], |row| row.get(0))
        .optional()?;
    if known.is_none() {
        if person.face.is_none() {
            return Ok(Upserted::NoPhoto);
        }
        if count(db)? >= max {
            return Ok(Upserted::Full);
        }
    }
    let groups = serde_json::to_string(&person.groups)?;
    let info = serde_json::to_string(&person.info)?;
    let key: i64 = db
        .prepare_cached(
            "INSERT INTO person (identity_id, name, kind, register_type, groups, info, created_at, updated_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)
             ON CONFLICT (identity_id) DO UPDATE SET name = excluded.name, kind = excluded.kind,
                 register_type = excluded.register_type, groups = excluded.groups, info = excluded.info,
                 updated_at = max(excluded.updated_at, updated_at + 1)
             RETURNING key",
        )?
        .query_row(
            params![
                person.identity_id,
                person.name,
                person.kind,
                person.register_type,
                groups,
                info,
                now
            ],
            |row| row.get(0),
        )?;
    if known.is_none() {
        db.prepare_cached("INSERT OR IGNORE INTO person_library (person_key, library) VALUES (?1, ?2)")?
            .execute(params![key, DEFAULT_LIBRARY])?;
    }
    let key = key_of(key)?;
    if let Some(face) = &person.face {
        put_face(db, sealer, key, face)?;
    }
    Ok(Upserted::Written(key))
}

/// Whether this is the photo and template the person has: then there is nothing to change. What cannot be opened is not had.
///
/// # Errors
/// What SQLite says.
pub fn has_face(
    db: &Connection,
    sealer: &Sealer,
    identity_id: &str,
    face: &NewFace,
) -> Result<bool, StoreError> {
    let mut statement = db.prepare_cached("SELECT key FROM person WHERE identity_id = ?1 AND pack = ?2")?;
    let known: Option<i64> =
        statement.query_row(params![identity_id, face.pack], |row| row.get(0)).optional()?;
    let Some(key) = known.map(key_of).transpose()? else { return Ok(false) };
    let same = |stored: Result<Option<Vec<u8>>, StoreError>, new: &[u8]| match stored {
        Err(StoreError::Sealed(_)) => Ok(false),
        stored => Ok::<_, StoreError>(stored?.is_some_and(|stored| stored == new)),
    };
    Ok(same(template(db, sealer, key, &face.pack), &face.template)?
        && same(photo(db, sealer, key), &face.photo)?)
}

/// The template made from the registration photo with `pack`.
///
/// # Errors
/// What SQLite says, [`StoreError::Sealed`] when it cannot be opened.
pub fn template(
    db: &Connection,
    sealer: &Sealer,
    key: u32,
    pack: &str,
) -> Result<Option<Vec<u8>>, StoreError> {
    let mut statement = db.prepare_cached("SELECT template FROM person WHERE key = ?1 AND pack = ?2")?;
    let sealed: Option<Option<Vec<u8>>> =
        statement.query_row(params![key, pack], |row| row.get(0)).optional()?;
    sealed.flatten().map(|sealed| sealer.person(db, key)?.open(Label::Template(key), &sealed)).transpose()
}

/// A new photo comes with a new key: what is left of the old one anywhere, and of further photos, cannot be opened.
fn put_face(db: &Connection, sealer: &Sealer, person: u32, face: &NewFace) -> Result<(), StoreError> {
    more_photos::clear(db, person)?;
    let key = sealer.renew_person(db, person)?;
    let template = key.seal(Label::Template(person), &face.template)?;
    let photo = key.seal(Label::Photo(person), &face.photo)?;
    db.prepare_cached("UPDATE person SET pack = ?2, template = ?3, refused = NULL WHERE key = ?1")?
        .execute(params![person, face.pack, template])?;
    db.prepare_cached(
        "INSERT INTO person_photo (person_key, photo) VALUES (?1, ?2)
         ON CONFLICT (person_key) DO UPDATE SET photo = excluded.photo",
    )?
    .execute(params![person, photo])?;
    Ok(())
}

/// Removes a person with everything that belongs to it, the pictures of its events included; the number it had, if it was there. To be called from
/// [`Store::erase`](super::Store::erase).
///
/// # Errors
/// What SQLite says.
pub fn remove(db: &Connection, identity_id: &str) -> Result<Option<u32>, StoreError> {
    let key: Option<i64> = db
        .prepare_cached("DELETE FROM person WHERE identity_id = ?1 RETURNING key")?
        .query_row([identity_id], |row| row.get(0))
        .optional()?;
    let key = key.map(key_of).transpose()?;
    if let Some(key) = key {
        seal::forget_person(db, key)?;
        events::forget_pictures(db, identity_id)?;
    }
    Ok(key)
}

/// Removes everybody, and the pictures of their events; how many there were. Numbers go on counting, so an old one never names somebody else. To be called from
/// [`Store::erase`](super::Store::erase).
///
/// # Errors
/// What SQLite says.
pub fn wipe(db: &Connection) -> Result<usize, StoreError> {
    seal::forget_people(db)?;
    events::forget_all_pictures(db)?;
    Ok(db.execute("DELETE FROM person", [])?)
}

/// How many people there are.
///
/// # Errors
/// What SQLite says.
pub fn count(db: &Connection) -> Result<usize, StoreError> {
    let count: i64 = db.prepare_cached("SELECT count(*) FROM person")?.query_row([], |row| row.get(0))?;
    Ok(usize::try_from(count).unwrap_or(0))
}

/// Hands every person to `each`, in the order they came. A person whose template cannot be opened comes without one, and a line in
/// the log says so.
///
/// # Errors
/// What SQLite says, [`StoreError::Corrupt`] for a row that is not what was written.
pub fn for_each(db: &Connection, sealer: &Sealer, mut each: impl FnMut(PersonRow)) -> Result<(), StoreError> {
    let keys = sealer.people(db)?;
    let mut statement = db.prepare(
        "SELECT key, identity_id, name, kind, groups, info, pack, template FROM person ORDER BY key",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let mut person = read(row)?;
        if let Some((_, template)) = &mut person.template {
            match keys.get(person.key).and_then(|key| key.open(Label::Template(person.key), template)) {
                Ok(plain) => *template = plain,
                Err(error) => {
                    tracing::error!(person = person.identity_id, %error, "this person cannot be recognised");
                    person.template = None;
                }
            }
        }
        each(person);
    }
    Ok(())
}

/// The stored photo of a person.
///
/// # Errors
/// What SQLite says, [`StoreError::Sealed`] when it cannot be opened.
pub fn photo(db: &Connection, sealer: &Sealer, key: u32) -> Result<Option<Vec<u8>>, StoreError> {
    let mut statement = db.prepare_cached("SELECT photo FROM person_photo WHERE person_key = ?1")?;
    let sealed: Option<Vec<u8>> = statement.query_row([key], |row| row.get(0)).optional()?;
    sealed.map(|sealed| sealer.person(db, key)?.open(Label::Photo(key), &sealed)).transpose()
}

/// The next person after `after` whose template is missing or of another pack than `pack` and was not refused with it.
///
/// # Errors
/// What SQLite says.
pub fn next_unembedded(
    db: &Connection,
    sealer: &Sealer,
    pack: &str,
    after: u32,
) -> Result<Option<Unembedded>, StoreError> {
    let mut statement = db.prepare_cached(
        "SELECT key, identity_id, updated_at FROM person WHERE key > ?2 AND pack IS NOT ?1 ORDER BY key LIMIT 1",
    )?;
    let found = statement
        .query_row(params![pack, after], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((key, identity_id, updated_at)) = found else { return Ok(None) };
    let key = key_of(key)?;
    let photo = match photo(db, sealer, key) {
        Err(error @ StoreError::Sealed(_)) => {
            tracing::error!(person = identity_id, %error, "a person's photo is lost");
            None
        }
        photo => photo?,
    };
    Ok(Some(Unembedded { key, identity_id, updated_at, photo }))
}

/// Sets the template made from a stored photo, or why there is none, unless the person changed since `updated_at`.
/// Returns whether it was set.
///
/// # Errors
/// What SQLite says.
pub fn set_template(
    db: &Connection,
    sealer: &Sealer,
    key: u32,
    updated_at: i64,
    pack: &str,
    template: Result<&[u8], &str>,
) -> Result<bool, StoreError> {
    let seal = |plain: &[u8]| sealer.person(db, key)?.seal(Label::Template(key), plain);
    let (sealed, refused) = match template {
        Ok(plain) => (Some(seal(plain)?), None),
        Err(reason) => (None, Some(reason)),
    };
    let changed = db
        .prepare_cached(
            "UPDATE person SET pack = ?3, template = ?4, refused = ?5 WHERE key = ?1 AND updated_at = ?2",
        )?
        .execute(params![key, updated_at, pack, sealed, refused])?;
    Ok(changed > 0)
}

/// Ids of people without a usable photo, with the reason; at most `limit`.
///
/// # Errors
/// What SQLite says.
pub fn unusable(db: &Connection, limit: usize) -> Result<Vec<(String, String)>, StoreError> {
    let mut statement = db.prepare_cached(
        "SELECT identity_id, coalesce(refused, 'not yet looked at') FROM person WHERE template IS NULL ORDER BY key LIMIT ?1",
    )?;
    let rows = statement
        .query_map([i64::try_from(limit).unwrap_or(i64::MAX)], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn read(row: &Row<'_>) -> Result<PersonRow, StoreError> {
    let groups: String = row.get("groups")?;
    let info: String = row.get("info")?;
    let pack: Option<String> = row.get("pack")?;
    let template: Option<Vec<u8>> = row.get("template")?;
    Ok(PersonRow {
        key: key_of(row.get("key")?)?,
        identity_id: row.get("identity_id")?,
        name: row.get("name")?,
        kind: row.get("kind")?,
        groups: serde_json::from_str(&groups).map_err(|_| StoreError::Corrupt("person.groups"))?,
        info: serde_json::from_str(&info).map_err(|_| StoreError::Corrupt("person.info"))?,
        template: pack.zip(template),
    })
}

pub(super) fn key_of(key: i64) -> Result<u32, StoreError> {
    u32::try_from(key).map_err(|_| StoreError::Corrupt("person.key"))
}
