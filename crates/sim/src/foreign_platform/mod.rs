//! A management platform of another make that says only what the documentation requires.
//!
//! Its login reply has the port as text, no optional field but (when asked for) `recordAddr`, no result queue and no routing key, so a
//! box has to bind its queue itself. Commands carry no `messageId`. It takes historic events one by one and refuses anything that is
//! not a single event with all required fields, and it refuses results that lack a required field.

mod commands;
mod http;
mod rules;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::kept;
use crate::line::{Broker, Line};

/// How the platform is set up.
#[derive(Debug, Clone)]
pub struct Options {
    /// The broker it tells boxes to use; it declares the queue there itself.
    pub broker: Broker,
    /// The one licence key it knows.
    pub dev_sno: String,
    /// How it wants results.
    pub results: Results,
    /// Whether it takes historic events (`recordAddr`).
    pub records: bool,
}

/// How a platform without a result queue wants results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Results {
    /// Not at all.
    OneWay,
    /// By HTTP, at the `notify_path` of each command.
    NotifyPath,
}

/// A person the platform knows.
#[derive(Debug, Clone)]
pub struct Person {
    /// The unique number.
    pub identity_id: String,
    /// The name.
    pub name: String,
    /// Type 1 to 5.
    pub kind: u8,
    /// Permission groups; when there are none the field is left out, as in the documentation's first example.
    pub groups: Vec<String>,
    /// The registration photo.
    pub photo: Vec<u8>,
    /// How the photo travels.
    pub travels: PhotoTravels,
}

/// How a photo travels to the box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhotoTravels {
    /// As base64 inside the record.
    Inline,
    /// Behind a complete URL.
    Url,
    /// Behind a path relative to the platform.
    Relative,
}

/// What the platform has seen. Long texts (pictures) are replaced by their length.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// Query of each login, refused ones included.
    pub logins: Vec<BTreeMap<String, String>>,
    /// Query and ids of each request for user details.
    pub detail_requests: Vec<(BTreeMap<String, String>, Vec<String>)>,
    /// Numbers of the people whose photo was fetched.
    pub photos: Vec<String>,
    /// Results taken.
    pub results: Vec<Value>,
    /// Historic events taken.
    pub events: Vec<Value>,
    /// Why something was refused.
    pub refused: Vec<String>,
}

/// The running platform. It stops when dropped.
#[derive(Debug)]
pub struct ForeignPlatform {
    shared: Arc<Shared>,
    stop: CancellationToken,
    server: Option<JoinHandle<()>>,
}

struct Shared {
    options: Options,
    address: SocketAddr,
    token: String,
    people: Mutex<BTreeMap<String, Person>>,
    /// Historic events still to be refused, to see whether the box repeats them.
    outage: Mutex<u32>,
    seen: watch::Sender<Seen>,
    line: tokio::sync::Mutex<commands::Outgoing>,
}

impl ForeignPlatform {
    /// Starts the platform on a free port of this machine and declares the box's queue.
    ///
    /// # Errors
    /// The broker cannot be reached, or no port is free.
    pub async fn start(options: Options) -> anyhow::Result<Self> {
        let mut line = Line::open(&options.broker).await?;
        line.ensure_queue(&commands::queue(&options.dev_sno)).await?;
        let listener = TcpListener::bind("127.0.0.1:0").await.context("no free port")?;
        let shared = Arc::new(Shared {
            address: listener.local_addr()?,
            token: format!("foreign-{}", listener.local_addr()?.port()),
            options,
            people: Mutex::default(),
            outage: Mutex::default(),
            seen: watch::Sender::default(),
            line: tokio::sync::Mutex::new(commands::Outgoing::new(line)),
        });
        let stop = CancellationToken::new();
        let server = axum::serve(listener, http::router(shared.clone()))
            .with_graceful_shutdown(stop.clone().cancelled_owned());
        let server = tokio::spawn(async move {
            if let Err(error) = server.await {
                tracing::warn!(%error, "the foreign platform's server ended");
            }
        });
        Ok(Self { shared, stop, server: Some(server) })
    }

    /// What an operator types into the box. Its path must be dropped when other addresses are combined.
    #[must_use]
    pub fn login_url(&self) -> String {
        format!("http://{}/gate/api/login", self.shared.address)
    }

    /// Adds or replaces a person; no box is told.
    pub fn put_person(&self, person: Person) {
        let mut people = self.shared.people.lock().unwrap_or_else(PoisonError::into_inner);
        people.insert(person.identity_id.clone(), person);
    }

    /// Forgets a person; no box is told, and asked for details the platform leaves them out.
    pub fn forget_person(&self, identity_id: &str) {
        self.shared.people.lock().unwrap_or_else(PoisonError::into_inner).remove(identity_id);
    }

    /// Refuses the next `count` historic events with HTTP 500.
    pub fn refuse_records(&self, count: u32) {
        *self.shared.outage.lock().unwrap_or_else(PoisonError::into_inner) = count;
    }

    /// Sends `add_users_plus` with ids; the box must ask for the details.
    ///
    /// # Errors
    /// No box consumes the queue within the limit, or the broker is gone.
    pub async fn add_by_ids(&self, ids: &[&str]) -> anyhow::Result<()> {
        self.shared.send(commands::add_by_ids(&self.shared, ids)).await
    }

    /// Sends `add_users_plus` with complete records of people known to the platform.
    ///
    /// # Errors
    /// As [`ForeignPlatform::add_by_ids`].
    pub async fn add_inline(&self, ids: &[&str]) -> anyhow::Result<()> {
        self.shared.send(commands::add_inline(&self.shared, ids)).await
    }

    /// Sends `delete_users`.
    ///
    /// # Errors
    /// As [`ForeignPlatform::add_by_ids`].
    pub async fn delete(&self, ids: &[&str]) -> anyhow::Result<()> {
        self.shared.send(commands::delete(&self.shared, ids)).await
    }

    /// Sends `wipe_data`.
    ///
    /// # Errors
    /// As [`ForeignPlatform::add_by_ids`].
    pub async fn wipe(&self, users: bool, events: bool) -> anyhow::Result<()> {
        self.shared.send(commands::wipe(&self.shared, users, events)).await
    }

    /// Sends any bytes as a command.
    ///
    /// # Errors
    /// As [`ForeignPlatform::add_by_ids`].
    pub async fn send_raw(&self, body: Vec<u8>) -> anyhow::Result<()> {
        self.shared.publish(body).await
    }

    /// What was seen so far.
    #[must_use]
    pub fn seen(&self) -> Seen {
        self.shared.seen.borrow().clone()
    }

    /// Waits until what was seen satisfies the condition.
    ///
    /// # Errors
    /// It did not within the limit; the error tells what was seen.
    pub async fn wait_for(
        &self,
        limit: Duration,
        condition: impl FnMut(&Seen) -> bool,
    ) -> anyhow::Result<Seen> {
        kept::wait_for(&self.shared.seen, limit, condition).await
    }

    /// Stops taking requests, finishes those in hand, closes the line to the broker.
    pub async fn stop(mut self) {
        self.stop.cancel();
        if let Some(server) = self.server.take() {
            let _ = tokio::time::timeout(Duration::from_secs(5), server).await;
        }
        self.shared.line.lock().await.close().await;
    }
}

impl Drop for ForeignPlatform {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(server) = self.server.take() {
            server.abort();
        }
    }
}

impl Shared {
    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn note(&self, change: impl FnOnce(&mut Seen)) {
        self.seen.send_modify(change);
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("address", &self.address).finish_non_exhaustive()
    }
}
