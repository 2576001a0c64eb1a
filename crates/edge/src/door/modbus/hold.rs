//! Which coils are switched on, or may be, and when each has to go off. An entry is made before a coil is switched on and goes
//! only when the relay has confirmed that it is off: whatever happens in between, somebody still knows.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

/// How long the release of a coil that is known to be on is tried.
const SURE: Duration = Duration::from_secs(3600);
/// How long it is tried for a coil of which nobody knows.
const UNSURE: Duration = Duration::from_secs(60);
/// Between two trials, first and longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(15));

/// One coil.
#[derive(Debug, Clone)]
struct Hold {
    /// When it is to go off.
    until: Instant,
    /// Whether the relay has confirmed that it is on.
    sure: bool,
    /// When the release is tried again, after one failed.
    again: Option<Instant>,
    /// How long to wait after the next failure.
    pause: Duration,
    /// Why the last release failed.
    reason: String,
}

/// The coils of one relay.
#[derive(Debug, Default)]
pub(super) struct Holds(BTreeMap<u16, Hold>);

impl Holds {
    /// The coil is about to be switched on; until that is confirmed it is to go off at once. A coil that is on already
    /// stays on for as long as it was promised.
    pub(super) fn begin(&mut self, coil: u16, now: Instant) {
        self.0.entry(coil).or_insert_with(|| Hold::until(now, false));
    }

    /// The coil is on: until then, or for longer if that was promised before.
    pub(super) fn confirm(&mut self, coil: u16, until: Instant) {
        let hold = self.0.entry(coil).or_insert_with(|| Hold::until(until, true));
        *hold = Hold::until(hold.until.max(until), true);
    }

    /// The relay refused: it was not switched on now, and unless it was on before there is nothing to release.
    pub(super) fn refused(&mut self, coil: u16) {
        if self.0.get(&coil).is_some_and(|hold| !hold.sure) {
            self.0.remove(&coil);
        }
    }

    /// The coil is to go off now.
    pub(super) fn close(&mut self, coil: u16, now: Instant) {
        let sure = self.0.get(&coil).is_some_and(|hold| hold.sure);
        self.0.insert(coil, Hold::until(now, sure));
    }

    /// The coil is off.
    pub(super) fn released(&mut self, coil: u16) {
        self.0.remove(&coil);
    }

    /// The release failed; whether it will be tried again.
    pub(super) fn postpone(&mut self, coil: u16, now: Instant, reason: &str) -> bool {
        let Some(hold) = self.0.get_mut(&coil) else { return false };
        let limit = if hold.sure { SURE } else { UNSURE };
        if now.saturating_duration_since(hold.until) >= limit {
            self.0.remove(&coil);
            return false;
        }
        reason.clone_into(&mut hold.reason);
        hold.again = Some(now + hold.pause);
        hold.pause = (hold.pause * 2).min(PAUSES.1);
        true
    }

    /// Every coil is to go off, and soon: the box stops.
    pub(super) fn end(&mut self, now: Instant) {
        for hold in self.0.values_mut() {
            hold.until = hold.until.min(now);
            hold.again = hold.again.map(|again| again.min(now + PAUSES.0));
            hold.pause = PAUSES.0;
        }
    }

    /// When the next release is due; `None` when every coil is off.
    pub(super) fn next(&self) -> Option<Instant> {
        self.0.values().map(Hold::due).min()
    }

    /// The coils whose release is due.
    pub(super) fn due(&self, now: Instant) -> Vec<u16> {
        self.0.iter().filter(|(_, hold)| hold.due() <= now).map(|(coil, _)| *coil).collect()
    }

    /// Every coil that is not known to be off.
    pub(super) fn all(&self) -> Vec<u16> {
        self.0.keys().copied().collect()
    }

    /// How long the coil stays on, if it is on.
    pub(super) fn left(&self, coil: u16, now: Instant) -> Option<Duration> {
        let hold = self.0.get(&coil).filter(|hold| hold.sure)?;
        Some(hold.until.saturating_duration_since(now))
    }

    /// For how long the coil has been on beyond its time, and why.
    pub(super) fn overdue(&self, coil: u16, now: Instant) -> Option<(Duration, &str)> {
        let hold = self.0.get(&coil).filter(|hold| !hold.reason.is_empty())?;
        Some((now.saturating_duration_since(hold.until), &hold.reason))
    }
}

impl Hold {
    fn until(until: Instant, sure: bool) -> Self {
        Self { until, sure, again: None, pause: PAUSES.0, reason: String::new() }
    }

    fn due(&self) -> Instant {
        self.again.map_or(self.until, |again| again.max(self.until))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_second_opening_extends_and_never_shortens() {
        let (mut holds, now) = (Holds::default(), Instant::now());
        holds.begin(1, now);
        holds.confirm(1, now + 5 * SECOND);
        holds.begin(1, now + SECOND);
        assert_eq!(holds.next(), Some(now + 5 * SECOND), "an attempt takes nothing away");
        holds.confirm(1, now + 6 * SECOND);
        holds.confirm(1, now + 2 * SECOND);
        assert!(holds.due(now + 5 * SECOND).is_empty());
        assert_eq!(holds.due(now + 6 * SECOND), [1]);
        holds.close(1, now + SECOND);
        assert_eq!(holds.due(now + SECOND), [1]);
    }

    #[test]
    fn nobody_forgets_a_coil_that_may_be_on() {
        let (mut holds, now) = (Holds::default(), Instant::now());
        holds.begin(0, now);
        assert_eq!(holds.due(now), [0], "never confirmed: off at once");
        assert!(holds.postpone(0, now, "cut"));
        assert!(holds.due(now).is_empty());
        assert!(!holds.due(now + PAUSES.0).is_empty());
        assert_eq!(holds.overdue(0, now + SECOND), Some((SECOND, "cut")));
        assert!(!holds.postpone(0, now + UNSURE, "cut"), "not for ever");
        assert_eq!(holds.next(), None);

        holds.confirm(0, now);
        assert!(holds.postpone(0, now + UNSURE, "cut"), "what is known to be on is tried for longer");
        holds.refused(0);
        assert_eq!(holds.all(), [0], "a refused opening leaves what was on before");
        holds.released(0);
        assert!(holds.all().is_empty());
    }
}
