//! What to send one box next: at most one open command of a kind, in bounded batches.

use std::collections::BTreeSet;

use protocol::IdentityId;

use super::holding::{Errand, Holding};

/// Most people in one command: a box answers a batch in seconds, and a lost one costs little.
pub(crate) const BATCH: usize = 100;
/// A box that left a command unanswered is tried again after this long even if nothing is heard of it.
pub(crate) const PROBE_AFTER: i64 = 3_600_000;

/// What is known of a box when the next commands are chosen.
#[derive(Debug, Clone, Default)]
pub(crate) struct Standing {
    /// It has logged in at least once: before that nobody reads its queue.
    pub(crate) has_joined: bool,
    /// Since when it has left a command unanswered and given no sign of life, in milliseconds since 1970.
    pub(crate) silent_since: Option<i64>,
    /// A wipe is on its way: whatever is sent now might be erased by it.
    pub(crate) is_being_wiped: bool,
    /// A command that brings people is open.
    pub(crate) is_bringing: bool,
    /// The open removal, if any.
    pub(crate) removing: Option<Open>,
}

/// An open removal.
#[derive(Debug, Clone, Default)]
pub(crate) struct Open {
    /// The people it names.
    pub(crate) people: BTreeSet<IdentityId>,
}

/// A command to be written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Order {
    pub(crate) errand: Errand,
    /// The people and the revision each should be proved at (`None` for a removal).
    pub(crate) people: Vec<(IdentityId, Option<i64>)>,
}

impl Standing {
    /// Whether sending anything now makes sense at all.
    pub(crate) fn is_ready(&self, now: i64) -> bool {
        let reachable = self.silent_since.is_none_or(|since| now.saturating_sub(since) >= PROBE_AFTER);
        self.has_joined && reachable && !self.is_being_wiped
    }
}

/// The commands to write for one box, given people of it that may be due.
pub(crate) fn plan(standing: &Standing, people: &[(IdentityId, Holding)], now: i64) -> Vec<Order> {
    if !standing.is_ready(now) {
        return Vec::new();
    }
    let mut orders = Vec::new();
    // Removals first: who must not pass is more urgent than who may.
    if standing.removing.is_none() {
        push(&mut orders, Errand::Remove, due(people, Errand::Remove, now));
    }
    if !standing.is_bringing {
        let leaving = standing.removing.as_ref().map(|open| &open.people);
        // A removal of the same person is on its way: bring them back when it is over, whatever order the box works in.
        let due = due(people, Errand::Bring, now)
            .filter(|(id, _)| leaving.is_none_or(|people| !people.contains(id)));
        push(&mut orders, Errand::Bring, due);
    }
    orders
}

fn due(
    people: &[(IdentityId, Holding)],
    errand: Errand,
    now: i64,
) -> impl Iterator<Item = (IdentityId, Option<i64>)> {
    people
        .iter()
        .filter(move |(_, holding)| holding.errand(now) == Some(errand))
        .map(|(id, holding)| (id.clone(), holding.desired))
}

fn push(orders: &mut Vec<Order>, errand: Errand, due: impl Iterator<Item = (IdentityId, Option<i64>)>) {
    let people: Vec<_> = due.take(BATCH).collect();
    if !people.is_empty() {
        orders.push(Order { errand, people });
    }
}
