//! A network card's address in one normal form, and the two notations the protocol writes.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::lenient::{FromValue, deserialize_leniently};
use crate::read_error::ReadError;

/// A MAC address, kept as 12 lower-case hex digits. `Serialize` and `Display` give the heartbeat's notation with colons.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mac(String);

/// A text that is no MAC address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a MAC address of 12 hex digits")]
pub struct NotAMac;

impl Mac {
    /// The 12 lower-case hex digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The notation of the login request: `0xe0a50900062b`.
    #[must_use]
    pub fn to_login(&self) -> String {
        format!("0x{}", self.0)
    }

    /// The notation of the heartbeat: `e0:a5:09:00:06:2b`.
    #[must_use]
    pub fn to_heartbeat(&self) -> String {
        let pairs: Vec<&str> = (0..6).filter_map(|pair| self.0.get(pair * 2..pair * 2 + 2)).collect();
        pairs.join(":")
    }
}

impl FromStr for Mac {
    type Err = NotAMac;

    /// Accepts a leading `0x`, separators `:`, `-`, `.` and blanks, and either case.
    fn from_str(text: &str) -> Result<Self, NotAMac> {
        let text = text.trim();
        let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text);
        let plain: String = digits
            .chars()
            .filter(|c| !matches!(c, ':' | '-' | '.' | ' '))
            .take(13)
            .collect::<String>()
            .to_ascii_lowercase();
        if plain.len() == 12 && plain.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            Ok(Self(plain))
        } else {
            Err(NotAMac)
        }
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_heartbeat())
    }
}

impl Serialize for Mac {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_heartbeat())
    }
}

impl FromValue for Mac {
    const EXPECTED: &'static str = "a MAC address of 12 hex digits";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let read = match &value {
            Value::String(text) => text.parse().ok(),
            // Twelve digits without a letter may arrive as a number; leading zeros were lost on the way.
            Value::Number(number) => number.as_u64().and_then(|number| format!("{number:0>12}").parse().ok()),
            _ => None,
        };
        read.ok_or_else(|| Self::wrong(&value))
    }
}

deserialize_leniently!(Mac);
