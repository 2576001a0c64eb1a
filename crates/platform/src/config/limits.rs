//! How often somebody may ask, so that one cannot keep all others waiting.

use serde::{Deserialize, Serialize};

/// How often somebody may ask. Ten seconds' worth may be asked at once; whoever asks more often is told when to try again.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Requests a second to the operator API, from one address and by one operator or API key; 0: no limit.
    pub requests_per_second: u32,
    /// Boxes that are let in at the same time; some more wait for their turn, others are told to come again.
    pub box_logins_at_once: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { requests_per_second: 200, box_logins_at_once: 64 }
    }
}
