//! What stands before every request and remembers a little: how often somebody asks, tries passwords, is refused.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::identify::Touches;
use super::throttle::{Throttle, network_of};
use crate::config::Limits;
use crate::refusal::Refusal;

/// Attempts to log in from one network at once, and the time for one to come back.
const LOGINS: (u32, Duration) = (10, Duration::from_secs(6));
/// Refused logins written to the audit log at once, and the time for one more.
const NOTED: (u32, Duration) = (60, Duration::from_secs(1));

/// The gate.
#[derive(Debug)]
pub(crate) struct Gate {
    addresses: Throttle<IpAddr>,
    callers: Throttle<String>,
    logins: Throttle<IpAddr>,
    noted: Throttle<()>,
    /// Refused logins that were not written down one by one.
    unnoted: Mutex<u64>,
    pub(super) touches: Touches,
}

impl Gate {
    /// With the configured rates.
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            addresses: Throttle::per_second(limits.requests_per_second),
            callers: Throttle::per_second(limits.requests_per_second),
            logins: Throttle::new(LOGINS.0, LOGINS.1),
            noted: Throttle::new(NOTED.0, NOTED.1),
            unnoted: Mutex::default(),
            touches: Touches::default(),
        }
    }

    /// A request comes from an address.
    pub(super) fn address_asks(&self, address: IpAddr) -> Result<(), Refusal> {
        let taken = self.addresses.take(&network_of(address), Instant::now());
        taken.map_err(|seconds| Refusal::TooOften { seconds })
    }

    /// Somebody known asks for something.
    pub(super) fn caller_asks(&self, name: &String) -> Result<(), Refusal> {
        let taken = self.callers.take(name, Instant::now());
        taken.map_err(|seconds| Refusal::TooOften { seconds })
    }

    /// Somebody tries a password.
    pub(super) fn tries(&self, address: IpAddr) -> Result<(), Refusal> {
        let taken = self.logins.take(&network_of(address), Instant::now());
        taken.map_err(|seconds| Refusal::TooMany { seconds })
    }

    /// The password was right.
    pub(super) fn succeeded(&self, address: IpAddr) {
        self.logins.give_back(&network_of(address));
    }

    /// Whether a refused login is to be written to the audit log, and how many before it were not.
    pub(super) fn notes_refusal(&self) -> Option<u64> {
        let mut unnoted = self.unnoted.lock().unwrap_or_else(PoisonError::into_inner);
        if self.noted.take(&(), Instant::now()).is_ok() {
            return Some(std::mem::take(&mut *unnoted));
        }
        *unnoted += 1;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_refusals_is_counted_instead_of_written() {
        let gate = Gate::new(&Limits::default());
        let noted = (0..1000).filter(|_| gate.notes_refusal().is_some()).count();
        assert!((60..200).contains(&noted), "{noted}");
        assert!(*gate.unnoted.lock().unwrap() >= 800);
    }
}
