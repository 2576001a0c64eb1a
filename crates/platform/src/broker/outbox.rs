//! The sender: publishes what is queued in the database, oldest first, and marks it published when the broker confirmed it.
//!
//! The contract:
//! * A row leaves `queued` only for an observed fact. A crash between confirm and mark publishes the command a second time, with the same
//!   `messageId`; boxes drop the repeat.
//! * Of several processes, one claims a row before it publishes it, and all claimed commands of a box are one process's. A claim
//!   outlasts any publish; that of a process that died runs out in seconds and another takes over.
//! * While the link is down nothing is tried, rows wait, and what was claimed is given back. A command the broker refuses is tried again later, and never
//!   holds back the commands of other boxes.
//! * Many publishes are under way at once; the commands of one box leave in the order of their rows.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use protocol::{DevSno, MessageId};
use runtime::CancellationToken;
use runtime::amqp::{PublishError, Publisher};
use tokio::time::{Instant, sleep_until};

use super::names;
use crate::app::App;
use crate::clock;
use crate::db::command::{self, Outgoing};
use crate::db::{DbError, Tx};

/// Publishes under way at once.
const WINDOW: usize = 512;
/// Confirmed commands are marked in one transaction of at most so many.
const MARKS: usize = 512;
/// When nobody wakes the sender it looks by itself: for commands whose next attempt is due.
const LOOK: Duration = Duration::from_secs(2);
/// How long a claim lasts, in milliseconds: longer than a publish may take (5 s) and its mark after it.
const CLAIM: i64 = 8_000;
/// A command the broker refused is tried again after this long, in milliseconds.
const RETRY: i64 = 5_000;

/// The answer to one publish.
type Sent = (MessageId, DevSno, Result<(), PublishError>);

/// What is published but not yet marked.
#[derive(Default)]
struct Flight {
    confirmed: Vec<MessageId>,
    refused: Vec<(MessageId, String)>,
    /// Claimed, and not sent because the link is down.
    unsent: Vec<MessageId>,
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
        empty(&app, &publisher, &stopping).await?;
        tokio::select! {
            () = stopping.cancelled() => return Ok(()),
            () = app.wake.outbox.notified() => {}
            () = sleep_until(Instant::now() + LOOK) => {}
        }
    }
}

/// Publishes until nothing is queued, or the link is down.
async fn empty(app: &App, publisher: &Publisher, stopping: &CancellationToken) -> Result<(), DbError> {
    let mut flight = Flight::default();
    let mut under_way = FuturesUnordered::new();
    let mut exhausted = false;
    loop {
        if !exhausted && under_way.len() < WINDOW && !stopping.is_cancelled() {
            let room = WINDOW - under_way.len();
            let page = claim(app, room).await?;
            exhausted = page.len() < room;
            under_way.extend(page.into_iter().map(|row| publish(publisher.clone(), row)));
        }
        match under_way.next().await {
            Some(sent) => note(app, &mut flight, sent).await,
            None if flight.is_empty() && (exhausted || stopping.is_cancelled()) => return Ok(()),
            None => {}
        }
        // Whatever else is confirmed already goes into the same transaction.
        while flight.confirmed.len() < MARKS {
            match futures_util::FutureExt::now_or_never(under_way.next()).flatten() {
                Some(sent) => note(app, &mut flight, sent).await,
                None => break,
            }
        }
        // Nothing more is claimed while nothing can be sent.
        exhausted |= !flight.unsent.is_empty();
        if flight.len() >= MARKS / 2 || under_way.len() <= WINDOW / 2 {
            mark(app, &mut flight).await?;
        }
    }
}

impl Flight {
    fn len(&self) -> usize {
        self.confirmed.len() + self.refused.len() + self.unsent.len()
    }

    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

async fn claim(app: &App, room: usize) -> Result<Vec<Outgoing>, DbError> {
    let now = clock::now();
    // Asked first, because looking costs nobody anything and a write costs all writers their turn.
    if !app.db.read(move |tx: &mut Tx<'_>| command::is_any_unclaimed(tx, now)).await? {
        return Ok(Vec::new());
    }
    let (by, limit) = (app.instance.clone(), i64::try_from(room).unwrap_or(i64::MAX));
    app.db
        .write(move |tx: &mut Tx<'_>| {
            // The writers' turn may have been a while coming.
            let now = clock::now();
            command::claim(tx, &by, now, now + CLAIM, limit)
        })
        .await
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

async fn note(app: &App, flight: &mut Flight, (id, dev_sno, outcome): Sent) {
    match outcome {
        Ok(()) => flight.confirmed.push(id),
        // Not a fault of the command: its row waits until the link is back, here or at another process.
        Err(PublishError::NotConnected | PublishError::Closed(_)) => flight.unsent.push(id),
        Err(error) => {
            tracing::warn!(message_id = %id, %dev_sno, %error, "a command was not taken by the broker");
            if matches!(error, PublishError::Unroutable { .. }) {
                // The queue is missing: somebody deleted it, or the broker came back empty.
                if let Err(error) = app.broker.ensure_queue(&dev_sno).await {
                    tracing::warn!(%dev_sno, %error, "the queue of a box could not be declared");
                }
            }
            flight.refused.push((id, error.to_string()));
        }
    }
}

async fn mark(app: &App, flight: &mut Flight) -> Result<(), DbError> {
    if flight.is_empty() {
        return Ok(());
    }
    let Flight { confirmed, refused, unsent } = std::mem::take(flight);
    let (now, by) = (clock::now(), app.instance.clone());
    app.db
        .write(move |tx: &mut Tx<'_>| {
            command::published(tx, &confirmed, now)?;
            for (id, reason) in &refused {
                command::not_published(tx, id, reason, now + RETRY)?;
            }
            command::unclaim(tx, &by, &unsent)
        })
        .await
}
