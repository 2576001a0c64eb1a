use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::events::{event, joined, upload};
use crate::harness::{Platform, read};

/// The document as the console's client is made from it.
const KEPT: &str = "../../console/openapi/platform.json";

/// With UPDATE_OPENAPI=1 the kept document is written anew.
#[tokio::test]
async fn the_document_is_the_one_the_consoles_client_is_made_from() {
    let platform = Platform::start().await;
    let mut document = platform.get("/api/v1/openapi.json").await.expect(200);
    document["info"]["version"] = "[version]".into();
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        let text = serde_json::to_string_pretty(&document).unwrap();
        std::fs::write(KEPT, text + "\n").unwrap();
    }
    let kept: Value = serde_json::from_str(&std::fs::read_to_string(KEPT).unwrap()).unwrap();
    assert!(
        document == kept,
        "the API's document has changed: run this test with UPDATE_OPENAPI=1 and look at what changed in {KEPT}"
    );
}

/// Every operation with its method and address.
fn operations(document: &Value) -> Vec<(String, &Map<String, Value>)> {
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            all.push((format!("{method} {path}"), operation.as_object().unwrap()));
        }
    }
    all
}

/// Every reference anywhere in it.
fn references<'v>(value: &'v Value, found: &mut BTreeSet<&'v str>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str));
            fields.values().for_each(|field| references(field, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[tokio::test]
async fn every_reference_leads_somewhere() {
    let platform = Platform::start().await;
    let document = platform.get("/api/v1/openapi.json").await.expect(200);
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    assert!(found.len() > 20, "{found:?}");
    for reference in found {
        let place = reference.strip_prefix('#').unwrap_or_else(|| panic!("{reference} leads elsewhere"));
        assert!(document.pointer(place).is_some(), "{reference} leads nowhere");
    }
}

#[tokio::test]
async fn every_operation_says_what_it_does_what_it_demands_and_how_it_refuses() {
    let platform = Platform::start().await;
    let document = platform.get("/api/v1/openapi.json").await.expect(200);
    let tags: BTreeSet<&str> =
        document["tags"].as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap()).collect();
    let mut ids = BTreeSet::new();
    for (name, operation) in operations(&document) {
        let text = |key: &str| operation.get(key).and_then(Value::as_str).unwrap_or_default();
        assert!(text("summary").len() > 3, "{name} has no summary");
        assert!(ids.insert(text("operationId").to_owned()), "{name} shares its operationId");
        assert!(tags.contains(operation["tags"][0].as_str().unwrap()), "{name} has no known tag");
        let responses = operation["responses"].as_object().unwrap();
        let role = text("x-role");
        let must = |status: &str| {
            assert!(responses.contains_key(status), "{name} does not say when it answers {status}");
        };
        if role != "nobody" {
            must("401");
            assert!(operation.contains_key("security"), "{name} does not say how to log in");
        }
        if matches!(role, "operator" | "admin") {
            must("403");
        }
        if operation.contains_key("requestBody") {
            must("413");
            must("422");
        }
        assert!(responses.keys().any(|status| status.starts_with('2')), "{name} never succeeds");
        for (status, answer) in responses {
            let answer = match answer.get("$ref").and_then(Value::as_str) {
                Some(reference) => document.pointer(reference.strip_prefix('#').unwrap()).unwrap(),
                None => answer,
            };
            assert!(
                answer["description"].as_str().is_some_and(|text| !text.is_empty()),
                "{name} {status} says nothing"
            );
            let media = &answer["content"]["application/json"];
            if status.starts_with('4') {
                assert_eq!(media["schema"]["$ref"], "#/components/schemas/ErrorBody", "{name} {status}");
            } else if status.starts_with('2') && !media.is_null() {
                assert!(media.get("example").is_some(), "{name} {status} has no example");
            }
        }
        let variables = name.matches('{').count();
        let parameters = operation.get("parameters").and_then(Value::as_array).cloned().unwrap_or_default();
        assert_eq!(parameters.iter().filter(|one| one["in"] == "path").count(), variables, "{name}");
        for parameter in parameters {
            let told = parameter["description"].as_str().is_some_and(|text| !text.is_empty());
            assert!(told && parameter["schema"].is_object(), "{name}: {parameter} says nothing");
        }
    }
}

/// Operations that take an idempotency key.
const KEYED: [&str; 11] = [
    "post /api/v1/boxes",
    "post /api/v1/boxes/bulk",
    "post /api/v1/boxes/{dev_sno}/commands",
    "post /api/v1/boxes/{dev_sno}/commands/raw",
    "post /api/v1/fiqa",
    "post /api/v1/groups",
    "post /api/v1/groups/{group_id}/people",
    "post /api/v1/operators",
    "post /api/v1/people",
    "post /api/v1/people/bulk",
    "post /api/v1/people/imports",
];

#[tokio::test]
async fn who_takes_an_idempotency_key_says_so_and_nobody_else_takes_one() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let document = admin.get("/api/v1/openapi.json").await.expect(200);
    let mut keyed = Vec::new();
    for (name, operation) in operations(&document) {
        let parameters = operation.get("parameters").and_then(Value::as_array).cloned().unwrap_or_default();
        let is_keyed = parameters.iter().any(|one| one["name"] == "Idempotency-Key" && one["in"] == "header");
        let responses = &operation["responses"];
        if is_keyed {
            keyed.push(name.clone());
            let done = responses.as_object().unwrap().iter().find(|(status, _)| status.starts_with('2'));
            assert!(done.unwrap().1["headers"]["Idempotent-Replayed"].is_object(), "{name}");
            assert!(responses["409"]["description"].as_str().unwrap().contains("`in_progress`"), "{name}");
            assert!(responses.get("422").is_some(), "{name}");
        }
        let role = operation["x-role"].as_str().unwrap();
        if let (Some(path), "viewer" | "operator" | "admin") = (name.strip_prefix("post "), role) {
            let path: Vec<_> =
                path.split('/').map(|part| if part.contains('{') { "x" } else { part }).collect();
            let request = admin.client.post(format!("{}{}", admin.base, path.join("/")));
            let request = request.bearer_auth(&admin.token).header("idempotency-key", &name).json(&json!({}));
            let answer = read(request.send().await.unwrap()).await;
            let is_refused = answer.body["error"]["detail"]["field"] == "Idempotency-Key";
            assert_eq!(is_refused, !is_keyed, "{name}: {answer:?}");
        }
    }
    keyed.sort();
    assert_eq!(keyed, KEYED);
}

#[tokio::test]
async fn the_page_needs_nothing_from_elsewhere() {
    let platform = Platform::start().await;
    let response = platform.client.get(platform.url("/api/docs")).send().await.unwrap();
    assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/html"));
    let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'self'"), "{policy}");
    let page = response.text().await.unwrap();
    let script =
        platform.client.get(platform.url("/api/docs/page.js")).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("/api/docs/page.js"));
    for text in [page, script] {
        assert!(!text.contains("http://") && !text.contains("https://"), "loads from elsewhere");
    }
}

/// What is null in `value` although its schema promises something, by its place.
fn broken(document: &Value, schema: &Value, value: &Value, place: &str, found: &mut Vec<String>) {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let named = document.pointer(reference.strip_prefix('#').unwrap()).unwrap();
        return broken(document, named, value, place, found);
    }
    let all = [schema.get("allOf"), schema.get("oneOf")].into_iter().flatten().filter_map(Value::as_array);
    let parts: Vec<&Value> = all.flatten().collect();
    let may_be_null = |schema: &Value| {
        schema["type"] == "null"
            || schema["type"].as_array().is_some_and(|types| types.contains(&Value::from("null")))
    };
    if value.is_null() {
        if !may_be_null(schema) && !parts.iter().any(|part| may_be_null(part)) {
            found.push(place.to_owned());
        }
        return;
    }
    for part in parts {
        broken(document, part, value, place, found);
    }
    for (name, field) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        if let Some(inner) = value.get(name) {
            broken(document, field, inner, &format!("{place}.{name}"), found);
        }
    }
    for item in value.as_array().into_iter().flatten() {
        broken(document, &schema["items"], item, &format!("{place}[]"), found);
    }
}

#[tokio::test]
async fn what_can_be_null_is_said_to_be() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let (dev_sno, query) = joined(&platform, &admin).await;
    // As a box of another make tells it: no verdict, no door.
    let mut told = event("1", 1_700_000_000_000, 1);
    told["ext_data"].as_object_mut().unwrap().remove("menshen");
    upload(&platform, "/device/realtime", &query, &told).await;
    let wipe = json!({"method": "wipe_data", "users": true});
    admin.post(&format!("/api/v1/boxes/{dev_sno}/commands"), wipe).await.expect(202);
    let camera = json!({"epId": format!("{dev_sno}__192.0.2.1"), "epName": "one"});
    let report = json!({"devSno": dev_sno, "deviceList": [camera]});
    upload(&platform, "/device/cameras", &query, &report).await;
    admin.post("/api/v1/retention/runs", Value::Null).await.expect(202);
    let document = admin.get("/api/v1/openapi.json").await.expect(200);
    let mut found = Vec::new();
    for list in ["audit", "boxes", "cameras", "commands", "events", "people", "groups", "webhooks"] {
        let path = format!("/api/v1/{list}");
        let answer = admin.get(&path).await.expect(200);
        let schema =
            &document["paths"][&path]["get"]["responses"]["200"]["content"]["application/json"]["schema"];
        assert!(schema.is_object(), "{path} promises nothing");
        broken(&document, schema, &answer, list, &mut found);
        let is_filled = !answer["items"].as_array().unwrap().is_empty();
        assert!(is_filled || matches!(list, "people" | "webhooks"), "{path} shows nothing: {answer}");
    }
    assert_eq!(found, [""; 0]);
}
