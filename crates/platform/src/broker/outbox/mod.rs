//! The sender: publishes what is queued in the database, oldest first, and marks it published when the broker confirmed it.
//!
//! The contract:
//! * A row leaves `queued` only for an observed fact. A crash between confirm and mark publishes the command a second time, with the same
//!   `messageId`; boxes drop the repeat.
//! * Of several processes, one claims a box before it publishes its commands. A claim outlasts any publish; that of a process
//!   that died runs out in seconds and another takes over.
//! * While the link is down nothing is tried, rows wait, and what was claimed is given back. A command the broker refuses is tried again later; the
//!   later commands of its box wait with it, and those of other boxes do not.
//! * Many publishes are under way at once, and the database is read and written meanwhile; the commands of one box leave in the order of
//!   their rows; the first of a pass alone ([`Behind`]).

mod behind;
mod claims;
mod resting;

use std::sync::Arc;
use std::time::Duration;

use behind::Behind;
use claims::{Claims, Page};
use futures_util::future::{BoxFuture, OptionFuture};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use protocol::{DevSno, MessageId};
use resting::Resting;
use runtime::CancellationToken;
use runtime::amqp::{PublishError, Publisher};
use tokio::time::{Instant, sleep_until};

use super::names;
use crate::app::App;
use crate::clock;
use crate::db::outbox::{self, Outgoing};
use crate::db::{DbError, Tx};

/// Publishes under way at once.
const WINDOW: usize = 512;
/// So many answers are worth a transaction while more publishes are under way.
const MARKS: usize = 128;
/// When nobody wakes the sender it looks by itself: for commands whose next attempt is due.
const LOOK: Duration = Duration::from_secs(2);

/// The answer to one publish.
type Sent = (MessageId, DevSno, Result<(), PublishError>);

/// What is answered but not yet marked.
#[derive(Default)]
struct Answers {
    confirmed: Vec<MessageId>,
    refused: Vec<(MessageId, String)>,
    /// Not sent because the link is down: nothing to mark.
    unsent: Vec<MessageId>,
}

/// One pass: from the first command that is found to the last that is marked.
struct Pass<'a> {
    app: &'a Arc<App>,
    publisher: &'a Publisher,
    claims: Claims,
    resting: Resting,
    behind: Behind,
    under_way: FuturesUnordered<BoxFuture<'static, Sent>>,
    answers: Answers,
    looking: Option<BoxFuture<'static, Result<Page, DbError>>>,
    marking: Option<BoxFuture<'static, Result<Vec<MessageId>, DbError>>>,
    /// Nothing more is looked for, and nothing sent that is found after all.
    is_over: bool,
}

/// Works until `stopping`.
pub(super) async fn run(app: Arc<App>, stopping: CancellationToken) -> Result<(), DbError> {
    let publisher = app.broker.publisher();
    let mut link = app.broker.state();
    loop {
        // Nothing is read while nothing can be sent.
        let up = tokio::select! {
            () = stopping.cancelled() => return Ok(()),
            up = link.wait_for(runtime::amqp::LinkState::is_up) => up.is_ok(),
        };
        if !up {
            return Ok(());
        }
        Pass::new(&app, &publisher).run(&stopping).await?;
        tokio::select! {
            () = stopping.cancelled() => return Ok(()),
            () = app.wake.outbox.notified() => {}
            () = sleep_until(Instant::now() + LOOK) => {}
        }
    }
}

impl<'a> Pass<'a> {
    fn new(app: &'a Arc<App>, publisher: &'a Publisher) -> Self {
        Self {
            app,
            publisher,
            claims: Claims::begin(),
            resting: Resting::default(),
            behind: Behind::default(),
            under_way: FuturesUnordered::new(),
            answers: Answers::default(),
            looking: None,
            marking: None,
            is_over: false,
        }
    }

    /// Publishes until nothing is queued, or the link is down, or `stopping`; then gives back what was claimed.
    async fn run(mut self, stopping: &CancellationToken) -> Result<(), DbError> {
        loop {
            self.is_over |= stopping.is_cancelled();
            let in_hand = self.under_way.len() + self.behind.len();
            if self.looking.is_none() && !self.is_over && in_hand <= WINDOW / 2 {
                self.behind.look_begins();
                self.looking = Some(self.claims.look(self.app, WINDOW - in_hand).boxed());
            }
            if self.marking.is_none() && self.answers.is_worth_a_mark(self.under_way.len()) {
                self.marking = Some(self.mark());
            }
            tokio::select! {
                Some(sent) = self.under_way.next() => self.note(sent),
                Some(page) = OptionFuture::from(self.looking.as_mut()) => {
                    self.looking = None;
                    self.send(page?);
                }
                Some(marked) = OptionFuture::from(self.marking.as_mut()) => {
                    self.marking = None;
                    self.claims.let_go(&marked?);
                }
                else => break,
            }
        }
        self.resting.declare_queues(&self.app.broker).await;
        if self.claims.holds_any() {
            let by = self.app.instance.clone();
            self.app.db.write(move |tx: &mut Tx<'_>| outbox::release(tx, &by, clock::now())).await?;
        }
        Ok(())
    }

    /// Publishes what was found.
    fn send(&mut self, mut page: Page) {
        self.claims.hold(&page);
        // Read before a command was not sent, or before the process stops: these wait too.
        if self.is_over {
            return;
        }
        self.is_over = !page.is_full;
        // What was read before a refusal was written down, or before what comes first was let go, is found anew.
        let waits = |dev_sno: &DevSno| self.resting.holds(dev_sno) || self.behind.would_overtake(dev_sno);
        page.rows.retain(|row| !waits(&row.dev_sno));
        self.claims.take(&page);
        for row in page.rows {
            if let Some(row) = self.behind.admit(row, Instant::now()) {
                self.publish(row);
            }
        }
    }

    fn publish(&self, row: Outgoing) {
        self.under_way.push(publish(self.publisher.clone(), row).boxed());
    }

    fn note(&mut self, (id, dev_sno, outcome): Sent) {
        let released = self.behind.answered(&dev_sno, outcome.is_ok(), Instant::now());
        released.rows.into_iter().for_each(|row| self.publish(row));
        if !released.left.is_empty() {
            self.claims.let_go(&released.left);
            // Found in the next pass, should this one look no more.
            self.app.wake.outbox.notify_one();
        }
        match outcome {
            Ok(()) => self.answers.confirmed.push(id),
            // Not a fault of the command: its row waits until the link is back, here or at another process.
            Err(PublishError::NotConnected | PublishError::Closed(_)) => {
                self.answers.unsent.push(id);
                self.is_over = true;
            }
            Err(error) => {
                tracing::warn!(message_id = %id, %dev_sno, %error, "a command was not taken by the broker");
                self.resting.add(dev_sno, matches!(error, PublishError::Unroutable { .. }));
                self.answers.refused.push((id, error.to_string()));
            }
        }
    }

    /// Writes down what was answered; answers whose rows are dealt with.
    fn mark(&mut self) -> BoxFuture<'static, Result<Vec<MessageId>, DbError>> {
        let Answers { confirmed, refused, unsent } = std::mem::take(&mut self.answers);
        let (app, next_attempt) = (Arc::clone(self.app), self.claims.next_attempt(clock::now()));
        let write = move |tx: &mut Tx<'_>| {
            let now = clock::now();
            outbox::published(tx, &confirmed, now)?;
            for (id, reason) in &refused {
                outbox::not_published(tx, id, reason, next_attempt)?;
            }
            Ok([confirmed, refused.into_iter().map(|(id, _)| id).collect(), unsent].concat())
        };
        async move { app.db.write(write).await }.boxed()
    }
}

impl Answers {
    /// Whether there are enough of them, or nearly all there will be for a while.
    fn is_worth_a_mark(&self, under_way: usize) -> bool {
        let count = self.confirmed.len() + self.refused.len() + self.unsent.len();
        count > 0 && (count >= MARKS || count >= under_way)
    }
}

async fn publish(publisher: Publisher, row: Outgoing) -> Sent {
    // A quality check that names no box is for whichever server takes it first.
    let key = if row.method == protocol::command::FIQA && row.dev_sno.is_empty() {
        names::FIQA.to_owned()
    } else {
        names::box_queue(&row.dev_sno)
    };
    let outcome = publisher.publish(names::COMMANDS, &key, row.payload.into_bytes()).await;
    (row.id, row.dev_sno, outcome)
}
