//! The `modbus-tcp` door: a pulse on a coil of a relay. The relay is shared by every door on it ([`Relay`]), which also
//! releases it.

mod hold;
mod relay;
mod relays;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

pub(super) use relay::Relay;
pub(super) use relays::Relays;

use super::{Action, Driver, Order};
use crate::config;
use crate::reason::Reason;

/// Which coils of a relay are meant: one, or all there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coils {
    /// The coil with this address, from 0.
    One(u16),
    /// From address 0 on, at most so many; where the relay says that there are no more, that is all.
    All(u16),
}

impl Coils {
    /// The coils of a channel as people count them: 0 is all of `channels`, n is the n-th relay.
    pub(super) fn of(channel: u16, channels: u16) -> Self {
        channel.checked_sub(1).map_or(Self::All(channels), Self::One)
    }

    pub(super) fn addresses(self) -> std::ops::Range<u16> {
        match self {
            Self::One(address) => address..address.saturating_add(1),
            Self::All(count) => 0..count,
        }
    }
}

/// The driver of one door on a relay.
#[derive(Debug)]
pub(super) struct ModbusTcp {
    relay: Arc<Relay>,
    door: Coils,
    alarm: Option<Coils>,
    pulse: Duration,
}

impl ModbusTcp {
    /// The driver of a configured door.
    pub(super) fn new(relays: &Relays, settings: &config::ModbusDoor) -> Result<Self, Reason> {
        Ok(Self {
            relay: relays.of(settings.address, settings.unit)?,
            door: Coils::of(settings.channel, settings.channels),
            alarm: settings.alarm_channel.map(|channel| Coils::of(channel, settings.channels)),
            pulse: Duration::from_secs(settings.seconds.into()),
        })
    }
}

impl Driver for ModbusTcp {
    fn kind(&self) -> &'static str {
        "modbus-tcp"
    }

    fn place(&self) -> String {
        match self.door {
            Coils::One(address) => format!("{}, relay {}", self.relay.place(), u32::from(address) + 1),
            Coils::All(_) => format!("{}, all relays", self.relay.place()),
        }
    }

    fn carry_out<'a>(&'a self, action: Action, _: &'a Order) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            match (action, self.alarm) {
                (Action::Open, _) => self.relay.pulse(self.door, self.pulse).await,
                (Action::Close, _) => self.relay.release(self.door).await,
                (Action::Alarm, Some(alarm)) => self.relay.pulse(alarm, self.pulse).await,
                (Action::Alarm, None) => Err("this door has no alarm_channel".to_owned()),
                (Action::None, _) => Ok(()),
            }
        })
    }

    fn reach(&self) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(self.relay.reach())
    }

    fn tells(&self) -> bool {
        true
    }

    fn open_for(&self) -> Option<Duration> {
        self.relay.open_for(self.door)
    }

    fn trouble(&self) -> Option<String> {
        self.relay.trouble(self.door).or_else(|| self.relay.trouble(self.alarm?))
    }

    fn secure(&self) {
        self.relay.secure(self.door);
        if let Some(alarm) = self.alarm {
            self.relay.secure(alarm);
        }
    }
}
