//! When an event was, as far as it can be known: the box's time set right by what is known of its clock, and never later than the
//! report of it. The time the box gave is kept beside it; nothing is refused for its time.

use protocol::{DevSno, Event};

use super::clocks::WORTH;
use crate::app::App;
use crate::clock;
use crate::db::event::Channel;

/// Under which circumstances an upload arrives.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrival {
    pub(super) channel: Channel,
    pub(super) now: i64,
    /// The box's clock minus ours, where that is worth setting right.
    offset: Option<i64>,
    /// History that arrives later than this many milliseconds after its capture is late.
    late_after: i64,
}

/// What an event's time comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Timing {
    pub(super) estimated_at: i64,
    pub(super) clock_offset_ms: Option<i64>,
    pub(super) is_late: bool,
    pub(super) is_ahead: bool,
}

impl Arrival {
    /// Learns from an upload what it tells of the box's clock. What comes at once tells most; and whatever comes from the future
    /// tells at least that the clock is ahead.
    pub(super) fn of(app: &App, channel: Channel, dev_sno: &DevSno, events: &[Event]) -> Self {
        let now = clock::now();
        if let Some(newest) = events.iter().map(|event| event.timestamp.0).max() {
            let difference = newest.saturating_sub(now);
            if channel == Channel::Realtime || difference >= WORTH {
                app.clocks.note(dev_sno.as_str(), difference);
            }
        }
        let late_after = i64::from(app.config.events.late_after_minutes) * 60_000;
        Self { channel, now, offset: app.clocks.offset(dev_sno.as_str()), late_after }
    }

    /// What a capture at `taken_at`, by the box's clock, comes to.
    pub(super) fn timing(&self, taken_at: i64) -> Timing {
        let set_right = taken_at.saturating_sub(self.offset.unwrap_or(0));
        let estimated_at = set_right.clamp(0, self.now.max(0));
        Timing {
            estimated_at,
            clock_offset_ms: self.offset,
            is_late: self.channel == Channel::History && self.now - estimated_at > self.late_after,
            is_ahead: taken_at.saturating_sub(self.now) >= WORTH,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_790_000_000_000;

    fn arrival(channel: Channel, offset: Option<i64>) -> Arrival {
        Arrival { channel, now: NOW, offset, late_after: 600_000 }
    }

    #[test]
    fn times_are_set_right_and_never_in_the_future() {
        let plain = arrival(Channel::Realtime, None).timing(NOW - 700_000);
        assert_eq!(
            plain,
            Timing { estimated_at: NOW - 700_000, clock_offset_ms: None, is_late: false, is_ahead: false }
        );
        let slow = arrival(Channel::Realtime, Some(-3_600_000)).timing(NOW - 3_600_500);
        assert_eq!((slow.estimated_at, slow.clock_offset_ms), (NOW - 500, Some(-3_600_000)));
        let fast = arrival(Channel::Realtime, None).timing(NOW + 86_400_000);
        assert_eq!((fast.estimated_at, fast.is_ahead), (NOW, true));
        for odd in [i64::MAX, i64::MIN] {
            let odd = arrival(Channel::History, Some(-5_000)).timing(odd);
            assert!((0..=NOW).contains(&odd.estimated_at));
        }
    }

    #[test]
    fn history_is_late_by_the_time_set_right() {
        assert!(arrival(Channel::History, None).timing(NOW - 600_001).is_late);
        assert!(!arrival(Channel::History, None).timing(NOW - 600_000).is_late);
        assert!(!arrival(Channel::Realtime, None).timing(NOW - 600_001).is_late);
        // An hour slow: it is not late, it only says so.
        assert!(!arrival(Channel::History, Some(-3_600_000)).timing(NOW - 3_600_500).is_late);
    }
}
