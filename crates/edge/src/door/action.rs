//! What a door is asked to do and what came of it; the second is part of the event.

use serde::{Deserialize, Serialize};

/// Why a door is to open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Name of the camera that saw the person.
    pub camera: String,
    /// Id of the person let in.
    pub identity_id: String,
    /// Why, in words for people.
    pub reason: String,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// The door was told to open.
    Open,
    /// Nothing was asked of it.
    None,
}

/// What came of it, as it stands in the event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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

impl Outcome {
    /// The door is moving. This is what remains in the event when the box stops before the door has answered.
    pub fn interrupted(driver: &str, reason: &str) -> Self {
        Self {
            driver: driver.to_owned(),
            action: Action::Open,
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
}
