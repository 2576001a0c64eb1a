//! How the uploads are doing, for status pages: one line per receiver and purpose.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use super::post::Answer;
use super::target::Plan;
use crate::clock;

/// What is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Every event, for certain.
    History,
    /// Matches, at once.
    Realtime,
    /// The heartbeat.
    Status,
    /// The cameras.
    Cameras,
}

/// One receiver for one purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = UploadLane)]
pub struct Lane {
    /// What is sent.
    pub purpose: Purpose,
    /// Where, without credentials.
    pub target: String,
    /// Requests the receiver accepted since the start.
    pub accepted: u64,
    /// Requests it did not.
    pub failed: u64,
    /// Real-time events that were given up because the receiver was too slow.
    pub missed: u64,
    /// The last answer in a few words; empty before the first.
    pub last_answer: String,
    /// When that was, milliseconds UTC.
    pub last_at: i64,
    /// When the next attempt begins after a failure, milliseconds UTC; 0 when nothing failed.
    pub next_attempt_at: i64,
}

/// The lines.
#[derive(Debug, Default)]
pub(super) struct Board {
    lanes: Mutex<BTreeMap<(Purpose, String), Lane>>,
}

impl Board {
    pub(super) fn lanes(&self) -> Vec<Lane> {
        self.lock().values().cloned().collect()
    }

    /// Shows the receivers of `plan` and no others; those that stay keep their figures.
    pub(super) fn keep(&self, plan: &Plan) {
        let purposes = [
            (Purpose::History, &plan.history),
            (Purpose::Realtime, &plan.realtime),
            (Purpose::Status, &plan.status),
            (Purpose::Cameras, &plan.cameras),
        ];
        let mut lanes = self.lock();
        let mut before = std::mem::take(&mut *lanes);
        for (purpose, targets) in purposes {
            for target in targets {
                let key = (purpose, target.url.clone());
                let lane = before.remove(&key).unwrap_or_else(|| Lane::new(purpose, target.url.clone()));
                lanes.insert(key, lane);
            }
        }
    }

    /// Notes an answer; `pause_ms` is the wait before the next attempt after a failure.
    pub(super) fn note(&self, purpose: Purpose, target: &str, answer: &Answer, pause_ms: u128) {
        self.change(purpose, target, |lane| {
            let now = clock::now();
            match answer {
                Answer::Accepted => lane.accepted += 1,
                _ => lane.failed += 1,
            }
            answer.text().clone_into(&mut lane.last_answer);
            lane.last_at = now;
            lane.next_attempt_at = match pause_ms {
                0 => 0,
                pause => now.saturating_add(i64::try_from(pause).unwrap_or(i64::MAX)),
            };
        });
    }

    /// Notes real-time events that were not sent.
    pub(super) fn miss(&self, target: &str, number: u64) {
        self.change(Purpose::Realtime, target, |lane| lane.missed += number);
    }

    fn change(&self, purpose: Purpose, target: &str, change: impl FnOnce(&mut Lane)) {
        if let Some(lane) = self.lock().get_mut(&(purpose, target.to_owned())) {
            change(lane);
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<(Purpose, String), Lane>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lane {
    fn new(purpose: Purpose, target: String) -> Self {
        Self {
            purpose,
            target,
            accepted: 0,
            failed: 0,
            missed: 0,
            last_answer: String::new(),
            last_at: 0,
            next_attempt_at: 0,
        }
    }
}
