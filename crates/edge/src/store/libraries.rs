//! The rows of face libraries and who is in them. `default_group` always exists; a person may be in several, in the order of
//! joining, or in none.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::{Map, Value};

use super::StoreError;
use super::people::{DEFAULT_LIBRARY, key_of};

/// Libraries one box keeps.
const MOST: i64 = 1000;

/// A face library.
#[derive(Debug, Clone, PartialEq)]
pub struct Library {
    /// Its unique name.
    pub name: String,
    /// A description, possibly empty.
    pub description: String,
    /// Further fields, kept as they came.
    pub info: Map<String, Value>,
}

/// What became of adding a group or a library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is there.
    Done,
    /// Its name is in use.
    Taken,
    /// There are as many as a box keeps.
    Full,
}

/// Every library, or the one of this name, in the order they came.
///
/// # Errors
/// What SQLite says, [`StoreError::Corrupt`] for a row that is not what was written.
pub fn list(db: &Connection, of: Option<&str>) -> Result<Vec<Library>, StoreError> {
    let mut statement = db.prepare_cached(
        "SELECT name, description, info FROM library WHERE ?1 IS NULL OR name = ?1 ORDER BY created_at, name",
    )?;
    let mut rows = statement.query([of])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

/// The library of this name.
///
/// # Errors
/// As [`list`].
pub fn find(db: &Connection, name: &str) -> Result<Option<Library>, StoreError> {
    Ok(list(db, Some(name))?.pop())
}

/// Adds a library unless there is one of its name.
///
/// # Errors
/// What SQLite says.
pub fn add(db: &Connection, library: &Library, now: i64) -> Result<Outcome, StoreError> {
    if find(db, &library.name)?.is_some() {
        return Ok(Outcome::Taken);
    }
    let number: i64 = db.query_row("SELECT count(*) FROM library", [], |row| row.get(0))?;
    if number >= MOST {
        return Ok(Outcome::Full);
    }
    db.prepare_cached("INSERT INTO library (name, description, info, created_at) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![library.name, library.description, serde_json::to_string(&library.info)?, now])?;
    Ok(Outcome::Done)
}

/// Changes description and further fields of a library.
///
/// # Errors
/// What SQLite says.
pub fn change(db: &Connection, library: &Library) -> Result<(), StoreError> {
    db.prepare_cached("UPDATE library SET description = ?2, info = ?3 WHERE name = ?1")?.execute(params![
        library.name,
        library.description,
        serde_json::to_string(&library.info)?
    ])?;
    Ok(())
}

/// Removes a library; its people stay. The default library is emptied and stays.
///
/// # Errors
/// What SQLite says.
pub fn remove(db: &Connection, name: &str) -> Result<(), StoreError> {
    if name == DEFAULT_LIBRARY {
        db.execute("DELETE FROM person_library WHERE library = ?1", [name])?;
        return change(db, &Library { name: name.into(), description: String::new(), info: Map::new() });
    }
    db.execute("DELETE FROM library WHERE name = ?1", [name])?;
    Ok(())
}

/// Forgets every library but the default one.
///
/// # Errors
/// What SQLite says.
pub fn wipe(db: &Connection) -> Result<(), StoreError> {
    db.execute("DELETE FROM library WHERE name <> ?1", [DEFAULT_LIBRARY])?;
    Ok(())
}

/// Puts a person into libraries, behind those the person is in already.
///
/// # Errors
/// What SQLite says; a library that does not exist is one of its reasons.
pub fn join(db: &Connection, key: u32, names: &[String]) -> Result<(), StoreError> {
    let mut insert = db.prepare_cached(
        "INSERT OR IGNORE INTO person_library (person_key, library, position)
         SELECT ?1, ?2, coalesce(max(position) + 1, 0) FROM person_library WHERE person_key = ?1",
    )?;
    for name in names {
        insert.execute(params![key, name])?;
    }
    Ok(())
}

/// Takes a person out of a library.
///
/// # Errors
/// What SQLite says.
pub fn leave(db: &Connection, key: u32, name: &str) -> Result<(), StoreError> {
    db.prepare_cached("DELETE FROM person_library WHERE person_key = ?1 AND library = ?2")?
        .execute(params![key, name])?;
    Ok(())
}

/// The libraries a person is in, in the order of joining.
///
/// # Errors
/// What SQLite says.
pub fn of_person(db: &Connection, key: u32) -> Result<Vec<String>, StoreError> {
    let mut statement = db.prepare_cached(
        "SELECT library FROM person_library WHERE person_key = ?1 ORDER BY position, library",
    )?;
    let rows = statement.query_map([key], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The ids of the people in a library.
///
/// # Errors
/// What SQLite says.
pub fn people(db: &Connection, name: &str) -> Result<Vec<String>, StoreError> {
    let mut statement = db.prepare_cached(
        "SELECT identity_id FROM person JOIN person_library ON person_key = key WHERE library = ?1 ORDER BY key",
    )?;
    let rows = statement.query_map([name], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// How many people are in each library; libraries without people are not named.
///
/// # Errors
/// What SQLite says.
pub fn counts(db: &Connection) -> Result<HashMap<String, i64>, StoreError> {
    let mut statement = db.prepare_cached("SELECT library, count(*) FROM person_library GROUP BY library")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The key of a person.
///
/// # Errors
/// What SQLite says.
pub fn key(db: &Connection, identity_id: &str) -> Result<Option<u32>, StoreError> {
    let key: Option<i64> = db
        .prepare_cached("SELECT key FROM person WHERE identity_id = ?1")?
        .query_row([identity_id], |row| row.get(0))
        .optional()?;
    key.map(key_of).transpose()
}

/// The first library of everybody for whom that is not the default one.
///
/// # Errors
/// What SQLite says.
pub fn firsts(db: &Connection) -> Result<HashMap<u32, String>, StoreError> {
    let mut statement =
        db.prepare("SELECT person_key, library FROM person_library ORDER BY person_key, position, library")?;
    let mut rows = statement.query([])?;
    let mut firsts: HashMap<u32, String> = HashMap::new();
    while let Some(row) = rows.next()? {
        firsts.entry(key_of(row.get(0)?)?).or_insert(row.get(1)?);
    }
    firsts.retain(|_, library| library != DEFAULT_LIBRARY);
    Ok(firsts)
}

fn read(row: &Row<'_>) -> Result<Library, StoreError> {
    let info: String = row.get(2)?;
    Ok(Library {
        name: row.get(0)?,
        description: row.get(1)?,
        info: serde_json::from_str(&info).map_err(|_| StoreError::Corrupt("library.info"))?,
    })
}
