//! One-time codes by which a browser becomes a pad: eight digits, because they are typed on a wall; good for ten minutes, for one
//! browser, and for so many wrong guesses of everybody together that guessing one in time is hopeless.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::secret;

/// How long a code is good, milliseconds.
pub const GOOD_FOR: i64 = 10 * 60 * 1000;
/// Different codes with eight digits.
const POSSIBLE: u32 = 100_000_000;
/// Wrong guesses a code outlives. One address alone is slowed down so much that it does not reach this in ten minutes.
const GUESSES: u32 = 240;

/// The codes that are good now: at most one for each camera.
#[derive(Debug, Default)]
pub struct Codes(Mutex<HashMap<String, Code>>);

#[derive(Debug)]
struct Code {
    digits: String,
    expires_at: i64,
    guesses: u32,
}

impl Codes {
    /// A new code for pads of `camera`, in the place of an earlier one; with the time at which it ends.
    pub fn issue(&self, camera: &str, now: i64) -> (String, i64) {
        let mut all = self.good(now);
        all.remove(camera);
        let digits = loop {
            let digits = format!("{:08}", rand::random_range(0..POSSIBLE));
            if !all.values().any(|code| code.digits == digits) {
                break digits;
            }
        };
        let expires_at = now + GOOD_FOR;
        all.insert(camera.to_owned(), Code { digits: digits.clone(), expires_at, guesses: 0 });
        (digits, expires_at)
    }

    /// The camera a code is for; the code is used up by it. A wrong one counts against every code there is.
    pub fn redeem(&self, told: &str, now: i64) -> Option<String> {
        let mut all = self.good(now);
        let found =
            all.iter().find(|(_, code)| secret::same(&code.digits, told)).map(|(name, _)| name.clone());
        match &found {
            Some(camera) => {
                all.remove(camera);
            }
            None => all.values_mut().for_each(|code| code.guesses += 1),
        }
        found
    }

    /// A camera is gone.
    pub fn forget(&self, camera: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(camera);
    }

    fn good(&self, now: i64) -> MutexGuard<'_, HashMap<String, Code>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, code| code.expires_at > now && code.guesses < GUESSES);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_good_once_and_for_a_while() {
        let codes = Codes::default();
        let (code, expires_at) = codes.issue("gate", 5);
        assert_eq!((code.len(), expires_at), (8, 5 + GOOD_FOR));
        assert_eq!(codes.redeem("", 6), None);
        assert_eq!(codes.redeem(&code, 6).as_deref(), Some("gate"));
        assert_eq!(codes.redeem(&code, 7), None);
        let (code, _) = codes.issue("gate", 5);
        assert_eq!(codes.redeem(&code, 5 + GOOD_FOR), None);
        let (first, _) = codes.issue("gate", 5);
        let (second, _) = codes.issue("gate", 5);
        assert!(first == second || codes.redeem(&first, 6).is_none(), "the newer one is in its place");
        codes.forget("gate");
        assert_eq!(codes.redeem(&second, 6), None);
    }

    #[test]
    fn guessing_uses_a_code_up() {
        let codes = Codes::default();
        let (code, _) = codes.issue("gate", 0);
        for _ in 0..GUESSES {
            assert_eq!(codes.redeem("no code", 1), None);
        }
        assert_eq!(codes.redeem(&code, 1), None);
    }
}
