//! Consuming: a message is acknowledged only after [`Delivery::ack`]; what was not acknowledged comes again.

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// The messages of one queue, across reconnects.
#[derive(Debug)]
pub struct Deliveries {
    pub(super) incoming: mpsc::Receiver<Delivery>,
    pub(super) stopping: CancellationToken,
}

/// One message. Settle it with [`Delivery::ack`] or [`Delivery::requeue`]; one that is dropped (a handler
/// panicked) goes back to the queue.
///
/// When the connection is lost the broker delivers every unsettled message again; settling the old delivery
/// then does nothing. So effects must be idempotent.
#[derive(Debug)]
pub struct Delivery {
    /// The payload.
    pub body: Vec<u8>,
    /// The broker has handed this message out before: its effect may exist already.
    pub redelivered: bool,
    /// The account it was published with, where the sender told: the broker takes no other name than the true one.
    pub account: Option<String>,
    receipt: Receipt,
}

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Ack,
    Requeue,
}

/// Reports the verdict exactly once, also when it is dropped.
#[derive(Debug)]
struct Receipt {
    tag: u64,
    verdicts: Option<mpsc::Sender<(u64, Verdict)>>,
}

impl Deliveries {
    /// The next message. `None` only when the process stops or the session was closed. Cancel-safe.
    pub async fn next(&mut self) -> Option<Delivery> {
        loop {
            let delivery = tokio::select! {
                biased;
                () = self.stopping.cancelled() => None,
                delivery = self.incoming.recv() => delivery,
            }?;
            // One of a connection that has ended meanwhile: the broker sends it again, skip this copy.
            if !delivery.is_stale() {
                return Some(delivery);
            }
        }
    }
}

impl Delivery {
    pub(super) fn new(
        body: Vec<u8>,
        redelivered: bool,
        account: Option<String>,
        tag: u64,
        verdicts: mpsc::Sender<(u64, Verdict)>,
    ) -> Self {
        Self { body, redelivered, account, receipt: Receipt { tag, verdicts: Some(verdicts) } }
    }

    /// Acknowledges the message: its effect is durable and it must not come again. The acknowledgement leaves within
    /// 20 ms, together with those of other messages; if the connection ends before, the message comes again.
    pub async fn ack(mut self) {
        self.receipt.settle(Verdict::Ack).await;
    }

    /// Hands the message back to the queue.
    pub async fn requeue(mut self) {
        self.receipt.settle(Verdict::Requeue).await;
    }

    /// The connection that brought this message has ended: the broker sends it again and settling does nothing.
    pub fn is_stale(&self) -> bool {
        self.receipt.verdicts.as_ref().is_none_or(mpsc::Sender::is_closed)
    }
}

impl Receipt {
    async fn settle(&mut self, verdict: Verdict) {
        if let Some(verdicts) = &self.verdicts {
            // An error means that the connection has ended: nothing to tell.
            let _stale = verdicts.send((self.tag, verdict)).await;
        }
        self.verdicts = None;
    }
}

impl Drop for Receipt {
    fn drop(&mut self) {
        if let Some(verdicts) = self.verdicts.take() {
            // There is room for every unsettled delivery, see `consuming`.
            let _stale = verdicts.try_send((self.tag, Verdict::Requeue));
        }
    }
}
