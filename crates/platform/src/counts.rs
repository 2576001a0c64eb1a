//! What is counted since the process started, for operators and tests.

use std::sync::atomic::{AtomicU64, Ordering};

/// A number that only grows.
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU64);

/// Everything that is counted.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// Requests of boxes that were refused because nobody could tell whose they are.
    pub(crate) requests_unauthenticated: Count,
    /// Requests of boxes that asked too often.
    pub(crate) requests_paced: Count,
    /// Bodies from boxes that could not be read.
    pub(crate) requests_unreadable: Count,
    /// Events that became a row.
    pub(crate) events_new: Count,
    /// Reports merged into an event that was there.
    pub(crate) events_merged: Count,
    /// Events of a batch that could not be read, while the rest of it could.
    pub(crate) events_unreadable: Count,
    /// Pictures of events that could not be read.
    pub(crate) pictures_unreadable: Count,
    /// Reports of events that named another box's camera.
    pub(crate) event_cameras_foreign: Count,
    /// Events and reports of cameras with a text that was too long and is kept shorter.
    pub(crate) reports_shortened: Count,
    /// Results that ended a command.
    pub(crate) results_settled: Count,
    /// Results for commands that had ended before.
    pub(crate) results_again: Count,
    /// Results for commands that are not ours.
    pub(crate) results_foreign: Count,
    /// Results that could not be read, or named no box.
    pub(crate) results_unreadable: Count,
    /// Results nothing proved the sender of.
    pub(crate) results_unproven: Count,
    /// Results that would have ended no command, from somebody who sends too many of them: not looked at any further.
    pub(crate) results_paced: Count,
    /// Attempts to tell a webhook that were taken.
    pub(crate) webhooks_taken: Count,
    /// Attempts to tell a webhook that were answered and not taken.
    pub(crate) webhooks_refused: Count,
    /// Attempts to tell a webhook that nobody answered.
    pub(crate) webhooks_unanswered: Count,
    /// Messages of the event exchange that reached a queue.
    pub(crate) exchange_taken: Count,
    /// Messages of the event exchange nobody had bound a queue for.
    pub(crate) exchange_dropped: Count,
}

impl Count {
    /// One more.
    pub(crate) fn add(&self) {
        self.add_many(1);
    }

    /// Several more.
    pub(crate) fn add_many(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    /// How many so far.
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Counts {
    /// Every count with its name, for `/metrics` and the log.
    pub(crate) fn all(&self) -> [(&'static str, u64); 20] {
        [
            ("device_requests_unauthenticated", self.requests_unauthenticated.get()),
            ("device_requests_paced", self.requests_paced.get()),
            ("device_requests_unreadable", self.requests_unreadable.get()),
            ("events_new", self.events_new.get()),
            ("events_merged", self.events_merged.get()),
            ("events_unreadable", self.events_unreadable.get()),
            ("event_pictures_unreadable", self.pictures_unreadable.get()),
            ("event_cameras_foreign", self.event_cameras_foreign.get()),
            ("device_reports_shortened", self.reports_shortened.get()),
            ("results_settled", self.results_settled.get()),
            ("results_again", self.results_again.get()),
            ("results_foreign", self.results_foreign.get()),
            ("results_unreadable", self.results_unreadable.get()),
            ("results_unproven", self.results_unproven.get()),
            ("results_paced", self.results_paced.get()),
            ("webhooks_taken", self.webhooks_taken.get()),
            ("webhooks_refused", self.webhooks_refused.get()),
            ("webhooks_unanswered", self.webhooks_unanswered.get()),
            ("exchange_taken", self.exchange_taken.get()),
            ("exchange_dropped", self.exchange_dropped.get()),
        ]
    }
}
