//! The box's own HTTP interface, part `SophonMQ`: the two settings that connect it to a platform.

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::ids::DevSno;
use crate::lenient::{Fields, FromValue, message};
use crate::read_error::ReadError;

/// Path of the licence key.
pub const DEV_SNO_PATH: &str = "/SophonMQ/api/DevSno";
/// Path of the login URL.
pub const LOGIN_URL_PATH: &str = "/SophonMQ/api/LoginUrl";

/// Sets the licence key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DevSnoRequest {
    /// The new licence key.
    pub dev_sno: DevSno,
}

/// The licence key in force; empty when none was set. Written under both documented keys, `response` and `dev_sno`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DevSnoReply {
    /// The licence key.
    pub dev_sno: DevSno,
}

/// Sets the login URL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LoginUrlRequest {
    /// The new login URL.
    pub login_url: String,
}

/// The login URL in force; empty when none was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginUrlReply {
    /// The login URL.
    pub login_url: String,
}

impl FromValue for DevSnoRequest {
    const EXPECTED: &'static str = "an object with dev_sno";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        Ok(Self { dev_sno: Fields::open(value)?.need("dev_sno|devSno")? })
    }
}

impl FromValue for LoginUrlRequest {
    const EXPECTED: &'static str = "an object with login_url";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let login_url = Fields::open(value)?.filled_text("login_url|loginUrl")?;
        Ok(Self { login_url: login_url.ok_or_else(|| ReadError::missing("a login URL").under("login_url"))? })
    }
}

impl FromValue for DevSnoReply {
    const EXPECTED: &'static str = "a reply with data.response";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        setting(value, "response|dev_sno").map(|text| Self { dev_sno: DevSno::new(text) })
    }
}

impl FromValue for LoginUrlReply {
    const EXPECTED: &'static str = "a reply with data.response";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        setting(value, "response|login_url").map(|login_url| Self { login_url })
    }
}

fn setting(value: Value, names: &str) -> Result<String, ReadError> {
    Fields::open(value)?.within("data", |data| data.need(names))
}

impl Serialize for DevSnoReply {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        json!({"data": {"response": self.dev_sno, "dev_sno": self.dev_sno}}).serialize(serializer)
    }
}

impl Serialize for LoginUrlReply {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        json!({"data": {"response": self.login_url}}).serialize(serializer)
    }
}

message!(DevSnoRequest, DevSnoReply, LoginUrlRequest, LoginUrlReply);
