//! One command of a box is under way alone until the broker has taken it: then the box's queue is known to exist, and the rest may follow
//! side by side. Otherwise a queue that comes to be between two commands on their way would get the later one and not the earlier.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use protocol::{DevSno, MessageId};
use tokio::time::Instant;

use crate::db::outbox::Outgoing;

/// What waited longer than this is found anew instead: a claim covers a publish of 5 s and not much before it.
const FRESH: Duration = Duration::from_secs(1);

/// Which boxes have taken a command in this pass, and what waits behind the first of the others.
#[derive(Default)]
pub(super) struct Behind {
    taken: HashSet<DevSno>,
    waiting: HashMap<DevSno, Waiting>,
    /// Boxes whose commands were let go since the last look began: what that look finds of theirs comes after those.
    let_go: HashSet<DevSno>,
}

struct Waiting {
    since: Instant,
    rows: Vec<Outgoing>,
}

/// What becomes of the commands that waited behind the first.
#[derive(Default)]
pub(super) struct Released {
    /// Published now.
    pub(super) rows: Vec<Outgoing>,
    /// To be found anew.
    pub(super) left: Vec<MessageId>,
}

impl Behind {
    /// How many commands wait.
    pub(super) fn len(&self) -> usize {
        self.waiting.values().map(|waiting| waiting.rows.len()).sum()
    }

    /// A look begins: it finds what was let go so far.
    pub(super) fn look_begins(&mut self) {
        self.let_go.clear();
    }

    /// Whether what the last look found of this box would overtake what was let go meanwhile.
    pub(super) fn would_overtake(&self, dev_sno: &DevSno) -> bool {
        self.let_go.contains(dev_sno)
    }

    /// Answers the command if it may be published now; otherwise it waits. Commands for no box in particular wait for none.
    pub(super) fn admit(&mut self, row: Outgoing, now: Instant) -> Option<Outgoing> {
        if row.dev_sno.is_empty() || self.taken.contains(&row.dev_sno) {
            return Some(row);
        }
        if let Some(waiting) = self.waiting.get_mut(&row.dev_sno) {
            waiting.rows.push(row);
            return None;
        }
        self.waiting.insert(row.dev_sno.clone(), Waiting { since: now, rows: Vec::new() });
        Some(row)
    }

    /// The broker took a command of this box, or did not.
    pub(super) fn answered(&mut self, dev_sno: &DevSno, is_taken: bool, now: Instant) -> Released {
        if is_taken && !dev_sno.is_empty() {
            self.taken.insert(dev_sno.clone());
        }
        let Some(Waiting { since, rows }) = self.waiting.remove(dev_sno) else { return Released::default() };
        if is_taken && now.duration_since(since) < FRESH {
            return Released { rows, left: Vec::new() };
        }
        if !rows.is_empty() {
            self.let_go.insert(dev_sno.clone());
        }
        Released { rows: Vec::new(), left: rows.into_iter().map(|row| row.id).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str, dev_sno: &str) -> Outgoing {
        let (id, dev_sno) = (MessageId::new(id), DevSno::new(dev_sno));
        Outgoing { id, dev_sno, method: String::new(), payload: String::new() }
    }

    fn ids(rows: &[Outgoing]) -> Vec<&str> {
        rows.iter().map(|row| row.id.as_str()).collect()
    }

    #[test]
    fn nothing_overtakes_the_first_command_of_a_box() {
        let (mut behind, a, now) = (Behind::default(), DevSno::new("A"), Instant::now());
        assert!(behind.admit(row("1", "A"), now).is_some());
        assert!(behind.admit(row("2", "A"), now).is_none());
        assert!(behind.admit(row("3", "A"), now).is_none());
        assert!(behind.admit(row("4", "B"), now).is_some(), "other boxes do not wait");
        assert_eq!(behind.len(), 2);
        assert_eq!(ids(&behind.answered(&a, true, now).rows), ["2", "3"]);
        assert!(behind.admit(row("5", "A"), now).is_some(), "its queue is known to exist");
        assert_eq!(behind.len(), 0);
        assert!(behind.answered(&a, true, now).rows.is_empty());
    }

    #[test]
    fn what_waited_too_long_is_found_anew() {
        let (mut behind, a, now) = (Behind::default(), DevSno::new("A"), Instant::now());
        assert!(behind.admit(row("1", "A"), now).is_some());
        assert!(behind.admit(row("2", "A"), now).is_none());
        let released = behind.answered(&a, true, now + FRESH);
        assert!(released.rows.is_empty());
        assert_eq!(released.left, [MessageId::new("2")]);
    }

    #[test]
    fn what_was_looked_for_before_does_not_overtake_what_is_found_anew() {
        let (mut behind, a, now) = (Behind::default(), DevSno::new("A"), Instant::now());
        behind.look_begins();
        assert!(behind.admit(row("1", "A"), now).is_some());
        assert!(behind.admit(row("2", "A"), now).is_none());
        // This look passes over what is in hand and finds the third.
        behind.look_begins();
        assert!(!behind.would_overtake(&a));
        assert_eq!(behind.answered(&a, true, now + FRESH).left, [MessageId::new("2")]);
        assert!(behind.would_overtake(&a) && !behind.would_overtake(&DevSno::new("B")));
        // The next one finds both.
        behind.look_begins();
        assert!(!behind.would_overtake(&a));
        assert!(behind.admit(row("2", "A"), now).is_some() && behind.admit(row("3", "A"), now).is_some());
        // Where nothing waited, nothing is overtaken.
        assert!(behind.admit(row("4", "B"), now).is_some());
        assert!(behind.answered(&DevSno::new("B"), true, now + FRESH).left.is_empty());
        assert!(!behind.would_overtake(&DevSno::new("B")));
    }

    #[test]
    fn what_waits_behind_one_that_is_refused_is_not_published() {
        let (mut behind, a, now) = (Behind::default(), DevSno::new("A"), Instant::now());
        assert!(behind.admit(row("1", "A"), now).is_some());
        assert!(behind.admit(row("2", "A"), now).is_none());
        let released = behind.answered(&a, false, now);
        assert!(released.rows.is_empty());
        assert_eq!(released.left, [MessageId::new("2")]);
        assert!(behind.admit(row("1", "A"), now).is_some(), "the next attempt begins alone");
        assert!(behind.admit(row("2", "A"), now).is_none());
    }

    #[test]
    fn commands_for_no_box_in_particular_wait_for_none() {
        let (mut behind, now) = (Behind::default(), Instant::now());
        assert!(behind.admit(row("1", ""), now).is_some() && behind.admit(row("2", ""), now).is_some());
    }
}
