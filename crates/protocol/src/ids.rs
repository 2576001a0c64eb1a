//! Identifiers as types: none of them is ever mistaken for another or for plain text.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use serde_json::Value;

use crate::lenient::{FromValue, deserialize_leniently};
use crate::read_error::ReadError;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $expected:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The identifier as written on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Whether the identifier is the empty text, which stands for "the sender did not say".
            #[must_use]
            pub fn is_empty(&self) -> bool {
                self.0.is_empty()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = Infallible;

            fn from_str(text: &str) -> Result<Self, Infallible> {
                Ok(Self(text.to_owned()))
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl FromValue for $name {
            const EXPECTED: &'static str = $expected;

            /// Numbers become text, blanks around the text are dropped, empty is refused.
            fn from_value(value: Value) -> Result<Self, ReadError> {
                let text = match &value {
                    Value::String(text) => text.trim().to_owned(),
                    Value::Number(number) => crate::lenient::number_text(number),
                    _ => String::new(),
                };
                if text.is_empty() { Err(Self::wrong(&value)) } else { Ok(Self(text)) }
            }
        }

        deserialize_leniently!($name);
    };
}

macro_rules! plain_new {
    ($($name:ident),+) => {$(
        impl $name {
            /// Takes the text as it is.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }
        }
    )+};
}

id! {
    /// The licence key of a box, given by the platform. Opaque; in practice 24 capital letters and digits.
    DevSno, "a licence key (dev_sno)"
}
id! {
    /// The unique number of a person (job number, phone, card number…), given by the platform.
    IdentityId, "a person's id"
}
id! {
    /// The identifier of one command, echoed in its result.
    MessageId, "a message id"
}
id! {
    /// A permission group's id.
    GroupId, "a permission group's id"
}
id! {
    /// The identifier of a camera: `<dev_sno>__<address>`.
    EpId, "a camera's id (ep_id)"
}

plain_new!(DevSno, IdentityId, MessageId, GroupId);

impl GroupId {
    /// The group everybody is in unless told otherwise: `"0"`.
    #[must_use]
    pub fn default_group() -> Self {
        Self("0".to_owned())
    }
}

impl EpId {
    /// Joins a box's licence key and the camera's address (IP, or whatever identifies the camera) with two underscores.
    #[must_use]
    pub fn new(dev_sno: &DevSno, address: &str) -> Self {
        Self(format!("{dev_sno}__{address}"))
    }

    /// Splits at the first two underscores into prefix (licence key, UUID or MAC) and address (IP or stream URL).
    #[must_use]
    pub fn split(&self) -> Option<(&str, &str)> {
        self.0.split_once("__")
    }
}
