//! Spares people at a dead door the wait: after two openings that took long and failed, the next ones fail at once, and one
//! every [`PAUSE`] is let through to see whether the door is back. What fails quickly is always tried.

use std::time::Duration;

use tokio::time::Instant;

/// Slow failures in a row after which openings are no longer tried.
const PATIENCE: u32 = 2;
/// A failure that took at least this long is slow.
const SLOW: Duration = Duration::from_millis(500);
/// Between two trials of a dead door.
const PAUSE: Duration = Duration::from_secs(5);

/// The state of one door's hardware as openings found it.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    slow: u32,
    failures: u32,
    not_before: Option<Instant>,
    reason: String,
}

impl Breaker {
    /// Whether an opening is tried now; the error is the sentence for the event.
    pub(super) fn admit(&mut self, now: Instant) -> Result<(), String> {
        match self.not_before {
            Some(at) if now < at => Err(format!(
                "not tried, the last {} attempts failed ({}); tried again in {} s",
                self.failures,
                self.reason,
                (at - now).as_secs() + 1
            )),
            Some(_) => {
                // Whoever comes while this one is tried does not wait.
                self.not_before = Some(now + PAUSE);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// What an attempt came to and how long it took.
    pub(super) fn note(&mut self, result: &Result<(), String>, took: Duration, now: Instant) {
        let Err(reason) = result else {
            *self = Self::default();
            return;
        };
        self.failures = self.failures.saturating_add(1);
        self.slow = if took >= SLOW { self.slow.saturating_add(1) } else { 0 };
        self.reason.clone_from(reason);
        self.not_before = (self.slow >= PATIENCE).then_some(now + PAUSE);
    }

    /// Attempts that failed since one succeeded.
    pub(super) fn failures(&self) -> u32 {
        self.failures
    }

    /// Whether openings fail without being tried at this moment.
    pub(super) fn is_open(&self, now: Instant) -> bool {
        self.not_before.is_some_and(|at| now < at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed() -> Result<(), String> {
        Err("no answer".into())
    }

    #[test]
    fn slow_failures_are_not_repeated_for_everybody() {
        let (mut breaker, start) = (Breaker::default(), Instant::now());
        for _ in 0..PATIENCE {
            assert_eq!(breaker.admit(start), Ok(()));
            breaker.note(&failed(), SLOW, start);
        }
        let said = breaker.admit(start + Duration::from_secs(1)).unwrap_err();
        assert_eq!(said, "not tried, the last 2 attempts failed (no answer); tried again in 5 s");
        assert!(breaker.is_open(start));
        // One is let through as a probe; whoever comes meanwhile is not.
        let later = start + PAUSE;
        assert_eq!(breaker.admit(later), Ok(()));
        assert!(breaker.admit(later).is_err());
        breaker.note(&failed(), SLOW, later);
        assert!(breaker.admit(later + PAUSE / 2).is_err());
        assert_eq!(breaker.failures(), 3);
        breaker.note(&Ok(()), SLOW, later + PAUSE);
        assert_eq!((breaker.admit(later + PAUSE), breaker.failures()), (Ok(()), 0));
    }

    #[test]
    fn quick_failures_are_always_tried_again() {
        let (mut breaker, now) = (Breaker::default(), Instant::now());
        for _ in 0..10 {
            breaker.note(&failed(), Duration::from_millis(3), now);
            assert_eq!(breaker.admit(now), Ok(()));
        }
        assert_eq!(breaker.failures(), 10);
    }
}
