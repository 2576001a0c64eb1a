//! The time, as every row and message has it.

use std::time::{SystemTime, UNIX_EPOCH};

/// Now, milliseconds UTC; 0 when the clock stands before 1970.
pub(crate) fn now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX))
}
