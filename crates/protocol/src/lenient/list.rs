//! Lists: bounded, and for names also written as one text with commas.

use serde_json::Value;

use super::{FromValue, words_of};
use crate::limits::MAX_LIST;
use crate::read_error::ReadError;

impl<T: FromValue> FromValue for Vec<T> {
    const EXPECTED: &'static str = "a list";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        list_of(value, MAX_LIST, "elements in one list")
    }
}

/// Reads a list of at most `limit` elements; a list written as a JSON text (as form fields do) is read too.
pub(crate) fn list_of<T: FromValue>(
    value: Value,
    limit: usize,
    what: &'static str,
) -> Result<Vec<T>, ReadError> {
    let list = match value {
        Value::Array(list) => list,
        Value::String(text) if text.trim_start().starts_with('[') => {
            match super::body::parse(text.as_bytes()) {
                Ok(Value::Array(list)) => list,
                _ => return Err(Vec::<T>::wrong(&Value::String(text))),
            }
        }
        other => return Err(Vec::<T>::wrong(&other)),
    };
    if list.len() > limit {
        return Err(ReadError::too_many(what, limit));
    }
    let read = |(index, value): (usize, Value)| match value {
        Value::Null => Err(ReadError::missing(T::EXPECTED).at(index)),
        value => T::from_value(value).map_err(|error| error.at(index)),
    };
    list.into_iter().enumerate().map(read).collect()
}

/// A list of names or addresses, given as a list or as one text with commas (ASCII or full-width); blanks and empty entries dropped.
pub(crate) struct Words(pub(crate) Vec<String>);

impl FromValue for Words {
    const EXPECTED: &'static str = "a list of texts, or one text with commas";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        match value {
            Value::Array(_) => {
                let list = list_of::<String>(value, MAX_LIST, "elements in one list")?;
                Ok(Self(list.iter().flat_map(|text| words_of(text)).collect()))
            }
            Value::String(_) | Value::Number(_) => {
                String::from_value(value).map(|text| Self(words_of(&text)))
            }
            other => Err(Self::wrong(&other)),
        }
    }
}
