//! What the whole platform shares, built once at start.

use std::sync::Arc;

use runtime::amqp::BrokerAddress;
use runtime::seal::KeyFile;
use runtime::{CancellationToken, Lifecycle};
use serde_json::Value;
use tokio::sync::{Notify, RwLock, Semaphore, broadcast};

use crate::blobs::Blobs;
use crate::broker::Broker;
use crate::clock;
use crate::config::Config;
use crate::counts::Counts;
use crate::db::{Db, person};
use crate::judge::Judge;
use crate::look_alikes::LookAlikes;
use crate::operator_api::{Throttle, Trials};
use crate::seal::Seal;
use crate::start::StartError;

/// Live viewers that fall further behind than this are told that they missed something.
const LIVE_BACKLOG: usize = 1024;
/// Live viewers at the same time.
const VIEWERS: usize = 256;

/// The platform's parts.
pub(crate) struct App {
    pub(crate) config: Config,
    pub(crate) db: Db,
    /// What photos, pictures and templates are sealed with.
    pub(crate) seal: Seal,
    pub(crate) blobs: Blobs,
    pub(crate) judge: Judge,
    pub(crate) look_alikes: LookAlikes,
    pub(crate) broker: Broker,
    pub(crate) counts: Counts,
    pub(crate) wake: Wake,
    /// What happens now, for live viewers; sending never waits for them.
    pub(crate) live: broadcast::Sender<LiveEvent>,
    /// Places for live viewers.
    pub(crate) viewers: Arc<Semaphore>,
    /// Attempts to log in, per address.
    pub(crate) logins: Throttle,
    /// Whether database and photo store worked when last tried.
    pub(crate) trials: Trials,
    /// Read while a photo is stored and referred to, written while an unused one is removed.
    pub(crate) photos: RwLock<()>,
    /// Cancelled when the platform is to stop.
    pub(crate) stopping: CancellationToken,
    /// When the process started.
    pub(crate) started_at: i64,
}

/// How the jobs are told that there is work, so that they need not look all the time.
#[derive(Default)]
pub(crate) struct Wake {
    /// Commands were queued.
    pub(crate) outbox: Notify,
    /// What boxes should hold has changed, or what they hold.
    pub(crate) reconciler: Notify,
    /// An import has work to be done.
    pub(crate) imports: Notify,
    /// Keys were destroyed: what the database's files still hold of them is to go.
    pub(crate) erasure: Notify,
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
    /// Opens the database and the photo store, looks for models, and begins to connect to the broker.
    pub(crate) async fn open(config: Config, life: &Lifecycle) -> Result<Arc<Self>, StartError> {
        let address = BrokerAddress::from_url(config.broker.url.reveal())
            .map_err(|error| StartError::Configuration(format!("broker.url: {error}")))?;
        let db = Db::open(&config.database_url()).await?;
        let seal = Seal::open(&db, &KeyFile::at(config.key_file())).await?;
        let blobs = Blobs::open(&config.blobs_url(), &config.blobs, seal.clone())?;
        let judge = Judge::new(&config.vision.models, config.vision.judges);
        let models = judge.state().await;
        if models.ok {
            tracing::info!(models.message);
        } else {
            tracing::warn!(reason = models.message, "no usable models: photos cannot be enrolled yet");
        }
        let (live, _) = broadcast::channel(LIVE_BACKLOG);
        Ok(Arc::new(Self {
            config,
            db,
            seal,
            blobs,
            judge,
            look_alikes: LookAlikes::default(),
            broker: Broker::start(life, address),
            counts: Counts::default(),
            wake: Wake::default(),
            live,
            viewers: Arc::new(Semaphore::new(VIEWERS)),
            logins: Throttle::default(),
            trials: Trials::default(),
            photos: RwLock::default(),
            stopping: life.stopping(),
            started_at: clock::now(),
        }))
    }

    /// Wakes the jobs after a change that boxes must learn of was committed.
    pub(crate) fn nudge(&self) {
        self.wake.reconciler.notify_one();
        self.wake.outbox.notify_one();
    }

    /// Removes a person's photo nobody refers to any more. A failure leaves an unused file behind, and says so in the log.
    pub(crate) async fn forget_photo(&self, key: String) {
        let _alone = self.photos.write().await;
        let asked = key.clone();
        let removed = match self.db.read(move |tx| person::photo_in_use(tx, &asked)).await {
            Ok(true) => Ok(()),
            Ok(false) => self.blobs.delete(&key).await.map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        self.wake.erasure.notify_one();
        if let Err(error) = removed {
            tracing::warn!(error, key, "an unused photo could not be removed");
        }
    }
}
