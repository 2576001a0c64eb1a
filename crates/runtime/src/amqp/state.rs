//! What is known of a link, from observed facts only.

use std::time::{SystemTime, UNIX_EPOCH};

/// The state of a session's connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// An attempt is under way: connecting, declaring, subscribing.
    Connecting {
        /// 1 for the first attempt since the link was last up.
        attempt: u32,
    },
    /// Connected, topology declared, every consumer subscribed.
    Up {
        /// Since when, milliseconds UTC.
        since_ms: i64,
    },
    /// Connected, but the broker has stopped taking messages (memory or disk alarm).
    Blocked {
        /// The broker's own words.
        reason: String,
        /// Since when the link is up, milliseconds UTC.
        since_ms: i64,
    },
    /// Not connected.
    Down {
        /// In plain words; never holds the password.
        reason: String,
        /// When the next attempt begins, milliseconds UTC; `None` after the session was closed.
        next_attempt_ms: Option<i64>,
    },
}

impl LinkState {
    /// Connected, whether or not the broker takes messages just now.
    pub fn is_up(&self) -> bool {
        matches!(self, Self::Up { .. } | Self::Blocked { .. })
    }
}

/// Now, milliseconds UTC.
pub(super) fn now_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |age| i64::try_from(age.as_millis()).unwrap_or(i64::MAX))
}
