//! The schema, as numbered steps that are never edited once released; `PRAGMA user_version` remembers the last one done.

use rusqlite::Connection;

use super::StoreError;

/// Every step in order; the first has number 1.
const STEPS: &[&str] = &[
    include_str!("migrations/0001_box.sql"),
    include_str!("migrations/0002_events.sql"),
    include_str!("migrations/0003_cameras.sql"),
    include_str!("migrations/0004_fog.sql"),
    include_str!("migrations/0005_sealed.sql"),
    include_str!("migrations/0006_more_photos.sql"),
    include_str!("migrations/0007_sealed_settings.sql"),
    include_str!("migrations/0008_sessions.sql"),
    include_str!("migrations/0009_screens.sql"),
    include_str!("migrations/0010_reported_cameras.sql"),
];

/// The newest schema this version knows.
pub(crate) fn newest() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

/// Brings the schema up to date, each step in a transaction of its own.
pub(super) fn run(connection: &mut Connection) -> Result<(), StoreError> {
    let known = newest();
    let found = version(connection)?;
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    for (number, step) in (1..).zip(STEPS) {
        if number > found {
            let tx = connection.transaction()?;
            tx.execute_batch(step)?;
            tx.pragma_update(None, "user_version", number)?;
            tx.commit()?;
            tracing::info!(schema = number, "the database has been brought up to date");
        }
    }
    Ok(())
}

/// The last step done; 0 for a database that is new.
pub(super) fn version(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// The steps of a database whose rows are not sealed.
#[cfg(test)]
pub(super) const BEFORE_SEALING: &[&str] = STEPS.split_at(3).0;
