//! How far each box's clock is from ours, learnt from reports that come at once: the median of the last few differences between
//! the time a box gives a capture and the time the report arrives. The way here takes a moment, so a clock that is right seems some
//! tenths of a second slow; that is why small differences are never acted upon.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Differences remembered of one box: a clock that is set right is believed after half of them.
const RECENT: usize = 15;
/// So many are needed to reckon at all.
const ENOUGH: usize = 5;
/// Differences below this many milliseconds are no difference.
pub(crate) const WORTH: i64 = 2_000;
/// What is kept is renewed when it is off by this much, in milliseconds.
const DRIFT: i64 = 500;
/// Boxes remembered at most.
const MOST: usize = 20_000;

/// What is known of all boxes.
#[derive(Debug, Default)]
pub(crate) struct Clocks {
    boxes: Mutex<HashMap<String, Clock>>,
}

#[derive(Debug, Clone, Default)]
struct Clock {
    recent: VecDeque<i64>,
    /// What the database has.
    kept: Option<i64>,
}

impl Clocks {
    /// A report of `dev_sno` came at once: its clock minus ours.
    pub(crate) fn note(&self, dev_sno: &str, difference: i64) {
        let mut boxes = self.lock();
        if boxes.len() >= MOST && !boxes.contains_key(dev_sno) {
            return;
        }
        let clock = boxes.entry(dev_sno.to_owned()).or_default();
        if clock.recent.len() == RECENT {
            clock.recent.pop_front();
        }
        clock.recent.push_back(difference);
    }

    /// A box's clock minus ours, milliseconds; `None` when unknown or too small to matter.
    pub(crate) fn offset(&self, dev_sno: &str) -> Option<i64> {
        let offset = self.lock().get(dev_sno).and_then(Clock::offset);
        offset.filter(|offset| offset.saturating_abs() >= WORTH)
    }

    /// What the database does not know yet, and is taken to know from now on.
    pub(crate) fn changed(&self) -> Vec<(String, i64)> {
        let mut changed = Vec::new();
        for (dev_sno, clock) in self.lock().iter_mut() {
            let Some(offset) = clock.median() else { continue };
            if clock.kept.is_none_or(|kept| kept.abs_diff(offset) >= DRIFT.unsigned_abs()) {
                clock.kept = Some(offset);
                changed.push((dev_sno.clone(), offset));
            }
        }
        changed
    }

    /// What the database knows; it serves where nothing was heard here.
    pub(crate) fn learn(&self, kept: Vec<(String, i64)>) {
        let mut boxes = self.lock();
        for (dev_sno, offset) in kept {
            if boxes.len() < MOST || boxes.contains_key(&dev_sno) {
                boxes.entry(dev_sno).or_default().kept = Some(offset);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Clock>> {
        self.boxes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock {
    fn offset(&self) -> Option<i64> {
        self.median().or(self.kept)
    }

    fn median(&self) -> Option<i64> {
        if self.recent.len() < ENOUGH {
            return None;
        }
        let mut sorted: Vec<i64> = self.recent.iter().copied().collect();
        sorted.sort_unstable();
        sorted.get(sorted.len() / 2).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_recent_reports_counts_and_small_offsets_do_not() {
        let clocks = Clocks::default();
        for difference in [60_000, 60_100, 0, 59_900] {
            clocks.note("A", difference);
        }
        assert_eq!(clocks.offset("A"), None, "too few");
        clocks.note("A", -9_000_000);
        assert_eq!(clocks.offset("A"), Some(59_900));
        // The clock is set right: after half of the memory it is believed.
        for _ in 0..8 {
            clocks.note("A", -300);
        }
        assert_eq!(clocks.offset("A"), None);
        assert_eq!(clocks.offset("B"), None);
    }

    #[test]
    fn what_drifts_is_kept_and_what_is_kept_serves_elsewhere() {
        let (here, there) = (Clocks::default(), Clocks::default());
        (0..ENOUGH).for_each(|_| here.note("A", -7_200_000));
        assert_eq!(here.changed(), [("A".to_owned(), -7_200_000)]);
        assert_eq!(here.changed(), []);
        (0..RECENT).for_each(|_| here.note("A", -7_200_400));
        assert_eq!(here.changed(), [], "within the drift");
        there.learn(vec![("A".to_owned(), -7_200_000)]);
        assert_eq!(there.offset("A"), Some(-7_200_000));
    }
}
