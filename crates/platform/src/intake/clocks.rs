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
    /// A report came since this was last found to agree with the database.
    has_news: bool,
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
        clock.has_news = true;
    }

    /// A box's clock minus ours, milliseconds; `None` when unknown or too small to matter.
    pub(crate) fn offset(&self, dev_sno: &str) -> Option<i64> {
        let offset = self.lock().get(dev_sno).and_then(Clock::offset);
        offset.filter(|offset| offset.saturating_abs() >= WORTH)
    }

    /// What reports told that the database does not know yet; told again until it is [`Self::written`]. Of boxes that were silent since,
    /// nothing: another process may know better by now.
    pub(crate) fn changed(&self) -> Vec<(String, i64)> {
        let mut changed = Vec::new();
        for (dev_sno, clock) in self.lock().iter_mut().filter(|(_, clock)| clock.has_news) {
            let Some(offset) = clock.median() else { continue };
            if clock.kept.is_none_or(|kept| kept.abs_diff(offset) >= DRIFT.unsigned_abs()) {
                changed.push((dev_sno.clone(), offset));
            } else {
                clock.has_news = false;
            }
        }
        changed
    }

    /// The database knows these now.
    pub(crate) fn written(&self, offsets: &[(String, i64)]) {
        let mut boxes = self.lock();
        for (dev_sno, offset) in offsets {
            if let Some(clock) = boxes.get_mut(dev_sno) {
                clock.kept = Some(*offset);
                clock.has_news = false;
            }
        }
    }

    /// What the database knows; it serves where nothing was heard here. When another process wrote it, what was heard here before
    /// counts no more.
    pub(crate) fn learn(&self, kept: Vec<(String, i64)>) {
        let mut boxes = self.lock();
        for (dev_sno, offset) in kept {
            if boxes.len() < MOST || boxes.contains_key(&dev_sno) {
                boxes.entry(dev_sno).or_default().learn(offset);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Clock>> {
        self.boxes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock {
    fn learn(&mut self, offset: i64) {
        if self.kept.replace(offset) != Some(offset) && !self.has_news {
            self.recent.clear();
        }
    }

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
        let changed = here.changed();
        assert_eq!(changed, [("A".to_owned(), -7_200_000)]);
        assert_eq!(here.changed(), changed, "told until it is written");
        here.written(&changed);
        assert_eq!(here.changed(), []);
        (0..RECENT).for_each(|_| here.note("A", -7_200_400));
        assert_eq!(here.changed(), [], "within the drift");
        there.learn(vec![("A".to_owned(), -7_200_000)]);
        assert_eq!(there.offset("A"), Some(-7_200_000));
    }

    #[test]
    fn what_another_process_heard_since_is_not_overwritten() {
        let (here, there) = (Clocks::default(), Clocks::default());
        let write = |clocks: &Clocks| {
            let changed = clocks.changed();
            clocks.written(&changed);
            changed
        };
        let wrong = vec![("A".to_owned(), 60_000)];
        (0..RECENT).for_each(|_| here.note("A", 60_000));
        assert_eq!(write(&here), wrong);
        here.learn(wrong);
        assert_eq!(here.offset("A"), Some(60_000), "what it wrote itself is no news");
        // The clock is set right, and the box reports to the other process from now on.
        (0..ENOUGH).for_each(|_| there.note("A", 0));
        let right = write(&there);
        assert_eq!(right, [("A".to_owned(), 0)]);
        here.learn(right);
        assert_eq!((here.offset("A"), here.changed()), (None, vec![]));
        // One report after a long time says no more than the others did.
        here.note("A", 100);
        assert_eq!((here.offset("A"), here.changed()), (None, vec![]));
        // What is heard in both places stays, whoever wrote last.
        (0..ENOUGH).for_each(|_| there.note("A", 5_000));
        there.learn(vec![("A".to_owned(), 60_000)]);
        assert_eq!(there.offset("A"), Some(5_000));
    }
}
