//! Greeting screens: people of this box's events, or of those other boxes send, are told to every screen that looks, with one
//! picture each. Who is not to be shown never leaves the box; while nobody looks, nothing is kept at all.

mod greeting;
mod recent;
mod settings;
mod shelf;

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use bytes::Bytes;
use protocol::image::decode_base64_photo;
use protocol::{Event, IdentityId};
use runtime::{Backoff, CancellationToken};
use serde_json::{Map, Value};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast, watch};

use crate::app::App;
use crate::camera::{Looks, looks};
use crate::clock;
use crate::event_log::{EventLog, Recorded};
use crate::people::People;
use crate::store::{Store, StoreError};

use crate::reason::Reason;
pub use greeting::{Arrival, Kind};
pub use recent::Greeting;
use recent::Recent;
pub use settings::{Picture, Settings};
pub use shelf::{MediaKind, Shelf};

/// Screens that look at one time.
const SCREENS: usize = 16;
/// Greetings a slow screen may be behind; older ones it misses.
const BEHIND: usize = 32;
/// The largest picture that is shown, bytes.
const LARGEST: usize = 4 << 20;

/// The greeting screens (cheap to clone).
#[derive(Debug, Clone)]
pub struct Welcome {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    store: Store,
    people: Arc<People>,
    settings: watch::Sender<Arc<Settings>>,
    shelf: Shelf,
    told: broadcast::Sender<Arc<Greeting>>,
    recent: Recent,
    places: Arc<Semaphore>,
    next: AtomicU64,
    /// Makes numbers of people that mean nothing outside of this run of the box.
    salt: RandomState,
}

/// Where the pictures of an arrival are; looked at only when somebody is to see them.
enum Pictures<'a> {
    Here(&'a Recorded),
    Sent(&'a Event),
}

/// What one screen follows, until it is dropped.
pub struct View {
    /// Greetings from now on.
    pub told: broadcast::Receiver<Arc<Greeting>>,
    /// The settings in force.
    pub settings: watch::Receiver<Arc<Settings>>,
    /// What it shows beside faces.
    pub media: watch::Receiver<Arc<Vec<crate::store::welcome_media::Media>>>,
    _place: OwnedSemaphorePermit,
}

impl Welcome {
    /// Reads settings and media, and begins to follow the events.
    ///
    /// # Errors
    /// The store cannot be read, or the directory of the media cannot be used.
    pub async fn start(app: &App, events: &EventLog) -> anyhow::Result<Self> {
        let inner = Inner {
            store: app.store.clone(),
            people: app.people.clone(),
            settings: watch::Sender::new(Arc::new(settings::load(&app.store).await?)),
            shelf: Shelf::open(&app.config.data_dir, &app.store).await?,
            told: broadcast::Sender::new(BEHIND),
            recent: Recent::default(),
            places: Arc::new(Semaphore::new(SCREENS)),
            // Later than every number of an earlier run, so that a screen that comes back is not told old ones.
            next: AtomicU64::new(u64::try_from(clock::now()).unwrap_or(0)),
            salt: RandomState::new(),
        };
        let welcome = Self { inner: Arc::new(inner) };
        let (follower, events, stopping) = (welcome.clone(), events.clone(), app.life.stopping());
        app.life.supervise("greeting screens", Backoff::link(), move || {
            follower.clone().follow(events.live(), stopping.clone())
        });
        Ok(welcome)
    }

    /// Pictures and videos.
    pub fn shelf(&self) -> &Shelf {
        &self.inner.shelf
    }

    /// The settings in force.
    pub fn settings(&self) -> Arc<Settings> {
        self.inner.settings.borrow().clone()
    }

    /// Changes settings, for every screen at once; callers take turns. The inner error is one sentence that names the key.
    ///
    /// # Errors
    /// What the store says; nothing has changed then.
    pub async fn change(
        &self,
        changes: Map<String, Value>,
    ) -> Result<Result<Arc<Settings>, Reason>, StoreError> {
        let after = match self.settings().with(changes) {
            Ok(after) => Arc::new(after),
            Err(reason) => return Ok(Err(reason)),
        };
        settings::keep(&self.inner.store, &after).await?;
        self.inner.settings.send_replace(after.clone());
        Ok(Ok(after))
    }

    /// A place for one more screen, if there is one.
    pub fn view(&self) -> Option<View> {
        let place = self.inner.places.clone().try_acquire_owned().ok()?;
        Some(View {
            told: self.inner.told.subscribe(),
            settings: self.inner.settings.subscribe(),
            media: self.inner.shelf.watch(),
            _place: place,
        })
    }

    /// Screens that look now.
    pub fn screens(&self) -> usize {
        SCREENS - self.inner.places.available_permits()
    }

    /// Greetings after this one that are still to be seen.
    pub fn since(&self, id: u64) -> Vec<Arc<Greeting>> {
        self.inner.recent.since(id, Instant::now())
    }

    /// The picture of a greeting, with its type.
    pub fn picture(&self, id: u64) -> Option<(Bytes, &'static str)> {
        self.inner.recent.picture(id, Instant::now())
    }

    /// Takes events other boxes have sent; how many of them are greeted.
    pub async fn receive(&self, events: &[Event]) -> usize {
        let mut greeted = 0;
        for event in events {
            greeted += usize::from(self.greet(Arrival::sent(event), &Pictures::Sent(event)).await);
        }
        greeted
    }

    async fn follow(
        self,
        mut live: broadcast::Receiver<Arc<Recorded>>,
        stopping: CancellationToken,
    ) -> Result<(), RecvError> {
        loop {
            let event = tokio::select! {
                () = stopping.cancelled() => return Ok(()),
                event = live.recv() => event,
            };
            match event {
                Ok(event) => {
                    if let Some(arrival) = Arrival::here(&event.record) {
                        self.greet(arrival, &Pictures::Here(&event)).await;
                    }
                }
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return Ok(()),
            }
        }
    }

    /// Tells the screens, if any looks and the settings let it.
    async fn greet(&self, arrival: Arrival, pictures: &Pictures<'_>) -> bool {
        let settings = self.settings();
        if self.screens() == 0 || !settings.takes(arrival.kind, &arrival.camera, &arrival.address) {
            return false;
        }
        let picture = match arrival.kind {
            Kind::Blacklist => None,
            _ => self.choose(settings.picture, &arrival, pictures).await,
        };
        let id = self.inner.next.fetch_add(1, Ordering::Relaxed);
        let greeting = Arc::new(Greeting {
            id,
            at: clock::now(),
            kind: arrival.kind,
            who: self.number(&arrival, id),
            name: arrival.name,
            picture: picture.is_some(),
        });
        self.inner.recent.keep(greeting.clone(), picture, Instant::now());
        // A screen that has just gone does not hear it.
        let _ = self.inner.told.send(greeting);
        true
    }

    /// The same for one person while the box runs, so that a screen does not greet anybody twice at once.
    fn number(&self, arrival: &Arrival, id: u64) -> String {
        let number = match arrival.identity_id.as_str() {
            "" => self.inner.salt.hash_one(id),
            known => self.inner.salt.hash_one(known),
        };
        format!("{number:016x}")
    }

    async fn choose(&self, wanted: Picture, arrival: &Arrival, pictures: &Pictures<'_>) -> Option<Bytes> {
        match wanted {
            Picture::None => None,
            Picture::Spot => shown(pictures.spot()),
            Picture::Registration => match shown(self.registration(arrival, pictures).await) {
                None => shown(pictures.spot()),
                found => found,
            },
        }
    }

    async fn registration(&self, arrival: &Arrival, pictures: &Pictures<'_>) -> Option<Vec<u8>> {
        match pictures {
            Pictures::Sent(event) => decode(event.reg_pic.as_deref()),
            Pictures::Here(_) => {
                let (key, _) = self.inner.people.find(&IdentityId::new(arrival.identity_id.clone()))?;
                self.inner.people.photo(key).await.ok().flatten()
            }
        }
    }
}

impl Pictures<'_> {
    fn spot(&self) -> Option<Vec<u8>> {
        match self {
            Self::Here(event) => event.spot.clone(),
            Self::Sent(event) => decode(event.ext.spot_pic.as_deref()),
        }
    }
}

fn decode(text: Option<&str>) -> Option<Vec<u8>> {
    decode_base64_photo(text?).ok()
}

/// A picture, if it is one and not too large.
fn shown(bytes: Option<Vec<u8>>) -> Option<Bytes> {
    bytes.filter(|bytes| bytes.len() <= LARGEST && looks(bytes) == Looks::Image).map(Into::into)
}
