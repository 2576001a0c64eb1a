//! Wiping a box over its own interface; the box restarts afterwards.

use serde::Serialize;
use serde_json::Value;

use crate::command::WipeOptions;
use crate::lenient::{Fields, FromValue, message};
use crate::read_error::ReadError;

/// What to erase; the answer repeats it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WipeData {
    /// What to erase.
    pub wipe_options: WipeOptions,
}

impl FromValue for WipeData {
    const EXPECTED: &'static str = "an object with wipe_options";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        Ok(Self { wipe_options: Fields::open(value)?.need("wipe_options")? })
    }
}

message!(WipeData);
