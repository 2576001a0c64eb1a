//! Named values the box keeps for itself: what was set through the local API, a MAC it made up. Those that may carry passwords
//! ([`SECRET`]) are sealed.

use rusqlite::{Connection, OptionalExtension};

use super::{Sealer, StoreError};

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
/// The console's password as an argon2id hash, and whether it is to be changed, JSON.
pub const CONSOLE_PASSWORD: &str = "console.password";
/// Tells this box's session cookie from those of other boxes at the same address.
pub const CONSOLE_COOKIE: &str = "console.cookie";

/// What somebody called the box.
pub const NAME: &str = "box.name";

/// The greeting screen's settings, JSON.
pub const WELCOME: &str = "welcome";

/// What may carry passwords.
pub const SECRET: [&str; 3] = [REALTIME, HISTORY, STATUS];

/// The value of `name`, one of [`SECRET`], if it was ever set.
///
/// # Errors
/// What SQLite says; [`StoreError::Sealed`] when it cannot be opened.
pub fn secret(db: &Connection, sealer: &Sealer, name: &str) -> Result<Option<String>, StoreError> {
    let mut statement = db.prepare_cached("SELECT value FROM setting WHERE name = ?1")?;
    let sealed: Option<Vec<u8>> = statement.query_row([name], |row| row.get(0)).optional()?;
    sealed.map(|sealed| sealer.open_setting(name, &sealed)).transpose()
}

/// Sets `name`, one of [`SECRET`], to `value`.
///
/// # Errors
/// What SQLite says.
pub fn set_secret(db: &Connection, sealer: &Sealer, name: &str, value: &str) -> Result<(), StoreError> {
    db.prepare_cached(
        "INSERT INTO setting (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )?
    .execute((name, sealer.seal_setting(name, value)?))?;
    Ok(())
}

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
