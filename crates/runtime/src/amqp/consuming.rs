//! One subscription on one connection: hands deliveries out, gathers verdicts, sends acknowledgements in batches.

use std::time::Duration;

use futures_util::StreamExt;
use lapin::message::Delivery as Incoming;
use lapin::options::{
    BasicAckOptions, BasicCancelOptions, BasicConsumeOptions, BasicNackOptions, BasicQosOptions,
};
use lapin::types::FieldTable;
use lapin::{Channel, Connection, Consumer};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::acks::Ledger;
use super::deliveries::{Deliveries, Delivery, Verdict};
use super::reason::{Refused, plain};

/// An acknowledgement waits no longer than this for company…
const ACK_DELAY: Duration = Duration::from_millis(20);
/// …and no more than this many wait.
const ACK_BATCH: usize = 100;
/// Opening a subscription takes no longer than this.
const STEP: Duration = Duration::from_secs(10);

/// What a consumer asked for; it holds on every connection until its [`Deliveries`] are dropped.
#[derive(Clone, Debug)]
pub(super) struct Subscription {
    queue: String,
    prefetch: u16,
    out: mpsc::Sender<Delivery>,
}

/// A subscription at work.
pub(super) struct Leg {
    queue: String,
    channel: Channel,
    consumer: Consumer,
    out: mpsc::Sender<Delivery>,
    verdicts_in: mpsc::Sender<(u64, Verdict)>,
    verdicts: mpsc::Receiver<(u64, Verdict)>,
    ledger: Ledger,
    /// When the oldest waiting acknowledgement must leave.
    flush_at: Option<Instant>,
    /// Received, not yet taken by the user.
    held: Option<Delivery>,
    /// Intake has ended; only verdicts are still served.
    ending: bool,
}

impl Subscription {
    pub(super) fn new(queue: &str, prefetch: u16, stopping: CancellationToken) -> (Self, Deliveries) {
        let prefetch = prefetch.max(1);
        let (out, incoming) = mpsc::channel(usize::from(prefetch.min(64)));
        (Self { queue: queue.to_owned(), prefetch, out }, Deliveries { incoming, stopping })
    }

    /// Nobody reads the deliveries any more.
    pub(super) fn is_abandoned(&self) -> bool {
        self.out.is_closed()
    }

    /// Opens a channel of its own and consumes.
    pub(super) async fn open(self, connection: &Connection) -> Result<Leg, Refused> {
        let what = format!("consuming queue {:?}", self.queue);
        let work = async {
            let channel = connection.create_channel().await?;
            channel.basic_qos(self.prefetch, BasicQosOptions::default()).await?;
            let options = BasicConsumeOptions::default();
            let consumer = channel
                .basic_consume(self.queue.as_str().into(), "".into(), options, FieldTable::default())
                .await?;
            Ok((channel, consumer))
        };
        let (channel, consumer) = match timeout(STEP, work).await {
            Ok(opened) => opened.map_err(|error: lapin::Error| plain(&what, &error))?,
            Err(_) => return Err(Refused::Silent(what)),
        };
        // Each delivery reports one verdict, and the broker sends no further one before its predecessor's has left: the
        // prefetch is all the room that is ever needed.
        let (verdicts_in, verdicts) = mpsc::channel(usize::from(self.prefetch) + 1);
        Ok(Leg {
            queue: self.queue,
            channel,
            consumer,
            out: self.out,
            verdicts_in,
            verdicts,
            ledger: Ledger::default(),
            flush_at: None,
            held: None,
            ending: false,
        })
    }
}

impl Leg {
    /// Works until `close`, until intake has stopped and every delivery is settled (`Ok`), or until the channel fails.
    pub(super) async fn run(
        mut self,
        stop_intake: CancellationToken,
        close: CancellationToken,
    ) -> Result<(), Refused> {
        loop {
            if self.ending && self.ledger.all_settled() {
                return self.finish().await;
            }
            let flush_at = self.flush_at.unwrap_or_else(Instant::now);
            tokio::select! {
                Some((tag, verdict)) = self.verdicts.recv() => self.settle(tag, verdict).await?,
                () = sleep_until(flush_at), if self.flush_at.is_some() => self.flush().await?,
                () = close.cancelled() => return self.finish().await,
                () = stop_intake.cancelled(), if !self.ending => self.stop_intake().await?,
                () = self.out.closed(), if !self.ending => self.stop_intake().await?,
                room = has_room(&self.out), if self.held.is_some() && !self.ending => if room {
                    self.hand_out();
                },
                next = self.consumer.next(), if self.held.is_none() && !self.ending => match next {
                    Some(Ok(incoming)) => self.take(incoming),
                    Some(Err(error)) => return Err(plain(&format!("consuming queue {:?}", self.queue), &error)),
                    None => return Err(Refused::Other(format!("the broker ended the subscription to queue {:?}", self.queue))),
                },
            }
        }
    }

    fn take(&mut self, incoming: Incoming) {
        let Incoming { data, redelivered, delivery_tag, properties, .. } = incoming;
        let account = properties.user_id().as_ref().map(ToString::to_string);
        self.ledger.delivered(delivery_tag);
        self.held = Some(Delivery::new(data, redelivered, account, delivery_tag, self.verdicts_in.clone()));
    }

    fn hand_out(&mut self) {
        let Some(delivery) = self.held.take() else { return };
        match self.out.try_send(delivery) {
            Ok(()) => {}
            Err(TrySendError::Full(delivery)) => self.held = Some(delivery),
            // Dropped here, so it goes back to the queue; `closed` ends the intake.
            Err(TrySendError::Closed(untaken)) => drop(untaken),
        }
    }

    async fn settle(&mut self, tag: u64, verdict: Verdict) -> Result<(), Refused> {
        match verdict {
            Verdict::Ack => {
                self.ledger.acked(tag);
                if self.ledger.pending() >= ACK_BATCH {
                    return self.flush().await;
                }
                if self.ledger.pending() > 0 {
                    self.flush_at.get_or_insert_with(|| Instant::now() + ACK_DELAY);
                }
                Ok(())
            }
            Verdict::Requeue if self.ledger.handed_back(tag) => {
                let options = BasicNackOptions { multiple: false, requeue: true };
                self.channel
                    .basic_nack(tag, options)
                    .await
                    .map_err(|error| plain("handing a message back", &error))
            }
            Verdict::Requeue => Ok(()),
        }
    }

    async fn flush(&mut self) -> Result<(), Refused> {
        self.flush_at = None;
        for ack in self.ledger.flush() {
            let options = BasicAckOptions { multiple: ack.multiple };
            self.channel.basic_ack(ack.tag, options).await.map_err(|error| plain("acknowledging", &error))?;
        }
        Ok(())
    }

    /// Tells the broker to send no more. What it sent and nobody took goes back when the channel closes.
    async fn stop_intake(&mut self) -> Result<(), Refused> {
        self.ending = true;
        let cancel = self.channel.basic_cancel(self.consumer.tag(), BasicCancelOptions::default());
        match timeout(STEP, cancel).await {
            Ok(done) => done.map_err(|error| plain("ending a subscription", &error))?,
            Err(_) => return Err(Refused::Silent("ending a subscription".to_owned())),
        }
        if let Some(untaken) = self.held.take() {
            drop(untaken);
        }
        Ok(())
    }

    /// Sends what is still to be said, then closes the channel.
    async fn finish(mut self) -> Result<(), Refused> {
        while let Ok((tag, verdict)) = self.verdicts.try_recv() {
            self.settle(tag, verdict).await?;
        }
        self.flush().await?;
        self.channel.close(200, "done".into()).await.map_err(|error| plain("closing a channel", &error))
    }
}

async fn has_room(out: &mpsc::Sender<Delivery>) -> bool {
    out.reserve().await.is_ok()
}
