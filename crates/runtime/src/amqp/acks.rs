//! Which acknowledgements may leave: one with `multiple` covers every lower tag, so it goes no further than the
//! lowest tag that is not settled yet.

use std::collections::BTreeSet;

/// The deliveries of one channel. Bounded by the prefetch: settled and sent tags are forgotten.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// Delivered to us, not settled by the user.
    unsettled: BTreeSet<u64>,
    /// Acknowledged by the user, not yet at the broker.
    pending: BTreeSet<u64>,
}

/// One acknowledgement to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ack {
    pub(super) tag: u64,
    /// Covers every unacknowledged tag up to this one.
    pub(super) multiple: bool,
}

impl Ledger {
    /// A delivery has arrived.
    pub(super) fn delivered(&mut self, tag: u64) {
        self.unsettled.insert(tag);
    }

    /// The user acknowledged it; unknown tags are ignored.
    pub(super) fn acked(&mut self, tag: u64) {
        if self.unsettled.remove(&tag) {
            self.pending.insert(tag);
        }
    }

    /// It is being handed back; false for unknown tags.
    pub(super) fn handed_back(&mut self, tag: u64) -> bool {
        self.unsettled.remove(&tag)
    }

    /// Acknowledgements that wait to leave.
    pub(super) fn pending(&self) -> usize {
        self.pending.len()
    }

    /// Every delivery has been settled.
    pub(super) fn all_settled(&self) -> bool {
        self.unsettled.is_empty()
    }

    /// Takes all that wait: one for the contiguous part, single ones for what lies beyond an unsettled tag.
    pub(super) fn flush(&mut self) -> Vec<Ack> {
        let pending = std::mem::take(&mut self.pending);
        let limit = self.unsettled.first().copied().unwrap_or(u64::MAX);
        let covered: Vec<u64> = pending.range(..limit).copied().collect();
        let mut acks = Vec::new();
        if let Some(&tag) = covered.last() {
            acks.push(Ack { tag, multiple: covered.len() > 1 });
        }
        acks.extend(pending.range(limit..).map(|&tag| Ack { tag, multiple: false }));
        acks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger(delivered: std::ops::RangeInclusive<u64>) -> Ledger {
        let mut ledger = Ledger::default();
        for tag in delivered {
            ledger.delivered(tag);
        }
        ledger
    }

    #[test]
    fn a_contiguous_run_leaves_as_one() {
        let mut ledger = ledger(1..=100);
        (1..=100).for_each(|tag| ledger.acked(tag));
        assert_eq!(ledger.flush(), [Ack { tag: 100, multiple: true }]);
        assert_eq!(ledger.flush(), []);
        assert!(ledger.all_settled());
    }

    #[test]
    fn never_covers_what_the_user_still_holds() {
        let mut ledger = ledger(1..=6);
        for tag in [6, 1, 2, 5] {
            ledger.acked(tag);
        }
        let expected = [
            Ack { tag: 2, multiple: true },
            Ack { tag: 5, multiple: false },
            Ack { tag: 6, multiple: false },
        ];
        assert_eq!(ledger.flush(), expected);
        ledger.acked(3);
        assert_eq!(ledger.flush(), [Ack { tag: 3, multiple: false }]);
        assert!(!ledger.all_settled());
    }

    #[test]
    fn a_single_one_is_not_multiple() {
        let mut ledger = ledger(1..=1);
        ledger.acked(1);
        assert_eq!(ledger.flush(), [Ack { tag: 1, multiple: false }]);
    }

    #[test]
    fn handed_back_tags_are_settled_but_never_the_end_of_a_run() {
        let mut ledger = ledger(1..=4);
        ledger.acked(1);
        ledger.acked(2);
        assert!(ledger.handed_back(3));
        assert!(!ledger.handed_back(3), "only once");
        assert_eq!(ledger.flush(), [Ack { tag: 2, multiple: true }]);
        ledger.acked(4);
        assert_eq!(ledger.flush(), [Ack { tag: 4, multiple: false }]);
    }

    #[test]
    fn the_same_verdict_twice_counts_once() {
        let mut ledger = ledger(1..=2);
        ledger.acked(1);
        ledger.acked(1);
        ledger.acked(99);
        assert_eq!(ledger.pending(), 1);
    }
}
