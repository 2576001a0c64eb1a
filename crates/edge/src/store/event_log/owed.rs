//! What could not be written because the disk was full, kept in memory and written with the next event. Small: while nothing can be
//! written no event is begun, so only those whose doors were moving are in it.

use std::sync::Arc;

use rusqlite::Connection;

use super::super::{StoreError, events};

/// What the database does not know yet.
#[derive(Debug, Default)]
pub(super) struct Owed {
    /// Events that could not be stored.
    pub(super) lost: i64,
    /// Events that were begun, with the text they end with.
    pub(super) unfinished: Vec<(i64, Arc<str>)>,
}

impl Owed {
    /// Writes all of it.
    pub(super) fn pay(&self, db: &Connection) -> Result<(), StoreError> {
        events::count_lost(db, self.lost)?;
        for (seq, body) in &self.unfinished {
            events::close(db, *seq, body)?;
        }
        Ok(())
    }

    /// Takes back what could not be paid.
    pub(super) fn add(&mut self, other: &Self) {
        self.lost += other.lost;
        self.unfinished.extend(other.unfinished.iter().cloned());
    }
}
