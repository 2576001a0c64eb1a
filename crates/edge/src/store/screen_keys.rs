//! The rows of screens' keys: for whom each secret is good. The secrets themselves are nowhere, only their digests.

use rusqlite::{Connection, params};

use super::StoreError;

/// SHA-256 of a secret.
pub type Digest = [u8; 32];

/// What a secret is good for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Names it in lists.
    pub id: String,
    /// The pad's camera; `None` for a greeting screen.
    pub camera: Option<String>,
    /// For people.
    pub name: String,
    /// Where it was paired from; empty for a link.
    pub address: String,
    /// Milliseconds UTC.
    pub made_at: i64,
    /// When a session last began with it, milliseconds UTC.
    pub used_at: Option<i64>,
}

/// Every key with its digest, oldest first.
///
/// # Errors
/// What SQLite says, [`StoreError::Corrupt`] for a digest that is none.
pub fn all(db: &Connection) -> Result<Vec<(Digest, Key)>, StoreError> {
    let mut statement = db.prepare(
        "SELECT digest, id, camera, name, address, made_at, used_at FROM screen_key ORDER BY made_at, id",
    )?;
    let rows = statement.query_map([], |row| {
        let key = Key {
            id: row.get(1)?,
            camera: row.get(2)?,
            name: row.get(3)?,
            address: row.get(4)?,
            made_at: row.get(5)?,
            used_at: row.get(6)?,
        };
        Ok((row.get::<_, Vec<u8>>(0)?, key))
    })?;
    rows.map(|row| {
        let (digest, key) = row?;
        Ok((digest.try_into().map_err(|_| StoreError::Corrupt("screen_key.digest"))?, key))
    })
    .collect()
}

/// How many keys there are for a camera's pads (or for greeting screens), and in all.
///
/// # Errors
/// What SQLite says.
pub fn count(db: &Connection, camera: Option<&str>) -> Result<(usize, usize), StoreError> {
    let sql = "SELECT count(*) FILTER (WHERE camera IS ?1), count(*) FROM screen_key";
    let number = |n: i64| usize::try_from(n).unwrap_or(usize::MAX);
    Ok(db.query_row(sql, [camera], |row| Ok((number(row.get(0)?), number(row.get(1)?))))?)
}

/// Adds a key.
///
/// # Errors
/// What SQLite says.
pub fn insert(db: &Connection, digest: &Digest, key: &Key) -> Result<(), StoreError> {
    db.prepare_cached(
        "INSERT INTO screen_key (id, camera, digest, name, address, made_at, used_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![key.id, key.camera, digest, key.name, key.address, key.made_at, key.used_at])?;
    Ok(())
}

/// Notes that a session began with a key.
///
/// # Errors
/// What SQLite says.
pub fn used(db: &Connection, id: &str, now: i64) -> Result<(), StoreError> {
    db.execute("UPDATE screen_key SET used_at = ?2 WHERE id = ?1", params![id, now])?;
    Ok(())
}

/// Removes a key; whether it was there.
///
/// # Errors
/// What SQLite says.
pub fn remove(db: &Connection, id: &str) -> Result<bool, StoreError> {
    Ok(db.execute("DELETE FROM screen_key WHERE id = ?1", [id])? > 0)
}
