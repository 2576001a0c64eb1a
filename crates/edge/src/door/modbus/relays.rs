//! The relays in use: one connection to each, however many doors and callers switch it.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use runtime::Lifecycle;

use super::Relay;
use crate::reason::{Reason, table as reason};

/// Relays known at one time; one that nobody uses makes room.
const MOST: usize = 256;

/// The relays, made when they are first needed.
#[derive(Debug)]
pub(in crate::door) struct Relays {
    life: Lifecycle,
    known: Mutex<HashMap<(SocketAddr, u8), Arc<Relay>>>,
}

impl Relays {
    pub(in crate::door) fn new(life: &Lifecycle) -> Self {
        Self { life: life.clone(), known: Mutex::default() }
    }

    /// The relay at an address.
    ///
    /// # Errors
    /// There are too many already.
    pub(in crate::door) fn of(&self, address: SocketAddr, unit: u8) -> Result<Arc<Relay>, Reason> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(relay) = known.get(&(address, unit)) {
            return Ok(relay.clone());
        }
        if known.len() >= MOST {
            known.retain(|_, relay| Arc::strong_count(relay) > 1 || !relay.is_idle());
        }
        if known.len() >= MOST {
            return Err(reason::too_many_relays(MOST));
        }
        let relay = Relay::new(address, unit, &self.life);
        known.insert((address, unit), relay.clone());
        Ok(relay)
    }
}
