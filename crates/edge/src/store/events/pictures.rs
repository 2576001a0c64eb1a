//! The pictures of people who are erased. All pictures share one key, so they are overwritten where they lie.

use rusqlite::{Connection, params_from_iter};

use super::super::StoreError;

/// Whose picture an event shows, as its index says it; empty for strangers.
const PICTURED: &str = "CASE WHEN json_valid(body) THEN json_extract(body, '$.identity_id') END";

/// Overwrites and removes the pictures of a person's events; the events stay. To be called from
/// [`Store::erase`](super::super::Store::erase), which also empties the log.
///
/// # Errors
/// What SQLite says.
pub fn forget_pictures(db: &Connection, identity_id: &str) -> Result<(), StoreError> {
    forget(db, "= ?1", &[identity_id])
}

/// As [`forget_pictures`], of everybody who has a name here.
///
/// # Errors
/// What SQLite says.
pub fn forget_all_pictures(db: &Connection) -> Result<(), StoreError> {
    forget(db, "> ''", &[])
}

fn forget(db: &Connection, whose: &str, params: &[&str]) -> Result<(), StoreError> {
    // A value of the same length takes the place of the old one, on the same pages.
    for instead in ["zeroblob(length(spot))", "NULL"] {
        let sql = format!("UPDATE event SET spot = {instead} WHERE spot IS NOT NULL AND {PICTURED} {whose}");
        db.prepare_cached(&sql)?.execute(params_from_iter(params))?;
    }
    Ok(())
}
