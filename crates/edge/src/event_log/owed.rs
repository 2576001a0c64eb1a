//! What could not be written because the disk was full, kept in memory and written with the next event. Small: while nothing can be
//! written no event is begun, so only those whose doors were moving are in it.

use std::sync::Arc;

use rusqlite::Connection;

use super::Recorded;
use crate::store::{StoreError, events};

/// What the database does not know yet, and nobody was told.
#[derive(Debug, Default)]
pub(super) struct Owed {
    /// Events that could not be stored.
    pub(super) lost: i64,
    /// Events that were begun, as they end.
    pub(super) unfinished: Vec<Arc<Recorded>>,
}

impl Owed {
    pub(super) fn is_nothing(&self) -> bool {
        self.lost == 0 && self.unfinished.is_empty()
    }

    /// Writes all of it. Returns the events that are complete with it: one that was wiped meanwhile is not.
    pub(super) fn pay(&self, db: &Connection) -> Result<Vec<Arc<Recorded>>, StoreError> {
        events::count_lost(db, self.lost)?;
        let mut complete = Vec::new();
        for event in &self.unfinished {
            if events::close(db, event.seq, &serde_json::to_string(&event.record)?)? {
                complete.push(Arc::clone(event));
            }
        }
        Ok(complete)
    }

    /// Takes back what could not be paid.
    pub(super) fn add(&mut self, other: &Self) {
        self.lost += other.lost;
        self.unfinished.extend(other.unfinished.iter().cloned());
    }
}
