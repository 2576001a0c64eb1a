//! Single values: numbers written as text, texts written as numbers, and the many spellings of yes and no.

use serde_json::{Number, Value};

use super::FromValue;
use crate::read_error::ReadError;

/// Whole numbers that a float carries exactly (2^53).
const EXACT: f64 = 9_007_199_254_740_992.0;

impl FromValue for Value {
    const EXPECTED: &'static str = "a value";
    const EMPTY_IS_ABSENT: bool = false;

    fn from_value(value: Value) -> Result<Self, ReadError> {
        Ok(value)
    }
}

impl FromValue for String {
    const EXPECTED: &'static str = "a text";
    const EMPTY_IS_ABSENT: bool = false;

    fn from_value(value: Value) -> Result<Self, ReadError> {
        match value {
            Value::String(text) => Ok(text),
            Value::Number(number) => Ok(number_text(&number)),
            Value::Bool(flag) => Ok(flag.to_string()),
            other => Err(Self::wrong(&other)),
        }
    }
}

impl FromValue for i64 {
    const EXPECTED: &'static str = "a whole number";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let read = match &value {
            Value::Number(number) => number.as_i64().or_else(|| number.as_f64().and_then(whole)),
            Value::String(text) => {
                let text = text.trim();
                text.parse().ok().or_else(|| text.parse().ok().and_then(whole))
            }
            _ => None,
        };
        read.ok_or_else(|| Self::wrong(&value))
    }
}

impl FromValue for f64 {
    const EXPECTED: &'static str = "a number";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let read = match &value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        read.filter(|number: &f64| number.is_finite()).ok_or_else(|| Self::wrong(&value))
    }
}

impl FromValue for bool {
    const EXPECTED: &'static str = "true or false";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let read = match &value {
            Value::Bool(flag) => Some(*flag),
            Value::Number(number) => match number.as_f64() {
                Some(0.0) => Some(false),
                Some(1.0) => Some(true),
                _ => None,
            },
            Value::String(text) => match text.trim().to_ascii_lowercase().as_str() {
                "true" | "1" | "yes" | "on" => Some(true),
                "false" | "0" | "no" | "off" => Some(false),
                _ => None,
            },
            _ => None,
        };
        read.ok_or_else(|| Self::wrong(&value))
    }
}

/// A period in seconds; anything below one second is one second.
pub(crate) struct Seconds(pub(crate) u64);

impl FromValue for Seconds {
    const EXPECTED: &'static str = "a number of seconds";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let seconds = f64::from_value(value.clone()).map_err(|_| Self::wrong(&value))?;
        // A float that is converted saturates; the upper bound keeps later arithmetic in milliseconds safe.
        Ok(Self((seconds as u64).clamp(1, u64::from(u32::MAX))))
    }
}

/// A TCP port.
pub(crate) struct Port(pub(crate) u16);

impl FromValue for Port {
    const EXPECTED: &'static str = "a port number from 1 to 65535";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let number = i64::from_value(value.clone()).ok().and_then(|number| u16::try_from(number).ok());
        number.filter(|port| *port != 0).map(Self).ok_or_else(|| Self::wrong(&value))
    }
}

/// A number as the text a person would write: `5` for 5 and for 5.0.
pub(crate) fn number_text(number: &Number) -> String {
    match number.as_f64().and_then(whole) {
        Some(whole) if number.is_f64() => whole.to_string(),
        _ => number.to_string(),
    }
}

/// Splits at ASCII and full-width commas, drops blanks around entries and empty entries.
pub(crate) fn words_of(text: &str) -> Vec<String> {
    text.split([',', '，', '、']).map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i64)
}
