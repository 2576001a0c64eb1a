//! Migrations: numbered, embedded, applied once each in order, in the transaction that opens the database.

use super::{DbError, Tx, vals};

/// Every migration, oldest first; the position is the version, starting at 1. A landed file never changes.
#[rustfmt::skip]
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_base.sql"),
    include_str!("migrations/0002_logs.sql"),
    include_str!("migrations/0003_seal.sql"),
    include_str!("migrations/0004_fleet.sql"),
    include_str!("migrations/0005_people.sql"),
    include_str!("migrations/0006_events.sql"),
    include_str!("migrations/0007_access.sql"),
    include_str!("migrations/0008_webhooks.sql"),
    include_str!("migrations/0009_claims.sql"),
    include_str!("migrations/0010_kept.sql"),
    include_str!("migrations/0011_console.sql"),
    include_str!("migrations/0012_outbox.sql"),
    include_str!("migrations/0013_leftovers.sql"),
    include_str!("migrations/0014_import_places.sql"),
    include_str!("migrations/0015_resting.sql"),
    include_str!("migrations/0016_import_files.sql"),
    include_str!("migrations/0017_waiting.sql"),
    include_str!("migrations/0018_due.sql"),
    include_str!("migrations/0019_template_seq.sql"),
    include_str!("migrations/0020_feed_epoch.sql"),
    include_str!("migrations/0021_receipts.sql"),
];

/// The newest version this program knows.
pub(crate) fn known() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// Every migration, oldest first.
pub(crate) fn scripts() -> &'static [&'static str] {
    MIGRATIONS
}

/// Brings the schema to the newest version this program knows.
pub(super) fn run(tx: &mut Tx<'_>) -> Result<(), DbError> {
    run_to(tx, None)
}

/// The version of the schema; 0 before the first migration.
pub(crate) fn version(tx: &mut Tx<'_>) -> Result<i64, DbError> {
    tx.number("SELECT MAX(version) FROM schema_version", &[])
}

/// Deletes all rows of these tables, in this order; takes as long as it takes.
pub(crate) fn empty(tx: &mut Tx<'_>, tables: &[&str]) -> Result<(), DbError> {
    let statements: Vec<String> = tables.iter().map(|table| format!("DELETE FROM {table};")).collect();
    tx.script(&statements.join("\n"))
}

/// Brings the schema to a version (`None`: the newest this program knows); one that is further already is left as it is.
pub(crate) fn run_to(tx: &mut Tx<'_>, wanted: Option<i64>) -> Result<(), DbError> {
    tx.exec(
        "CREATE TABLE IF NOT EXISTS schema_version(version BIGINT PRIMARY KEY, applied_at BIGINT NOT NULL)",
        &[],
    )?;
    let (found, known) = (version(tx)?, known());
    let wanted = wanted.unwrap_or(known);
    let further = found.max(wanted);
    if further > known {
        let found = further;
        return Err(DbError::Newer { found, known });
    }
    for (version, script) in (1..)
        .zip(MIGRATIONS.iter().copied())
        .skip_while(|(version, _)| *version <= found)
        .take_while(|(version, _)| *version <= wanted)
    {
        tx.script(script)?;
        let now = crate::clock::now();
        tx.exec("INSERT INTO schema_version(version, applied_at) VALUES($1, $2)", vals![version, now])?;
        tracing::info!(version, "database schema migrated");
    }
    Ok(())
}
