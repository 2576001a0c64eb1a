//! Migrations: numbered, embedded, applied once each in order, in the transaction that opens the database.

use super::{DbError, Tx, vals};

/// Every migration, oldest first; the position is the version, starting at 1. A landed file never changes.
#[rustfmt::skip]
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_base.sql"),
    include_str!("migrations/0002_logs.sql"),
    include_str!("migrations/0003_seal.sql"),
    include_str!("migrations/0006_events.sql"),
    include_str!("migrations/0009_claims.sql"),
];

/// Brings the schema to the newest version this program knows.
pub(super) fn run(tx: &mut Tx<'_>) -> Result<(), DbError> {
    tx.exec(
        "CREATE TABLE IF NOT EXISTS schema_version(version BIGINT PRIMARY KEY, applied_at BIGINT NOT NULL)",
        &[],
    )?;
    let found = tx.number("SELECT MAX(version) FROM schema_version", &[])?;
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(DbError::Newer { found, known });
    }
    for (version, script) in
        (1..).zip(MIGRATIONS.iter().copied()).skip_while(|(version, _)| *version <= found)
    {
        tx.script(script)?;
        let now = crate::clock::now();
        tx.exec("INSERT INTO schema_version(version, applied_at) VALUES($1, $2)", vals![version, now])?;
        tracing::info!(version, "database schema migrated");
    }
    Ok(())
}
