//! What a peer says when it refuses: the error object of every HTTP answer, and how a refused request is reported here.

use serde::Serialize;
use serde_json::{Value, json};

use crate::code::Code;
use crate::lenient::{Fields, FromValue, body, message};
use crate::read_error::ReadError;

/// The body of every refusal: `{"error": {"code", "message", "status"}}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorObject {
    /// Why.
    pub code: Code,
    /// For people.
    pub message: String,
    /// The code's name.
    pub status: String,
}

/// An answer that is no success: what the peer said, or what we concluded from its silence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("refused with HTTP {http_status}, code {code}: {message}")]
pub struct Refusal {
    /// The HTTP status of the answer.
    pub http_status: u16,
    /// The peer's code; without one, 50073 for an HTTP error and 50074 for an answer that cannot be read.
    pub code: Code,
    /// The peer's text, or ours.
    pub message: String,
}

impl ErrorObject {
    /// An error with the code's own name as status.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        let status = code.name().map_or_else(|| code.to_string(), str::to_owned);
        Self { code, message: message.into(), status }
    }

    /// Finds the error object in an answer, if it has one.
    #[must_use]
    pub fn find(answer: &[u8]) -> Option<Self> {
        body::read(answer).ok()
    }
}

impl Refusal {
    /// Judges an answer by the rule of logins and of user details: an `error` object refuses at any HTTP status, and so does a status
    /// that is not accepted.
    pub(crate) fn judge(http_status: u16, answer: &[u8], accepted: bool) -> Result<(), Self> {
        match ErrorObject::find(answer) {
            Some(error) => Err(Self { http_status, code: error.code, message: error.message }),
            None if accepted => Ok(()),
            None => Err(Self {
                http_status,
                code: Code::REMOTE_SERVER_FAILED,
                message: "the answer names no reason".to_owned(),
            }),
        }
    }

    /// An accepted answer that cannot be read.
    pub(crate) fn unreadable(http_status: u16, error: &ReadError) -> Self {
        Self { http_status, code: Code::REMOTE_DATA_FAILED, message: error.to_string() }
    }
}

impl Serialize for ErrorObject {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        json!({"error": {"code": self.code, "message": self.message, "status": self.status}})
            .serialize(serializer)
    }
}

impl FromValue for ErrorObject {
    const EXPECTED: &'static str = "an error object";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let mut fields = Fields::open(value)?;
        let Some(error) = fields.take("error").filter(|error| *error != Value::String(String::new())) else {
            return Err(ReadError::missing(Self::EXPECTED).under("error"));
        };
        let read = |mut error: Fields| {
            let code = error.or("code", Code::BAD_REQUEST)?;
            Ok(Self { code, message: error.text("message")?, status: error.text("status")? })
        };
        match error {
            // Some servers put a bare sentence where the object should be.
            Value::String(message) => Ok(Self { code: Code::BAD_REQUEST, message, status: String::new() }),
            error => Fields::open(error).and_then(read).map_err(|problem| problem.under("error")),
        }
    }
}

message!(ErrorObject);
