//! Publishes under way on one channel: many at once, each answered exactly once, by the broker's word about that
//! very message.
//!
//! The client library hands a returned (unroutable) message to whichever confirm comes next, which with many in flight
//! is often another's. So every message carries a number of ours as its message id; all confirms that are there are taken
//! together, returned ones are looked up by that number, and only then the answers are given. A return
//! always precedes its confirm, so it is among those taken.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;

use futures_util::FutureExt;
use futures_util::stream::{FuturesUnordered, StreamExt};
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::{BasicProperties, Channel, Confirmation, Connection};
use tokio::sync::oneshot;
use tokio::time::{Duration, Instant, timeout};

use super::publisher::{PublishError, Request};
use super::reason::{Refused, plain};

/// Opening the channel takes no longer than this.
const STEP: Duration = Duration::from_secs(10);
/// AMQP's delivery mode of messages that survive a restart of the broker.
const PERSISTENT: u8 = 2;

type Outcome = (u64, lapin::Result<Confirmation>);

/// The publishing channel of one connection.
pub(super) struct Publishing {
    channel: Channel,
    /// The account's name, where messages carry it.
    signature: Option<String>,
    under_way: FuturesUnordered<Pin<Box<dyn Future<Output = Outcome> + Send>>>,
    waiting: HashMap<u64, Waiting>,
    unroutable: HashMap<u64, String>,
    next_id: u64,
    /// When the broker last confirmed something, or when there was last nothing to confirm.
    progress_at: Instant,
}

struct Waiting {
    exchange: String,
    key: String,
    reply: oneshot::Sender<Result<(), PublishError>>,
}

impl Publishing {
    /// Opens a channel that confirms; its messages carry `signature` as the name of their sender.
    pub(super) async fn open(connection: &Connection, signature: Option<String>) -> Result<Self, Refused> {
        let what = "opening the publishing channel";
        let work = async {
            let channel = connection.create_channel().await?;
            channel.confirm_select(ConfirmSelectOptions::default()).await?;
            Ok(channel)
        };
        let channel = match timeout(STEP, work).await {
            Ok(opened) => opened.map_err(|error: lapin::Error| plain(what, &error))?,
            Err(_) => return Err(Refused::Silent(what.to_owned())),
        };
        Ok(Self {
            channel,
            signature,
            under_way: FuturesUnordered::new(),
            waiting: HashMap::new(),
            unroutable: HashMap::new(),
            next_id: 1,
            progress_at: Instant::now(),
        })
    }

    /// How many publishes are at the broker.
    pub(super) fn len(&self) -> usize {
        self.under_way.len()
    }

    /// How long the broker has owed us a confirm without giving any.
    pub(super) fn stalled_for(&self) -> Duration {
        if self.waiting.is_empty() { Duration::ZERO } else { self.progress_at.elapsed() }
    }

    /// Sends one message on its way, unless nobody waits for it any more.
    pub(super) fn start(&mut self, request: Request) {
        if request.reply.is_closed() {
            return;
        }
        if self.under_way.is_empty() {
            self.progress_at = Instant::now();
        }
        let id = self.next_id;
        self.next_id += 1;
        let Request { exchange, key, body, reply } = request;
        self.waiting.insert(id, Waiting { exchange: exchange.clone(), key: key.clone(), reply });
        let channel = self.channel.clone();
        let properties = self.properties(id);
        self.under_way.push(Box::pin(async move {
            let options = BasicPublishOptions { mandatory: true, immediate: false };
            let outcome = async {
                channel.basic_publish(exchange.into(), key.into(), options, &body, properties).await?.await
            };
            (id, outcome.await)
        }));
    }

    fn properties(&self, id: u64) -> BasicProperties {
        let properties =
            BasicProperties::default().with_delivery_mode(PERSISTENT).with_message_id(id.to_string().into());
        match &self.signature {
            Some(name) => properties.with_user_id(name.as_str().into()),
            None => properties,
        }
    }

    /// Waits for confirms and answers those who wait. `Err` when the channel has failed: everything under way has then been
    /// answered, and the channel must be opened anew.
    pub(super) async fn progress(&mut self) -> Result<(), Refused> {
        let Some(first) = self.under_way.next().await else {
            return std::future::pending().await;
        };
        let mut outcomes = vec![first];
        while let Some(Some(outcome)) = self.under_way.next().now_or_never() {
            outcomes.push(outcome);
        }
        self.progress_at = Instant::now();
        let mut confirmed = Vec::with_capacity(outcomes.len());
        let mut failure = None;
        for (id, outcome) in outcomes {
            match outcome {
                Ok(confirmation) => {
                    let positive = confirmation.is_ack();
                    if let Some(returned) = confirmation.take_message() {
                        let number =
                            returned.delivery.properties.message_id().as_ref().map(ToString::to_string);
                        if let Some(number) = number.and_then(|text| text.parse().ok()) {
                            self.unroutable.insert(number, returned.reply_text.to_string());
                        }
                    }
                    confirmed.push((id, positive));
                }
                Err(error) => {
                    let refused = plain("publishing", &error);
                    self.answer(id, Err(PublishError::Closed(refused.to_string())));
                    failure.get_or_insert(refused);
                }
            }
        }
        for (id, positive) in confirmed {
            let outcome = match self.unroutable.remove(&id) {
                Some(reason) => {
                    let (exchange, key) = self
                        .waiting
                        .get(&id)
                        .map(|waiting| (waiting.exchange.clone(), waiting.key.clone()))
                        .unwrap_or_default();
                    Err(PublishError::Unroutable { exchange, key, reason })
                }
                None if positive => Ok(()),
                None => Err(PublishError::Nacked),
            };
            self.answer(id, outcome);
        }
        match failure {
            Some(refused) => {
                self.fail_all(&refused.to_string());
                Err(refused)
            }
            None => Ok(()),
        }
    }

    /// Answers everything under way: the channel is gone.
    pub(super) fn fail_all(&mut self, reason: &str) {
        self.under_way.clear();
        self.unroutable.clear();
        for waiting in std::mem::take(&mut self.waiting).into_values() {
            let _gone = waiting.reply.send(Err(PublishError::Closed(reason.to_owned())));
        }
    }

    fn answer(&mut self, id: u64, outcome: Result<(), PublishError>) {
        if let Some(waiting) = self.waiting.remove(&id) {
            // An error means that whoever waited has given up.
            let _gone = waiting.reply.send(outcome);
        }
    }
}
