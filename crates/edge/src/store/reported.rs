//! The cameras a receiver of camera reports may know of: written down before it is told, forgotten once it has taken that they have gone.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};

use super::StoreError;

/// What `target` may know under this licence key: each camera's `ep_id`, and the report that it has gone.
///
/// # Errors
/// What SQLite says.
pub fn all(db: &Connection, target: &str, dev_sno: &str) -> Result<BTreeMap<String, String>, StoreError> {
    let mut statement =
        db.prepare_cached("SELECT ep_id, farewell FROM camera_report WHERE target = ?1 AND dev_sno = ?2")?;
    let rows = statement.query_map([target, dev_sno], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// `target` is about to be told of a camera; `farewell` is the report for when it has gone.
///
/// # Errors
/// What SQLite says.
pub fn put(
    db: &Connection,
    target: &str,
    dev_sno: &str,
    ep_id: &str,
    farewell: &str,
) -> Result<(), StoreError> {
    db.prepare_cached(
        "INSERT OR REPLACE INTO camera_report (target, dev_sno, ep_id, farewell) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute(params![target, dev_sno, ep_id, farewell])?;
    Ok(())
}

/// `target` knows that a camera has gone.
///
/// # Errors
/// What SQLite says.
pub fn remove(db: &Connection, target: &str, dev_sno: &str, ep_id: &str) -> Result<(), StoreError> {
    db.prepare_cached("DELETE FROM camera_report WHERE target = ?1 AND dev_sno = ?2 AND ep_id = ?3")?
        .execute([target, dev_sno, ep_id])?;
    Ok(())
}
