//! What every part of the box shares.

use std::sync::Arc;

use anyhow::Context as _;
use runtime::Lifecycle;
use vision::Engine;

use crate::config::Config;
use crate::link::Link;
use crate::name::Name;
use crate::people::People;
use crate::store::Store;
use crate::{clock, http};

/// The box while it runs.
pub struct App {
    /// What the box was told at start.
    pub config: Config,
    /// Everything that must survive a power cut.
    pub store: Store,
    /// The networks; blocking and heavy, to be called on a blocking thread.
    pub engine: Arc<Engine>,
    /// The people this box knows.
    pub people: Arc<People>,
    /// The link to the platform.
    pub link: Link,
    /// The client for whatever the box asks for.
    pub http: reqwest::Client,
    /// The client for whatever the box sends.
    pub sender: reqwest::Client,
    /// The life of this process.
    pub life: Lifecycle,
    /// What the box is called.
    pub name: Name,
    /// When the box was started, milliseconds UTC.
    pub started_at: i64,
}

impl App {
    /// Opens store and models and reads the people. Nothing runs yet.
    ///
    /// # Errors
    /// A sentence that names what is missing and what to do about it.
    pub async fn open(config: Config, life: Lifecycle) -> anyhow::Result<Arc<Self>> {
        let store = Store::open(&config.data_dir).context("the box's database cannot be opened")?;
        let models = config.vision.models.clone();
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let engine = tokio::task::spawn_blocking(move || Engine::open(&models, threads))
            .await?
            .with_context(|| {
                format!(
                    "no usable models in {}; `menshen models fetch` gets them",
                    config.vision.models.display()
                )
            })?;
        let people =
            People::open(store.clone(), engine.gallery(), engine.pack_id(), config.library.max_people)
                .await?;
        store.checked().await.context("the box's database cannot be used")?;
        let name = Name::load(&store).await.context("the box's name")?;
        let link = Link::new(store.clone(), config.identity.clone());
        let http = http::client().context("TLS cannot be set up")?;
        let sender = http::sender().context("TLS cannot be set up")?;
        Ok(Arc::new(Self {
            config,
            store,
            engine: Arc::new(engine),
            people,
            link,
            http,
            sender,
            life,
            name,
            started_at: clock::now(),
        }))
    }
}
