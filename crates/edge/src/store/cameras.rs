//! The rows of cameras that were added while the box ran; sealed, because they carry passwords.

use rusqlite::Connection;

use super::{Sealer, StoreError};
use crate::config;

/// Every one, in the order they were added.
///
/// # Errors
/// What SQLite says, [`StoreError::Corrupt`] or [`StoreError::Sealed`] for a row that is not what was written.
pub fn all(db: &Connection, sealer: &Sealer) -> Result<Vec<config::Camera>, StoreError> {
    let mut statement = db.prepare("SELECT name, settings FROM camera ORDER BY added_at, name")?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?)))?;
    rows.map(|row| {
        let (name, sealed) = row?;
        let settings = sealer.open_camera(&name, &sealed)?;
        serde_json::from_slice(&settings).map_err(|_| StoreError::Corrupt("camera.settings"))
    })
    .collect()
}

/// Adds a camera or replaces the one of its name.
///
/// # Errors
/// What SQLite says.
pub fn put(db: &Connection, sealer: &Sealer, camera: &config::Camera, now: i64) -> Result<(), StoreError> {
    let settings = sealer.seal_camera(&camera.name, &serde_json::to_string(camera)?)?;
    db.prepare_cached(
        "INSERT INTO camera (name, settings, added_at) VALUES (?1, ?2, ?3)
         ON CONFLICT (name) DO UPDATE SET settings = excluded.settings",
    )?
    .execute(rusqlite::params![camera.name, settings, now])?;
    Ok(())
}

/// Removes a camera; whether it was there.
///
/// # Errors
/// What SQLite says.
pub fn remove(db: &Connection, name: &str) -> Result<bool, StoreError> {
    Ok(db.execute("DELETE FROM camera WHERE name = ?1", [name])? > 0)
}
