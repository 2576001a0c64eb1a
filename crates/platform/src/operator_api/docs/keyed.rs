//! What is written into the document of an operation that takes an idempotency key: the header, the mark of an answer that was given
//! before, and the refusal while the first request is at work.

use serde_json::{Map, Value, json};

use super::super::idempotency::{KEY, takes_key};

const KEY_ABOUT: &str = "A text of your own: the request is done once, and whoever repeats it with the same key and body within a day gets \
    the first answer again. The same key with another body is refused.";
const REPLAYED_ABOUT: &str =
    "`true` when this is the answer to an earlier request with the same key; absent otherwise.";
const AT_WORK: &str = "the first request with this `Idempotency-Key` is still at work (`in_progress`); `Retry-After` says when to try again, \
    in seconds";

/// Adds it, where a key is taken.
pub(super) fn keyed(operation: &mut Map<String, Value>, method: &str, path: &str) {
    if method != "post" || !takes_key(path) {
        return;
    }
    let parameter = json!({"name": "Idempotency-Key", "in": "header", "required": false, "description": KEY_ABOUT,
        "schema": {"type": "string", "minLength": 1, "maxLength": KEY}});
    if let Some(parameters) = operation.entry("parameters").or_insert_with(|| json!([])).as_array_mut() {
        parameters.push(parameter);
    }
    let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else { return };
    for (_, answer) in responses.iter_mut().filter(|(status, _)| status.starts_with('2')) {
        answer["headers"]["Idempotent-Replayed"] =
            json!({"description": REPLAYED_ABOUT, "schema": {"type": "string", "enum": ["true"]}});
    }
    let refused = responses.entry("409").or_insert_with(
        || json!({"content": {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorBody"}}}}),
    );
    let about = refused["description"].as_str().map(|told| format!("{}; or ", told.trim_end_matches('.')));
    refused["description"] = format!("{}{AT_WORK}", about.unwrap_or_default()).into();
}
