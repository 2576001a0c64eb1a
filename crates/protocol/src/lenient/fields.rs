//! An object being taken apart: what is taken is gone, what remains was not known.

use serde_json::{Map, Value};

use super::{FromValue, list_of};
use crate::read_error::ReadError;

const EXPECTED: &str = "an object";

/// The fields of one JSON object that were not read yet.
///
/// `names` in all functions is the strict name, followed by the other accepted spellings, separated by `|`.
pub(crate) struct Fields(Map<String, Value>);

impl Fields {
    /// Opens an object; an object written as a JSON text (as form fields and some senders do) is opened too.
    pub(crate) fn open(value: Value) -> Result<Self, ReadError> {
        Map::from_value(value).map(Self)
    }

    /// Takes the raw value of a field; absent and null are both `None`.
    pub(crate) fn take(&mut self, names: &str) -> Option<Value> {
        self.take_by(names, |map, name| map.remove(name)).or_else(|| {
            self.take_by(names, |map, name| {
                let key = map.keys().find(|key| key.eq_ignore_ascii_case(name))?.clone();
                map.remove(&key)
            })
        })
    }

    /// Reads an optional field.
    pub(crate) fn get<T: FromValue>(&mut self, names: &str) -> Result<Option<T>, ReadError> {
        match self.take(names) {
            None => Ok(None),
            Some(Value::String(text)) if T::EMPTY_IS_ABSENT && text.trim().is_empty() => Ok(None),
            Some(value) => T::from_value(value).map(Some).map_err(|error| error.under(strict_name(names))),
        }
    }

    /// Reads a required field.
    pub(crate) fn need<T: FromValue>(&mut self, names: &str) -> Result<T, ReadError> {
        self.get(names)?.ok_or_else(|| ReadError::missing(T::EXPECTED).under(strict_name(names)))
    }

    /// Reads a field that has a default.
    pub(crate) fn or<T: FromValue>(&mut self, names: &str, default: T) -> Result<T, ReadError> {
        Ok(self.get(names)?.unwrap_or(default))
    }

    /// Reads a text that may be absent or empty.
    pub(crate) fn text(&mut self, names: &str) -> Result<String, ReadError> {
        self.or(names, String::new())
    }

    /// Reads a text for which empty means absent; blanks around it are dropped.
    pub(crate) fn filled_text(&mut self, names: &str) -> Result<Option<String>, ReadError> {
        let text = self.get::<String>(names)?;
        Ok(text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()))
    }

    /// Reads an optional list of at most `limit` elements.
    pub(crate) fn list<T: FromValue>(
        &mut self,
        names: &str,
        limit: usize,
        what: &'static str,
    ) -> Result<Option<Vec<T>>, ReadError> {
        let list = self.take(names).filter(|value| *value != Value::String(String::new()));
        let read = list.map(|list| list_of(list, limit, what)).transpose();
        read.map_err(|error| error.under(strict_name(names)))
    }

    /// Reads a required list of at most `limit` elements.
    pub(crate) fn need_list<T: FromValue>(
        &mut self,
        names: &str,
        limit: usize,
        what: &'static str,
    ) -> Result<Vec<T>, ReadError> {
        let missing = || ReadError::missing(Vec::<T>::EXPECTED).under(strict_name(names));
        self.list(names, limit, what)?.ok_or_else(missing)
    }

    /// Opens a required nested object and reads something out of it.
    pub(crate) fn within<T>(
        &mut self,
        names: &str,
        read: impl FnOnce(&mut Fields) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        let mut inner = Self(self.need(names)?);
        read(&mut inner).map_err(|error| error.under(strict_name(names)))
    }

    /// Whether a field is there, under any of its spellings and not null.
    pub(crate) fn has(&self, names: &str) -> bool {
        let known = |key: &str| names.split('|').any(|name| name.eq_ignore_ascii_case(key));
        self.0.iter().any(|(key, value)| known(key) && !value.is_null())
    }

    /// What nobody asked for.
    pub(crate) fn rest(self) -> Map<String, Value> {
        self.0
    }

    fn take_by(
        &mut self,
        names: &str,
        mut remove: impl FnMut(&mut Map<String, Value>, &str) -> Option<Value>,
    ) -> Option<Value> {
        names.split('|').find_map(|name| remove(&mut self.0, name).filter(|value| !value.is_null()))
    }
}

impl FromValue for Map<String, Value> {
    const EXPECTED: &'static str = EXPECTED;

    fn from_value(value: Value) -> Result<Self, ReadError> {
        match value {
            Value::Object(map) => Ok(map),
            Value::String(text) if text.trim_start().starts_with('{') => {
                match super::body::parse(text.as_bytes()) {
                    Ok(Value::Object(map)) => Ok(map),
                    _ => Err(Self::wrong(&Value::String(text))),
                }
            }
            other => Err(Self::wrong(&other)),
        }
    }
}

fn strict_name(names: &str) -> &str {
    names.split('|').next().unwrap_or(names)
}
