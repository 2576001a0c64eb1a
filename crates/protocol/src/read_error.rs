//! Why something could not be read: which field, what was expected there, what was found instead.

use std::fmt;

use serde_json::Value;

/// Longest piece of a found text that is repeated in an error.
const SHOWN: usize = 40;

/// A body that could not be read. `Display` gives one sentence fit for a log line or an error reply,
/// such as ``rabbitmq.port: expected a port number from 1 to 65535, found the text "abc"``.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadError {
    /// Where in the body, as `a.b[3].c`; empty for the body as a whole.
    pub path: String,
    /// What is wrong there.
    pub problem: Problem,
}

/// What is wrong at the place a [`ReadError`] names.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// The bytes are no JSON; the text says where and why.
    NotJson(String),
    /// A required field is absent, null or empty.
    Missing {
        /// What should be there.
        expected: &'static str,
    },
    /// The value has the wrong type or range.
    Wrong {
        /// What should be there.
        expected: &'static str,
        /// A short description of what is.
        found: String,
    },
    /// More elements than this crate reads.
    TooMany {
        /// What is counted.
        what: &'static str,
        /// The largest number accepted.
        limit: usize,
    },
}

impl ReadError {
    pub(crate) fn not_json(detail: impl fmt::Display) -> Self {
        Self::here(Problem::NotJson(detail.to_string()))
    }

    pub(crate) fn missing(expected: &'static str) -> Self {
        Self::here(Problem::Missing { expected })
    }

    pub(crate) fn wrong(expected: &'static str, found: &Value) -> Self {
        Self::here(Problem::Wrong { expected, found: describe(found) })
    }

    pub(crate) fn too_many(what: &'static str, limit: usize) -> Self {
        Self::here(Problem::TooMany { what, limit })
    }

    /// The same error seen from the object that holds `key`.
    pub(crate) fn under(mut self, key: &str) -> Self {
        self.path = match self.path.as_str() {
            "" => key.to_owned(),
            inner if inner.starts_with('[') => format!("{key}{inner}"),
            inner => format!("{key}.{inner}"),
        };
        self
    }

    /// The same error seen from the list that holds element `index`.
    pub(crate) fn at(mut self, index: usize) -> Self {
        self.path = match self.path.as_str() {
            "" => format!("[{index}]"),
            inner if inner.starts_with('[') => format!("[{index}]{inner}"),
            inner => format!("[{index}].{inner}"),
        };
        self
    }

    fn here(problem: Problem) -> Self {
        Self { path: String::new(), problem }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        match &self.problem {
            Problem::NotJson(detail) => write!(f, "not JSON: {detail}"),
            Problem::Missing { expected } => write!(f, "expected {expected}, found nothing"),
            Problem::Wrong { expected, found } => write!(f, "expected {expected}, found {found}"),
            Problem::TooMany { what, limit } => write!(f, "more than {limit} {what}"),
        }
    }
}

impl std::error::Error for ReadError {}

/// A short description of a value: enough to find the mistake, never a whole picture.
fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(b) => format!("{b}"),
        Value::Number(n) => format!("the number {n}"),
        Value::String(s) if s.chars().count() <= SHOWN => format!("the text {s:?}"),
        Value::String(s) => format!("a text of {} bytes", s.len()),
        Value::Array(list) => format!("a list of {}", list.len()),
        Value::Object(_) => "an object".to_owned(),
    }
}
