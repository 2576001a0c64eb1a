//! What the documentation requires of events and results, read by the letter.

use serde_json::Value;

type Kind = (&'static str, fn(&Value) -> bool);

const TEXT: Kind = ("a text", Value::is_string);
const WHOLE: Kind = ("a whole number", Value::is_i64);
const NUMBER: Kind = ("a number", Value::is_number);
const FLAG: Kind = ("true or false", Value::is_boolean);
const OBJECT: Kind = ("an object", Value::is_object);

const EVENT: &[(&str, Kind)] = &[
    ("/identity_id", TEXT),
    ("/identity_name", TEXT),
    ("/group_name", TEXT),
    ("/timestamp", WHOLE),
    ("/score", NUMBER),
    ("/ext_data", OBJECT),
    ("/ext_data/dev_sno", TEXT),
    ("/ext_data/grab_fiqa_info", OBJECT),
    ("/ext_data/box_fiqa_info", OBJECT),
];

const RESULT: &[(&str, Kind)] = &[
    ("/success", FLAG),
    ("/code", WHOLE),
    ("/message", TEXT),
    ("/dev_sno", TEXT),
    ("/messageKey", TEXT),
    ("/result", OBJECT),
];

/// Reads a single historic event; the error says what is missing.
pub(super) fn event(body: &[u8]) -> Result<Value, String> {
    by_the_letter(body, EVENT)
}

/// Reads a result; the error says what is missing.
pub(super) fn result(body: &[u8]) -> Result<Value, String> {
    by_the_letter(body, RESULT)
}

fn by_the_letter(body: &[u8], required: &[(&str, Kind)]) -> Result<Value, String> {
    let value: Value = serde_json::from_slice(body).map_err(|error| format!("not JSON: {error}"))?;
    if !value.is_object() {
        return Err("not a single JSON object".to_owned());
    }
    for (pointer, (expected, is)) in required {
        match value.pointer(pointer) {
            Some(found) if is(found) => {}
            Some(_) => return Err(format!("{pointer} is not {expected}")),
            None => return Err(format!("{pointer} is missing")),
        }
    }
    Ok(value)
}
