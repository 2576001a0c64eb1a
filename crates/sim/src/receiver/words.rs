//! What came, in words: one line for an event, one for a status report. Texts of boxes are shown without control characters.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::Kind;
use crate::kept::abbreviate;

/// Longest text shown of a box's own.
const LONGEST: usize = 120;
/// Below this a moment is in seconds, above in milliseconds.
const SECONDS: f64 = 1e11;

/// An event as far as it matters here. Whatever a box leaves out is empty.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Event {
    pub(super) at: i64,
    pub(super) dev_sno: String,
    pub(super) device_ip: String,
    pub(super) identity_id: String,
    pub(super) name: String,
    pub(super) score: f64,
    pub(super) person_type: String,
    pub(super) stranger: bool,
    /// What the box says about its door, where it says it.
    pub(super) door: Option<String>,
}

pub(super) fn is_event(item: &Value) -> bool {
    item.get("identity_id").is_some() || item.get("identity_name").is_some()
}

pub(super) fn is_status(item: &Value) -> bool {
    item.get("gateway_status").is_some() || item.get("sub_devices").is_some()
}

impl Event {
    pub(super) fn of(item: &Value) -> Self {
        let ext = item.get("ext_data").cloned().unwrap_or_default();
        let name = text(item, "identity_name");
        let person_type = text(&ext, "person_type");
        let ep_id = text(&ext, "ep_id");
        let dev_sno = Some(text(&ext, "dev_sno")).filter(|sno| !sno.is_empty());
        Self {
            at: moment(item.get("timestamp")),
            dev_sno: dev_sno
                .unwrap_or_else(|| ep_id.split_once("__").map(|(sno, _)| sno.to_owned()).unwrap_or_default()),
            device_ip: text(&ext, "device_ip"),
            identity_id: text(item, "identity_id"),
            stranger: person_type == "4" || name.eq_ignore_ascii_case("stranger"),
            name,
            score: number(item.get("score")),
            person_type,
            door: door(&ext),
        }
    }

    /// What makes two reports the same event.
    pub(super) fn key(&self) -> String {
        format!("{} {} {} {}", self.dev_sno, self.device_ip, self.at, self.identity_id)
    }

    /// The stem of a picture's file name.
    pub(super) fn file_name(&self, which: &str) -> String {
        let who = if self.stranger { "stranger" } else { &self.identity_id };
        format!("{}-{}-{who}-{which}", self.at, self.device_ip)
    }

    pub(super) fn line(&self, kind: Kind, repeated: bool) -> String {
        let who = if self.stranger {
            "stranger".to_owned()
        } else {
            format!("{} ({}, {})", shown(&self.name), shown(&self.identity_id), person(&self.person_type))
        };
        let mut line = format!(
            "{} {:<9} camera {}: {who}, score {:.3}",
            clock(self.at),
            way(kind),
            shown(&self.device_ip),
            self.score
        );
        if let Some(door) = &self.door {
            line.push_str(", door ");
            line.push_str(&shown(door));
        }
        if repeated {
            line.push_str(" [repeat]");
        }
        line
    }

    pub(super) fn json(&self, kind: Kind, repeated: bool, item: &Value) -> Value {
        json!({
            "kind": way(kind), "at": self.at, "dev_sno": self.dev_sno, "device_ip": self.device_ip,
            "identity_id": self.identity_id, "identity_name": self.name, "stranger": self.stranger,
            "score": self.score, "door": self.door, "repeat": repeated, "event": abbreviate(item.clone()),
        })
    }
}

/// A status report in one line.
pub(super) fn status(item: &Value) -> String {
    let devices = item.get("sub_devices").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let device =
        |device: &Value| format!("{} {}", shown(&text(device, "ep_name")), shown(&text(device, "ep_status")));
    let list: Vec<String> = devices.iter().take(20).map(device).collect();
    format!(
        "{} status    box {} ({}) {}, {} cameras{}{}",
        clock(Timestamp::now().as_millisecond()),
        shown(&text(item, "gateway_name")),
        shown(&text(item, "dev_sno")),
        shown(&text(item, "gateway_status")),
        devices.len(),
        if list.is_empty() { "" } else { ": " },
        list.join(", ")
    )
}

pub(super) fn status_json(item: &Value) -> Value {
    json!({"kind": "status", "at": Timestamp::now().as_millisecond(), "status": abbreviate(item.clone())})
}

/// Something that is neither event nor status.
pub(super) fn unknown(path: &str, item: &Value) -> String {
    let now = clock(Timestamp::now().as_millisecond());
    format!("{now} {}: {}", shown(path), shown(&abbreviate(item.clone()).to_string()))
}

pub(super) fn unknown_json(path: &str, item: &Value) -> Value {
    json!({"kind": "unknown", "at": Timestamp::now().as_millisecond(), "path": path, "body": abbreviate(item.clone())})
}

fn door(ext: &Value) -> Option<String> {
    let door = ext.pointer("/menshen/door")?;
    let (action, result) = (text(door, "action"), text(door, "result"));
    Some(if action == "none" {
        format!("untouched ({})", text(door, "reason"))
    } else {
        format!("{action} {result}")
    })
}

fn way(kind: Kind) -> &'static str {
    match kind {
        Kind::RealTime => "real-time",
        Kind::History => "history",
        Kind::Status | Kind::Other => "elsewhere",
    }
}

fn person(kind: &str) -> &'static str {
    match kind {
        "" | "1" => "employee",
        "2" => "visitor",
        "3" => "blacklist",
        "5" => "VIP",
        _ => "other",
    }
}

/// A text or a number of an object, as text.
fn text(object: &Value, key: &str) -> String {
    match object.get(key) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

fn number(value: Option<&Value>) -> f64 {
    match value {
        Some(Value::Number(number)) => number.as_f64().unwrap_or_default(),
        Some(Value::String(text)) => text.trim().parse().unwrap_or_default(),
        _ => 0.0,
    }
}

/// Milliseconds since 1970; forms carry texts, old boxes seconds.
fn moment(value: Option<&Value>) -> i64 {
    let number = number(value);
    let ms = if number < SECONDS { number * 1000.0 } else { number };
    #[expect(clippy::cast_possible_truncation, reason = "saturates")]
    let ms = ms.round() as i64;
    ms
}

/// A moment in this machine's time zone.
fn clock(ms: i64) -> String {
    let Ok(moment) = Timestamp::from_millisecond(ms) else { return "(no time)".to_owned() };
    moment.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S%.3f").to_string()
}

/// A box's own text, harmless in a terminal.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_harmless_line() {
        let item = json!({"identity_id": "1001", "identity_name": "Zhang\u{1b}[31m San\n", "timestamp": 1_700_000_000, "score": "0.93",
            "ext_data": {"device_ip": "10.0.0.7", "person_type": 5, "ep_id": "BOX__10.0.0.7",
                "menshen": {"door": {"action": "open", "result": "ok"}}}});
        let event = Event::of(&item);
        assert_eq!((event.at, event.dev_sno.as_str(), event.stranger), (1_700_000_000_000, "BOX", false));
        let line = event.line(Kind::RealTime, true);
        let wanted =
            "real-time camera 10.0.0.7: Zhang[31m San (1001, VIP), score 0.930, door open ok [repeat]";
        assert!(line.ends_with(wanted), "{line}");
        let stranger = Event::of(&json!({"identity_name": "stranger", "timestamp": "1700000000000"}));
        assert!(stranger.stranger && stranger.line(Kind::Other, false).contains("stranger, score 0.000"));
        assert_eq!(
            Event::of(&json!({"identity_id": 7, "timestamp": 1e300, "ext_data": "x"})).identity_id,
            "7"
        );
    }
}
