//! Messages as they come: entered in the journal in order, put in line, executed side by side.

use std::sync::Arc;
use std::sync::PoisonError;
use std::time::Duration;

use protocol::limits::MAX_HEAVY_BODY;
use protocol::{BadCommand, Code, Command};
use runtime::amqp::{Delivery, Session};
use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;

use super::execute::{Job, Work};
use super::{Commands, count, scrub};
use crate::clock;
use crate::link::Broker;
use crate::store::journal::{self, Admission, Arrival};

/// Commands in our hands at one time.
const PREFETCH: u16 = 16;
/// Quality checks in our hands at one time: each holds a photo.
const FIQA_PREFETCH: u16 = 8;
/// How long a message that cannot even be journaled is kept before it is handed back.
pub(super) const STORE_PAUSE: Duration = Duration::from_secs(1);
/// Bodies above this many bytes are read on a blocking thread.
const LONG_BODY: usize = 256 * 1024;
const KIB: usize = 1024;
/// Bodies in execution together, in KiB.
pub(super) const BUDGET_KIB: u32 = 96 * 1024;
/// What is shown of a message that cannot be read, bytes.
const SHOWN: usize = 200;

/// Where a message came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leg {
    Commands,
    Fiqa,
}

impl Leg {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Commands => "commands",
            Self::Fiqa => "quality checks",
        }
    }

    fn source(self, broker: &Broker) -> Option<(&Session, &str, u16)> {
        match self {
            Self::Commands => Some((&broker.commands, broker.block.queue.as_str(), PREFETCH)),
            Self::Fiqa => {
                Some((broker.fiqa.as_ref()?, broker.block.fiqa_down_queue.as_deref()?, FIQA_PREFETCH))
            }
        }
    }
}

impl Commands {
    /// Takes messages of one leg until the process stops, then waits for what is in execution.
    pub(super) async fn listen(self: Arc<Self>, leg: Leg) {
        let stopping = self.app.life.stopping();
        let mut brokers = self.app.link.broker();
        loop {
            let broker = brokers.borrow_and_update().clone();
            let source = broker.as_deref().and_then(|broker| leg.source(broker));
            if let Some((session, queue, prefetch)) = source {
                let mut deliveries = session.consume(queue, prefetch).await;
                loop {
                    let delivery = tokio::select! {
                        biased;
                        () = stopping.cancelled() => break,
                        _ = brokers.changed() => break,
                        delivery = deliveries.next() => delivery,
                    };
                    let Some(delivery) = delivery else { break };
                    self.take(delivery, leg).await;
                }
                if brokers.has_changed().unwrap_or(true) {
                    continue;
                }
            }
            tokio::select! {
                () = stopping.cancelled() => break,
                changed = brokers.changed() => if changed.is_err() { break },
            }
        }
        self.tasks.close();
        self.tasks.wait().await;
    }

    async fn take(self: &Arc<Self>, mut delivery: Delivery, leg: Leg) {
        count(&self.counters.received);
        let Some(joined) = self.app.link.current() else {
            // The link is just being left: the message belongs to the next login.
            return delivery.requeue().await;
        };
        let body = std::mem::take(&mut delivery.body);
        // A body is read into several times its size: the larger ones wait for each other.
        let weight = u32::try_from(body.len() / KIB).unwrap_or(u32::MAX).min(BUDGET_KIB);
        let room = Arc::clone(&self.room).acquire_many_owned(weight);
        let room = tokio::select! {
            () = self.stopped() => return delivery.requeue().await,
            room = room => room.ok(),
        };
        let read = if body.len() > LONG_BODY {
            let reading = tokio::task::spawn_blocking(move || (read(&body), fingerprint(&body), body));
            reading.await.ok()
        } else {
            Some((read(&body), fingerprint(&body), body))
        };
        let Some((read, digest, body)) = read else { return delivery.requeue().await };
        let (method, message_id) = match &read {
            Ok(command) => (command.method().to_owned(), command.message_id.clone()),
            Err(bad) => {
                count(&self.counters.refused);
                tracing::warn!(
                    leg = leg.name(),
                    code = %bad.code,
                    reason = bad.message,
                    bytes = body.len(),
                    body = scrub::shown(&body, SHOWN),
                    "a message that is no command"
                );
                (bad.method.clone().unwrap_or_default(), bad.message_id.clone())
            }
        };
        drop(body);
        let message_id = message_id.filter(|id| !id.is_empty());
        let arrival = Arrival {
            fingerprint: fingerprint_with(&digest, message_id.as_ref().map_or("", |id| id.as_str())),
            message_id: message_id.as_ref().map(ToString::to_string),
            method,
            redelivered: delivery.redelivered,
        };
        let now = clock::now();
        let admission = match self.app.store.write(move |db| journal::admit(db, &arrival, now)).await {
            Ok(admission) => admission,
            Err(error) => {
                tracing::error!(%error, "a command cannot be journaled, it goes back to the broker");
                self.pause(STORE_PAUSE).await;
                return delivery.requeue().await;
            }
        };
        let seq = match admission {
            Admission::New(seq) => seq,
            Admission::Unfinished(seq) => {
                if let Some(first) = self.in_execution(seq) {
                    self.tasks.spawn(async move {
                        first.cancelled().await;
                        delivery.ack().await;
                    });
                    return;
                }
                seq
            }
            Admission::Done(seq) => {
                count(&self.counters.repeated);
                let message_id = message_id.as_ref().map(tracing::field::display);
                tracing::info!(
                    seq,
                    message_id,
                    "a command that was executed before, its result is sent again"
                );
                let commands = Arc::clone(self);
                self.tasks.spawn(async move {
                    commands.answer(seq).await;
                    delivery.ack().await;
                });
                return;
            }
        };
        let resumed = matches!(admission, Admission::Unfinished(_));
        let work = match read {
            Ok(command) => Work::of(command, &self.lanes),
            Err(bad) => Work::Refuse(bad),
        };
        let done = CancellationToken::new();
        self.running.lock().unwrap_or_else(PoisonError::into_inner).insert(seq, done.clone());
        let job =
            Job { seq, resumed, message_id, fiqa_leg: leg == Leg::Fiqa, joined, work, delivery, _room: room };
        let commands = Arc::clone(self);
        self.tasks.spawn(async move {
            let _done = done.drop_guard();
            Box::pin(Arc::clone(&commands).run(job)).await;
            commands.running.lock().unwrap_or_else(PoisonError::into_inner).remove(&seq);
        });
    }

    /// Waits, but not when the process stops.
    pub(super) async fn pause(&self, delay: Duration) {
        tokio::select! {
            () = self.stopped() => {}
            () = tokio::time::sleep(delay) => {}
        }
    }

    /// Returns when the process stops.
    async fn stopped(&self) {
        self.app.life.stopping().cancelled().await;
    }

    fn in_execution(&self, seq: i64) -> Option<CancellationToken> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).get(&seq).cloned()
    }
}

fn read(body: &[u8]) -> Result<Command, BadCommand> {
    if body.len() > MAX_HEAVY_BODY {
        return Err(BadCommand {
            code: Code::PAYLOAD_TOO_LARGE,
            method: None,
            message_id: None,
            notify_path: None,
            message: format!("a command of {} bytes, at most {MAX_HEAVY_BODY} are read", body.len()),
        });
    }
    Command::read(body)
}

fn fingerprint(body: &[u8]) -> [u8; 32] {
    Sha256::digest(body).into()
}

/// The same command: same message id, same body.
fn fingerprint_with(body: &[u8; 32], message_id: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(body);
    hash.update(message_id.as_bytes());
    hash.finalize().into()
}
