//! `EventAction`: a caller's direct orders to relays of the network. Each order has a result of its own; orders to different
//! relays run side by side.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;
use protocol::fog::{DoorMode, RelayAction};
use serde::Serialize;
use tokio::time::{Instant, timeout};

use super::modbus::Coils;
use super::{Doors, TIME_LIMIT};
use crate::config;

/// Orders carried out at one time.
const AT_ONCE: usize = 32;
/// What "all" means at a relay of which nothing is known; one that has fewer says so.
const CHANNELS: u16 = 8;
/// The unit id of a relay of which nothing is known.
const UNIT: u8 = 1;
/// The most relays a board may have.
const MOST_CHANNELS: u64 = 64;
/// The longest opening, seconds; 255 would mean "keep open".
const LONGEST: u64 = 254;

/// What came of one order.
#[derive(Debug, Clone, Serialize)]
pub struct Done {
    /// The order.
    #[serde(flatten)]
    pub action: RelayAction,
    /// `ok`, or why not.
    pub result: String,
    /// How long it took, in milliseconds.
    pub ms: u64,
}

impl Doors {
    /// Why an order cannot be carried out by any relay, or not beside these doors; `Ok` otherwise.
    ///
    /// # Errors
    /// One sentence that begins with the key.
    pub fn check<'a>(
        action: &RelayAction,
        doors: impl IntoIterator<Item = &'a config::Door>,
    ) -> Result<(), String> {
        Self::check_alone(action)?;
        let alarm = action.action_mode == DoorMode::Alarm;
        let is_in = |door: &config::Door| is_way_in(action, door).unwrap_or(false);
        if alarm && doors.into_iter().any(is_in) {
            return Err(format!("logic_port: relay {} opens a door; an alarm never does", action.logic_port));
        }
        Ok(())
    }

    fn check_alone(action: &RelayAction) -> Result<(), String> {
        address(action)?;
        if matches!(action.action_mode, DoorMode::Other(_)) {
            return Err(format!(
                "action_mode: {:?} is not one of opendoor, closedoor, alarm, avoid",
                action.action_mode.as_str()
            ));
        }
        if matches!(action.action_mode, DoorMode::OpenDoor | DoorMode::Alarm)
            && !(1..=LONGEST).contains(&action.action_duration)
        {
            return Err(format!("action_duration: expected 1 to {LONGEST} seconds"));
        }
        if action.logic_port > MOST_CHANNELS {
            return Err(format!("logic_port: expected 0 (all) to {MOST_CHANNELS}"));
        }
        if action.action_mode == DoorMode::Alarm && action.logic_port == 0 {
            return Err(format!(
                "logic_port: an alarm names its relay, 1 to {MOST_CHANNELS}; all of them would open doors"
            ));
        }
        Ok(())
    }

    /// Carries out orders; the results come in their order.
    pub async fn carry_out(&self, actions: &[RelayAction]) -> Vec<Done> {
        let work: Vec<_> = actions.iter().map(|action| self.timed(action.clone())).collect();
        stream::iter(work).buffered(AT_ONCE).collect().await
    }

    async fn timed(&self, action: RelayAction) -> Done {
        let began = Instant::now();
        let result = match timeout(TIME_LIMIT, self.one(&action)).await {
            Ok(result) => result,
            Err(_) => Err(format!("no answer within {} ms", TIME_LIMIT.as_millis())),
        };
        let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        Done { action, result: result.err().unwrap_or_else(|| "ok".to_owned()), ms }
    }

    async fn one(&self, action: &RelayAction) -> Result<(), String> {
        Self::check_alone(action)?;
        if action.action_mode == DoorMode::Avoid {
            return Ok(());
        }
        let relay = self.relays.of(address(action)?, UNIT).map_err(|error| error.to_string())?;
        let coils = Coils::of(u16::try_from(action.logic_port).unwrap_or(u16::MAX), CHANNELS);
        match action.action_mode {
            DoorMode::CloseDoor => relay.release(coils).await,
            _ => relay.pulse(coils, Duration::from_secs(action.action_duration)).await,
        }
    }
}

/// Whether the order's relay is one that opens this door, whatever unit id it is asked by: few boards look at it.
fn is_way_in(action: &RelayAction, door: &config::Door) -> Result<bool, String> {
    let config::Door::ModbusTcp(door) = door else { return Ok(false) };
    let canonical = |address: SocketAddr| (address.ip().to_canonical(), address.port());
    let opens = match door.channel {
        0 => action.logic_port <= u64::from(door.channels),
        one => action.logic_port == u64::from(one),
    };
    Ok(opens && canonical(door.address) == canonical(address(action)?))
}

fn address(action: &RelayAction) -> Result<SocketAddr, String> {
    let text = action.action_ip.trim_matches(['[', ']']);
    let ip: IpAddr = text.parse().map_err(|_| "action_ip: expected an IP address".to_owned())?;
    if ip.is_unspecified() || ip.is_multicast() || action.action_port == 0 {
        return Err("action_ip: no relay can have this address".to_owned());
    }
    Ok((ip, action.action_port).into())
}
