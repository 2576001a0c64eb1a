//! What the whole platform shares, built once at start.

use std::path::Path;
use std::sync::Arc;

use runtime::amqp::BrokerAddress;
use runtime::seal::KeyFile;
use runtime::{CancellationToken, Lifecycle};
use tokio::sync::{Notify, RwLock, Semaphore};

use crate::blobs::Blobs;
use crate::broker::Broker;
use crate::broker::accounts::Accounts;
use crate::clock;
use crate::config::Config;
use crate::costly::Costly;
use crate::counts::Counts;
use crate::db::stats::Stats;
use crate::db::{Db, feed, person};
use crate::forwarded::Proxies;
use crate::intake::{Clocks, Uploads};
use crate::judge::Judge;
use crate::live::Live;
use crate::look_alikes::LookAlikes;
use crate::metrics::Metrics;
use crate::operator_api::{self, Gate, Trials};
use crate::pace::Pace;
use crate::seal::Seal;
use crate::seldom::Seldom;
use crate::start::StartError;

/// Exports of events at the same time.
const EXPORTS: usize = 4;

/// The platform's parts.
pub(crate) struct App {
    /// Which of the processes on one database this is: random, new at each start.
    pub(crate) instance: String,
    pub(crate) config: Config,
    pub(crate) db: Db,
    /// What photos, pictures and templates are sealed with.
    pub(crate) seal: Seal,
    pub(crate) blobs: Blobs,
    pub(crate) judge: Judge,
    pub(crate) look_alikes: LookAlikes,
    pub(crate) broker: Broker,
    pub(crate) counts: Arc<Counts>,
    pub(crate) metrics: Metrics,
    pub(crate) wake: Wake,
    /// What happens now, for live viewers; telling never waits for them.
    pub(crate) live: Live,
    /// How much there was of everything on these sites, and when, where counting takes long.
    pub(crate) stats: Costly<Option<Vec<String>>, (Stats, i64)>,
    /// Places for exports of events.
    pub(crate) exports: Arc<Semaphore>,
    /// What boxes reported and is not written yet.
    pub(crate) uploads: Uploads,
    /// How often somebody sends results through the broker that end no command.
    pub(crate) results_pace: Pace,
    /// Log lines about results that end no command.
    pub(crate) results_told: Seldom,
    /// Log lines about texts of boxes that are too long.
    pub(crate) shortened_told: Seldom,
    /// How far the boxes' clocks are from ours.
    pub(crate) clocks: Clocks,
    /// Who is believed about where a request came from.
    pub(crate) proxies: Arc<Proxies>,
    /// How often somebody asks, and tries passwords.
    pub(crate) gate: Gate,
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
    /// What boxes should hold has to be derived again.
    pub(crate) recompute: Notify,
    /// Keys were destroyed: what the database's files still hold of them is to go.
    pub(crate) erasure: Notify,
    /// The feed has grown. Rung with `notify_waiters` after the commit: each follower listens for itself, and looks now and
    /// then without being told, because other processes append too.
    pub(crate) feed: Notify,
    /// What was kept long enough is to be removed now.
    pub(crate) retention: Notify,
    /// Webhooks were added or changed.
    pub(crate) webhooks: Notify,
}

impl App {
    /// Opens the database and the photo store, looks for models, and begins to connect to the broker.
    pub(crate) async fn open(config: Config, life: &Lifecycle) -> Result<Arc<Self>, StartError> {
        let address = BrokerAddress::from_url(config.broker.url.reveal())
            .map_err(|error| StartError::Configuration(format!("broker.url: {error}")))?;
        // With database and photos elsewhere nobody else makes it.
        create_private(&config.data_dir).map_err(|error| {
            StartError::Unreachable(format!("data_dir: {}: {error}", config.data_dir.display()))
        })?;
        let proxies = Arc::new(Proxies::read(&config.http.trusted_proxies)?);
        let accounts =
            match &config.broker.management_url {
                Some(url) => {
                    let read = Accounts::new(url.reveal(), &address);
                    Some(read.map_err(|error| {
                        StartError::Configuration(format!("broker.management_url: {error}"))
                    })?)
                }
                None => None,
            };
        let db = Db::open(&config.database_url()).await?;
        let seal = Seal::open(&db, &KeyFile::at(config.key_file())).await?;
        operator_api::seal_open_second_factors(&db, seal.sealer()).await?;
        let blobs = Blobs::open(&config.blobs_url(), &config.blobs, seal.clone())?;
        let judge = Judge::new(&config.vision.models, config.vision.judges);
        let models = judge.state().await;
        if models.ok {
            tracing::info!(models = models.message, "photos can be judged");
        } else {
            tracing::warn!(reason = models.message, "no usable models: photos cannot be enrolled yet");
        }
        let counts = Arc::new(Counts::default());
        let live = Live::new(db.read(feed::newest).await?);
        let gate = Gate::new(&config.limits);
        let results_pace = Pace::new(config.events.box_rate);
        Ok(Arc::new(Self {
            instance: uuid::Uuid::new_v4().to_string(),
            config,
            db,
            seal,
            blobs,
            judge,
            look_alikes: LookAlikes::default(),
            broker: Broker::start(life, address, accounts),
            metrics: Metrics::new(&counts),
            counts,
            wake: Wake::default(),
            live,
            stats: Costly::default(),
            exports: Arc::new(Semaphore::new(EXPORTS)),
            uploads: Uploads::default(),
            results_pace,
            results_told: Seldom::default(),
            shortened_told: Seldom::default(),
            clocks: Clocks::default(),
            proxies,
            gate,
            trials: Trials::default(),
            photos: RwLock::default(),
            stopping: life.stopping(),
            started_at: clock::now(),
        }))
    }

    /// Wakes the jobs after a change that boxes must learn of was committed.
    pub(crate) fn nudge(&self) {
        self.wake.recompute.notify_one();
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

/// What the platform keeps is personal: a folder it makes is its owner's only.
fn create_private(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}
