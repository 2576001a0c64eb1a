//! What the receiver has seen, and which events it saw before: receivers know an event by box, camera, moment and person.

use std::collections::{HashSet, VecDeque};
use std::fmt;

use super::Kind;
use super::words::Event;

/// Events remembered to recognise repeats.
const REMEMBERED: usize = 100_000;

/// What was seen, in numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Events by real-time upload.
    pub real_time: u64,
    /// Events by history upload.
    pub history: u64,
    /// Events at other paths.
    pub elsewhere: u64,
    /// Of all events, those of strangers.
    pub strangers: u64,
    /// Of all events, those that came before by the same way.
    pub repeats: u64,
    /// Status reports.
    pub statuses: u64,
    /// Items that were neither.
    pub unknown: u64,
    /// Requests that could not be read.
    pub unreadable: u64,
    /// Requests that were failed on purpose.
    pub failed: u64,
    /// Pictures kept.
    pub pictures: u64,
}

#[derive(Debug, Default)]
pub(super) struct Tally {
    summary: Summary,
    known: HashSet<String>,
    order: VecDeque<String>,
}

impl Tally {
    /// Counts an event; whether the same way has brought it before. Real-time and history each bring every event once.
    pub(super) fn event(&mut self, kind: Kind, event: &Event) -> bool {
        match kind {
            Kind::RealTime => self.summary.real_time += 1,
            Kind::History => self.summary.history += 1,
            Kind::Status | Kind::Other => self.summary.elsewhere += 1,
        }
        self.summary.strangers += u64::from(event.stranger);
        let key = format!("{kind:?} {}", event.key());
        if !self.known.insert(key.clone()) {
            self.summary.repeats += 1;
            return true;
        }
        self.order.push_back(key);
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        false
    }

    pub(super) fn status(&mut self) {
        self.summary.statuses += 1;
    }

    pub(super) fn unknown(&mut self) {
        self.summary.unknown += 1;
    }

    pub(super) fn unreadable(&mut self) {
        self.summary.unreadable += 1;
    }

    pub(super) fn failed(&mut self) {
        self.summary.failed += 1;
    }

    pub(super) fn saved(&mut self, pictures: u64) {
        self.summary.pictures += pictures;
    }

    pub(super) fn summary(&self) -> Summary {
        self.summary.clone()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} events in real time, {} from history, {} elsewhere; {} of strangers, {} repeats; {} status reports; \
             {} items of another kind, {} unreadable requests, {} failed on purpose; {} pictures kept",
            self.real_time,
            self.history,
            self.elsewhere,
            self.strangers,
            self.repeats,
            self.statuses,
            self.unknown,
            self.unreadable,
            self.failed,
            self.pictures
        )
    }
}
