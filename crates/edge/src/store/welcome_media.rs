//! The rows of what a greeting screen shows beside faces; the files lie in `data_dir/welcome`.

use rusqlite::{Connection, params};
use serde::Serialize;
use utoipa::ToSchema;

use super::StoreError;

/// A picture or a video.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Media {
    /// Names it, and its file.
    pub id: String,
    /// `logo`, `background` or `video`.
    pub kind: String,
    /// For people.
    pub name: String,
    /// What it is sent as.
    pub content_type: String,
    /// Its size.
    pub bytes: u64,
    /// Milliseconds UTC.
    pub added_at: i64,
}

/// All of it, in the order in which it was added.
///
/// # Errors
/// What SQLite says.
pub fn all(db: &Connection) -> Result<Vec<Media>, StoreError> {
    let mut statement = db.prepare(
        "SELECT id, kind, name, content_type, bytes, added_at FROM welcome_media ORDER BY added_at, id",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(Media {
            id: row.get(0)?,
            kind: row.get(1)?,
            name: row.get(2)?,
            content_type: row.get(3)?,
            bytes: u64::try_from(row.get::<_, i64>(4)?).unwrap_or(0),
            added_at: row.get(5)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Adds one.
///
/// # Errors
/// What SQLite says.
pub fn insert(db: &Connection, media: &Media) -> Result<(), StoreError> {
    let bytes = i64::try_from(media.bytes).unwrap_or(i64::MAX);
    db.prepare_cached(
        "INSERT INTO welcome_media (id, kind, name, content_type, bytes, added_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![media.id, media.kind, media.name, media.content_type, bytes, media.added_at])?;
    Ok(())
}

/// Removes one; whether it was there.
///
/// # Errors
/// What SQLite says.
pub fn remove(db: &Connection, id: &str) -> Result<bool, StoreError> {
    Ok(db.execute("DELETE FROM welcome_media WHERE id = ?1", [id])? > 0)
}
