//! Results on their way: once at once, then from the journal until somebody has taken them.
//!
//! Where a result goes is decided when it is sent, by the login of that moment: the platform's result queue, else the command's
//! `notify_path`, else nowhere. A result of a platform this box has left is not told to another one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::StreamExt as _;
use protocol::DevSno;
use runtime::amqp::PublishError;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use super::ask::Limits;
use super::{Commands, count};
use crate::clock;
use crate::store::StoreError;
use crate::store::journal::{self, Pending};

/// How long the first attempt has a result for itself before the journal's sender takes it up, milliseconds.
pub(super) const DIRECT_MS: i64 = 30_000;
/// The longest one attempt over HTTP may take.
const LIMIT: Duration = Duration::from_secs(10);
/// Of the answer to a result nothing matters but its status.
const MAX_ANSWER: usize = 1 << 20;
/// Results on their way at one time: a receiver that hangs holds back only these.
const AT_ONCE: usize = 16;
/// Results read from the journal at one time.
const BATCH: u32 = 64;
/// The longest pause between two attempts, milliseconds.
const MAX_PAUSE_MS: i64 = 600_000;
/// A result nobody took for this long is given up: three days, a weekend and a morning.
const GIVE_UP_MS: i64 = 3 * 24 * 3_600_000;
/// While there is no way out, whether there is one is looked at this often.
const NO_WAY_OUT: Duration = Duration::from_secs(1);
/// What is left to a result on its way when the process is asked to stop.
const LAST_MOMENT: Duration = Duration::from_secs(2);
/// The journal is pruned this often.
const PRUNE: Duration = Duration::from_secs(600);

/// Where a result goes.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Route {
    /// To the queue for quality checks, if there is one.
    pub(super) fiqa: bool,
    /// The command's own address for results.
    pub(super) notify: Option<String>,
    /// The platform it is for.
    pub(super) base: String,
    /// The licence key it was executed under.
    pub(super) dev_sno: DevSno,
}

/// The sender's own state.
#[derive(Default)]
pub(super) struct Results {
    wake: Notify,
}

/// How an attempt went.
enum Attempt {
    /// The broker or the platform has it.
    Sent,
    /// Nobody wants it.
    Nobody,
    /// There is no way out just now.
    NotNow,
    /// It was not taken.
    Failed(String),
    /// It never will be.
    GivenUp(String),
}

impl Commands {
    /// Sends a stored result once, and records that its command is about to be acknowledged. What could not be sent stays.
    pub(super) async fn answer(&self, seq: i64) {
        let pending = self.app.store.read(move |db| journal::pending(db, seq)).await;
        let outcome = match pending {
            Ok(Some(pending)) => {
                let attempt = tokio::select! {
                    attempt = self.attempt(&pending) => attempt,
                    () = self.last_moment() => Attempt::NotNow,
                };
                self.record(&pending, attempt, true).await
            }
            Ok(None) => self.app.store.write(move |db| journal::settle(db, seq)).await,
            Err(error) => Err(error),
        };
        if let Err(error) = outcome {
            tracing::error!(%error, seq, "the journal cannot be written, the result may be sent twice");
        }
    }

    /// Sends what could not be sent at once, until the process stops.
    pub(super) async fn send_results(self: Arc<Self>) {
        let stopping = self.app.life.stopping();
        let mut logins = self.app.link.joined();
        let mut pruned = tokio::time::Instant::now();
        loop {
            if pruned.elapsed() >= PRUNE {
                pruned = tokio::time::Instant::now();
                let now = clock::now();
                if let Err(error) = self.app.store.write(move |db| journal::prune(db, now)).await {
                    tracing::warn!(%error, "the journal could not be pruned");
                }
            }
            let sent = tokio::select! {
                sent = self.send_due() => sent,
                () = self.last_moment() => return,
            };
            let pause = sent.unwrap_or_else(|error| {
                tracing::error!(%error, "the journal cannot be read");
                NO_WAY_OUT
            });
            tokio::select! {
                () = stopping.cancelled() => return,
                () = self.results.wake.notified() => {}
                changed = logins.changed() => if changed.is_err() { return },
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Returns a moment after the process was asked to stop: a result on its way may still arrive, the rest waits in the journal.
    async fn last_moment(&self) {
        self.app.life.stopping().cancelled().await;
        tokio::time::sleep(LAST_MOMENT).await;
    }

    /// Makes one attempt at every result that is due; returns how long to wait for the next.
    async fn send_due(&self) -> Result<Duration, StoreError> {
        let now = clock::now();
        // No pause is longer than this: what is due later than that was written before the clock was set back.
        let horizon = now + MAX_PAUSE_MS;
        let due = self.app.store.read(move |db| journal::due(db, now, horizon, BATCH)).await?;
        let stuck = AtomicBool::new(false);
        futures_util::stream::iter(due)
            .for_each_concurrent(AT_ONCE, |pending| {
                let stuck = &stuck;
                async move {
                    let attempt = self.attempt(&pending).await;
                    if matches!(attempt, Attempt::NotNow) {
                        stuck.store(true, Ordering::Relaxed);
                    }
                    if let Err(error) = self.record(&pending, attempt, false).await {
                        tracing::error!(%error, seq = pending.seq, "the journal cannot be written");
                        stuck.store(true, Ordering::Relaxed);
                    }
                }
            })
            .await;
        if stuck.load(Ordering::Relaxed) {
            return Ok(NO_WAY_OUT);
        }
        let next = self.app.store.read(journal::next_due).await?;
        let ms = next.map_or(i64::MAX, |next| next - clock::now()).max(0);
        Ok(Duration::from_millis(ms.unsigned_abs()).min(PRUNE))
    }

    async fn attempt(&self, pending: &Pending) -> Attempt {
        let Ok(route) = serde_json::from_str::<Route>(&pending.route) else {
            return Attempt::GivenUp("its route cannot be read".into());
        };
        let Some(joined) = self.app.link.current() else { return Attempt::NotNow };
        if joined.base != route.base || joined.dev_sno != route.dev_sno {
            return Attempt::GivenUp(format!("it is for {}, which this box has left", route.base));
        }
        let block = &joined.reply.rabbitmq;
        let own = block.fiqa_up_queue.as_deref().filter(|_| route.fiqa);
        if let Some(queue) = own.or(block.upload_queue.as_deref()).filter(|queue| !queue.is_empty()) {
            let Some(broker) = self.app.link.current_broker() else { return Attempt::NotNow };
            return match broker.publisher().publish("", queue, pending.result.clone()).await {
                Ok(()) => Attempt::Sent,
                Err(PublishError::NotConnected) => Attempt::NotNow,
                Err(error) => Attempt::Failed(error.to_string()),
            };
        }
        let Some(notify) = &route.notify else { return Attempt::Nobody };
        let limits = Limits { time: LIMIT, bytes: MAX_ANSWER };
        let url = joined.resolve(notify);
        let answer = self
            .ask(&joined, &url, limits, |url| {
                self.app
                    .sender
                    .post(url)
                    .header(http::header::CONTENT_TYPE, "application/json")
                    .body(pending.result.clone())
            })
            .await;
        match answer {
            // The body is the platform's own matter: the protocol gives it no meaning here.
            Ok((200..=299, _)) => Attempt::Sent,
            Ok((status, _)) => Attempt::Failed(format!("the platform answers HTTP {status}")),
            Err(error) => Attempt::Failed(error.to_string()),
        }
    }

    async fn record(&self, pending: &Pending, attempt: Attempt, settle: bool) -> Result<(), StoreError> {
        let (seq, now, message_id) = (pending.seq, clock::now(), pending.message_id.as_deref());
        let attempt = match attempt {
            Attempt::Failed(reason) if now - pending.done_at > GIVE_UP_MS => {
                Attempt::GivenUp(format!("not taken in three days, lastly: {reason}"))
            }
            other => other,
        };
        match &attempt {
            Attempt::Sent => count(&self.counters.results_sent),
            Attempt::Nobody => tracing::debug!(seq, message_id, "nobody wants this result"),
            Attempt::NotNow => {}
            Attempt::Failed(reason) => {
                tracing::warn!(
                    seq,
                    message_id,
                    reason,
                    attempts = pending.attempts + 1,
                    "a result was not taken"
                );
            }
            Attempt::GivenUp(reason) => {
                count(&self.counters.results_given_up);
                tracing::error!(seq, message_id, reason, "a result is given up");
            }
        }
        let next = now + pause_ms(pending.attempts);
        let stays = matches!(attempt, Attempt::NotNow | Attempt::Failed(_));
        self.app
            .store
            .write(move |db| {
                match &attempt {
                    Attempt::Sent | Attempt::Nobody => journal::answered(db, seq, now, None)?,
                    Attempt::GivenUp(reason) => journal::answered(db, seq, now, Some(reason))?,
                    Attempt::Failed(reason) => journal::failed(db, seq, reason, next)?,
                    Attempt::NotNow if settle => journal::postpone(db, seq, now)?,
                    Attempt::NotNow => {}
                }
                if settle { journal::settle(db, seq) } else { Ok(()) }
            })
            .await?;
        if settle && stays {
            self.results.wake.notify_one();
        }
        Ok(())
    }
}

/// 1 s, 2 s, 4 s … 10 min, a quarter of it random.
fn pause_ms(attempts: u32) -> i64 {
    let full = 1000_i64.saturating_mul(1 << attempts.min(20)).min(MAX_PAUSE_MS);
    full - rand::random_range(0..=full / 4)
}
