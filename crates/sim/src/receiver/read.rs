//! What a request carries: JSON, a form with one field per key, or multipart; one item, a list, or a list under some name.

use axum::body::Bytes;
use axum::extract::{FromRequest as _, Multipart, Request};
use axum::http::{StatusCode, header};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value};

/// Names under which lists have been seen.
const WRAPPERS: [&str; 6] = ["events", "data", "records", "event_list", "list", "event"];
/// Most fields of a form.
const MOST_FIELDS: usize = 200;
/// Most items of one request.
const MOST_ITEMS: usize = 1000;

type Refused = (StatusCode, String);

/// The items of a request; the error says what to answer and why.
pub(super) async fn items(request: Request) -> Result<Vec<Value>, Refused> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.unwrap_or_default().to_ascii_lowercase();
    let value = if kind.starts_with("multipart/") {
        form(multipart(request).await?)
    } else {
        let bytes = Bytes::from_request(request, &()).await;
        let bytes = bytes.map_err(|rejection| (rejection.status(), rejection.body_text()))?;
        if kind.starts_with("application/x-www-form-urlencoded") {
            let fields = url::form_urlencoded::parse(&bytes).into_owned().take(MOST_FIELDS);
            form(fields.collect())
        } else {
            serde_json::from_slice(&bytes)
                .map_err(|error| (StatusCode::BAD_REQUEST, format!("no JSON: {error}")))?
        }
    };
    let items = unwrap(value);
    if items.is_empty() || items.len() > MOST_ITEMS {
        let reason = format!("{} items; 1 to {MOST_ITEMS} are taken", items.len());
        return Err((StatusCode::BAD_REQUEST, reason));
    }
    Ok(items)
}

async fn multipart(request: Request) -> Result<Vec<(String, String)>, Refused> {
    let wrong = |status, text: String| (status, format!("no form: {text}"));
    let mut parts = Multipart::from_request(request, &())
        .await
        .map_err(|rejection| wrong(rejection.status(), rejection.body_text()))?;
    let mut fields = Vec::new();
    while let Some(part) = parts.next_field().await.map_err(|e| wrong(e.status(), e.body_text()))? {
        // Read to its end, so that the sender hears why.
        if fields.len() > MOST_FIELDS {
            continue;
        }
        let name = part.name().unwrap_or_default().to_owned();
        let bytes = part.bytes().await.map_err(|e| wrong(e.status(), e.body_text()))?;
        // A picture may come as a file.
        let text = String::from_utf8(bytes.to_vec()).unwrap_or_else(|_| BASE64_STANDARD.encode(&bytes));
        fields.push((name, text));
    }
    if fields.len() > MOST_FIELDS {
        return Err(wrong(StatusCode::BAD_REQUEST, format!("more than {MOST_FIELDS} fields")));
    }
    Ok(fields)
}

/// An object from fields: values that are JSON objects or lists are read, names may be dotted or bracketed.
fn form(fields: Vec<(String, String)>) -> Value {
    let mut all = Map::new();
    for (name, text) in fields {
        let is_json = text.trim_start().starts_with(['{', '[']);
        let read = if is_json { serde_json::from_str(&text).ok() } else { None };
        let value = read.unwrap_or(Value::String(text));
        let name = name.replace("][", ".").replace('[', ".").replace(']', "");
        let (parent, key) = name.split_once('.').unwrap_or(("", &name));
        let at = if parent.is_empty() {
            Some(&mut all)
        } else {
            all.entry(parent).or_insert_with(|| Value::Object(Map::new())).as_object_mut()
        };
        if let Some(at) = at {
            at.insert(key.to_owned(), value);
        }
    }
    Value::Object(all)
}

fn unwrap(value: Value) -> Vec<Value> {
    match value {
        Value::Array(list) => list,
        Value::Object(mut object) if !object.contains_key("identity_id") => {
            let found = WRAPPERS
                .into_iter()
                .find(|name| object.get(*name).is_some_and(|inner| inner.is_array() || inner.is_object()));
            match found.and_then(|name| object.remove(name)) {
                Some(Value::Array(list)) => list,
                Some(inner) => vec![inner],
                None => vec![Value::Object(object)],
            }
        }
        other => vec![other],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(list: &[(&str, &str)]) -> Value {
        form(list.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect())
    }

    #[test]
    fn forms_hold_json_texts_or_dotted_names() {
        let wanted = json!({"identity_id": "7", "ext_data": {"device_ip": "10.0.0.7"}});
        for list in [
            [("identity_id", "7"), ("ext_data", r#"{"device_ip": "10.0.0.7"}"#)],
            [("identity_id", "7"), ("ext_data.device_ip", "10.0.0.7")],
            [("identity_id", "7"), ("ext_data[device_ip]", "10.0.0.7")],
        ] {
            assert_eq!(fields(&list), wanted);
        }
        assert_eq!(fields(&[("a", "{broken")]), json!({"a": "{broken"}));
        assert_eq!(fields(&[("a", "1"), ("a.b", "2")]), json!({"a": "1"}), "a text has no members");
    }

    #[test]
    fn lists_come_bare_or_wrapped() {
        let event = json!({"identity_id": "7"});
        for body in [json!([event]), json!({"events": [event]}), json!({"data": event}), event.clone()] {
            assert_eq!(unwrap(body), std::slice::from_ref(&event));
        }
        assert_eq!(unwrap(json!({"gateway_sn": "x"})), [json!({"gateway_sn": "x"})]);
    }
}
