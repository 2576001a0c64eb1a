//! The protocol's enumerations. Values we do not know are kept where a later version may have added some, and otherwise read as
//! the safest known one; every type says which.

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::lenient::{FromValue, deserialize_leniently};
use crate::read_error::ReadError;

/// What a person is to the building (`info.type`, `person_type`). Written as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum PersonType {
    /// 1, the default.
    #[default]
    Employee,
    /// 2.
    Visitor,
    /// 3: known and not welcome.
    Blacklist,
    /// 4: not enrolled.
    Stranger,
    /// 5.
    Vip,
    /// A number the protocol does not define; kept.
    Other(i64),
}

/// What kind of camera took a picture (`device_type`, `ep_type`, `epType`). Written as a text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum DeviceType {
    /// `"0"`: a gate with a PAD.
    Gate,
    /// `"1"`: a camera that finds faces itself and delivers snapshots.
    CaptureMachine,
    /// `"2"`: a network camera looked at like a gate.
    IpcStatic,
    /// `"3"`: a network camera over a moving scene, with tracking.
    IpcDynamic,
    /// `"4"`: a door with a PAD.
    Door,
    /// A word or number of a later version; kept as it came.
    Other(String),
}

/// Which way a camera's passage leads. Written as a number; anything unknown is read as [`Direction::In`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Direction {
    /// 0.
    #[default]
    In,
    /// 1.
    Out,
}

/// How a person is enrolled. Written as a number; anything unknown is read as [`RegisterType::Ordinary`], whose check is the strictest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum RegisterType {
    /// 1: an ordinary person; the photo is checked at [`FiqaLevel::High`].
    #[default]
    Ordinary,
    /// 2: a stranger being enrolled from an event; the photo is checked at [`FiqaLevel::Custom`].
    Stranger,
}

/// How strictly a face picture is checked. Written as a word; empty and unknown words are read as [`FiqaLevel::High`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum FiqaLevel {
    /// `high`, the default.
    #[default]
    High,
    /// `custom`.
    Custom,
    /// `middle`; `normal` means the same.
    Middle,
    /// `low`.
    Low,
    /// `no`: nothing is checked.
    No,
}

/// Whether a camera or box is reachable. Heartbeats write the word, camera reports the digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Presence {
    /// `online`, `"1"`.
    Online,
    /// `offline`, `"2"`.
    Offline,
    /// `unknown`, `"3"`, and everything else.
    #[default]
    Unknown,
}

impl PersonType {
    /// The number on the wire.
    #[must_use]
    pub fn number(self) -> i64 {
        match self {
            Self::Employee => 1,
            Self::Visitor => 2,
            Self::Blacklist => 3,
            Self::Stranger => 4,
            Self::Vip => 5,
            Self::Other(number) => number,
        }
    }
}

impl From<i64> for PersonType {
    fn from(number: i64) -> Self {
        match number {
            1 => Self::Employee,
            2 => Self::Visitor,
            3 => Self::Blacklist,
            4 => Self::Stranger,
            5 => Self::Vip,
            other => Self::Other(other),
        }
    }
}

impl FromValue for PersonType {
    const EXPECTED: &'static str = "a person type (1 employee, 2 visitor, 3 blacklist, 4 stranger, 5 vip)";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        if let Ok(number) = i64::from_value(value.clone()) {
            return Ok(number.into());
        }
        match word(&value).as_str() {
            "employee" => Ok(Self::Employee),
            "visitor" => Ok(Self::Visitor),
            "blacklist" => Ok(Self::Blacklist),
            "stranger" => Ok(Self::Stranger),
            "vip" => Ok(Self::Vip),
            _ => Err(Self::wrong(&value)),
        }
    }
}

impl DeviceType {
    /// The text on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Gate => "0",
            Self::CaptureMachine => "1",
            Self::IpcStatic => "2",
            Self::IpcDynamic => "3",
            Self::Door => "4",
            Self::Other(text) => text,
        }
    }
}

impl FromValue for DeviceType {
    const EXPECTED: &'static str =
        "a device type (0 gate, 1 capture machine, 2 static, 3 dynamic camera, 4 door)";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let text = String::from_value(value.clone()).map_err(|_| Self::wrong(&value))?;
        Ok(match text.trim().to_ascii_lowercase().as_str() {
            "0" => Self::Gate,
            "1" | "photo" => Self::CaptureMachine,
            "2" => Self::IpcStatic,
            "3" | "rtsp" => Self::IpcDynamic,
            "4" => Self::Door,
            _ => Self::Other(text.trim().to_owned()),
        })
    }
}

impl Direction {
    /// The number on the wire.
    #[must_use]
    pub fn number(self) -> i64 {
        match self {
            Self::In => 0,
            Self::Out => 1,
        }
    }
}

impl FromValue for Direction {
    const EXPECTED: &'static str = "a direction (0 in, 1 out)";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        Ok(if matches!(word(&value).as_str(), "1" | "out") { Self::Out } else { Self::In })
    }
}

impl RegisterType {
    /// The number on the wire.
    #[must_use]
    pub fn number(self) -> i64 {
        match self {
            Self::Ordinary => 1,
            Self::Stranger => 2,
        }
    }

    /// How strictly the photo of such a person is checked.
    #[must_use]
    pub fn level(self) -> FiqaLevel {
        match self {
            Self::Ordinary => FiqaLevel::High,
            Self::Stranger => FiqaLevel::Custom,
        }
    }
}

impl FromValue for RegisterType {
    const EXPECTED: &'static str = "a register type (1 ordinary, 2 stranger)";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        Ok(if word(&value) == "2" { Self::Stranger } else { Self::Ordinary })
    }
}

impl FiqaLevel {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Custom => "custom",
            Self::Middle => "middle",
            Self::Low => "low",
            Self::No => "no",
        }
    }
}

impl FromValue for FiqaLevel {
    const EXPECTED: &'static str = "a quality level (high, custom, middle, low, no)";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        Ok(match word(&value).as_str() {
            "custom" => Self::Custom,
            "middle" | "normal" => Self::Middle,
            "low" => Self::Low,
            "no" => Self::No,
            _ => Self::High,
        })
    }
}

impl Presence {
    /// The word of heartbeats.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Offline => "offline",
            Self::Unknown => "unknown",
        }
    }

    /// The digit of camera reports.
    #[must_use]
    pub fn digit(self) -> &'static str {
        match self {
            Self::Online => "1",
            Self::Offline => "2",
            Self::Unknown => "3",
        }
    }

    pub(crate) fn serialize_digit<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.digit())
    }
}

impl FromValue for Presence {
    const EXPECTED: &'static str = "online, offline or unknown (1, 2, 3)";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        Ok(match word(&value).as_str() {
            "online" | "1" | "true" => Self::Online,
            "offline" | "2" | "0" | "false" => Self::Offline,
            _ => Self::Unknown,
        })
    }
}

/// A scalar as lower-case text; lists and objects are no word.
fn word(value: &Value) -> String {
    String::from_value(value.clone()).map(|text| text.trim().to_ascii_lowercase()).unwrap_or_default()
}

macro_rules! serialize_as {
    ($($name:ident => $write:ident($part:ident)),+ $(,)?) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.$write(self.$part())
            }
        }
        deserialize_leniently!($name);
    )+};
}

serialize_as! {
    PersonType => serialize_i64(number),
    DeviceType => serialize_str(as_str),
    Direction => serialize_i64(number),
    RegisterType => serialize_i64(number),
    FiqaLevel => serialize_str(as_str),
    Presence => serialize_str(word),
}
