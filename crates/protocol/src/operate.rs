//! Reports about cameras that come and go, and the short acknowledgement every upload is answered with.

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::error::ErrorObject;
use crate::ids::{DevSno, EpId};
use crate::kinds::{DeviceType, Direction, Presence};
use crate::lenient::{Fields, FromValue, body, deserialize_leniently, message};
use crate::limits::MAX_LIST;
use crate::millis::Millis;
use crate::read_error::ReadError;
use crate::strict;

/// A camera was added to a box or removed from it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DeviceOperate {
    /// Added or removed.
    #[serde(rename = "actionType")]
    pub action: OperateAction,
    /// The camera.
    #[serde(rename = "deviceInfo")]
    pub device: DeviceInfo,
}

/// What happened to a camera. Written as a number; anything but 2 is read as added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OperateAction {
    /// 1.
    Add,
    /// 2.
    Delete,
}

/// One camera as reported.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceInfo {
    /// The camera.
    pub ep_id: EpId,
    /// The box; empty when the sender left it out.
    pub dev_sno: DevSno,
    /// Which way it leads.
    pub direction: Direction,
    /// Its kind; `None` when the sender left it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ep_type: Option<DeviceType>,
    /// A description.
    pub memo: String,
    /// Its name.
    pub ep_name: String,
    /// Its address.
    pub ep_ip: String,
    /// Whether it is reachable. Written as a digit.
    #[serde(serialize_with = "Presence::serialize_digit")]
    pub ep_status: Presence,
    /// Its software.
    pub ep_version: String,
    /// The library it compares with.
    pub ep_group_name: String,
    /// Its stream.
    pub ep_stream_url: String,
    /// When it was last heard of. Written in seconds; 0 means never.
    #[serde(serialize_with = "strict::seconds")]
    pub last_monitor_time: Millis,
    /// Whether it is watched.
    pub is_monitor: bool,
    /// The permission group that may pass there.
    pub privilege_group_key: String,
}

/// All cameras of a box at once, as later boxes report them.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceSync {
    /// The box.
    pub dev_sno: DevSno,
    /// Its cameras, all of them.
    pub device_list: Vec<DeviceInfo>,
}

/// Either form of a camera report, told apart by the list.
#[derive(Debug, Clone, PartialEq)]
pub enum DeviceReport {
    /// One camera came or went.
    One(Box<DeviceOperate>),
    /// All cameras.
    All(DeviceSync),
}

/// The answer to an upload: `{"status": 0, "message": "ok", "data": null}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ack {
    /// 0 when all is well.
    pub status: i64,
    /// For people.
    pub message: String,
    /// Always null.
    pub data: (),
}

impl DeviceOperate {
    /// The report with the action under both spellings, for a platform of which we do not know which one it reads.
    #[must_use]
    pub fn to_json_for_unknown_peer(&self) -> String {
        strict::json(
            &json!({"actionType": self.action, "actiontype": self.action, "deviceInfo": self.device}),
        )
    }
}

impl DeviceReport {
    /// Reads either form.
    ///
    /// # Errors
    /// The body is no JSON, or a field is missing or of the wrong kind.
    pub fn read(report: &[u8]) -> Result<Self, ReadError> {
        body::read(report)
    }
}

impl Ack {
    /// All is well.
    #[must_use]
    pub fn ok() -> Self {
        Self { status: 0, message: "ok".to_owned(), data: () }
    }

    /// Whether an upload was taken: any 2xx, unless the body is JSON with an `error` object or a `status` other than 0.
    #[must_use]
    pub fn judge(http_status: u16, answer: &[u8]) -> bool {
        if !(200..300).contains(&http_status) || ErrorObject::find(answer).is_some() {
            return false;
        }
        let Ok(mut fields) = body::parse(answer).and_then(Fields::open) else {
            return true;
        };
        match fields.take("status") {
            None | Some(Value::Bool(true)) => true,
            Some(Value::String(word)) => {
                matches!(word.trim().to_ascii_lowercase().as_str(), "" | "0" | "ok" | "success")
            }
            Some(status) => i64::from_value(status).is_ok_and(|status| status == 0),
        }
    }
}

impl FromValue for OperateAction {
    const EXPECTED: &'static str = "an action (1 add, 2 delete)";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        match i64::from_value(value.clone()) {
            Ok(2) => Ok(Self::Delete),
            Ok(_) => Ok(Self::Add),
            Err(_) => Err(Self::wrong(&value)),
        }
    }
}

impl Serialize for OperateAction {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(match self {
            Self::Add => 1,
            Self::Delete => 2,
        })
    }
}

impl FromValue for DeviceOperate {
    const EXPECTED: &'static str = "a camera report";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let mut fields = Fields::open(value)?;
        Ok(Self {
            action: fields.need("actionType|actiontype|action_type")?,
            device: fields.need("deviceInfo|device_info")?,
        })
    }
}

impl FromValue for DeviceInfo {
    const EXPECTED: &'static str = "a camera";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let mut fields = Fields::open(value)?;
        Ok(Self {
            ep_id: fields.need("epId|ep_id")?,
            dev_sno: fields.get("devSno|dev_sno")?.unwrap_or_else(|| DevSno::new("")),
            direction: fields.or("direction", Direction::In)?,
            ep_type: fields.get("epType|type|ep_type")?,
            memo: fields.text("memo")?,
            ep_name: fields.text("epName|ep_name")?,
            ep_ip: fields.text("epIp|ep_ip")?.trim().to_owned(),
            ep_status: fields.or("epStatus|ep_status", Presence::Unknown)?,
            ep_version: fields.text("epVersion|ep_version")?,
            ep_group_name: fields.text("epGroupName|ep_group_name")?,
            ep_stream_url: fields.text("epStreamUrl|ep_stream_url")?,
            last_monitor_time: fields.or("lastMonitorTime|last_monitor_time", Millis(0))?,
            is_monitor: fields.or("isMonitor|is_monitor", true)?,
            privilege_group_key: fields.text("privilegeGroupKey|privilege_group_key")?,
        })
    }
}

impl FromValue for DeviceSync {
    const EXPECTED: &'static str = "a list of cameras";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let mut fields = Fields::open(value)?;
        Ok(Self {
            dev_sno: fields.get("devSno|dev_sno")?.unwrap_or_else(|| DevSno::new("")),
            device_list: fields.need_list("deviceList|device_list", MAX_LIST, "cameras")?,
        })
    }
}

impl FromValue for DeviceReport {
    const EXPECTED: &'static str = "a camera report";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let fields = Fields::open(value)?;
        let is_list = fields.has("deviceList|device_list");
        let value = Value::Object(fields.rest());
        if is_list {
            DeviceSync::from_value(value).map(Self::All)
        } else {
            DeviceOperate::from_value(value).map(|one| Self::One(Box::new(one)))
        }
    }
}

impl FromValue for Ack {
    const EXPECTED: &'static str = "an acknowledgement";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let mut fields = Fields::open(value)?;
        Ok(Self { status: fields.or("status", 0)?, message: fields.text("message")?, data: () })
    }
}

message!(DeviceOperate, DeviceSync, Ack);
deserialize_leniently!(DeviceInfo);
