//! Further photos of people, beside the registration photo. They are sealed with their person's key: a new registration photo,
//! which brings a new key, takes them away, and so does erasing the person.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension as _, params};
use serde::Serialize;

use super::StoreError;
use super::people::{NewFace, key_of};
use super::seal::{Label, Sealer};

/// A further photo, without its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = FurtherPhoto)]
pub struct Entry {
    /// Its number; never used again.
    pub id: i64,
    /// When it was added, milliseconds UTC.
    pub added_at: i64,
    /// Whether the model pack in use can compare it.
    pub usable: bool,
}

/// A further photo whose template has to be made (again).
pub struct Unembedded {
    /// Its number.
    pub id: i64,
    /// The person's key.
    pub person: u32,
    /// The photo.
    pub photo: Vec<u8>,
}

/// Adds a photo and returns its number; `None` when the person has `most` already.
///
/// # Errors
/// What SQLite says, [`StoreError::Sealed`] when the person has no key.
pub fn add(
    db: &Connection,
    sealer: &Sealer,
    person: u32,
    face: &NewFace,
    most: usize,
    now: i64,
) -> Result<Option<i64>, StoreError> {
    let count: i64 = db
        .prepare_cached("SELECT count(*) FROM more_photo WHERE person_key = ?1")?
        .query_row([person], |row| row.get(0))?;
    if usize::try_from(count).is_ok_and(|count| count >= most) {
        return Ok(None);
    }
    db.prepare_cached("INSERT INTO more_photo (person_key, photo, pack, added_at) VALUES (?1, x'', ?2, ?3)")?
        .execute(params![person, face.pack, now])?;
    let id = db.last_insert_rowid();
    let key = sealer.person(db, person)?;
    let photo = key.seal(Label::MorePhoto(person, id), &face.photo)?;
    let template = key.seal(Label::MoreTemplate(person, id), &face.template)?;
    db.prepare_cached("UPDATE more_photo SET photo = ?2, template = ?3 WHERE id = ?1")?
        .execute(params![id, photo, template])?;
    Ok(Some(id))
}

/// Removes a photo of a person; whether it was there. To be called from [`Store::erase`](super::Store::erase).
///
/// # Errors
/// What SQLite says.
pub fn remove(db: &Connection, person: u32, id: i64) -> Result<bool, StoreError> {
    Ok(db.execute("DELETE FROM more_photo WHERE person_key = ?1 AND id = ?2", params![person, id])? > 0)
}

/// Removes all further photos of a person.
///
/// # Errors
/// What SQLite says.
pub fn clear(db: &Connection, person: u32) -> Result<(), StoreError> {
    db.prepare_cached("DELETE FROM more_photo WHERE person_key = ?1")?.execute([person])?;
    Ok(())
}

/// The further photos of a person, oldest first.
///
/// # Errors
/// What SQLite says.
pub fn of_person(db: &Connection, person: u32, pack: &str) -> Result<Vec<Entry>, StoreError> {
    let mut statement = db.prepare_cached(
        "SELECT id, added_at, template IS NOT NULL AND pack IS ?2 FROM more_photo WHERE person_key = ?1 ORDER BY id",
    )?;
    let entry =
        |row: &rusqlite::Row<'_>| Ok(Entry { id: row.get(0)?, added_at: row.get(1)?, usable: row.get(2)? });
    let rows = statement.query_map(params![person, pack], entry)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The bytes of one of them.
///
/// # Errors
/// What SQLite says, [`StoreError::Sealed`] when it cannot be opened.
pub fn photo(db: &Connection, sealer: &Sealer, person: u32, id: i64) -> Result<Option<Vec<u8>>, StoreError> {
    let mut statement =
        db.prepare_cached("SELECT photo FROM more_photo WHERE person_key = ?1 AND id = ?2")?;
    let sealed: Option<Vec<u8>> = statement.query_row(params![person, id], |row| row.get(0)).optional()?;
    sealed.map(|sealed| sealer.person(db, person)?.open(Label::MorePhoto(person, id), &sealed)).transpose()
}

/// The templates of a person's further photos, those of `pack`.
///
/// # Errors
/// What SQLite says, [`StoreError::Sealed`] when one cannot be opened.
pub fn templates(
    db: &Connection,
    sealer: &Sealer,
    person: u32,
    pack: &str,
) -> Result<Vec<Vec<u8>>, StoreError> {
    let mut statement = db.prepare_cached(
        "SELECT id, template FROM more_photo WHERE person_key = ?1 AND pack = ?2 AND template IS NOT NULL ORDER BY id",
    )?;
    let rows = statement.query_map(params![person, pack], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let rows: Vec<(i64, Vec<u8>)> = rows.collect::<Result<_, _>>()?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let key = sealer.person(db, person)?;
    rows.iter().map(|(id, sealed)| key.open(Label::MoreTemplate(person, *id), sealed)).collect()
}

/// The templates of everybody's further photos, those of `pack`. One that cannot be opened is left out, and a line in the log says so.
///
/// # Errors
/// What SQLite says.
pub fn templates_of_all(
    db: &Connection,
    sealer: &Sealer,
    pack: &str,
) -> Result<HashMap<u32, Vec<Vec<u8>>>, StoreError> {
    let mut all: HashMap<u32, Vec<Vec<u8>>> = HashMap::new();
    let mut statement = db.prepare(
        "SELECT person_key, id, template FROM more_photo WHERE pack = ?1 AND template IS NOT NULL ORDER BY id",
    )?;
    let mut rows = statement.query([pack])?;
    let mut keys = None;
    while let Some(row) = rows.next()? {
        let (person, id, sealed) = (key_of(row.get(0)?)?, row.get(1)?, row.get::<_, Vec<u8>>(2)?);
        if keys.is_none() {
            keys = Some(sealer.people(db)?);
        }
        let Some(keys) = &keys else { continue };
        match keys.get(person).and_then(|key| key.open(Label::MoreTemplate(person, id), &sealed)) {
            Ok(template) => all.entry(person).or_default().push(template),
            Err(error) => tracing::error!(person, %error, "a further photo of a person is left out"),
        }
    }
    Ok(all)
}

/// The next photo after `after` whose template is of another pack than `pack`.
///
/// # Errors
/// What SQLite says. A photo that cannot be opened is passed over, and a line in the log says so.
pub fn next_unembedded(
    db: &Connection,
    sealer: &Sealer,
    pack: &str,
    after: i64,
) -> Result<Option<Unembedded>, StoreError> {
    let mut statement = db.prepare_cached(
        "SELECT id, person_key FROM more_photo WHERE id > ?2 AND pack IS NOT ?1 ORDER BY id",
    )?;
    let mut rows = statement.query(params![pack, after])?;
    while let Some(row) = rows.next()? {
        let (id, person) = (row.get(0)?, key_of(row.get(1)?)?);
        match photo(db, sealer, person, id) {
            Ok(Some(photo)) => return Ok(Some(Unembedded { id, person, photo })),
            Ok(None) => {}
            Err(error) => tracing::error!(person, %error, "a further photo of a person is lost"),
        }
    }
    Ok(None)
}

/// Sets the template made from a photo of `pack`; `None`: there is no face in it for this pack. Whether the photo was still there.
///
/// # Errors
/// What SQLite says.
pub fn set_template(
    db: &Connection,
    sealer: &Sealer,
    person: u32,
    id: i64,
    pack: &str,
    template: Option<&[u8]>,
) -> Result<bool, StoreError> {
    let seal = |plain: &[u8]| sealer.person(db, person)?.seal(Label::MoreTemplate(person, id), plain);
    let sealed = template.map(seal).transpose()?;
    let changed = db
        .prepare_cached("UPDATE more_photo SET pack = ?2, template = ?3 WHERE id = ?1")?
        .execute(params![id, pack, sealed])?;
    Ok(changed > 0)
}
