//! Named values the box keeps for itself: what was set through the local API, a MAC it made up.

use rusqlite::{Connection, OptionalExtension};

use super::StoreError;

/// Licence key set through the local API.
pub const DEV_SNO: &str = "box.dev_sno";
/// Login URL set through the local API.
pub const LOGIN_URL: &str = "box.login_url";
/// Keys of `[recognition]` that were set through the local API, JSON.
pub const RECOGNITION: &str = "recognition";
/// Faces without a name, hour by hour, JSON.
pub const TRAFFIC: &str = "recognition.traffic";
/// Real-time receivers set through the local API, JSON.
pub const REALTIME: &str = "uploads.realtime";
/// History receivers set through the local API, JSON.
pub const HISTORY: &str = "uploads.history";
/// Status receiver set through the local API, JSON.
pub const STATUS: &str = "uploads.status";
/// Work mode set through the local API: `local` or `mq`.
pub const WORK_MODE: &str = "box.work_mode";
/// MAC made up on a machine without a network interface.
pub const MAC: &str = "box.mac";
/// What is done with doors, a word of `GateControllerMode`.
pub const GATE_MODE: &str = "gate.mode";

/// The value of `name`, if it was ever set.
///
/// # Errors
/// What SQLite says.
pub fn get(db: &Connection, name: &str) -> Result<Option<String>, StoreError> {
    let mut statement = db.prepare_cached("SELECT value FROM setting WHERE name = ?1")?;
    Ok(statement.query_row([name], |row| row.get(0)).optional()?)
}

/// Sets `name` to `value`.
///
/// # Errors
/// What SQLite says.
pub fn set(db: &Connection, name: &str, value: &str) -> Result<(), StoreError> {
    db.prepare_cached(
        "INSERT INTO setting (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )?
    .execute([name, value])?;
    Ok(())
}
