//! One webhook's way through the feed.
//!
//! The contract:
//! * The cursor (`told_until`) and what became of the entries it passed are written in one transaction. A crash before
//!   it repeats what was told since the last one; nothing is ever skipped.
//! * Entries are told one after another in the order of the feed. One that must be waited for stands still with the cursor
//!   before it; one that was set aside waits in the log, where the cursor has passed it.
//! * A replay has a cursor of its own, which moves like the other: past an entry once it stands in the log what became of it.
//! * Whatever is written asks for the lease in the same transaction. When an operator has changed the webhook meanwhile,
//!   what was told is still written, and the work ends so that it begins anew with the new settings.

use std::future::Future;
use std::time::Duration;

use runtime::CancellationToken;
use tokio::time::sleep;

use super::batch::{Batch, Job, Replay};
use super::filter::Filter;
use super::progress::{Health, Next, Reply};
use crate::db::delivery::{self, Delivery};
use crate::db::feed;
use crate::db::webhook::{self, Progress, Webhook};
use crate::db::{Db, DbError, Tx, audit};
use crate::follow::Term;

/// Deliveries written down in one transaction.
const SETTLED: usize = 32;
/// The cursor is written without a delivery when it has passed so many entries nobody wanted, or after this long.
const PASSED: i64 = 1_000;
const PASSED_WITHIN: i64 = 10_000;
/// What is in the middle of being told may take this long when the work is to end.
const LAST_WORDS: Duration = Duration::from_secs(3);
/// The database is asked again this often when it cannot take what became of deliveries.
const PATIENCE: Duration = Duration::from_millis(500);

/// How an entry is told.
pub(super) trait Way: Send + Sync {
    /// Tells it, and what came back.
    fn tell(&self, job: &Job) -> impl Future<Output = Reply> + Send;
}

/// What the work does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pause {
    /// There is more to be told at once.
    None,
    /// Nothing until the feed grows, or at the latest until this time.
    Idle(Option<i64>),
    /// The receiver is waited for until this time.
    Until(i64),
    /// The webhook was changed, disabled or taken over.
    Ended,
}

/// The work for one webhook.
pub(super) struct Worker<W> {
    db: Db,
    term: Term,
    way: W,
    id: String,
    version: i64,
    filter: Filter,
    /// Failures may last so long before the webhook is disabled, in milliseconds.
    disable_after: i64,
    progress: Progress,
    health: Health,
    /// What was told and is not yet written down.
    told: Vec<Delivery>,
    /// The cursor as it was last written, and when.
    written: (i64, i64),
    stop: CancellationToken,
}

impl<W: Way> Worker<W> {
    pub(super) fn new(
        db: Db,
        term: Term,
        way: W,
        found: &Webhook,
        disable_after: i64,
        stop: CancellationToken,
    ) -> Self {
        let progress = found.progress();
        Self {
            db,
            term,
            way,
            id: found.id.clone(),
            version: found.version,
            filter: serde_json::from_value(found.settings.filter.clone()).unwrap_or_default(),
            disable_after,
            written: (progress.told_until, 0),
            progress,
            health: Health::default(),
            told: Vec::new(),
            stop,
        }
    }

    /// Tells what is due at `now`, a bounded number of entries.
    pub(super) async fn round(&mut self, now: i64) -> Result<Pause, DbError> {
        let batch = self.gather(now).await?;
        self.progress.missed += batch.begins_after - self.progress.told_until;
        self.progress.told_until = batch.begins_after;
        self.told.extend(batch.lost);
        let mut busy = !batch.aside.is_empty() || !batch.live.is_empty();
        for job in batch.aside {
            if let Some(pause) = self.tell(&job, self.progress.replay, now).await? {
                return Ok(pause);
            }
            if !self.keep_up(now).await? {
                return Ok(Pause::Ended);
            }
        }
        for (seq, job) in batch.live {
            if let Some(job) = job
                && let Some(pause) = self.tell(&job, self.progress.replay, now).await?
            {
                return Ok(pause);
            }
            self.progress.told_until = seq;
            if !self.keep_up(now).await? {
                return Ok(Pause::Ended);
            }
        }
        if let Some(replay) = batch.replay {
            busy = true;
            if let Some(pause) = self.replay(replay, now).await? {
                return Ok(pause);
            }
        }
        if busy {
            return Ok(if self.settle(now, false).await? { Pause::None } else { Pause::Ended });
        }
        let settled = self.settle(now, false).await?;
        Ok(if settled { Pause::Idle(batch.next_due) } else { Pause::Ended })
    }

    /// Goes on with a replay; a pause when nothing else is to be told now.
    async fn replay(&mut self, Replay { page, until }: Replay, now: i64) -> Result<Option<Pause>, DbError> {
        let last = page.last().map(|(seq, _)| *seq);
        for (seq, job) in page {
            let passed = Some((seq, until));
            if let Some(job) = job
                && let Some(pause) = self.tell(&job, passed, now).await?
            {
                return Ok(Some(pause));
            }
            self.progress.replay = passed;
            if !self.keep_up(now).await? {
                return Ok(Some(Pause::Ended));
            }
        }
        if last.is_none_or(|last| last >= until) {
            self.progress.replay = None;
            // At once, even if nothing of it was wanted: the next replay waits for the end of this one.
            return Ok(if self.write(now, None).await? { None } else { Some(Pause::Ended) });
        }
        Ok(None)
    }

    /// Writes down what was told, when it is much: after the cursor has passed it, so that nothing is told again for want of one entry.
    async fn keep_up(&mut self, now: i64) -> Result<bool, DbError> {
        if self.told.len() >= SETTLED { self.write(now, None).await } else { Ok(true) }
    }

    /// Writes down what was told and how far it has come. False: the work is at its end.
    pub(super) async fn settle(&mut self, now: i64, at_once: bool) -> Result<bool, DbError> {
        let (written, written_at) = self.written;
        let passed = self.progress.told_until - written;
        let is_due = passed >= PASSED || (passed > 0 && now - written_at >= PASSED_WITHIN);
        if self.told.is_empty() && !is_due && !(at_once && passed > 0) {
            return Ok(true);
        }
        self.write(now, None).await
    }

    /// Tells one entry; a pause when nothing else is to be told now. Whatever becomes of it stands in the log, so a replay then
    /// goes on from `replay`; what was not told leaves it where it is.
    async fn tell(
        &mut self,
        job: &Job,
        replay: Option<(i64, i64)>,
        now: i64,
    ) -> Result<Option<Pause>, DbError> {
        let stop = self.stop.clone();
        let last_words = async move {
            stop.cancelled().await;
            sleep(LAST_WORDS).await;
        };
        if self.stop.is_cancelled() {
            self.settle(now, true).await?;
            return Ok(Some(Pause::Ended));
        }
        let reply = tokio::select! {
            reply = self.way.tell(job) => reply,
            // Not written down: whoever goes on tells it again.
            () = last_words => {
                self.settle(now, true).await?;
                return Ok(Some(Pause::Ended));
            }
        };
        self.progress.replay = replay;
        let (attempts, first) = (job.attempts + 1, job.first_tried_at.unwrap_or(now));
        let next = self.health.judge(&reply, attempts, first, job.is_aside, now);
        self.progress.failing_since = match next {
            Next::Done => None,
            _ => self.progress.failing_since.or(Some(now)),
        };
        self.told.push(written_down(job, reply, next, (attempts, first), now));
        if let Some(reason) = self.reason_to_disable(next, now) {
            self.write(now, Some(reason)).await?;
            return Ok(Some(Pause::Ended));
        }
        if let Next::Wait(at) = next {
            return Ok(Some(if self.write(now, None).await? { Pause::Until(at) } else { Pause::Ended }));
        }
        Ok(None)
    }

    fn reason_to_disable(&self, next: Next, now: i64) -> Option<String> {
        let said = || self.told.last().and_then(|last| last.error.clone()).unwrap_or_default();
        if next == Next::Disable {
            return Some("the receiver answered 410: the address is gone".to_owned());
        }
        let since = self.progress.failing_since.filter(|since| now - since >= self.disable_after)?;
        let days = (now - since) / (24 * 3_600_000);
        Some(format!("nothing was taken for {days} days; the last attempt: {}", said()))
    }

    /// One transaction: the log, the cursor and, where there is a reason, the end of the webhook. False: the work is at its end.
    async fn write(&mut self, now: i64, disable: Option<String>) -> Result<bool, DbError> {
        let told = std::mem::take(&mut self.told);
        loop {
            let (id, term, version) = (self.id.clone(), self.term.clone(), self.version);
            let (told, progress, reason) = (told.clone(), self.progress.clone(), disable.clone());
            let written = self.db.write(move |tx: &mut Tx<'_>| {
                if !term.holds(tx)? {
                    return Ok::<_, DbError>(false);
                }
                let Some(found) = webhook::find(tx, &id)? else { return Ok(false) };
                told.iter().try_for_each(|delivery| delivery::store(tx, &id, delivery))?;
                if found.version != version {
                    let told_until = progress.told_until.max(found.told_until);
                    webhook::advance(tx, &id, &Progress { told_until, ..found.progress() })?;
                    return Ok(false);
                }
                webhook::advance(tx, &id, &progress)?;
                let Some(reason) = reason else { return Ok(true) };
                disable_for(tx, &found, &reason, now)?;
                Ok(false)
            });
            match written.await {
                Ok(goes_on) => {
                    self.written = (self.progress.told_until, now);
                    return Ok(goes_on);
                }
                Err(error) if error.is_transient() && !self.stop.is_cancelled() => {
                    tracing::warn!(%error, webhook = self.id, "what became of deliveries waits for the database");
                    sleep(PATIENCE).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn gather(&self, now: i64) -> Result<Batch, DbError> {
        let (id, filter, progress) = (self.id.clone(), self.filter.clone(), self.progress.clone());
        let unwritten: Vec<String> = self.told.iter().map(|delivery| delivery.event_id.clone()).collect();
        self.db.read(move |tx: &mut Tx<'_>| Batch::read(tx, &id, &filter, &progress, &unwritten, now)).await
    }
}

fn written_down(job: &Job, reply: Reply, next: Next, (attempts, first): (i64, i64), now: i64) -> Delivery {
    let (state, next_attempt_at) = match next {
        Next::Done => (delivery::DELIVERED, None),
        Next::Aside(at) | Next::Wait(at) => (delivery::WAITING, Some(at)),
        Next::GivenUp | Next::Disable => (delivery::FAILED, None),
    };
    Delivery {
        event_id: job.event_id(),
        seq: Some(job.entry.seq),
        kind: job.entry.kind.clone(),
        subject: job.entry.subject.clone(),
        state,
        attempts,
        first_tried_at: first,
        tried_at: now,
        next_attempt_at,
        status: reply.status.map(i64::from),
        took_ms: reply.took_ms,
        answer: reply.body,
        error: reply.error,
    }
}

/// The end of a webhook, told where operators look: in its settings, in the audit log and in the feed.
fn disable_for(tx: &mut Tx<'_>, found: &Webhook, reason: &str, now: i64) -> Result<(), DbError> {
    webhook::disable(tx, &found.id, reason, now)?;
    let detail =
        serde_json::json!({"state": "disabled", "reason": reason, "description": found.settings.description});
    let deed = audit::Deed {
        actor: "system".to_owned(),
        address: String::new(),
        action: "webhook.disable",
        subject: found.id.clone(),
        detail: detail.clone(),
    };
    audit::append(tx, &deed, now)?;
    feed::append(tx, feed::WEBHOOK, &found.id, &detail, now)?;
    tracing::warn!(webhook = found.id, reason, "a webhook was disabled");
    Ok(())
}
