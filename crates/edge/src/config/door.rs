//! `door = { … }` of a camera: what is opened for those who may pass.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};
use url::Url;

use super::text::text;
use crate::reason::{Reason, table as reason};

/// Most relays on one board.
const MOST_CHANNELS: u16 = 64;
/// Longest pulse, seconds; the protocol's 255 would mean "keep open", which no door does.
const LONGEST: u16 = 254;
/// Most headers of an HTTP call.
const MOST_HEADERS: usize = 16;

/// What opens.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
#[schema(as = DoorSettings)]
pub enum Door {
    /// A line in the log and in the event.
    Log,
    /// A relay that speaks Modbus-TCP.
    ModbusTcp(ModbusDoor),
    /// An HTTP call.
    Http(HttpDoor),
}

/// A relay that speaks Modbus-TCP.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ModbusDoor {
    /// Where the board is; 502 is the usual port.
    #[schema(value_type = String)]
    pub address: SocketAddr,
    /// The board's unit id, which matters behind a gateway.
    #[serde(default = "one_unit")]
    pub unit: u8,
    /// Which relay opens the door: 1 is the first (coil 0), 0 is all of them.
    #[serde(default = "one")]
    pub channel: u16,
    /// How many relays "all" means; a board that has fewer says so.
    #[serde(default = "eight")]
    pub channels: u16,
    /// Seconds until the relay is released.
    #[serde(default = "five")]
    pub seconds: u16,
    /// Which relay raises the alarm (mode `alarm`); none: the door has no alarm.
    #[serde(default)]
    pub alarm_channel: Option<u16>,
}

/// An HTTP call.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpDoor {
    /// Called with POST.
    pub url: String,
    /// Sent with each call, for instance a key.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Account for HTTP Basic.
    #[serde(default, deserialize_with = "text")]
    pub user: Option<String>,
    /// Its password.
    #[serde(default, deserialize_with = "text")]
    pub password: Option<String>,
}

impl Door {
    /// What the types cannot say.
    pub(super) fn check(&self) -> Result<(), Reason> {
        match self {
            Self::Log => Ok(()),
            Self::ModbusTcp(door) => door.check(),
            Self::Http(door) => door.check(),
        }
    }
}

impl ModbusDoor {
    fn check(&self) -> Result<(), Reason> {
        let range = |key: &str, value: u16, range: std::ops::RangeInclusive<u16>| {
            let said = || reason::not_between(value, *range.start(), *range.end()).of(key);
            if range.contains(&value) { Ok(()) } else { Err(said()) }
        };
        range("channel", self.channel, 0..=MOST_CHANNELS)?;
        range("channels", self.channels, 1..=MOST_CHANNELS)?;
        range("seconds", self.seconds, 1..=LONGEST)?;
        let Some(alarm) = self.alarm_channel else { return Ok(()) };
        range("alarm_channel", alarm, 1..=MOST_CHANNELS)?;
        // An alarm that opens the door would be a way in.
        if self.channel == 0 || alarm == self.channel {
            return Err(reason::relay_opens_the_door(alarm).of("alarm_channel"));
        }
        Ok(())
    }
}

impl HttpDoor {
    /// Where the call goes.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn address(&self) -> Result<Url, Reason> {
        let none = || reason::not_a_web_address().of("url");
        let url = Url::parse(self.url.trim()).map_err(|_| none())?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(none());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(reason::account_in_address().of("url"));
        }
        Ok(url)
    }

    fn check(&self) -> Result<(), Reason> {
        self.address()?;
        if self.headers.len() > MOST_HEADERS {
            return Err(reason::at_most(MOST_HEADERS).of("headers"));
        }
        if self.password.is_some() && self.user.is_none() {
            return Err(reason::password_without_user().of("user"));
        }
        Ok(())
    }
}

impl fmt::Debug for HttpDoor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpDoor").finish_non_exhaustive()
    }
}

fn one() -> u16 {
    1
}

fn one_unit() -> u8 {
    1
}

fn eight() -> u16 {
    8
}

fn five() -> u16 {
    5
}
