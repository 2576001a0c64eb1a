//! What a webhook and the event exchange are told: one JSON object for every entry of the feed.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::blobs::{Blobs, media_type};
use crate::db::event_list::EventRow;
use crate::db::feed::Entry;
use crate::operator_api::EventView;

/// Largest picture that is put into a message, in bytes.
const PICTURE: usize = 2 << 20;

/// Whether a webhook is told of pictures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Pictures {
    /// Not at all.
    #[default]
    None,
    /// Where they are; fetching them needs a session or an API key.
    Link,
    /// The capture itself, base64, and where both are.
    Inline,
}

impl Pictures {
    /// The word in the database.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Link => "link",
            Self::Inline => "inline",
        }
    }

    /// What a word of the database means.
    pub(crate) fn of(word: &str) -> Self {
        [Self::Link, Self::Inline].into_iter().find(|found| found.word() == word).unwrap_or_default()
    }
}

/// The id under which an entry is told, the same in every attempt and replay: receivers drop repeats by it.
pub(crate) fn event_id(entry: &Entry) -> String {
    let Entry { kind, seq, .. } = entry;
    match &entry.epoch {
        Some(epoch) => format!("{kind}-{epoch}-{seq}"),
        None => format!("{kind}-{seq}"),
    }
}

/// What an entry says. `base` is put before links to pictures.
pub(crate) fn body(entry: &Entry, event: Option<EventRow>, pictures: Pictures, base: &str) -> Value {
    let data = match event {
        Some(row) => {
            let mut data = serde_json::to_value(EventView::from(row)).unwrap_or_default();
            point_at_pictures(&mut data, pictures, base);
            data
        }
        None => entry.data.clone(),
    };
    json!({
        "id": event_id(entry),
        "kind": entry.kind,
        "subject": entry.subject,
        "at": entry.at,
        "data": data,
    })
}

/// A message that tells of nothing, to try a webhook out: its id and what it says.
pub(crate) fn test_message(now: i64) -> (String, Value) {
    let id = format!("test-{}", Uuid::now_v7());
    let message = json!({
        "id": id,
        "kind": "test",
        "subject": "",
        "at": now,
        "data": {"message": "this is a test: nothing happened"},
    });
    (id, message)
}

/// Puts the capture itself into a message. One that cannot be had is left out: the recognition matters more.
pub(super) async fn add_picture(message: &mut Value, blobs: &Blobs, key: &str) {
    let content = match blobs.get(key).await {
        Ok(Some(content)) if content.len() <= PICTURE => content,
        Ok(_) => return,
        Err(error) => {
            let event_id = message["subject"].as_str();
            tracing::warn!(%error, event_id, "a picture cannot be put into a webhook's message");
            return;
        }
    };
    message["data"]["pictures"] = json!({
        "spot": {"type": media_type(&content), "base64": BASE64_STANDARD.encode(&content)},
    });
}

/// Links are whole addresses where the platform knows its own.
fn point_at_pictures(data: &mut Value, pictures: Pictures, base: &str) {
    let Some(photos) = data.get_mut("photos").and_then(Value::as_object_mut) else { return };
    for link in photos.values_mut() {
        *link = match link.as_str() {
            Some(path) if pictures != Pictures::None => {
                Value::from(format!("{}{path}", base.trim_end_matches('/')))
            }
            _ => Value::Null,
        };
    }
}
