//! `delete_users`: each person in turn; one who is not here is said to be so and does not stop the rest.

use std::collections::HashSet;
use std::sync::Arc;

use futures_util::StreamExt as _;
use protocol::{Code, IdentityId, ResultBody, UserResult};

use super::execute::Outcome;
use super::lanes::{Lanes, Turn};
use super::{Commands, Interrupted};
use crate::store::journal::{self, Step};

/// Deletions under way at one time; the store writes those that wait together in one transaction.
const AT_ONCE: usize = 64;

/// The people to delete, each with its turn.
pub(super) struct Plan {
    pub(super) notify: Option<String>,
    people: Vec<(IdentityId, Turn)>,
}

impl Plan {
    /// Takes the turns. An id named twice is deleted once.
    pub(super) fn new(ids: Vec<IdentityId>, notify: Option<String>, lanes: &Lanes) -> Self {
        let mut seen = HashSet::new();
        let people = ids
            .into_iter()
            .filter(|id| seen.insert(id.clone()))
            .map(|id| {
                let turn = lanes.enter(&id);
                (id, turn)
            })
            .collect();
        Self { notify, people }
    }
}

impl Commands {
    pub(super) async fn delete_users(
        self: &Arc<Self>,
        seq: i64,
        resumed: bool,
        plan: Plan,
    ) -> Result<Outcome, Interrupted> {
        let done = Arc::new(self.settled(seq, resumed).await);
        let stopping = self.app.life.stopping();
        let mut results = futures_util::stream::iter(plan.people)
            .map(|(id, turn)| {
                let (commands, done) = (Arc::clone(self), Arc::clone(&done));
                async move {
                    turn.wait().await;
                    let again = done.contains_key(id.as_str());
                    let result = commands.delete_one(seq, id, again).await;
                    drop(turn);
                    result
                }
            })
            .buffer_unordered(AT_ONCE);
        let (mut success, mut failed) = (Vec::new(), Vec::new());
        loop {
            let next = tokio::select! {
                biased;
                () = stopping.cancelled() => return Err(Interrupted),
                next = results.next() => next,
            };
            match next {
                Some(result) if result.code.is_success() => success.push(result),
                Some(result) => failed.push(result),
                None => break,
            }
        }
        let text = format!("{} of {} people deleted", success.len(), success.len() + failed.len());
        Ok(Outcome::done(text, ResultBody::Users { success, failed }))
    }

    async fn delete_one(&self, seq: i64, id: IdentityId, again: bool) -> UserResult {
        let step = Step { seq, identity_id: id.to_string(), name: None, message: "deleted".into() };
        let (code, message) = match self.app.people.remove(&id, Some(step)).await {
            Ok(gone) if gone || again => (Code::SUCCESS, "deleted".to_owned()),
            Ok(_) => (Code::ID_NOT_FOUND, "there is no such person on this box".to_owned()),
            Err(error) => (Code::SERVER_PROCESS_FAILED, error.to_string()),
        };
        UserResult { userid: id, username: None, message, code }
    }

    /// The people of a resumed command who are done already.
    pub(super) async fn settled(&self, seq: i64, resumed: bool) -> std::collections::HashMap<String, Step> {
        if !resumed {
            return Default::default();
        }
        // Without the list everybody is done again, which changes nothing but the time it takes.
        self.app.store.read(move |db| journal::steps(db, seq)).await.unwrap_or_default()
    }
}
