//! Lenient reading: one set of rules for all messages, so that no message has rules of its own by accident.
//!
//! A body is first parsed into a bounded JSON tree ([`body`]), then taken apart field by field ([`Fields`]). A field is looked up
//! by all its known spellings, exactly first and then ignoring case; `null` counts as absent; an empty text counts as absent
//! wherever text cannot be the answer. Scalars convert between number and text ([`scalar`]).

pub(crate) mod body;
mod fields;
mod list;
mod scalar;

use serde_json::Value;

use crate::read_error::ReadError;

pub(crate) use fields::Fields;
pub(crate) use list::{Words, list_of};
pub(crate) use scalar::{Port, Seconds, number_text, words_of};

/// Something that can be read out of a JSON value.
pub(crate) trait FromValue: Sized {
    /// What an error says was expected, e.g. "a whole number".
    const EXPECTED: &'static str;

    /// Whether an empty text stands for "not given". Only text itself says no.
    const EMPTY_IS_ABSENT: bool = true;

    /// Reads the value. The value is never null.
    fn from_value(value: Value) -> Result<Self, ReadError>;

    /// The error for a value of the wrong type or range.
    fn wrong(value: &Value) -> ReadError {
        ReadError::wrong(Self::EXPECTED, value)
    }
}

/// Gives types that implement [`FromValue`] serde's `Deserialize`, with the same leniency.
macro_rules! deserialize_leniently {
    ($($name:ty),+ $(,)?) => {$(
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = serde_json::Value::deserialize(deserializer)?;
                <$name as $crate::lenient::FromValue>::from_value(value).map_err(serde::de::Error::custom)
            }
        }
    )+};
}

/// [`deserialize_leniently`] and the two functions every plain message has: `read` from bytes and `to_json`.
macro_rules! message {
    ($($name:ty),+ $(,)?) => {$(
        $crate::lenient::deserialize_leniently!($name);

        impl $name {
            /// Reads the message from a body, leniently.
            ///
            /// # Errors
            /// The bytes are no JSON, exceed the bounds of [`crate::limits`], or a field is missing or of the wrong kind.
            pub fn read(body: &[u8]) -> Result<Self, $crate::ReadError> {
                $crate::lenient::body::read(body)
            }

            /// The message in its one strict written form.
            #[must_use]
            pub fn to_json(&self) -> String {
                $crate::strict::json(self)
            }
        }
    )+};
}

pub(crate) use {deserialize_leniently, message};
