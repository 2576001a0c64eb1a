//! Connect, declare, subscribe, serve; on any error drop everything and begin again after a delay.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use lapin::{Connection, ConnectionProperties, Event};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::address::BrokerAddress;
use super::consuming::{Leg, Subscription};
use super::publisher::{PublishError, Request};
use super::publishing::Publishing;
use super::reason::{Refused, plain};
use super::session::{Command, DeclareError, SessionOptions};
use super::state::{LinkState, now_ms};
use super::topology::{Declare, declare_all, declare_on, depth, open};
use crate::Lifecycle;

/// TCP, TLS and AMQP handshake together.
const CONNECT: Duration = Duration::from_secs(15);
/// No step of a good-bye takes longer than this.
const GOODBYE: Duration = Duration::from_secs(2);
/// A connection that served this long was good: the next delay is the first one again.
const STEADY: Duration = Duration::from_secs(10);
/// How often the connection is looked at, beside the events it reports itself.
const LOOK: Duration = Duration::from_secs(1);

/// The task behind one session.
pub(super) struct Supervisor {
    name: Arc<str>,
    address: BrokerAddress,
    topology: Arc<[Declare]>,
    options: SessionOptions,
    state: watch::Sender<LinkState>,
    stopping: CancellationToken,
    closing: CancellationToken,
    commands: mpsc::Receiver<Command>,
    requests: mpsc::Receiver<Request>,
    subscriptions: Vec<Subscription>,
}

/// A connection with everything on it.
struct Established {
    connection: Connection,
    publishing: Publishing,
    legs: Vec<Leg>,
}

/// A connection at work.
struct Serving {
    connection: Connection,
    publishing: Publishing,
    legs: JoinSet<Result<(), Refused>>,
    /// Declarations under way; they end with the connection.
    declaring: JoinSet<()>,
    close_legs: CancellationToken,
    since_ms: i64,
}

/// Why serving ended.
enum End {
    /// As asked; whoever waits for it is told.
    Asked(Option<oneshot::Sender<()>>),
    /// The connection is of no use any more.
    Fault(Refused),
}

/// The supervisor's ends of a session's channels.
pub(super) struct Inbox {
    pub(super) commands: mpsc::Receiver<Command>,
    pub(super) requests: mpsc::Receiver<Request>,
    pub(super) state: watch::Sender<LinkState>,
}

impl Supervisor {
    pub(super) fn new(
        name: &str,
        address: BrokerAddress,
        topology: Vec<Declare>,
        options: SessionOptions,
        inbox: Inbox,
        life: &Lifecycle,
    ) -> Self {
        Self {
            name: name.into(),
            address,
            topology: topology.into(),
            options,
            state: inbox.state,
            stopping: life.stopping(),
            closing: life.closing(),
            commands: inbox.commands,
            requests: inbox.requests,
            subscriptions: Vec::new(),
        }
    }

    /// Runs until the session is closed, the process closes its services, or nobody holds a handle.
    pub(super) async fn run(mut self) {
        let asked = self.keep_connected().await;
        self.state.send_replace(LinkState::Down { reason: "closed".to_owned(), next_attempt_ms: None });
        tracing::info!(session = %self.name, "broker link closed");
        if let Some(asked) = asked {
            let _gone = asked.send(());
        }
    }

    async fn keep_connected(&mut self) -> Option<oneshot::Sender<()>> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            self.state.send_replace(LinkState::Connecting { attempt });
            self.subscriptions.retain(|subscription| !subscription.is_abandoned());
            let known = self.subscriptions.len();
            let began = Instant::now();
            let end = match self.attend(self.establish()).await {
                Err(end) => end,
                Ok(Err(refused)) => End::Fault(refused),
                Ok(Ok(established)) => {
                    attempt = 0;
                    self.serve(established, known).await
                }
            };
            let reason = match end {
                End::Asked(asked) => return asked,
                End::Fault(refused) => refused.to_string(),
            };
            if began.elapsed() >= STEADY {
                self.options.backoff.reset();
            }
            let delay = self.options.backoff.next();
            let retry_ms = i64::try_from(delay.as_millis()).unwrap_or(i64::MAX);
            tracing::warn!(session = %self.name, broker = %self.address, reason, retry_ms, "broker link is down");
            let next_attempt_ms = Some(now_ms().saturating_add(retry_ms));
            self.state.send_replace(LinkState::Down { reason, next_attempt_ms });
            if let Err(End::Asked(asked)) = self.attend(sleep(delay)).await {
                return asked;
            }
        }
    }

    /// Waits for `work` while nothing is connected, answering what comes in meanwhile.
    async fn attend<T>(&mut self, work: impl Future<Output = T>) -> Result<T, End> {
        tokio::pin!(work);
        let mut look = look();
        loop {
            tokio::select! {
                done = &mut work => return Ok(done),
                () = self.closing.cancelled() => return Err(End::Asked(None)),
                Some(command) = self.commands.recv() => match command {
                    Command::Subscribe(subscription) => self.subscriptions.push(subscription),
                    Command::Declare(_, reply) => {
                        let _gone = reply.send(Err(DeclareError::NotConnected));
                    }
                    Command::Depth(_, reply) => {
                        let _gone = reply.send(Err(DeclareError::NotConnected));
                    }
                    Command::Close(done) => return Err(End::Asked(Some(done))),
                },
                Some(request) = self.requests.recv() => {
                    let _gone = request.reply.send(Err(PublishError::NotConnected));
                }
                _ = look.tick() => if self.is_abandoned() {
                    return Err(End::Asked(None));
                },
            }
        }
    }

    async fn serve(&mut self, established: Established, known: usize) -> End {
        let Established { connection, publishing, legs } = established;
        let mut serving = Serving {
            connection,
            publishing,
            legs: JoinSet::new(),
            declaring: JoinSet::new(),
            close_legs: CancellationToken::new(),
            since_ms: now_ms(),
        };
        for leg in legs {
            serving.legs.spawn(leg.run(self.stopping.clone(), serving.close_legs.clone()));
        }
        let end = match self.subscribe_since(&mut serving, known).await {
            Ok(()) => {
                self.state.send_replace(LinkState::Up { since_ms: serving.since_ms });
                tracing::info!(session = %self.name, broker = %self.address, "broker link is up");
                self.work(&mut serving).await
            }
            Err(refused) => End::Fault(refused),
        };
        match &end {
            End::Asked(_) => serving.goodbye().await,
            End::Fault(refused) => {
                // The state first: nobody shall publish into a dead channel while it is being cleared away.
                let reason = refused.to_string();
                self.state.send_replace(LinkState::Down {
                    reason: reason.clone(),
                    next_attempt_ms: Some(now_ms()),
                });
                serving.give_up(&reason).await;
            }
        }
        end
    }

    /// Subscribes those that came while the connection was being made.
    async fn subscribe_since(&mut self, serving: &mut Serving, known: usize) -> Result<(), Refused> {
        for subscription in self.subscriptions.iter().skip(known) {
            serving.subscribe(subscription.clone(), &self.stopping).await?;
        }
        Ok(())
    }

    async fn work(&mut self, serving: &mut Serving) -> End {
        let events = serving.connection.events_listener();
        tokio::pin!(events);
        let mut look = look();
        let stall_limit = self.options.confirm_timeout * 2;
        loop {
            let room = serving.publishing.len() < self.options.in_flight;
            tokio::select! {
                () = self.closing.cancelled() => return End::Asked(None),
                Some(request) = self.requests.recv(), if room => serving.publishing.start(request),
                outcome = serving.publishing.progress() => if let Err(refused) = outcome {
                    // A channel dies alone when an exchange does not exist: the others go on.
                    tracing::warn!(session = %self.name, reason = %refused, "publishing channel closed");
                    match self.publish_anew(&serving.connection).await {
                        Ok(publishing) => serving.publishing = publishing,
                        Err(_) => return End::Fault(refused),
                    }
                },
                Some(ended) = serving.legs.join_next(), if !serving.legs.is_empty() => match ended {
                    Ok(Ok(())) => self.subscriptions.retain(|subscription| !subscription.is_abandoned()),
                    Ok(Err(refused)) => return End::Fault(refused),
                    Err(panic) => return End::Fault(Refused::Other(format!("a consumer failed: {panic}"))),
                },
                Some(command) = self.commands.recv() => match command {
                    Command::Close(done) => return End::Asked(Some(done)),
                    Command::Declare(wanted, reply) => match open(&serving.connection).await {
                        // Beside the other work: it takes milliseconds for each, and publishing must not wait.
                        Ok(channel) => drop(serving.declaring.spawn(async move {
                            let done = declare_on(&channel, &wanted).await;
                            let _gone = reply.send(done.map_err(|refused| DeclareError::Refused(refused.to_string())));
                        })),
                        Err(refused) => {
                            let _gone = reply.send(Err(DeclareError::Refused(refused.to_string())));
                        }
                    },
                    Command::Depth(queue, reply) => match open(&serving.connection).await {
                        Ok(channel) => drop(serving.declaring.spawn(async move {
                            let depth = depth(&channel, &queue).await;
                            let _gone = reply.send(depth.map_err(|refused| DeclareError::Refused(refused.to_string())));
                        })),
                        Err(refused) => {
                            let _gone = reply.send(Err(DeclareError::Refused(refused.to_string())));
                        }
                    },
                    Command::Subscribe(subscription) => {
                        self.subscriptions.push(subscription.clone());
                        if let Err(refused) = serving.subscribe(subscription, &self.stopping).await {
                            return End::Fault(refused);
                        }
                    }
                },
                Some(_) = serving.declaring.join_next(), if !serving.declaring.is_empty() => {}
                Some(event) = events.next() => if let Some(refused) = self.note(&event, serving.since_ms) {
                    return End::Fault(refused);
                },
                _ = look.tick() => {
                    if !serving.connection.status().connected() {
                        return End::Fault(Refused::Other("the connection to the broker was lost".to_owned()));
                    }
                    let blocked = matches!(*self.state.borrow(), LinkState::Blocked { .. });
                    if !blocked && serving.publishing.stalled_for() > stall_limit {
                        return End::Fault(Refused::Silent("confirming messages".to_owned()));
                    }
                    if self.is_abandoned() {
                        return End::Asked(None);
                    }
                }
            }
        }
    }

    /// Another publishing channel, after what the topology declares: it may be one of its own exchanges that somebody has deleted.
    async fn publish_anew(&self, connection: &Connection) -> Result<Publishing, Refused> {
        declare_all(connection, &self.topology).await?;
        Publishing::open(connection, self.signature()).await
    }

    /// Follows the connection's own reports.
    fn note(&self, event: &Event, since_ms: i64) -> Option<Refused> {
        match event {
            Event::ConnectionBlocked(reason) => {
                tracing::warn!(session = %self.name, reason, "the broker has stopped taking messages");
                self.state.send_replace(LinkState::Blocked { reason: reason.clone(), since_ms });
                None
            }
            Event::ConnectionUnblocked => {
                tracing::info!(session = %self.name, "the broker takes messages again");
                self.state.send_replace(LinkState::Up { since_ms });
                None
            }
            // The end of one channel is that channel's affair, whoever uses it hears of it there.
            Event::Error(error) if error.is_amqp_soft_error() => None,
            Event::Error(error) => Some(plain("the connection to the broker was lost", error)),
            _ => None,
        }
    }

    /// All handles are gone and nothing more can be asked.
    fn is_abandoned(&self) -> bool {
        self.commands.is_closed()
            && self.requests.is_closed()
            && self.subscriptions.iter().all(Subscription::is_abandoned)
    }

    /// The name messages carry.
    fn signature(&self) -> Option<String> {
        self.options.signs.then(|| self.address.login.clone())
    }

    /// Connects and sets everything up.
    fn establish(&self) -> impl Future<Output = Result<Established, Refused>> + use<> {
        let (name, address, topology) = (self.name.clone(), self.address.clone(), self.topology.clone());
        let (subscriptions, signature) = (self.subscriptions.clone(), self.signature());
        async move {
            let what = format!("connecting to {address}");
            let properties = ConnectionProperties::default().with_connection_name(name.as_bytes().into());
            let connection = match timeout(CONNECT, Connection::connect(&address.uri(), properties)).await {
                Ok(connected) => connected.map_err(|error| plain(&what, &error))?,
                Err(_) => return Err(Refused::Silent(what)),
            };
            match set_up(&connection, &topology, subscriptions, signature).await {
                Ok((publishing, legs)) => Ok(Established { connection, publishing, legs }),
                Err(refused) => {
                    let _best_effort = timeout(GOODBYE, connection.close(200, "starting again".into())).await;
                    Err(refused)
                }
            }
        }
    }
}

async fn set_up(
    connection: &Connection,
    topology: &[Declare],
    subscriptions: Vec<Subscription>,
    signature: Option<String>,
) -> Result<(Publishing, Vec<Leg>), Refused> {
    declare_all(connection, topology).await?;
    let publishing = Publishing::open(connection, signature).await?;
    let mut legs = Vec::with_capacity(subscriptions.len());
    for subscription in subscriptions {
        legs.push(subscription.open(connection).await?);
    }
    Ok((publishing, legs))
}

impl Serving {
    async fn subscribe(
        &mut self,
        subscription: Subscription,
        stopping: &CancellationToken,
    ) -> Result<(), Refused> {
        let leg = subscription.open(&self.connection).await?;
        self.legs.spawn(leg.run(stopping.clone(), self.close_legs.clone()));
        Ok(())
    }

    /// Everything that can still be said is said: acknowledgements leave, confirms are waited for.
    async fn goodbye(mut self) {
        let confirms =
            async { while self.publishing.len() > 0 && self.publishing.progress().await.is_ok() {} };
        let _best_effort = timeout(GOODBYE, confirms).await;
        self.publishing.fail_all("the session was closed");
        self.close_legs.cancel();
        let _best_effort = timeout(GOODBYE, async { while self.legs.join_next().await.is_some() {} }).await;
        let _best_effort = timeout(GOODBYE, self.connection.close(200, "good-bye".into())).await;
    }

    async fn give_up(mut self, reason: &str) {
        self.publishing.fail_all(reason);
        self.legs.shutdown().await;
        let _best_effort = timeout(GOODBYE, self.connection.close(200, "starting again".into())).await;
    }
}

fn look() -> tokio::time::Interval {
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    look
}
