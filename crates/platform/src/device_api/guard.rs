//! Guessing licence keys is slow: an address that failed too often has to wait. Boxes that know their key never notice.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// Failed logins from one address within one [`WINDOW`].
const FAILURES: u32 = 30;
/// Milliseconds.
const WINDOW: i64 = 60_000;
/// Addresses remembered at most.
const MOST: usize = 10_000;

/// Counts failed logins by address.
#[derive(Debug, Default)]
pub(super) struct Guard {
    failures: Mutex<HashMap<IpAddr, (i64, u32)>>,
}

impl Guard {
    /// Whether an address may try.
    pub(super) fn may_try(&self, from: IpAddr, now: i64) -> bool {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.get(&from).is_none_or(|(since, count)| now - since >= WINDOW || *count < FAILURES)
    }

    /// An address failed.
    pub(super) fn failed(&self, from: IpAddr, now: i64) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= MOST {
            failures.retain(|_, (since, _)| now - *since < WINDOW);
        }
        // Still full of fresh ones: somebody has very many addresses, and counting more of them would not help.
        if failures.len() < MOST || failures.contains_key(&from) {
            let entry = failures.entry(from).or_insert((now, 0));
            if now - entry.0 >= WINDOW {
                *entry = (now, 0);
            }
            entry.1 += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_guesses_has_to_wait() {
        let guard = Guard::default();
        let (bad, good) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        for _ in 0..FAILURES {
            assert!(guard.may_try(bad, 1_000));
            guard.failed(bad, 1_000);
        }
        assert!(!guard.may_try(bad, 1_000));
        assert!(guard.may_try(good, 1_000));
        assert!(guard.may_try(bad, 1_000 + WINDOW));
    }

    #[test]
    fn memory_is_bounded() {
        let guard = Guard::default();
        for number in 0..20_000_u32 {
            guard.failed(IpAddr::from(number.to_be_bytes()), 1_000);
        }
        assert!(guard.failures.lock().unwrap().len() <= MOST);
    }
}
