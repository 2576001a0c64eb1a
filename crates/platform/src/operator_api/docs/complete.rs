//! What every operation has in common is written into the document here, once: who may ask, how requests are refused, and an
//! example of whatever has none of its own.

use serde_json::{Map, Value, json};

use super::super::access::{Need, Role, need_of};
use super::super::identify::{COOKIE, WALL_COOKIE};
use super::example;
use super::keyed::keyed;

/// What the document begins with.
const DESCRIPTION: &str = "The interface of a Menshen platform for its console and for programs of others.\n\n\
    **Who may ask.** Log in with `POST /api/v1/session` and send the token as `Authorization: Bearer <token>`, or make an API key \
    and send it the same way. Each operation names the least role it demands (`x-role`): `viewer`, `operator` or `admin`.\n\n\
    **Lists** answer `{items, next}`; ask for the next page with `?cursor=<next>` until `next` is null.\n\n\
    **Refusals** answer `{error: {code, message, detail, request_id}}`: a word for programs, a sentence for people, and what else is known.\n\n\
    **Times** are milliseconds since 1970 in UTC.";

/// Groups of operations, in the order in which the page shows them.
const TAGS: &[(&str, &str)] = &[
    ("session", "Logging in and out."),
    ("people", "Who is known, with which photo, and who may pass where."),
    ("groups", "Permission groups: people belong to them, boxes serve them."),
    ("boxes", "Face-recognition boxes: what they hold, and how they are."),
    ("cameras", "Cameras as boxes report them."),
    ("commands", "Commands to boxes, each tracked to its end."),
    ("events", "Recognitions: who was seen where and when, and what was decided."),
    ("stream", "What happens now, as server-sent events."),
    ("walls", "Live walls: links for screens that nobody is logged in at."),
    ("wall", "A live wall as its screen sees it, by its key alone (`x-role`: `wall`)."),
    ("webhooks", "Addresses that are told what happens."),
    ("stats", "How much there is of everything."),
    ("operators", "Those who may log in."),
    ("health", "Whether the platform works, and figures for the monitoring."),
    ("docs", "This document."),
];

/// Refusals every operation of a kind may answer: status, name, code, and what it means.
const REFUSALS: [(&str, &str, &str, &str); 6] = [
    ("401", "Unauthenticated", "unauthenticated", "Nobody is logged in, or the session or key has ended."),
    ("403", "Forbidden", "forbidden", "The role of who asks does not allow it."),
    ("413", "TooLarge", "too_large", "The body is larger than accepted."),
    ("422", "Invalid", "invalid", "A value is not acceptable; `detail.field` names it."),
    (
        "429",
        "TooMany",
        "too_many",
        "Too many requests; `Retry-After` says when the next one is accepted, in seconds.",
    ),
    (
        "503",
        "Busy",
        "busy",
        "The platform or a part of it cannot take the request now; try again in a moment.",
    ),
];

/// What the variable segments of addresses mean.
const SEGMENTS: &[(&str, &str)] = &[
    ("dev_sno", "The box's licence key."),
    ("identity_id", "The person's id."),
    ("group_id", "The group's id."),
    ("username", "The operator's name."),
    ("id", "The id, as lists show it."),
    ("which", "Which picture: `spot` is the capture, `reg` the photo it was compared with."),
    ("key", "The key, as lists show it."),
];

/// Completes the collected operations.
pub(super) fn complete(mut document: Value) -> Value {
    document["info"] = json!({
        "title": "Menshen platform",
        "version": env!("CARGO_PKG_VERSION"),
        "description": DESCRIPTION,
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    });
    document["servers"] = json!([{"url": "/", "description": "The platform that serves this document."}]);
    document["components"]["securitySchemes"] = json!({
        "bearer": {"type": "http", "scheme": "bearer", "description": "The token of a session, or an API key."},
        "cookie": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "The same token, for browsers."},
        "wall": {"type": "apiKey", "in": "cookie", "name": WALL_COOKIE, "description": "The key of a live wall."},
    });
    document["components"]["responses"] = REFUSALS.iter().map(refusal).collect::<Map<_, _>>().into();
    let mut tags: Vec<Value> =
        TAGS.iter().map(|(name, about)| json!({"name": name, "description": about})).collect();
    let schemas = document["components"]["schemas"].clone();
    for (path, item) in document["paths"].as_object_mut().into_iter().flatten() {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            if let Some(operation) = operation.as_object_mut() {
                operation.insert("operationId".to_owned(), id_of(method, path).into());
                security(operation, method, path);
                parameters(operation);
                responses(operation);
                keyed(operation, method, path);
                examples(operation, &schemas);
                let tag = operation["tags"][0].clone();
                if !tags.iter().any(|known| known["name"] == tag) {
                    tags.push(json!({"name": tag}));
                }
            }
        }
    }
    document["tags"] = tags.into();
    document
}

/// A name nobody else has: `get_people_by_identity_id_photo`.
fn id_of(method: &str, path: &str) -> String {
    let mut id = method.to_owned();
    let words = path.split(['/', '.']).filter(|word| !matches!(*word, "" | "api" | "v1"));
    for word in words {
        match word.strip_prefix('{').and_then(|word| word.strip_suffix('}')) {
            Some(variable) => id.push_str(&format!("_by_{variable}")),
            None => id.push_str(&format!("_{}", word.replace('-', "_"))),
        }
    }
    id
}

/// The role it demands, and the refusals that follow from it.
fn security(operation: &mut Map<String, Value>, method: &str, path: &str) {
    let need = need_of(&method.to_uppercase(), path);
    let role = match need {
        Some(Need::Role(role)) => role.word(),
        Some(Need::Nothing) => "nobody",
        Some(Need::Wall) => "wall",
        None => "refused",
    };
    operation.insert("x-role".to_owned(), role.into());
    if role != "nobody" {
        let cookie = if need == Some(Need::Wall) { "wall" } else { "cookie" };
        operation.insert("security".to_owned(), json!([{"bearer": []}, {(cookie): []}]));
        refuses(operation, "401");
        if !matches!(need, Some(Need::Role(Role::Viewer) | Need::Wall)) {
            refuses(operation, "403");
        }
    }
    if operation.contains_key("requestBody") {
        refuses(operation, "413");
        refuses(operation, "422");
    }
    let is_asked = |parameter: &Value| parameter["in"] == "query";
    if operation.get("parameters").and_then(Value::as_array).is_some_and(|all| all.iter().any(is_asked)) {
        refuses(operation, "422");
    }
    if path.starts_with("/api/v1/") {
        refuses(operation, "503");
    }
}

/// Adds a refusal the operation does not describe itself.
fn refuses(operation: &mut Map<String, Value>, status: &str) {
    let name = REFUSALS.iter().find(|(known, ..)| *known == status).map_or("", |(_, name, ..)| name);
    if let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) {
        let reference = json!({"$ref": format!("#/components/responses/{name}")});
        responses.entry(status).or_insert(reference);
    }
}

fn refusal((_, name, code, about): &(&str, &str, &str, &str)) -> (String, Value) {
    let detail = match *code {
        "invalid" => {
            json!({"field": "name", "reason": "must be 1 to 64 characters without control characters"})
        }
        "forbidden" => json!({"needed": "admin", "present": "viewer"}),
        "too_large" => json!({"limit": 4_194_304}),
        "too_many" => json!({"retry_after_s": 6}),
        _ => Value::Null,
    };
    let example = json!({"error": {"code": code, "message": about, "detail": detail,
        "request_id": "0199b3a2-5c1e-7d3a-9f10-3b5d7c1a2e4f"}});
    let content = json!({"application/json": {"schema": {"$ref": "#/components/schemas/ErrorBody"}, "example": example}});
    ((*name).to_owned(), json!({"description": about, "content": content}))
}

/// Every parameter says what it is.
fn parameters(operation: &mut Map<String, Value>) {
    for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
        let told = parameter["description"].as_str().is_some_and(|text| !text.is_empty());
        let name = parameter["name"].as_str().unwrap_or_default();
        if let Some((_, about)) = SEGMENTS.iter().find(|(known, _)| !told && *known == name) {
            parameter["description"] = (*about).into();
        }
    }
}

/// Every answer says what it means.
fn responses(operation: &mut Map<String, Value>) {
    for (status, answer) in
        operation.get_mut("responses").and_then(Value::as_object_mut).into_iter().flatten()
    {
        let told = answer["description"].as_str().is_some_and(|text| !text.is_empty());
        if told || answer.get("$ref").is_some() {
            continue;
        }
        let about = match status.as_str() {
            "200" => "As asked.",
            "201" => "Made.",
            "202" => "Taken; it is done in the background.",
            "204" => "Done; there is nothing to answer.",
            "404" => "There is no such thing, or it is not yours to see.",
            "409" => "It contradicts what exists.",
            "422" => "A value is not acceptable; `detail.field` names it.",
            "503" => "The platform or a part of it cannot take the request now.",
            _ => "Refused; `message` says why.",
        };
        answer["description"] = about.into();
    }
}

/// Every JSON body has an example.
fn examples(operation: &mut Map<String, Value>, schemas: &Value) {
    let fill = |content: &mut Value, asks: bool| {
        let Some(media) = content.get_mut("application/json").and_then(Value::as_object_mut) else { return };
        let schema = media.get("schema").cloned().unwrap_or_default();
        if !media.contains_key("example") && !media.contains_key("examples") {
            media.insert("example".to_owned(), example::of(&schema, schemas, asks));
        }
    };
    if let Some(content) = operation.get_mut("requestBody").and_then(|body| body.get_mut("content")) {
        fill(content, true);
    }
    for (status, answer) in
        operation.get_mut("responses").and_then(Value::as_object_mut).into_iter().flatten()
    {
        let is_refusal = status.starts_with('4') || status.starts_with('5');
        if let (false, Some(content)) = (is_refusal, answer.get_mut("content")) {
            fill(content, false);
        }
    }
}
