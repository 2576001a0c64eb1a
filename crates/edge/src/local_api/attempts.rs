//! Wrong credentials are slowed down per address: after a handful an address waits, and nobody else does.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Wrong credentials an address may send at once.
const BURST: u32 = 20;
/// After so long one more is allowed.
const REFILL: Duration = Duration::from_secs(3);
/// Addresses that are remembered; more than that at one time is an attack from everywhere, against which this is no help.
const MOST: usize = 4096;

/// What was tried by whom.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    failures: Mutex<HashMap<IpAddr, Failures>>,
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    number: u32,
    /// When `number` was right.
    at: Instant,
}

impl Attempts {
    /// How long `address` has to wait before its credentials are looked at; `None` when it need not.
    pub(super) fn wait(&self, address: IpAddr, now: Instant) -> Option<Duration> {
        let failures = *self.lock().get(&neighbourhood(address))?;
        let left = failures.left(now);
        (left >= BURST).then(|| REFILL * (left - BURST + 1))
    }

    /// Notes wrong credentials.
    pub(super) fn failed(&self, address: IpAddr, now: Instant) {
        let mut all = self.lock();
        if all.len() >= MOST {
            all.retain(|_, failures| failures.left(now) > 0);
        }
        if all.len() >= MOST {
            all.clear();
        }
        let failures = all.entry(neighbourhood(address)).or_insert(Failures { number: 0, at: now });
        *failures = Failures { number: failures.left(now) + 1, at: now };
    }

    /// Takes one back that was noted before it was looked at, and was right.
    pub(super) fn forgive(&self, address: IpAddr) {
        if let Some(failures) = self.lock().get_mut(&neighbourhood(address)) {
            failures.number = failures.number.saturating_sub(1);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, Failures>> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Failures {
    fn left(self, now: Instant) -> u32 {
        let passed = now.saturating_duration_since(self.at).as_secs() / REFILL.as_secs();
        self.number.saturating_sub(u32::try_from(passed).unwrap_or(u32::MAX))
    }
}

/// One subscriber has a whole IPv6 network of 64 bits.
fn neighbourhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_guesses_waits_and_nobody_else_does() {
        let attempts = Attempts::default();
        let (bad, good) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        let begin = Instant::now();
        for _ in 0..BURST {
            assert_eq!(attempts.wait(bad, begin), None);
            attempts.failed(bad, begin);
        }
        assert_eq!(attempts.wait(bad, begin), Some(REFILL));
        assert_eq!(attempts.wait(good, begin), None);
        assert_eq!(attempts.wait(bad, begin + REFILL), None);
        attempts.failed(bad, begin + REFILL);
        assert!(attempts.wait(bad, begin + REFILL).is_some());
        assert_eq!(attempts.wait(bad, begin + REFILL * (BURST + 1)), None);
    }

    #[test]
    fn what_was_noted_before_it_was_looked_at_can_be_taken_back() {
        let (attempts, address, now) = (Attempts::default(), IpAddr::from([10, 0, 0, 1]), Instant::now());
        for _ in 0..3 * BURST {
            attempts.failed(address, now);
            attempts.forgive(address);
        }
        assert_eq!(attempts.wait(address, now), None);
        attempts.forgive(IpAddr::from([10, 0, 0, 2]));
    }

    #[test]
    fn neighbours_in_ipv6_are_one_and_memory_is_bounded() {
        let attempts = Attempts::default();
        let now = Instant::now();
        for n in 0..u16::try_from(BURST).unwrap() {
            attempts.failed(IpAddr::from([0x2001, 0xdb8, 0, 1, 0, 0, 0, n]), now);
        }
        assert!(attempts.wait(IpAddr::from([0x2001, 0xdb8, 0, 1, 9, 9, 9, 9]), now).is_some());
        assert!(attempts.wait(IpAddr::from([0x2001, 0xdb8, 0, 2, 0, 0, 0, 1]), now).is_none());
        for n in 0..20_000_u32 {
            attempts.failed(IpAddr::from(n.to_be_bytes()), now);
        }
        assert!(attempts.lock().len() <= MOST);
    }
}
