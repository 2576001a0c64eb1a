//! Why something is refused: a word for programs that stays as it is, the values that belong to it, and a sentence for people.
//!
//! [`table`] has every reason there is; the interface's document is made from it, and the pages have words for each.

pub(crate) mod table;

use std::fmt::{self, Display};

use protocol::{Code, ErrorObject};
use serde_json::{Map, Value, json};

/// One line of the table.
#[derive(Debug)]
pub struct Entry {
    /// The word.
    pub word: &'static str,
    /// Its values: name, and whether it is a text or a number.
    pub values: &'static [(&'static str, Kind)],
    /// The protocol's code for it.
    code: Code,
    /// The HTTP status of the answer.
    status: u16,
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A text.
    Text,
    /// A number.
    Number,
}

/// Why something is refused. `Display` gives the sentence, behind the field it is about.
#[derive(Debug, Clone)]
pub struct Reason {
    entry: &'static Entry,
    /// Which value of what was sent, as `a.b`.
    field: Option<String>,
    details: Map<String, Value>,
    sentence: String,
}

/// A value that is a text.
pub(crate) trait Text: Display + Into<Value> {}
/// A value that is a number.
pub(crate) trait Number: Display + Into<Value> {}

impl<T: Display + Into<Value> + AsRef<str>> Text for T {}
impl Number for u16 {}
impl Number for u32 {}
impl Number for u64 {}
impl Number for i64 {}
impl Number for usize {}
impl Number for f32 {}
impl Number for f64 {}

impl Reason {
    /// The same of this value of what was sent.
    #[must_use]
    pub(crate) fn of(mut self, field: &str) -> Self {
        self.field = Some(match self.field {
            Some(within) => format!("{field}.{within}"),
            None => field.to_owned(),
        });
        self
    }

    /// The word.
    pub fn word(&self) -> &'static str {
        self.entry.word
    }

    /// The HTTP status of the answer.
    pub(crate) fn status(&self) -> u16 {
        self.entry.status
    }

    /// The protocol's error object, with what is said for programs beside it.
    pub(crate) fn body(&self) -> Value {
        let error = ErrorObject::new(self.entry.code.clone(), self.to_string());
        json!({"error": {
            "code": error.code,
            "message": error.message,
            "status": error.status,
            "reason": self.entry.word,
            "field": self.field,
            "details": self.details,
        }})
    }
}

impl Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.field {
            Some(field) => write!(f, "{field}: {}", self.sentence),
            None => f.write_str(&self.sentence),
        }
    }
}

impl std::error::Error for Reason {}

impl PartialEq for Reason {
    fn eq(&self, other: &Self) -> bool {
        self.body() == other.body()
    }
}
