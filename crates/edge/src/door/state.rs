//! One door, however many cameras open it: its driver, what it last did, and whether it is worth asking.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use tokio::time::Instant;

use super::breaker::Breaker;
use super::{Action, Driver, Order, Outcome, TIME_LIMIT};
use crate::clock;

/// Actions that are remembered.
const REMEMBERED: usize = 10;

/// One door.
#[derive(Debug)]
pub struct Door {
    driver: Arc<dyn Driver>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    breaker: Breaker,
    last: VecDeque<Deed>,
    /// When it was opened and when it closes or closed again, milliseconds UTC.
    opened: Option<(i64, i64)>,
}

/// Something a door did or failed to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = DoorDeed)]
pub struct Deed {
    /// When, milliseconds UTC.
    pub at: i64,
    /// Camera in front of which it was.
    pub camera: String,
    /// Who passed; empty when nobody did.
    pub identity_id: String,
    /// What came of it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// A door as status shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = DoorStatus)]
pub struct Status {
    /// Kind of its driver.
    pub kind: String,
    /// Where its hardware is.
    pub place: String,
    /// `closed`, `open`, or `unknown` for hardware that does not tell.
    pub state: &'static str,
    /// Since when it is open or closed, milliseconds UTC; `None`: nothing has moved it since the box was started, or it does not tell.
    pub since: Option<i64>,
    /// Milliseconds until it closes.
    pub closes_in_ms: Option<u64>,
    /// Attempts that failed since one succeeded.
    pub failures: u32,
    /// Whether passages fail at once, because the hardware let several wait and did not answer.
    pub resting: bool,
    /// What an operator should know, such as a relay that could not be released.
    pub trouble: Option<String>,
    /// Milliseconds since the last action.
    pub last_ago_ms: Option<i64>,
    /// The last actions, latest first.
    pub last: Vec<Deed>,
}

impl Door {
    pub(super) fn new(driver: Arc<dyn Driver>) -> Self {
        Self { driver, state: Mutex::default() }
    }

    /// Kind of its driver.
    pub fn kind(&self) -> &'static str {
        self.driver.kind()
    }

    /// Its hardware.
    pub fn driver(&self) -> &dyn Driver {
        &*self.driver
    }

    /// Carries out `order` and says what came of it, within the time limit. Never fails: a door that cannot be moved is a result
    /// like any other.
    pub async fn act(&self, action: Action, order: &Order) -> Outcome {
        let admitted = self.lock().breaker.admit(Instant::now());
        match admitted {
            Ok(()) => self.try_it(action, order).await,
            Err(reason) => self.remember(order, action, &Err(reason), 0),
        }
    }

    /// As [`Door::act`], whatever came of earlier attempts: somebody asked for this one and waits for it.
    pub async fn try_it(&self, action: Action, order: &Order) -> Outcome {
        let began = Instant::now();
        let result = match tokio::time::timeout(TIME_LIMIT, self.driver.carry_out(action, order)).await {
            Ok(result) => result,
            Err(_) => Err(format!("no answer within {} ms", TIME_LIMIT.as_millis())),
        };
        let took = began.elapsed();
        self.lock().breaker.note(&result, took, Instant::now());
        self.remember(order, action, &result, u64::try_from(took.as_millis()).unwrap_or(u64::MAX))
    }

    /// What it last failed to do, if it has not done anything since.
    pub(super) fn failure(&self) -> Option<Outcome> {
        self.lock().last.front().map(|deed| &deed.outcome).filter(|outcome| outcome.has_failed()).cloned()
    }

    /// How it is.
    pub fn status(&self) -> Status {
        let (state, now) = (self.lock(), clock::now());
        let left = self.driver.open_for();
        Status {
            kind: self.kind().to_owned(),
            place: self.driver.place(),
            state: match left {
                Some(_) => "open",
                None if self.driver.tells() => "closed",
                None => "unknown",
            },
            since: state.since(left.is_some(), now),
            closes_in_ms: left.map(|left| u64::try_from(left.as_millis()).unwrap_or(u64::MAX)),
            failures: state.breaker.failures(),
            resting: state.breaker.is_open(Instant::now()),
            trouble: self.driver.trouble(),
            last_ago_ms: state.last.front().map(|deed| now.saturating_sub(deed.at)),
            last: state.last.iter().cloned().collect(),
        }
    }

    fn remember(&self, order: &Order, action: Action, result: &Result<(), String>, ms: u64) -> Outcome {
        let outcome = Outcome::of(self.kind(), action, result, &order.reason, ms);
        if let Err(reason) = result {
            let (camera, door) = (&order.camera, self.kind());
            tracing::warn!(%camera, door, action = action.word(), %reason, ms, "the door did not do as it was told");
        }
        let deed = Deed {
            at: clock::now(),
            camera: order.camera.clone(),
            identity_id: order.identity_id.clone(),
            outcome: outcome.clone(),
        };
        let left = self.driver.open_for().map(|left| i64::try_from(left.as_millis()).unwrap_or(i64::MAX));
        let mut state = self.lock();
        state.moved(left, deed.at);
        state.last.push_front(deed);
        state.last.truncate(REMEMBERED);
        outcome
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Notes at `now` that it is open for so many milliseconds more, or closed.
    fn moved(&mut self, left: Option<i64>, now: i64) {
        let open_since = self.opened.filter(|(_, closes)| *closes > now).map(|(since, _)| since);
        self.opened = match (left, open_since) {
            (Some(left), since) => Some((since.unwrap_or(now), now.saturating_add(left))),
            (None, Some(since)) => Some((since, now)),
            (None, None) => self.opened,
        };
    }

    /// Since when it is so.
    fn since(&self, is_open: bool, now: i64) -> Option<i64> {
        self.opened.map(|(opened, closes)| if is_open { opened } else { closes.min(now) })
    }
}
