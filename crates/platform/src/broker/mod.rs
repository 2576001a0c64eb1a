//! The broker's side of the platform: commands out, results in.
//!
//! * `accounts`: one account per box, where the management API is configured.
//! * `exchange`: what happens, for whoever listens.
//! * `names`: every exchange, queue and routing key.
//! * `outbox`: what is queued in the database is published until the broker confirms it.
//! * `queues`: the queue of every box exists whenever the link is up.
//! * `results`: what boxes answer, applied before it is acknowledged.

pub(crate) mod accounts;
mod exchange;
pub(crate) mod names;
mod outbox;
mod queues;
mod results;
mod unheard;

use std::sync::Arc;
use std::time::Duration;

use protocol::DevSno;
use runtime::amqp::{BrokerAddress, DeclareError, LinkState, Publisher, Session};
use runtime::{Backoff, Lifecycle};
use tokio::sync::watch;
use tokio::time::timeout;

use self::accounts::Accounts;
use crate::app::App;

/// A box that logs in is not kept waiting longer than this for its queue.
const DECLARE_WITHIN: Duration = Duration::from_secs(2);

/// The platform's connection to the broker. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Broker {
    session: Session,
    /// Results of boxes with accounts of their own come through a virtual host of their own.
    results: Option<Session>,
    accounts: Option<Accounts>,
    address: BrokerAddress,
}

impl Broker {
    /// Starts to connect in the background, for ever; with `accounts` also to where their results come from.
    pub(crate) fn start(life: &Lifecycle, address: BrokerAddress, accounts: Option<Accounts>) -> Self {
        let session = Session::start(life, "platform", address.clone(), names::shared());
        let results = accounts.as_ref().map(|_| {
            let there = address.with_vhost(&accounts::results_vhost(&address.vhost));
            Session::start(life, "platform results", there, names::results())
        });
        Self { session, results, accounts, address }
    }

    /// The accounts of boxes, where they have their own.
    pub(crate) fn accounts(&self) -> Option<&Accounts> {
        self.accounts.as_ref()
    }

    /// Where the broker is, as configured for the platform.
    pub(crate) fn address(&self) -> &BrokerAddress {
        &self.address
    }

    /// What is known of the connection.
    pub(crate) fn state(&self) -> watch::Receiver<LinkState> {
        self.session.state()
    }

    /// Publishes over it.
    pub(crate) fn publisher(&self) -> Publisher {
        self.session.publisher()
    }

    /// How many messages wait in each queue boxes share, in all virtual hosts together; a queue that cannot be looked at is left out.
    pub(crate) async fn depths(&self) -> Vec<(&'static str, i64)> {
        let mut depths = Vec::new();
        for queue in [names::RESULTS, names::FIQA, names::FIQA_RESULTS] {
            let mut found = self.depth(&self.session, queue).await;
            if let Some(results) = self.results.as_ref().filter(|_| queue != names::FIQA) {
                found = found.zip(self.depth(results, queue).await).map(|(here, there)| here + there);
            }
            depths.extend(found.map(|depth| (queue, depth)));
        }
        depths
    }

    async fn depth(&self, session: &Session, queue: &str) -> Option<i64> {
        if !session.state().borrow().is_up() {
            return None;
        }
        timeout(DECLARE_WITHIN, session.depth(queue)).await.ok()?.ok().map(i64::from)
    }

    /// Makes sure that the queue of a box exists and gets its commands, as far as the broker can be asked just now.
    pub(crate) async fn ensure_queue(&self, dev_sno: &DevSno) -> Result<(), DeclareError> {
        let work = async {
            let mut state = self.session.state();
            state.wait_for(LinkState::is_up).await.map_err(|_| DeclareError::NotConnected)?;
            match self.session.declare(names::of_box(dev_sno)).await {
                // A box that was faster than we are has made its queue itself, with settings of its own: it is used as it is.
                Err(DeclareError::Refused(_)) => self.session.declare(names::binding_of_box(dev_sno)).await,
                declared => declared,
            }
        };
        timeout(DECLARE_WITHIN, work).await.unwrap_or(Err(DeclareError::NotConnected))
    }
}

/// Starts everything that works with the broker.
pub(crate) fn start(app: &Arc<App>, life: &Lifecycle) {
    let (stopping, shared) = (life.stopping(), Arc::clone(app));
    life.supervise("outbox", Backoff::link(), move || outbox::run(Arc::clone(&shared), stopping.clone()));
    let (stopping, shared) = (life.stopping(), Arc::clone(app));
    life.supervise("event exchange", Backoff::link(), move || {
        exchange::run(Arc::clone(&shared), stopping.clone())
    });
    let (stopping, shared) = (life.stopping(), Arc::clone(app));
    life.supervise("box queues", Backoff::link(), move || queues::run(Arc::clone(&shared), stopping.clone()));
    if let Some(accounts) = app.broker.accounts.clone() {
        let (stopping, shared) = (life.stopping(), Arc::clone(app));
        life.supervise("broker accounts", Backoff::link(), move || {
            accounts::run(Arc::clone(&shared), accounts.clone(), stopping.clone())
        });
    }
    for session in std::iter::once(&app.broker.session).chain(&app.broker.results) {
        for queue in [names::RESULTS, names::FIQA_RESULTS] {
            let (shared, session) = (Arc::clone(app), session.clone());
            life.supervise(format!("results of {queue}"), Backoff::link(), move || {
                results::run(Arc::clone(&shared), session.clone(), queue)
            });
        }
    }
}
