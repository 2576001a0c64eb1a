//! Doors on the box: what a gate does on a match, and direct orders to a network relay.

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::lenient::{Fields, FromValue, Port, deserialize_leniently, message};
use crate::read_error::ReadError;

/// The duration that would mean "keep open". It is documented as not supported and answered with 50100.
pub const KEEP_OPEN: u64 = 255;

/// Most relays in one request.
const MAX_ACTIONS: usize = 100;

/// What a door does. Written as a word.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum DoorMode {
    /// `opendoor`, the default.
    #[default]
    OpenDoor,
    /// `closedoor`.
    CloseDoor,
    /// `alarm`.
    Alarm,
    /// `avoid`.
    Avoid,
    /// A word of another version; kept.
    Other(String),
}

/// Sets or tells the mode of the gates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GateControllerMode {
    /// The mode.
    pub controller_mode: DoorMode,
}

/// Orders to relays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EventAction {
    /// One order per relay.
    pub action: Vec<RelayAction>,
}

/// An order to one relay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RelayAction {
    /// The relay's address.
    pub action_ip: String,
    /// Its port; a text on the wire.
    #[serde(serialize_with = "as_text")]
    pub action_port: u16,
    /// What to do.
    pub action_mode: DoorMode,
    /// Seconds until the door closes again; see [`KEEP_OPEN`].
    pub action_duration: u64,
    /// The relay's channel; 0 is all of them.
    pub logic_port: u64,
}

/// What came of orders to relays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EventActionReply {
    /// For people.
    pub message: String,
    /// What was done.
    pub action_mode: DoorMode,
}

impl DoorMode {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::OpenDoor => "opendoor",
            Self::CloseDoor => "closedoor",
            Self::Alarm => "alarm",
            Self::Avoid => "avoid",
            Self::Other(word) => word,
        }
    }
}

impl Serialize for DoorMode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl FromValue for DoorMode {
    const EXPECTED: &'static str = "a mode (opendoor, closedoor, alarm, avoid)";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let Value::String(word) = &value else {
            return Err(Self::wrong(&value));
        };
        Ok(match word.trim().to_ascii_lowercase().as_str() {
            "opendoor" => Self::OpenDoor,
            "closedoor" => Self::CloseDoor,
            "alarm" => Self::Alarm,
            "avoid" => Self::Avoid,
            _ => Self::Other(word.trim().to_owned()),
        })
    }
}

impl FromValue for GateControllerMode {
    const EXPECTED: &'static str = "an object with controller_mode";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        Ok(Self { controller_mode: Fields::open(value)?.need("controller_mode")? })
    }
}

impl FromValue for EventAction {
    const EXPECTED: &'static str = "an object with action";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        Ok(Self { action: Fields::open(value)?.need_list("action", MAX_ACTIONS, "actions")? })
    }
}

impl FromValue for RelayAction {
    const EXPECTED: &'static str = "an action";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let mut fields = Fields::open(value)?;
        let Port(action_port) = fields.need("action_port")?;
        let count = |number: i64| u64::try_from(number).unwrap_or(0);
        Ok(Self {
            action_ip: fields.need::<String>("action_ip")?.trim().to_owned(),
            action_port,
            action_mode: fields.need("action_mode")?,
            action_duration: count(fields.or("action_duration", 5)?),
            logic_port: count(fields.or("logic_port", 0)?),
        })
    }
}

impl FromValue for EventActionReply {
    const EXPECTED: &'static str = "an object with action_mode";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let mut fields = Fields::open(value)?;
        Ok(Self {
            message: fields.text("message")?,
            action_mode: fields.or("action_mode", DoorMode::default())?,
        })
    }
}

message!(GateControllerMode, EventAction);
deserialize_leniently!(DoorMode, RelayAction, EventActionReply);

fn as_text<S: Serializer>(port: &u16, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(port)
}
