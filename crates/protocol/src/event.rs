//! One recognition: what a box reports of a face that passed a camera, at once or later in batches.

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::ids::{DevSno, EpId, IdentityId};
use crate::image::strip_prefix;
use crate::kinds::{DeviceType, PersonType};
use crate::lenient::{Fields, FromValue, body, deserialize_leniently, list_of, message};
use crate::limits::MAX_BATCH_READ;
use crate::millis::Millis;
use crate::read_error::ReadError;
use crate::strict;

/// The name of everybody who is not enrolled.
pub const STRANGER: &str = "stranger";

/// Keys under which a batch may be wrapped in an object, in the order they are looked for.
const ENVELOPES: &str = "events|data|records|event_list|list";

/// One recognition. `Debug` does not show pictures.
#[derive(Clone, PartialEq, Serialize)]
pub struct Event {
    /// The person; for strangers whatever number the box gave, possibly empty.
    pub identity_id: IdentityId,
    /// The name; [`STRANGER`] for strangers.
    pub identity_name: String,
    /// The library's name, or its id when it has no name.
    pub group_name: String,
    /// Registration photo as base64, without a `data:` prefix.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reg_pic: Option<String>,
    /// When the picture was taken.
    pub timestamp: Millis,
    /// Score of the match as it came: 0..1, and 0..100 from later boxes (see [`Event::score_fraction`]).
    #[serde(serialize_with = "strict::finite")]
    pub score: f64,
    /// Everything else.
    #[serde(rename = "ext_data")]
    pub ext: ExtData,
    /// Fields we do not know; kept.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Where and how a face was seen. `Debug` does not show pictures.
#[derive(Clone, PartialEq, Serialize)]
pub struct ExtData {
    /// The camera's address; empty when the sender left it out.
    pub device_ip: String,
    /// The camera.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ep_id: Option<EpId>,
    /// The scene as base64, without a `data:` prefix.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spot_pic: Option<String>,
    /// Employee, visitor, stranger…
    pub person_type: PersonType,
    /// What kind of camera it was; `None` when the sender left it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_type: Option<DeviceType>,
    /// What a capture machine found out itself.
    pub grab_fiqa_info: Map<String, Value>,
    /// The box's verdict on the picture.
    pub box_fiqa_info: Map<String, Value>,
    /// The box.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dev_sno: Option<DevSno>,
    /// Decision, door and trace; only between our own box and our own platform.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub menshen: Option<Value>,
    /// Fields we do not know; kept.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Event {
    /// Reads an upload: one event, a list of events, or an object with such a list under `events`, `data`, `records`, `event_list`
    /// or `list`.
    ///
    /// # Errors
    /// The body is no JSON, an event in it cannot be read, or there are more than [`MAX_BATCH_READ`].
    pub fn read_batch(upload: &[u8]) -> Result<Vec<Self>, ReadError> {
        body::parse(upload).and_then(Self::batch)
    }

    /// Reads an upload sent as form fields: one event field by field, or a batch as JSON text under one of the envelope's names.
    ///
    /// # Errors
    /// As [`Event::read_batch`].
    pub fn read_form<'a>(
        fields: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Vec<Self>, ReadError> {
        crate::form::tree(fields).and_then(Self::batch)
    }

    /// The event as form fields: one per top-level key, objects and lists as JSON text.
    #[must_use]
    pub fn to_form(&self) -> Vec<(String, String)> {
        crate::form::pairs(self)
    }

    /// Several events as one list.
    #[must_use]
    pub fn batch_to_json(events: &[Self]) -> String {
        strict::json(events)
    }

    /// Whether the person is not enrolled: the type or the name says so.
    #[must_use]
    pub fn is_stranger(&self) -> bool {
        self.ext.person_type == PersonType::Stranger
            || self.identity_name.trim().eq_ignore_ascii_case(STRANGER)
    }

    /// The score from 0 to 1; above 1 the sender counted in percent. Without knowledge of the box this is a guess for scores below 1 %.
    #[must_use]
    pub fn score_fraction(&self) -> f64 {
        let fraction = if self.score > 1.0 { self.score / 100.0 } else { self.score };
        fraction.clamp(0.0, 1.0)
    }

    /// The box that saw it: its own word, else the prefix of the camera's id.
    #[must_use]
    pub fn reported_box(&self) -> Option<DevSno> {
        let prefix = || self.ext.ep_id.as_ref().and_then(EpId::split).map(|(prefix, _)| DevSno::new(prefix));
        self.ext.dev_sno.clone().or_else(prefix)
    }

    fn batch(value: Value) -> Result<Vec<Self>, ReadError> {
        const WHAT: &str = "events in one upload";
        if value.is_array() {
            return list_of(value, MAX_BATCH_READ, WHAT);
        }
        let mut fields = Fields::open(value).map_err(|mut error| {
            if let crate::Problem::Wrong { expected, .. } = &mut error.problem {
                *expected = "an event or a list of events";
            }
            error
        })?;
        if !fields.has("timestamp") {
            for name in ENVELOPES.split('|') {
                if fields.has(name) {
                    return fields.need_list(name, MAX_BATCH_READ, WHAT);
                }
            }
        }
        Ok(vec![Self::take(fields)?])
    }

    fn take(mut fields: Fields) -> Result<Self, ReadError> {
        Ok(Self {
            identity_id: fields.get("identity_id|identityId")?.unwrap_or_else(|| IdentityId::new("")),
            identity_name: fields.text("identity_name|identityName")?,
            group_name: fields.text("group_name|group_id")?,
            reg_pic: picture(&mut fields, "reg_pic")?,
            timestamp: fields.need("timestamp")?,
            score: fields.or("score", 0.0)?,
            ext: fields.get("ext_data|extData")?.unwrap_or_default(),
            rest: fields.rest(),
        })
    }
}

/// A picture; an empty text is none.
fn picture(fields: &mut Fields, name: &str) -> Result<Option<String>, ReadError> {
    Ok(fields.get::<String>(name)?.map(strip_prefix).filter(|text| !text.trim().is_empty()))
}

impl Default for ExtData {
    fn default() -> Self {
        Self {
            device_ip: String::new(),
            ep_id: None,
            spot_pic: None,
            person_type: PersonType::Employee,
            device_type: None,
            grab_fiqa_info: Map::new(),
            box_fiqa_info: Map::new(),
            dev_sno: None,
            menshen: None,
            rest: Map::new(),
        }
    }
}

impl FromValue for Event {
    const EXPECTED: &'static str = "an event";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        Fields::open(value).and_then(Self::take)
    }
}

impl FromValue for ExtData {
    const EXPECTED: &'static str = "an object";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let mut fields = Fields::open(value)?;
        Ok(Self {
            device_ip: fields.text("device_ip|deviceIp")?.trim().to_owned(),
            ep_id: fields.get("ep_id|epId")?,
            spot_pic: picture(&mut fields, "spot_pic")?,
            person_type: fields.or("person_type", PersonType::Employee)?,
            device_type: fields.get("device_type")?,
            grab_fiqa_info: fields.or("grab_fiqa_info", Map::new())?,
            box_fiqa_info: fields.or("box_fiqa_info", Map::new())?,
            dev_sno: fields.get("dev_sno|devSno")?,
            menshen: fields.take("menshen"),
            rest: fields.rest(),
        })
    }
}

message!(Event);
deserialize_leniently!(ExtData);

/// A picture in a debug line: that it is there and how long its text is.
struct Hidden<'a>(&'a Option<String>);

impl fmt::Debug for Hidden<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str("None"),
            Some(text) => write!(f, "{} bytes", text.len()),
        }
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("identity_id", &self.identity_id)
            .field("identity_name", &self.identity_name)
            .field("group_name", &self.group_name)
            .field("reg_pic", &Hidden(&self.reg_pic))
            .field("timestamp", &self.timestamp)
            .field("score", &self.score)
            .field("ext", &self.ext)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ExtData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExtData")
            .field("device_ip", &self.device_ip)
            .field("ep_id", &self.ep_id)
            .field("spot_pic", &Hidden(&self.spot_pic))
            .field("person_type", &self.person_type)
            .field("device_type", &self.device_type)
            .field("dev_sno", &self.dev_sno)
            .finish_non_exhaustive()
    }
}
