//! What a door is asked to do and what came of it; the second is part of the event.

use serde::{Deserialize, Serialize};

/// For whom a door moves, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Name of the camera that saw the person.
    pub camera: String,
    /// Id of the person let in; empty when nobody passes (a test, a change of mode).
    pub identity_id: String,
    /// Why, in words for people.
    pub reason: String,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DoorAction)]
pub enum Action {
    /// The door was told to open, for its time.
    Open,
    /// The door was told to close at once.
    Close,
    /// The alarm was raised; the door stayed shut.
    Alarm,
    /// Nothing was asked of it.
    None,
}

/// What came of it, as it stands in the event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = DoorOutcome)]
pub struct Outcome {
    /// Kind of the door's driver; `none` where the camera has no door.
    pub driver: String,
    /// What was done.
    pub action: Action,
    /// `ok`, `failed: …`, or why nothing was done.
    pub result: String,
    /// Why it was done, or not.
    pub reason: String,
    /// How long it took, in milliseconds.
    pub ms: u64,
}

impl Action {
    /// The word in requests, answers and events.
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Close => "close",
            Self::Alarm => "alarm",
            Self::None => "none",
        }
    }
}

impl Outcome {
    /// What an action came to after `ms` milliseconds.
    pub(super) fn of(
        driver: &str,
        action: Action,
        result: &Result<(), String>,
        reason: &str,
        ms: u64,
    ) -> Self {
        let result = match result {
            Ok(()) => "ok".to_owned(),
            Err(why) => format!("failed: {why}"),
        };
        Self { driver: driver.to_owned(), action, result, reason: reason.to_owned(), ms }
    }

    /// The door is moving. This is what remains in the event when the box stops before the door has answered.
    pub fn interrupted(driver: &str, action: Action, reason: &str) -> Self {
        Self {
            driver: driver.to_owned(),
            action,
            result: "unknown: the box stopped before the door answered".to_owned(),
            reason: reason.to_owned(),
            ms: 0,
        }
    }

    /// The door stayed as it was, for `reason`.
    pub fn untouched(driver: &str, reason: &str) -> Self {
        Self {
            driver: driver.to_owned(),
            action: Action::None,
            result: "not asked".to_owned(),
            reason: reason.to_owned(),
            ms: 0,
        }
    }

    /// Whether it was asked for and did not happen, as far as is known.
    pub fn has_failed(&self) -> bool {
        self.result.starts_with("failed")
    }

    /// Whether the hardware has confirmed it.
    pub fn is_ok(&self) -> bool {
        self.result == "ok"
    }
}
