//! Order per person: what two commands do to one person is done in the order the commands came; different people do not wait for
//! each other. A wipe comes after everything before it and before everything after it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use protocol::IdentityId;
use tokio_util::sync::{CancellationToken, DropGuard};

/// Hands out turns.
#[derive(Debug, Clone, Default)]
pub(super) struct Lanes {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    next: u64,
    // Turns of each person that are not over. All of them are waited for and not only the last, because a turn can be given up
    // before those in front of it are over.
    lanes: HashMap<IdentityId, Vec<(u64, CancellationToken)>>,
    // Turns of everybody that are not over.
    all: Vec<CancellationToken>,
}

/// One person's place in the order. The next in line goes when it is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    after: Vec<CancellationToken>,
    lane: Option<(IdentityId, u64, Lanes)>,
    _done: DropGuard,
}

impl Lanes {
    /// A place at the end of this person's lane.
    pub(super) fn enter(&self, id: &IdentityId) -> Turn {
        self.enter_with(&mut self.lock(), id)
    }

    /// A place at the end of each one's lane, to be held together. They are taken at one time: of two who want the same people one
    /// is before the other everywhere.
    pub(super) fn enter_each<'a>(&self, ids: impl IntoIterator<Item = &'a IdentityId>) -> Vec<Turn> {
        let mut inner = self.lock();
        ids.into_iter().map(|id| self.enter_with(&mut inner, id)).collect()
    }

    fn enter_with(&self, inner: &mut Inner, id: &IdentityId) -> Turn {
        let done = CancellationToken::new();
        inner.next += 1;
        let number = inner.next;
        inner.all.retain(|token| !token.is_cancelled());
        let mut after = inner.all.clone();
        let lane = inner.lanes.entry(id.clone()).or_default();
        after.extend(lane.iter().map(|(_, token)| token.clone()));
        lane.push((number, done.clone()));
        Turn { after, lane: Some((id.clone(), number, self.clone())), _done: done.drop_guard() }
    }

    /// A place after everybody who is in line, and before everybody who comes later.
    pub(super) fn enter_all(&self) -> Turn {
        let done = CancellationToken::new();
        let mut inner = self.lock();
        inner.all.retain(|token| !token.is_cancelled());
        let mut after = inner.all.clone();
        after.extend(inner.lanes.values().flatten().map(|(_, token)| token.clone()));
        inner.all.push(done.clone());
        Turn { after, lane: None, _done: done.drop_guard() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn {
    /// Returns when everything before this turn is over.
    pub(super) async fn wait(&self) {
        for before in &self.after {
            before.cancelled().await;
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some((id, number, lanes)) = self.lane.take() else { return };
        let mut inner = lanes.lock();
        if let Some(lane) = inner.lanes.get_mut(&id) {
            lane.retain(|(other, _)| *other != number);
            if lane.is_empty() {
                inner.lanes.remove(&id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    async fn ready(turn: &Turn) -> bool {
        tokio::time::timeout(Duration::from_millis(20), turn.wait()).await.is_ok()
    }

    #[tokio::test]
    async fn one_person_is_in_order_and_others_do_not_wait() {
        let lanes = Lanes::default();
        let (a, b) = (IdentityId::new("a"), IdentityId::new("b"));
        let first = lanes.enter(&a);
        let second = lanes.enter(&a);
        let third = lanes.enter(&a);
        let other = lanes.enter(&b);
        assert!(ready(&first).await && ready(&other).await);
        assert!(!ready(&second).await);
        drop(first);
        assert!(ready(&second).await && !ready(&third).await);
        drop(second);
        assert!(ready(&third).await);
        drop((third, other));
        assert!(lanes.lock().lanes.is_empty());
    }

    #[tokio::test]
    async fn a_wipe_waits_for_all_before_it_and_holds_all_after_it() {
        let lanes = Lanes::default();
        let (a, b) = (IdentityId::new("a"), IdentityId::new("b"));
        let before = lanes.enter(&a);
        let wipe = lanes.enter_all();
        let same = lanes.enter(&a);
        let other = lanes.enter(&b);
        assert!(!ready(&wipe).await && !ready(&same).await && !ready(&other).await);
        drop(before);
        assert!(ready(&wipe).await && !ready(&other).await);
        let second = lanes.enter_all();
        drop(wipe);
        assert!(ready(&same).await && ready(&other).await && !ready(&second).await);
        drop((same, other));
        assert!(ready(&second).await);
    }

    #[tokio::test]
    async fn places_taken_together_are_in_one_order_everywhere() {
        let lanes = Lanes::default();
        let people = ["a", "b", "c"].map(IdentityId::new);
        let first = lanes.enter_each(&people);
        let second = lanes.enter_each(people.iter().rev());
        for turn in &first {
            assert!(ready(turn).await);
        }
        for turn in &second {
            assert!(!ready(turn).await);
        }
        drop(first);
        for turn in &second {
            assert!(ready(turn).await);
        }
    }

    #[tokio::test]
    async fn a_turn_that_is_given_up_lets_the_next_go_only_after_those_before() {
        // A command that is handed back leaves the lane; what comes later must still not overtake what came earlier.
        let lanes = Lanes::default();
        let a = IdentityId::new("a");
        let first = lanes.enter(&a);
        let given_up = lanes.enter(&a);
        let third = lanes.enter(&a);
        drop(given_up);
        assert!(!ready(&third).await);
        drop(first);
        assert!(ready(&third).await);
    }
}
