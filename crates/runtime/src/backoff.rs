//! Delays between attempts: they grow from `first` to `max`, are spread by jitter, and never end.

use std::time::Duration;

/// The delays between the attempts of one task or link.
#[derive(Clone, Debug)]
pub struct Backoff {
    /// Delay after the first failure.
    pub first: Duration,
    /// No delay is longer than this.
    pub max: Duration,
    /// Each delay is this many times the one before it; at least 1.
    pub factor: f64,
    /// Part of a delay that is random, 0 to 1: a delay `d` becomes one between `d * (1 - jitter)` and `d`,
    /// so that a fleet whose broker comes back does not knock in step.
    pub jitter: f64,
    failures: u32,
}

impl Backoff {
    /// Doubles from `first` to `max`, a quarter of each delay is random.
    pub fn new(first: Duration, max: Duration) -> Self {
        Self { first, max, factor: 2.0, jitter: 0.25, failures: 0 }
    }

    /// For links to platforms and brokers: 1 s to 60 s.
    pub fn link() -> Self {
        Self::new(Duration::from_secs(1), Duration::from_secs(60))
    }

    /// The delay before the next attempt; each call counts as one failure.
    #[expect(
        clippy::should_implement_trait,
        reason = "the sequence never ends, an iterator would promise an end"
    )]
    pub fn next(&mut self) -> Duration {
        let exponent = i32::try_from(self.failures).unwrap_or(i32::MAX);
        self.failures = self.failures.saturating_add(1);
        // Infinity is fine here: `min` brings it back.
        let full =
            (self.first.as_secs_f64() * self.factor.max(1.0).powi(exponent)).min(self.max.as_secs_f64());
        let spread = self.jitter.clamp(0.0, 1.0) * rand::random::<f64>();
        Duration::from_secs_f64(full * (1.0 - spread))
    }

    /// Starts again at the first delay; called after a success that lasted.
    pub fn reset(&mut self) {
        self.failures = 0;
    }

    /// How many failures there were since the last success.
    pub fn failures(&self) -> u32 {
        self.failures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_to_the_limit_and_stays_there() {
        let mut backoff = Backoff { jitter: 0.0, ..Backoff::link() };
        let delays: Vec<u64> = (0..9).map(|_| backoff.next().as_secs()).collect();
        assert_eq!(delays, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        backoff.reset();
        assert_eq!(backoff.next(), Duration::from_secs(1));
    }

    #[test]
    fn jitter_only_shortens_and_by_no_more_than_its_part() {
        let mut backoff = Backoff::link();
        for _ in 0..1000 {
            let delay = backoff.next();
            assert!(delay <= Duration::from_secs(60));
            assert!(delay >= Duration::from_secs_f64(0.75));
        }
        assert!((0..200).any(|_| backoff.next() < Duration::from_secs(59)), "some delays must differ");
    }

    #[test]
    fn a_very_long_outage_does_not_overflow() {
        let mut backoff = Backoff { failures: u32::MAX, jitter: 0.0, ..Backoff::link() };
        assert_eq!(backoff.next(), Duration::from_secs(60));
    }
}
