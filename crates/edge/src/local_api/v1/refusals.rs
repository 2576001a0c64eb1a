//! What refusals look like, for the OpenAPI document: every reason there is, with what belongs to it.

use serde_json::{Value, json};
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::Schema;
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr};

use crate::reason::Kind;
use crate::reason::table::ALL;

/// Adds the schemas, and says of every operation that this is how it refuses.
pub(super) fn describe(document: &mut OpenApi) {
    let components = document.components.get_or_insert_with(Default::default);
    for (name, schema) in [("Refusal", refusal()), ("RefusalDetails", details())] {
        // A schema of our own making is always one.
        if let Ok(schema) = serde_json::from_value::<Schema>(schema) {
            components.schemas.insert(name.to_owned(), RefOr::T(schema));
        }
    }
    for item in document.paths.paths.values_mut() {
        let all = [&mut item.get, &mut item.put, &mut item.post, &mut item.patch, &mut item.delete];
        all.into_iter().flatten().for_each(answers);
    }
}

fn answers(operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        if let (true, RefOr::T(response)) = (status.starts_with(['4', '5']), response) {
            let body = ContentBuilder::new().schema(Some(Ref::from_schema_name("Refusal"))).build();
            response.content.entry("application/json".to_owned()).or_insert(RefOr::T(body));
        }
    }
}

fn refusal() -> Value {
    let words: Vec<&str> = ALL.iter().map(|(word, _)| *word).collect();
    let error = json!({
        "type": "object",
        "required": ["code", "message", "status", "reason", "field", "details"],
        "properties": {
            "code": {"type": "integer", "description": "The protocol's number."},
            "message": {"type": "string", "description": "A sentence for people."},
            "status": {"type": "string", "description": "The number's name."},
            "reason": {"type": "string", "enum": words, "description": "Why, for programs. A word never changes its meaning."},
            "field": {"type": ["string", "null"], "description": "Which value of what was sent is meant, as `a.b`."},
            "details": {"type": "object", "description": "What belongs to the reason: see RefusalDetails."},
        },
    });
    json!({"type": "object", "required": ["error"], "properties": {"error": error}})
}

fn details() -> Value {
    let values = |values: &[(&str, Kind)]| {
        let kind = |kind| if kind == Kind::Number { "number" } else { "string" };
        let all = values.iter().map(|(name, of)| ((*name).to_owned(), json!({"type": kind(*of)})));
        let required: Vec<&str> = values.iter().map(|(name, _)| *name).collect();
        json!({"type": "object", "required": required, "properties": all.collect::<serde_json::Map<_, _>>()})
    };
    let all = ALL.iter().map(|(word, of)| ((*word).to_owned(), values(of)));
    let required: Vec<&str> = ALL.iter().map(|(word, _)| *word).collect();
    json!({
        "type": "object",
        "description": "What `details` of a refusal holds, by its reason.",
        "required": required,
        "properties": all.collect::<serde_json::Map<_, _>>(),
    })
}
