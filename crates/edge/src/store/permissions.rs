//! The rows of permission groups. Every name and every id means one group at most, whichever of the two is used.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::{Map, Value};

use super::StoreError;
use super::libraries::Outcome;

/// The id of the group everybody is in unless told otherwise; it always exists.
pub const DEFAULT_PERMISSION: &str = "0";

/// Groups one box keeps.
const MOST: i64 = 1000;

/// A permission group.
#[derive(Debug, Clone, PartialEq)]
pub struct Permission {
    /// Its id.
    pub id: String,
    /// Its unique name.
    pub name: String,
    /// A description, possibly empty.
    pub description: String,
    /// Further fields, kept as they came.
    pub info: Map<String, Value>,
}

/// Every group, or the one with this id or name, in the order they came.
///
/// # Errors
/// What SQLite says, [`StoreError::Corrupt`] for a row that is not what was written.
pub fn list(db: &Connection, of: Option<&str>) -> Result<Vec<Permission>, StoreError> {
    let mut statement = db.prepare_cached(
        "SELECT id, name, description, info FROM permission_group WHERE ?1 IS NULL OR id = ?1 OR name = ?1
         ORDER BY created_at, name",
    )?;
    let mut rows = statement.query([of])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

/// The group with this id or name.
///
/// # Errors
/// As [`list`].
pub fn find(db: &Connection, of: &str) -> Result<Option<Permission>, StoreError> {
    Ok(list(db, Some(of))?.pop())
}

/// Adds a group unless its name or id means one already.
///
/// # Errors
/// What SQLite says.
pub fn add(db: &Connection, group: &Permission, now: i64) -> Result<Outcome, StoreError> {
    let taken = "SELECT 1 FROM permission_group WHERE id IN (?1, ?2) OR name IN (?1, ?2)";
    if db.prepare_cached(taken)?.exists([&group.id, &group.name])? {
        return Ok(Outcome::Taken);
    }
    let number: i64 = db.query_row("SELECT count(*) FROM permission_group", [], |row| row.get(0))?;
    if number >= MOST {
        return Ok(Outcome::Full);
    }
    db.prepare_cached(
        "INSERT INTO permission_group (id, name, description, info, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![
        group.id,
        group.name,
        group.description,
        serde_json::to_string(&group.info)?,
        now
    ])?;
    Ok(Outcome::Done)
}

/// Changes description and further fields of a group.
///
/// # Errors
/// What SQLite says.
pub fn change(db: &Connection, group: &Permission) -> Result<(), StoreError> {
    db.prepare_cached("UPDATE permission_group SET description = ?2, info = ?3 WHERE id = ?1")?
        .execute(params![group.id, group.description, serde_json::to_string(&group.info)?])?;
    Ok(())
}

/// Removes a group and takes it out of every person's list. Returns the people concerned with what is left to them, which may
/// be nothing: who loses the only group may pass nowhere.
///
/// # Errors
/// What SQLite says, [`StoreError::Corrupt`] for a row that is not what was written.
pub fn remove(db: &Connection, group: &Permission) -> Result<Vec<(u32, Vec<String>)>, StoreError> {
    db.prepare_cached("DELETE FROM permission_group WHERE id = ?1")?.execute([&group.id])?;
    let mut concerned = Vec::new();
    for (key, mut groups) in members(db, group, "key")? {
        groups.retain(|id| *id != group.id && *id != group.name);
        db.prepare_cached("UPDATE person SET groups = ?2 WHERE key = ?1")?
            .execute(params![key, serde_json::to_string(&groups)?])?;
        concerned.push((super::people::key_of(key)?, groups));
    }
    Ok(concerned)
}

/// The ids of the people who are in a group, by its id or its name.
///
/// # Errors
/// As [`remove`].
pub fn people(db: &Connection, group: &Permission) -> Result<Vec<String>, StoreError> {
    let found = members::<String>(db, group, "identity_id")?;
    Ok(found.into_iter().map(|(id, _)| id).collect())
}

/// How many people are in each group, by its id; groups without people are not named.
///
/// # Errors
/// What SQLite says.
pub fn counts(db: &Connection) -> Result<HashMap<String, i64>, StoreError> {
    let mut statement = db.prepare_cached(
        "SELECT permission_group.id, count(DISTINCT person.key) FROM person, json_each(person.groups) AS named
         JOIN permission_group ON named.value IN (permission_group.id, permission_group.name)
         GROUP BY permission_group.id",
    )?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Forgets every group but the default one.
///
/// # Errors
/// What SQLite says.
pub fn wipe(db: &Connection) -> Result<(), StoreError> {
    db.execute("DELETE FROM permission_group WHERE id <> ?1", [DEFAULT_PERMISSION])?;
    Ok(())
}

/// The id behind each name that is not itself the id.
///
/// # Errors
/// What SQLite says.
pub fn ids(db: &Connection) -> Result<HashMap<String, String>, StoreError> {
    let mut statement = db.prepare_cached("SELECT name, id FROM permission_group WHERE name <> id")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Whether there is a group with this id or name.
///
/// # Errors
/// What SQLite says.
pub fn exists(db: &Connection, of: &str) -> Result<bool, StoreError> {
    let found = db
        .prepare_cached("SELECT 1 FROM permission_group WHERE id = ?1 OR name = ?1")?
        .query_row([of], |_| Ok(()))
        .optional()?;
    Ok(found.is_some())
}

fn members<T: rusqlite::types::FromSql>(
    db: &Connection,
    group: &Permission,
    column: &str,
) -> Result<Vec<(T, Vec<String>)>, StoreError> {
    let mut statement = db.prepare(&format!(
        "SELECT {column}, groups FROM person
         WHERE EXISTS (SELECT 1 FROM json_each(person.groups) WHERE value IN (?1, ?2)) ORDER BY key"
    ))?;
    let rows = statement
        .query_map([&group.id, &group.name], |row| Ok((row.get::<_, T>(0)?, row.get::<_, String>(1)?)))?;
    rows.map(|row| {
        let (column, groups) = row?;
        let groups = serde_json::from_str(&groups).map_err(|_| StoreError::Corrupt("person.groups"))?;
        Ok((column, groups))
    })
    .collect()
}

fn read(row: &Row<'_>) -> Result<Permission, StoreError> {
    let info: String = row.get(3)?;
    Ok(Permission {
        id: row.get(0)?,
        name: row.get(1)?,
        description: row.get(2)?,
        info: serde_json::from_str(&info).map_err(|_| StoreError::Corrupt("permission_group.info"))?,
    })
}
