//! Where a box sends events and status, and how.

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::lenient::{Fields, FromValue, Seconds, Words, deserialize_leniently, message};
use crate::read_error::ReadError;

/// Seconds between uploads of a box that is its own master.
const PERIOD: u64 = 20;

/// How events are encoded. Written as `json` or `form-data`; anything unknown is read as JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ContentType {
    /// `json`.
    #[default]
    Json,
    /// `form-data`.
    FormData,
}

/// The receivers of real-time events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EventServerUrl {
    /// URLs, served one after another in this order.
    pub event_server_url: Vec<String>,
    /// Whether events carry the registration photo.
    pub real_need_reg_pic: bool,
    /// How events are encoded.
    #[serde(rename = "content-type")]
    pub content_type: ContentType,
}

/// The receivers of historic events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HistoryEventUrl {
    /// For people; only in the answer to a change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// URLs, served one after another in this order.
    pub history_upload_event_url: Vec<String>,
    /// Whether events carry the registration photo.
    pub history_need_reg_pic: bool,
    /// How events are encoded.
    #[serde(rename = "content-type")]
    pub content_type: ContentType,
    /// Seconds between uploads, at least 1 (the wire's key is misspelt).
    #[serde(rename = "reported_peroid")]
    pub reported_period: u64,
}

/// The receiver of status reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MonitorServerUrl {
    /// The URL.
    pub monitor_server_url: String,
    /// How reports are encoded; only JSON is supported.
    #[serde(rename = "content-type")]
    pub content_type: ContentType,
    /// Seconds between reports, at least 1 (the wire's key is misspelt).
    #[serde(rename = "reported_peroid")]
    pub reported_period: u64,
}

/// What a box answers about its status receiver: a bare `ok` to a change, the settings to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MonitorReply {
    /// The change was made.
    Ok,
    /// The settings in force.
    Settings {
        /// The URL, possibly empty.
        monitor_server_url: String,
        /// Seconds between reports.
        reported_period: u64,
    },
}

impl FromValue for ContentType {
    const EXPECTED: &'static str = "a content type (json, form-data)";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let word = String::from_value(value)?.to_ascii_lowercase();
        Ok(if word.contains("form") { Self::FormData } else { Self::Json })
    }
}

impl Serialize for ContentType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Self::Json => "json",
            Self::FormData => "form-data",
        })
    }
}

fn content_type(fields: &mut Fields) -> Result<ContentType, ReadError> {
    fields.or("content-type|content_type|contentType", ContentType::Json)
}

fn period(fields: &mut Fields) -> Result<u64, ReadError> {
    let given = fields.get::<Seconds>("reported_peroid|reported_period|report_period|report_peroid")?;
    Ok(given.map_or(PERIOD, |Seconds(seconds)| seconds))
}

/// The addresses, possibly none; but who means none has to say so.
fn receivers(fields: &mut Fields, name: &str) -> Result<Vec<String>, ReadError> {
    if !fields.has(name) {
        return Err(ReadError::missing(Words::EXPECTED).under(name));
    }
    let Words(list) = fields.or(name, Words(Vec::new()))?;
    Ok(list)
}

impl FromValue for EventServerUrl {
    const EXPECTED: &'static str = "an object with event_server_url";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let mut fields = Fields::open(value)?;
        let event_server_url = receivers(&mut fields, "event_server_url")?;
        Ok(Self {
            event_server_url,
            real_need_reg_pic: fields.or("real_need_reg_pic", true)?,
            content_type: content_type(&mut fields)?,
        })
    }
}

impl FromValue for HistoryEventUrl {
    const EXPECTED: &'static str = "an object with history_upload_event_url";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let mut fields = Fields::open(value)?;
        let history_upload_event_url = receivers(&mut fields, "history_upload_event_url")?;
        Ok(Self {
            message: fields.get("message")?,
            history_upload_event_url,
            history_need_reg_pic: fields.or("history_need_reg_pic", true)?,
            content_type: content_type(&mut fields)?,
            reported_period: period(&mut fields)?,
        })
    }
}

/// One address, also when it comes as a list.
fn single(fields: &mut Fields) -> Result<String, ReadError> {
    let Words(list) = fields.or("monitor_server_url", Words(Vec::new()))?;
    Ok(list.into_iter().next().unwrap_or_default())
}

impl FromValue for MonitorServerUrl {
    const EXPECTED: &'static str = "an object with monitor_server_url";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let mut fields = Fields::open(value)?;
        let monitor_server_url = receivers(&mut fields, "monitor_server_url")?;
        Ok(Self {
            monitor_server_url: monitor_server_url.into_iter().next().unwrap_or_default(),
            content_type: content_type(&mut fields)?,
            reported_period: period(&mut fields)?,
        })
    }
}

impl FromValue for MonitorReply {
    const EXPECTED: &'static str = "\"ok\" or an object with monitor_server_url";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        match value {
            Value::String(_) => Ok(Self::Ok),
            value => {
                let mut fields = Fields::open(value)?;
                Ok(Self::Settings {
                    monitor_server_url: single(&mut fields)?,
                    reported_period: period(&mut fields)?,
                })
            }
        }
    }
}

impl Serialize for MonitorReply {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Ok => serializer.serialize_str("ok"),
            Self::Settings { monitor_server_url, reported_period } => {
                json!({"monitor_server_url": monitor_server_url, "reported_peroid": reported_period})
                    .serialize(serializer)
            }
        }
    }
}

message!(EventServerUrl, HistoryEventUrl, MonitorServerUrl);
deserialize_leniently!(ContentType, MonitorReply);
