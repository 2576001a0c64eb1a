//! An example of a schema: the values it names itself, else what a field of this name usually holds.

use serde_json::{Map, Value, json};

/// Schemas that hold each other are followed no deeper.
const DEPTH: usize = 6;

/// An example. Of what is asked (`asks`), what may be left out is left out unless its name is telling.
pub(super) fn of(schema: &Value, schemas: &Value, asks: bool) -> Value {
    value("", schema, schemas, asks, 0)
}

fn value(name: &str, schema: &Value, schemas: &Value, asks: bool, depth: usize) -> Value {
    if depth > DEPTH {
        return Value::Null;
    }
    if let Some(example) = schema.get("example").or_else(|| schema.get("examples").and_then(|all| all.get(0)))
    {
        return example.clone();
    }
    if let Some(default) = schema.get("default").filter(|default| !default.is_null()) {
        return default.clone();
    }
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let named = reference.rsplit('/').next().and_then(|last| schemas.get(last)).unwrap_or(&Value::Null);
        return value(name, named, schemas, asks, depth + 1);
    }
    if let Some(first) = schema.get("enum").and_then(|all| all.get(0)) {
        return first.clone();
    }
    if let Some(all) = schema.get("allOf").and_then(Value::as_array) {
        let parts = all.iter().map(|part| value(name, part, schemas, asks, depth + 1));
        return parts.filter_map(|part| part.as_object().cloned()).flatten().collect::<Map<_, _>>().into();
    }
    for choice in ["oneOf", "anyOf"] {
        if let Some(all) = schema.get(choice).and_then(Value::as_array) {
            let is_null = |part: &&Value| part["type"] == "null";
            return all
                .iter()
                .find(|part| !is_null(part))
                .map_or(Value::Null, |part| value(name, part, schemas, asks, depth + 1));
        }
    }
    let types = &schema["type"];
    let is = |wanted: &str| {
        types == wanted || types.as_array().is_some_and(|all| all.iter().any(|one| one == wanted))
    };
    if is("array") {
        return match usual(name) {
            Some(item) if !item.is_object() => json!([item]),
            _ => json!([value(name.trim_end_matches('s'), &schema["items"], schemas, asks, depth + 1)]),
        };
    }
    if is("object") || schema.get("properties").is_some() {
        return object(schema, schemas, asks, depth);
    }
    match usual(name) {
        Some(usual) if is("string") == usual.is_string() => usual,
        _ if is("boolean") => json!(name != "legacy" && name != "stranger"),
        _ if is("integer") => integer(name, schema),
        _ if is("number") => json!(0.93),
        _ if is("string") => json!("text"),
        _ => json!({}),
    }
}

fn object(schema: &Value, schemas: &Value, asks: bool, depth: usize) -> Value {
    let required = schema["required"].as_array();
    let mut object = Map::new();
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let is_required = required.is_some_and(|all| all.iter().any(|one| one == name));
        if !asks || is_required || usual(name).is_some() {
            object.insert(name.clone(), value(name, field, schemas, asks, depth + 1));
        }
    }
    object.into()
}

fn integer(name: &str, schema: &Value) -> Value {
    if name.ends_with("_at")
        || matches!(name, "at" | "from" | "until" | "valid_from" | "valid_until" | "failing_since")
    {
        return json!(1_790_000_000_000_i64);
    }
    if name == "type" || name == "person_type" {
        return json!(1);
    }
    schema.get("minimum").cloned().unwrap_or_else(|| json!(3))
}

/// What a field of this name usually holds.
fn usual(name: &str) -> Option<Value> {
    Some(match name {
        "identity_id" => json!("1001"),
        "dev_sno" => json!("TJGSDX000120190726103455"),
        "ep_id" => json!("TJGSDX000120190726103455__192.168.1.101"),
        "name" | "identity_name" => json!("Wang Wu"),
        "groups" | "group" | "group_id" => json!("0"),
        "site" => json!("north"),
        "username" => json!("admin"),
        "password" => json!("correct horse battery"),
        "role" => json!("operator"),
        "id" | "subject" => json!("0199b3a2-5c1e-7d3a-9f10-3b5d7c1a2e4f"),
        "event_id" => json!("event-1024"),
        "url" => json!("https://attendance.example/menshen"),
        "mac" | "hex_mac" => json!("e0a50900062b"),
        "device_ip" => json!("192.168.1.101"),
        "spot" => json!("/api/v1/events/0199b3a2-5c1e-7d3a-9f10-3b5d7c1a2e4f/photos/spot"),
        "reg" => json!("/api/v1/events/0199b3a2-5c1e-7d3a-9f10-3b5d7c1a2e4f/photos/reg"),
        "next" | "cursor" => json!("MTAwMQ"),
        "verdict" => json!("let_in"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_follows_its_schema() {
        let schemas = json!({
            "Person": {"type": "object", "required": ["identity_id"], "properties": {
                "identity_id": {"type": "string"},
                "groups": {"type": "array", "items": {"type": "string"}},
                "valid_from": {"type": ["integer", "null"]},
                "shape": {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Shape"}]},
                "again": {"$ref": "#/components/schemas/Person"},
            }},
            "Shape": {"type": "string", "enum": ["round", "square"]},
        });
        let reference = json!({"$ref": "#/components/schemas/Person"});
        let told = of(&reference, &schemas, false);
        assert_eq!(
            (&told["identity_id"], &told["groups"], &told["shape"]),
            (&json!("1001"), &json!(["0"]), &json!("round"))
        );
        assert!(told["valid_from"].is_i64());
        assert_eq!(of(&reference, &schemas, true), json!({"identity_id": "1001", "groups": ["0"]}));
    }
}
