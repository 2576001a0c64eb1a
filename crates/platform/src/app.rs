//! What the whole platform shares, built once at start.

use std::sync::Arc;

use runtime::Lifecycle;
use runtime::amqp::BrokerAddress;
use serde_json::Value;
use tokio::sync::{Notify, broadcast};

use crate::blobs::Blobs;
use crate::broker::Broker;
use crate::config::Config;
use crate::counts::Counts;
use crate::db::Db;

/// Live viewers that fall further behind than this are told that they missed something.
const LIVE_BACKLOG: usize = 1024;

/// The platform's parts.
pub(crate) struct App {
    pub(crate) config: Config,
    pub(crate) db: Db,
    pub(crate) blobs: Blobs,
    pub(crate) broker: Broker,
    pub(crate) counts: Counts,
    pub(crate) wake: Wake,
    /// When the process started.
    pub(crate) started_at: i64,
    /// What happens now, for live viewers; sending never waits for them.
    pub(crate) live: broadcast::Sender<LiveEvent>,
}

/// How the jobs are told that there is work, so that they need not look all the time.
#[derive(Default)]
pub(crate) struct Wake {
    /// Commands were queued.
    pub(crate) outbox: Notify,
    /// What boxes should hold has changed, or what they hold.
    pub(crate) reconciler: Notify,
}

/// Something a live viewer is told.
#[derive(Debug, Clone)]
pub(crate) struct LiveEvent {
    /// Name of the server-sent event: `event` for a recognition.
    pub(crate) kind: &'static str,
    /// Id of the row behind it.
    pub(crate) id: String,
    /// The same JSON the API answers for that row.
    pub(crate) data: Arc<Value>,
}

impl App {
    /// Opens the database and the photo store, and begins to connect to the broker.
    pub(crate) async fn open(config: Config, life: &Lifecycle) -> anyhow::Result<Arc<Self>> {
        let address = BrokerAddress::from_url(config.broker.url.reveal())?;
        let db = Db::open(&config.database_url()).await?;
        let blobs = Blobs::open(&config.blobs_url())?;
        let (live, _) = broadcast::channel(LIVE_BACKLOG);
        Ok(Arc::new(Self {
            config,
            db,
            blobs,
            broker: Broker::start(life, address),
            counts: Counts::default(),
            wake: Wake::default(),
            started_at: crate::clock::now(),
            live,
        }))
    }

    /// Wakes the jobs after a change that boxes must learn of was committed.
    pub(crate) fn nudge(&self) {
        self.wake.reconciler.notify_one();
        self.wake.outbox.notify_one();
    }
}
