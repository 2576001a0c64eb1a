//! The handle of one supervised connection.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use super::address::BrokerAddress;
use super::consuming::Subscription;
use super::deliveries::Deliveries;
use super::publisher::{Publisher, Request};
use super::state::LinkState;
use super::supervisor::{Inbox, Supervisor};
use super::topology::Declare;
use crate::{Backoff, Lifecycle};

/// One connection to a broker, kept alive by a task of its own. Clones share it. The connection outlives the
/// work of the process: it closes when all of [`Lifecycle::spawn`]'s tasks have ended, or by [`Session::close`].
#[derive(Clone, Debug)]
pub struct Session {
    commands: mpsc::Sender<Command>,
    requests: Arc<Mutex<mpsc::Sender<Request>>>,
    state: watch::Receiver<LinkState>,
    stopping: CancellationToken,
    options: SessionOptions,
}

/// What may differ from one session to another.
#[derive(Clone, Debug)]
pub struct SessionOptions {
    /// Delays between attempts to connect.
    pub backoff: Backoff,
    /// A publish that is not confirmed after this long fails. When nothing at all was confirmed for twice this long, the
    /// connection is considered dead and made anew.
    pub confirm_timeout: Duration,
    /// At most this many publishes are under way at the broker; further ones wait their turn.
    pub in_flight: usize,
    /// Messages carry the name of the account, which RabbitMQ compares with the account of the connection: whoever receives them
    /// knows whose they are.
    pub signs: bool,
}

impl Default for SessionOptions {
    fn default() -> Self {
        Self {
            backoff: Backoff::link(),
            confirm_timeout: Duration::from_secs(5),
            in_flight: 1000,
            signs: false,
        }
    }
}

/// Why something could not be declared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeclareError {
    /// The link is down, or went down meanwhile; whether it was declared is not known.
    #[error("not connected to the broker")]
    NotConnected,
    /// The broker's own words.
    #[error("{0}")]
    Refused(String),
}

/// What the handle asks of the supervisor.
#[derive(Debug)]
pub(super) enum Command {
    Subscribe(Subscription),
    Declare(Vec<Declare>, oneshot::Sender<Result<(), DeclareError>>),
    Depth(String, oneshot::Sender<Result<u32, DeclareError>>),
    Close(oneshot::Sender<()>),
}

impl Session {
    /// Starts to connect, in the background, and keeps at it for ever. `name` appears in the log and at the broker.
    pub fn start(life: &Lifecycle, name: &str, address: BrokerAddress, topology: Vec<Declare>) -> Self {
        Self::start_with(life, name, address, topology, SessionOptions::default())
    }

    /// As [`Session::start`], with other delays and limits.
    pub fn start_with(
        life: &Lifecycle,
        name: &str,
        address: BrokerAddress,
        topology: Vec<Declare>,
        options: SessionOptions,
    ) -> Self {
        let (commands, command_queue) = mpsc::channel(16);
        let (requests, request_queue) = mpsc::channel(options.in_flight.max(1));
        let (state_in, state) = watch::channel(LinkState::Connecting { attempt: 1 });
        let inbox = Inbox { commands: command_queue, requests: request_queue, state: state_in };
        let supervisor = Supervisor::new(name, address, topology, options.clone(), inbox, life);
        life.spawn_service(format!("broker session {name}"), supervisor.run());
        Self { commands, requests: Arc::new(Mutex::new(requests)), state, stopping: life.stopping(), options }
    }

    /// What is known of the connection; changes as it does.
    pub fn state(&self) -> watch::Receiver<LinkState> {
        self.state.clone()
    }

    /// A handle to publish with.
    pub fn publisher(&self) -> Publisher {
        Publisher {
            requests: self.requests.clone(),
            state: self.state.clone(),
            options: self.options.clone(),
        }
    }

    /// Consumes `queue` on every connection from now on, with at most `prefetch` (at least 1) unsettled messages in
    /// our hands. A queue that does not exist takes the link down, with that reason, until it does.
    pub async fn consume(&self, queue: &str, prefetch: u16) -> Deliveries {
        let (subscription, deliveries) = Subscription::new(queue, prefetch, self.stopping.clone());
        // An error means that the session has ended: the deliveries then end at once.
        let _ended = self.commands.send(Command::Subscribe(subscription)).await;
        deliveries
    }

    /// Declares more, now and on this connection only: beside the topology of the session, which is declared on every connection.
    /// `passive_first` is not honoured here.
    pub async fn declare(&self, wanted: Vec<Declare>) -> Result<(), DeclareError> {
        let (reply, answer) = oneshot::channel();
        let asked = self.commands.send(Command::Declare(wanted, reply)).await;
        asked.map_err(|_| DeclareError::NotConnected)?;
        answer.await.unwrap_or(Err(DeclareError::NotConnected))
    }

    /// How many messages of a queue wait for a consumer. A queue that does not exist is refused, and the link stays as it is.
    pub async fn depth(&self, queue: &str) -> Result<u32, DeclareError> {
        let (reply, answer) = oneshot::channel();
        let asked = self.commands.send(Command::Depth(queue.to_owned(), reply)).await;
        asked.map_err(|_| DeclareError::NotConnected)?;
        answer.await.unwrap_or(Err(DeclareError::NotConnected))
    }

    /// Closes the connection: no new deliveries, pending acknowledgements leave, publishes under way get their answer (2 s at
    /// most). Returns when it is closed; later calls do nothing.
    pub async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.commands.send(Command::Close(done)).await.is_ok() {
            // An error means that it ended by itself.
            let _ended = closed.await;
        }
    }
}
