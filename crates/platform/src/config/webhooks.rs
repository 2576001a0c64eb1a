//! Telling others what happens.

use serde::{Deserialize, Serialize};

/// Webhooks and their delivery log.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Webhooks {
    /// A webhook that took nothing for so many days is disabled.
    pub disable_after_days: u32,
    /// The delivery log is kept for so many days, 10,000 rows of each webhook at most.
    pub log_days: u32,
}

impl Default for Webhooks {
    fn default() -> Self {
        Self { disable_after_days: 5, log_days: 14 }
    }
}
