//! Messages as form fields: one field per top-level key, nested values as JSON text or with dotted or bracketed names.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::lenient::FromValue;
use crate::limits::MAX_LIST;
use crate::read_error::ReadError;

/// Deepest nesting that field names express.
const DEEPEST: usize = 8;

/// Builds the JSON tree that form fields describe. Values stay text; the lenient reading of each message makes numbers of them.
///
/// # Errors
/// There are more than [`MAX_LIST`] fields.
pub fn tree<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Value, ReadError> {
    let mut root = Map::new();
    for (index, (name, text)) in fields.into_iter().enumerate() {
        if index >= MAX_LIST {
            return Err(ReadError::too_many("form fields", MAX_LIST));
        }
        let path: Vec<&str> = name
            .split(['.', '['])
            .map(|part| part.trim_end_matches(']').trim())
            .filter(|part| !part.is_empty())
            .collect();
        if path.len() <= DEEPEST {
            place(&mut root, &path, text);
        }
    }
    Ok(Value::Object(root))
}

/// Writes a message as form fields: texts as they are, everything else as JSON text, null left out.
#[must_use]
pub fn pairs<T: Serialize>(message: &T) -> Vec<(String, String)> {
    let Ok(Value::Object(map)) = serde_json::to_value(message) else {
        return Vec::new();
    };
    let text = |value: Value| match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    };
    map.into_iter().filter_map(|(name, value)| Some((name, text(value)?))).collect()
}

/// The pairs of a query or an urlencoded form as one object.
pub(crate) fn urlencoded(query: &str) -> Value {
    let pairs = url::form_urlencoded::parse(query.as_bytes()).take(MAX_LIST);
    Value::Object(pairs.map(|(name, value)| (name.into_owned(), Value::String(value.into_owned()))).collect())
}

fn place(map: &mut Map<String, Value>, path: &[&str], text: &str) {
    match path {
        [] => {}
        [name] => {
            map.insert((*name).to_owned(), Value::String(text.to_owned()));
        }
        [name, inner @ ..] => {
            let slot = map.entry(*name).or_insert_with(|| Value::Object(Map::new()));
            // A field that was given whole, as JSON text, may be followed by single parts of it.
            if !slot.is_object() {
                *slot = Value::Object(Map::from_value(slot.take()).unwrap_or_default());
            }
            if let Value::Object(slot) = slot {
                place(slot, inner, text);
            }
        }
    }
}
