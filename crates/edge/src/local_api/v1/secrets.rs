//! Secrets of cameras and their doors as this API shows and takes them: [`SET`] stands in place of each, and means "as it is"
//! when it comes back. None of them goes to another address than the one it was typed for.

use crate::reason::{Reason, table as reason};
use serde_json::{Map, Value};
use url::Url;

/// What stands in place of a secret.
const SET: &str = "(set)";

/// Hides the secrets of a camera.
pub(super) fn hide(camera: &mut Map<String, Value>) {
    hide_one(camera, "password");
    let Some(door) = camera.get_mut("door").and_then(Value::as_object_mut) else { return };
    door.retain(|_, value| !value.is_null());
    hide_one(door, "password");
    if let Some(headers) = door.get_mut("headers").and_then(Value::as_object_mut) {
        headers.values_mut().for_each(|value| *value = SET.into());
    }
}

fn hide_one(of: &mut Map<String, Value>, key: &str) {
    if let Some(secret) = of.get_mut(key).filter(|value| value.is_string()) {
        *secret = SET.into();
    }
}

/// Puts the secrets of `before` in the place of every [`SET`] in `camera`; `before` is null where there was no camera.
///
/// # Errors
/// There is no such secret, or it was typed for another address.
pub(super) fn restore(camera: &mut Value, before: &Value) -> Result<(), Reason> {
    let none = Value::Null;
    let known = if is_same_place(before, camera) { before } else { &none };
    restore_one(camera, known, "password", "password")?;
    let Some(door) = camera.get_mut("door") else { return Ok(()) };
    let known = before.get("door").filter(|known| is_same_place(known, door)).unwrap_or(&none);
    restore_one(door, known, "password", "door.password")?;
    let Some(headers) = door.get_mut("headers") else { return Ok(()) };
    let names: Vec<String> = headers.as_object().map(|all| all.keys().cloned().collect()).unwrap_or_default();
    let known = known.get("headers").unwrap_or(&none);
    names.iter().try_for_each(|name| restore_one(headers, known, name, &format!("door.headers.{name}")))
}

fn restore_one(sent: &mut Value, before: &Value, key: &str, shown: &str) -> Result<(), Reason> {
    let Some(value) = sent.get_mut(key).filter(|value| *value == SET) else { return Ok(()) };
    match before.get(key) {
        Some(known) if known.is_string() => *value = known.clone(),
        _ => {
            return Err(reason::secret_not_set().of(shown));
        }
    }
    Ok(())
}

/// Whether what is sent to `url` reaches the same server, or there is no address in either.
fn is_same_place(one: &Value, other: &Value) -> bool {
    let address = |of: &Value| of.get("url").and_then(Value::as_str).map(str::to_owned);
    match (address(one), address(other)) {
        (None, None) => true,
        (Some(one), Some(other)) => {
            one == other || server(&one).is_some_and(|one| server(&other) == Some(one))
        }
        _ => false,
    }
}

/// Scheme, host and port.
fn server(address: &str) -> Option<(String, String, Option<u16>)> {
    let url = Url::parse(address.trim()).ok()?;
    Some((url.scheme().to_owned(), url.host_str()?.to_ascii_lowercase(), url.port_or_known_default()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn hall() -> Value {
        json!({"name": "hall", "url": "rtsp://10.0.0.9/one", "password": "camera's", "door": {"kind": "http",
            "url": "http://10.0.0.5/open", "password": "door's", "headers": {"X-Key": "key's"}, "user": null}})
    }

    fn shown() -> Value {
        let mut shown = hall();
        hide(shown.as_object_mut().unwrap());
        shown
    }

    #[test]
    fn what_is_shown_can_be_sent_back() {
        let mut shown = shown();
        let text = shown.to_string();
        assert!(!text.contains("'s") && text.matches(SET).count() == 3, "{text}");
        restore(&mut shown, &hall()).unwrap();
        let mut before = hall();
        before["door"].as_object_mut().unwrap().remove("user");
        assert_eq!(shown, before);
        let mut none = json!({"name": "yard", "password": null, "door": null});
        hide(none.as_object_mut().unwrap());
        assert!(none["password"].is_null(), "what is not set is not said to be");
    }

    #[test]
    fn another_path_of_the_same_server_is_no_other_address() {
        let mut sent = shown();
        sent["url"] = "rtsp://10.0.0.9/two".into();
        sent["door"]["url"] = "http://10.0.0.5:80/other".into();
        restore(&mut sent, &hall()).unwrap();
        assert_eq!((&sent["password"], &sent["door"]["password"]), (&json!("camera's"), &json!("door's")));
    }

    #[test]
    fn secrets_go_to_no_other_address() {
        for (place, key, other) in [
            ("", "url", json!("rtsp://10.0.0.66/one")),
            ("", "url", json!("rtsp://10.0.0.9:5540/one")),
            ("", "url", json!("no address")),
            ("", "url", Value::Null),
            ("/door", "url", json!("http://10.0.0.66/open")),
            ("/door", "url", json!("https://10.0.0.5/open")),
            ("/door", "headers", json!({"X-Other": SET})),
        ] {
            let mut sent = shown();
            sent.pointer_mut(place).unwrap()[key] = other.clone();
            let refused = restore(&mut sent, &hall()).unwrap_err().to_string();
            assert!(
                refused.starts_with(place.trim_start_matches('/')) && refused.contains("type it"),
                "{refused}"
            );
            assert_eq!(refused.starts_with("door."), !place.is_empty(), "{other}: {refused}");
        }
    }

    #[test]
    fn where_nothing_is_set_it_is_no_password() {
        let mut sent = json!({"name": "new", "password": SET});
        assert!(restore(&mut sent, &json!({"name": "new"})).is_err());
        assert!(restore(&mut sent, &Value::Null).is_err());
        let mut typed = json!({"name": "new", "password": "typed"});
        restore(&mut typed, &Value::Null).unwrap();
        assert_eq!(typed["password"], "typed");
    }
}
