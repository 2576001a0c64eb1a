//! The rows of sessions at the box's console, by the digest of their tokens.

use rusqlite::{Connection, params};

use super::StoreError;

/// SHA-256 of a session's token.
pub type Digest = [u8; 32];

/// One session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    /// Its token's digest.
    pub digest: Digest,
    /// When it was opened, milliseconds UTC.
    pub opened_at: i64,
    /// When it was used last, as far as that was written down, milliseconds UTC.
    pub used_at: i64,
}

/// Every session.
///
/// # Errors
/// What SQLite says.
pub fn all(db: &Connection) -> Result<Vec<Session>, StoreError> {
    let mut statement = db.prepare_cached("SELECT digest, opened_at, used_at FROM session")?;
    let rows = statement.query_map([], |row| {
        Ok(Session { digest: row.get(0)?, opened_at: row.get(1)?, used_at: row.get(2)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Writes a new session.
///
/// # Errors
/// What SQLite says.
pub fn put(db: &Connection, session: &Session) -> Result<(), StoreError> {
    db.prepare_cached("INSERT INTO session (digest, opened_at, used_at) VALUES (?1, ?2, ?3)")?
        .execute(params![session.digest, session.opened_at, session.used_at])?;
    Ok(())
}

/// Notes when a session was used last, if it is still there.
///
/// # Errors
/// What SQLite says.
pub fn touch(db: &Connection, digest: &Digest, now: i64) -> Result<(), StoreError> {
    db.prepare_cached("UPDATE session SET used_at = ?2 WHERE digest = ?1")?.execute(params![digest, now])?;
    Ok(())
}

/// Ends a session.
///
/// # Errors
/// What SQLite says.
pub fn remove(db: &Connection, digest: &Digest) -> Result<(), StoreError> {
    db.prepare_cached("DELETE FROM session WHERE digest = ?1")?.execute([digest])?;
    Ok(())
}

/// Ends all of them.
///
/// # Errors
/// What SQLite says.
pub fn clear(db: &Connection) -> Result<(), StoreError> {
    db.execute("DELETE FROM session", [])?;
    Ok(())
}
