//! Publishing: `Ok` means that the broker has confirmed the message and had a queue for it, nothing less.

use std::sync::Arc;

use tokio::sync::{Mutex, mpsc, oneshot, watch};
use tokio::task::coop::unconstrained;
use tokio::time::timeout;

use super::session::SessionOptions;
use super::state::LinkState;

/// Publishes through a session. Clones share its channel; any number of publishes may be under way at once,
/// their messages leave in the order in which [`Publisher::publish`] was first polled.
#[derive(Clone, Debug)]
pub struct Publisher {
    /// Behind a lock, which is given in the order in which it was asked for: at a queue that is full, whoever comes just after room was
    /// made would else go before those who wait for it.
    pub(super) requests: Arc<Mutex<mpsc::Sender<Request>>>,
    pub(super) state: watch::Receiver<LinkState>,
    pub(super) options: SessionOptions,
}

/// Why a message is not known to be at the broker. After `Timeout` and `Closed` it may nevertheless have
/// arrived: publish it again and let the receiver drop the repeat.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// The link is down; nothing was sent.
    #[error("not connected to the broker")]
    NotConnected,
    /// No queue takes messages with this exchange and key.
    #[error("no queue is bound for key {key:?} at exchange {exchange:?}: {reason}")]
    Unroutable {
        /// Exchange the message was published to; empty for the default one.
        exchange: String,
        /// Its routing key.
        key: String,
        /// The broker's own words.
        reason: String,
    },
    /// The broker refused the message.
    #[error("the broker refused the message")]
    Nacked,
    /// No confirm in time.
    #[error("the broker did not confirm in time")]
    Timeout,
    /// The channel closed before the confirm came.
    #[error("the channel closed before the broker confirmed: {0}")]
    Closed(String),
}

/// One message on its way to the supervisor.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) exchange: String,
    pub(super) key: String,
    pub(super) body: Vec<u8>,
    pub(super) reply: oneshot::Sender<Result<(), PublishError>>,
}

impl Publisher {
    /// Publishes one persistent, mandatory message and waits for the broker's confirm, 5 s at most
    /// ([`SessionOptions::confirm_timeout`]). An empty exchange is the default one, its key is a queue's name.
    pub async fn publish(&self, exchange: &str, key: &str, body: Vec<u8>) -> Result<(), PublishError> {
        if !self.state.borrow().is_up() {
            return Err(PublishError::NotConnected);
        }
        if exchange.len() > 255 || key.len() > 255 {
            return Err(PublishError::Unroutable {
                exchange: exchange.to_owned(),
                key: key.to_owned(),
                reason: "names are at most 255 bytes".to_owned(),
            });
        }
        let (reply, answer) = oneshot::channel();
        let request = Request { exchange: exchange.to_owned(), key: key.to_owned(), body, reply };
        let attempt = async {
            self.hand_over(request).await?;
            answer.await.unwrap_or_else(|_| Err(PublishError::Closed("the session ended".to_owned())))
        };
        timeout(self.options.confirm_timeout, attempt).await.unwrap_or(Err(PublishError::Timeout))
    }

    /// Gives a message to the supervisor when its turn comes.
    async fn hand_over(&self, request: Request) -> Result<(), PublishError> {
        // Held to tokio's budget, all beyond the first hundred of one poll would be sent in the opposite order.
        let in_turn = unconstrained(async { self.requests.lock().await.send(request).await });
        in_turn.await.map_err(|_| PublishError::NotConnected)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::future::join_all;

    use super::*;

    /// However full the queue is, and whoever takes from it meanwhile.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn messages_leave_in_the_order_in_which_they_were_published() {
        const MESSAGES: usize = 20_000;
        let (requests, mut taken) = mpsc::channel(8);
        let (_up, state) = watch::channel(LinkState::Up { since_ms: 0 });
        let options =
            SessionOptions { confirm_timeout: Duration::from_secs(60), ..SessionOptions::default() };
        let publisher = Publisher { requests: Arc::new(Mutex::new(requests)), state, options };
        let taking = tokio::spawn(async move {
            let mut order = Vec::new();
            while let Some(request) = taken.recv().await {
                order.push(request.key.parse::<usize>().unwrap());
                let _there = request.reply.send(Ok(()));
            }
            order
        });
        let names: Vec<_> = (0..MESSAGES).map(|n| n.to_string()).collect();
        let outcomes = join_all(names.iter().map(|name| publisher.publish("", name, Vec::new()))).await;
        drop(publisher);
        assert!(outcomes.iter().all(Result::is_ok));
        let order = taking.await.unwrap();
        let early = order.iter().enumerate().find(|(place, n)| place != *n);
        assert_eq!((order.len(), early), (MESSAGES, None));
    }
}
