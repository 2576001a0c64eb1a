use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::harness::Platform;

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
