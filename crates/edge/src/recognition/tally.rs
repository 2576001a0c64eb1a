//! What recognition has done since the start, in numbers.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

use crate::decision::Verdict;

/// The numbers as status shows them.
#[derive(Debug, Clone, Default, Serialize, utoipa::ToSchema)]
#[schema(as = RecognitionCounters)]
pub struct Counters {
    /// Captures looked at.
    pub captures: u64,
    /// Captures that were no pictures.
    pub unreadable: u64,
    /// Faces judged.
    pub faces: u64,
    /// Faces that made no event because the same person had just made one.
    pub repeated: u64,
    /// Events of people who were let in.
    pub let_in: u64,
    /// Events of people who were not.
    pub refused: u64,
    /// Events of faces that resemble somebody, not enough for a name.
    pub possible: u64,
    /// Events of strangers.
    pub strangers: u64,
    /// Events of people on the black list; they are among the refused.
    pub blacklisted: u64,
    /// Events that could not be stored.
    pub lost: u64,
    /// Captures waiting now.
    pub waiting: usize,
    /// Milliseconds from the last capture to the end of its verdicts.
    pub last_ms: u64,
}

/// The numbers while they grow.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) captures: AtomicU64,
    pub(super) unreadable: AtomicU64,
    pub(super) faces: AtomicU64,
    pub(super) repeated: AtomicU64,
    pub(super) blacklisted: AtomicU64,
    pub(super) lost: AtomicU64,
    pub(super) last_ms: AtomicU64,
    let_in: AtomicU64,
    refused: AtomicU64,
    possible: AtomicU64,
    strangers: AtomicU64,
}

impl Tally {
    /// One more; the count before it.
    pub(super) fn add(counter: &AtomicU64) -> u64 {
        counter.fetch_add(1, Ordering::Relaxed)
    }

    /// One more event with this verdict.
    pub(super) fn verdict(&self, verdict: Verdict) {
        Self::add(match verdict {
            Verdict::LetIn => &self.let_in,
            Verdict::Refused => &self.refused,
            Verdict::Possible => &self.possible,
            Verdict::Stranger => &self.strangers,
        });
    }

    /// The numbers now; `waiting` captures are in the queue.
    pub(super) fn read(&self, waiting: usize) -> Counters {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counters {
            captures: read(&self.captures),
            unreadable: read(&self.unreadable),
            faces: read(&self.faces),
            repeated: read(&self.repeated),
            let_in: read(&self.let_in),
            refused: read(&self.refused),
            possible: read(&self.possible),
            strangers: read(&self.strangers),
            blacklisted: read(&self.blacklisted),
            lost: read(&self.lost),
            waiting,
            last_ms: read(&self.last_ms),
        }
    }
}
