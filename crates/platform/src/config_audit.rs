//! A start with another configuration than the last one is written to the audit log: which keys changed, and to what. Secrets
//! are left out, so that a change of a secret alone does not show.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::app::App;
use crate::clock;
use crate::config::Config;
use crate::db::DbError;
use crate::db::audit::{self, Deed, Filter};

const ACTION: &str = "config.change";

/// Compares the configuration with the one that was written down last.
pub(crate) async fn note(app: &App) -> Result<(), DbError> {
    let values = values_of(&app.config);
    app.db
        .write(move |tx| {
            let asked =
                Filter { action: Some(ACTION.to_owned()), before: i64::MAX, limit: 1, ..Filter::default() };
            let last = audit::list(tx, &asked)?.into_iter().next();
            let before: BTreeMap<String, Value> = last
                .and_then(|row| serde_json::from_str::<Value>(&row.detail).ok())
                .and_then(|detail| serde_json::from_value(detail["values"].clone()).ok())
                .unwrap_or_default();
            if before == values {
                return Ok(());
            }
            let differs = |key: &&String| before.get(*key) != values.get(*key);
            let changed: Vec<&String> = before.keys().chain(values.keys()).filter(differs).collect();
            let detail = json!({"changed": changed, "values": values});
            let deed = Deed {
                actor: "system".to_owned(),
                address: String::new(),
                action: ACTION,
                subject: "platform".to_owned(),
                detail,
            };
            audit::append(tx, &deed, clock::now())
        })
        .await
}

/// Every key that is no secret, with its value; addresses without user and password.
fn values_of(config: &Config) -> BTreeMap<String, Value> {
    let mut values = BTreeMap::new();
    // A configuration that was read always serialises.
    flatten(String::new(), serde_json::to_value(config).unwrap_or_default(), &mut values);
    values
}

fn flatten(key: String, value: Value, into: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let key = if key.is_empty() { name } else { format!("{key}.{name}") };
                flatten(key, value, into);
            }
        }
        Value::Null => {}
        _ if runtime::config::is_secret(&key) => {}
        Value::String(text) => drop(into.insert(key, Value::from(without_secrets(text)))),
        other => drop(into.insert(key, other)),
    }
}

/// An address without user, password and query; any other text as it is.
fn without_secrets(text: String) -> String {
    match url::Url::parse(&text) {
        Ok(url) if url.has_host() => format!("{}://{}{}", url.scheme(), authority(&url), url.path()),
        _ => text,
    }
}

fn authority(url: &url::Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;

    #[test]
    fn secrets_are_left_out() {
        let mut config = Config::default();
        config.auth.admin_password = Some(Secret::new("hush hush"));
        config.broker.url = Secret::new("amqps://box:hush@mq.example:5671/site");
        config.database.url = Some("postgres://me:hush@db.example/menshen?password=hush".to_owned());
        let values = values_of(&config);
        assert!(!json!(values).to_string().contains("hush"), "{values:?}");
        assert_eq!(values["broker.url"], "amqps://mq.example:5671/site");
        assert_eq!(values["database.url"], "postgres://db.example/menshen");
        assert_eq!(values["limits.requests_per_second"], 200);
    }
}
