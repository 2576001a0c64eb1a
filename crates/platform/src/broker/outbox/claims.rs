//! The boxes whose commands this process publishes, and which of their commands are in hand already.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use protocol::{DevSno, MessageId};

use crate::app::App;
use crate::clock;
use crate::db::outbox::{self, Outgoing};
use crate::db::{DbError, Tx};

/// How long a claim lasts, in milliseconds: longer than a publish may take (5 s) and its mark after it.
const LASTS: i64 = 8_000;
/// A claim is made anew before a publish when it has less than this left, in milliseconds. So boxes that are served all the time
/// are claimed once a second, not for each command.
const ENOUGH: i64 = 7_000;
/// A command the broker refused is tried again after this long, in milliseconds.
const RETRY: i64 = 5_000;

/// What is claimed and what is in hand.
pub(super) struct Claims {
    /// When the pass began, milliseconds since 1970.
    since: i64,
    /// Until when each box is held.
    held: Arc<HashMap<DevSno, i64>>,
    /// Commands that are under way or not marked yet: still queued in the database.
    in_hand: Arc<HashSet<MessageId>>,
}

/// Commands to be published, and what was claimed for them.
pub(super) struct Page {
    pub(super) rows: Vec<Outgoing>,
    /// More may be queued.
    pub(super) is_full: bool,
    claimed_until: Option<i64>,
}

impl Claims {
    /// Of a pass that begins now.
    pub(super) fn begin() -> Self {
        Self { since: clock::now(), held: Arc::default(), in_hand: Arc::default() }
    }

    /// When a command that is refused `now` is tried again: not in this pass, whatever the clock does.
    pub(super) fn next_attempt(&self, now: i64) -> i64 {
        now.max(self.since) + RETRY
    }

    /// Whether there is anything to give back.
    pub(super) fn holds_any(&self) -> bool {
        !self.held.is_empty()
    }

    /// Holds the boxes that were claimed for what was found, whether or not it is taken.
    pub(super) fn hold(&mut self, page: &Page) {
        if let Some(until) = page.claimed_until {
            Arc::make_mut(&mut self.held).extend(page.rows.iter().map(|row| (row.dev_sno.clone(), until)));
        }
    }

    /// Takes what was found into the hand.
    pub(super) fn take(&mut self, page: &Page) {
        let in_hand = Arc::make_mut(&mut self.in_hand);
        in_hand.extend(page.rows.iter().map(|row| row.id.clone()));
    }

    /// These are marked, or have to be found anew.
    pub(super) fn let_go(&mut self, ids: &[MessageId]) {
        let in_hand = Arc::make_mut(&mut self.in_hand);
        ids.iter().for_each(|id| {
            in_hand.remove(id);
        });
    }

    /// Looks for at most `room` commands that are not in hand. What is found may be published from now on for 5 s.
    ///
    /// Looking costs nobody anything; the writers' turn is only asked for when a box has to be claimed, and then it is looked again:
    /// another process may have published what was seen meanwhile.
    pub(super) fn look(
        &self,
        app: &Arc<App>,
        room: usize,
    ) -> impl Future<Output = Result<Page, DbError>> + Send + use<> {
        let (app, in_hand, held) = (Arc::clone(app), Arc::clone(&self.in_hand), Arc::clone(&self.held));
        let since = self.since;
        async move {
            let (by, seen) = (app.instance.clone(), Arc::clone(&in_hand));
            let page = app.db.read(move |tx: &mut Tx<'_>| find(tx, &by, since, &seen, room)).await?;
            let now = clock::now();
            let is_held = |row: &Outgoing| held.get(&row.dev_sno).is_some_and(|until| *until >= now + ENOUGH);
            if page.rows.iter().all(is_held) {
                return Ok(page);
            }
            let by = app.instance.clone();
            app.db
                .write(move |tx: &mut Tx<'_>| {
                    let page = find(tx, &by, since, &in_hand, room)?;
                    let until = clock::now() + LASTS;
                    outbox::claim(tx, &by, page.rows.iter().map(|row| &row.dev_sno), until)?;
                    Ok(Page { claimed_until: Some(until), ..page })
                })
                .await
        }
    }
}

fn find(
    tx: &mut Tx<'_>,
    by: &str,
    since: i64,
    in_hand: &HashSet<MessageId>,
    room: usize,
) -> Result<Page, DbError> {
    let limit = room + in_hand.len();
    let due = outbox::due(tx, by, since, clock::now(), i64::try_from(limit).unwrap_or(i64::MAX))?;
    let is_full = due.len() == limit;
    let rows = due.into_iter().filter(|row| !in_hand.contains(&row.id)).take(room).collect();
    Ok(Page { rows, is_full, claimed_until: None })
}
