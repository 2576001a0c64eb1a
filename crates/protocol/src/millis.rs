//! Points in time: milliseconds since 1970 UTC, however the sender counted.

use serde::Serialize;
use serde_json::Value;

use crate::lenient::{FromValue, deserialize_leniently};
use crate::read_error::ReadError;

/// Below this a number is taken as seconds: 1e11 seconds is the year 5138, 1e11 milliseconds is March 1973.
const SECONDS_BELOW: f64 = 1e11;

/// Milliseconds since 1970 UTC. Read from seconds or milliseconds, whole or with a fraction, number or text; written as whole milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Millis(pub i64);

impl FromValue for Millis {
    const EXPECTED: &'static str = "a time in seconds or milliseconds since 1970";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        // Whole numbers stay whole: a float would lose nothing here, but this way no rounding has to be argued about.
        let read = i64::from_value(value.clone()).ok().map(|whole| {
            if whole.unsigned_abs() < SECONDS_BELOW as u64 { whole.saturating_mul(1000) } else { whole }
        });
        let read = read.or_else(|| {
            let number = f64::from_value(value.clone()).ok()?;
            let millis = if number.abs() < SECONDS_BELOW { number * 1000.0 } else { number };
            (millis.abs() < i64::MAX as f64).then_some(millis.round() as i64)
        });
        read.map(Self).ok_or_else(|| Self::wrong(&value))
    }
}

deserialize_leniently!(Millis);
