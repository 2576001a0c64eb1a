//! The box's cameras: which there are, and the task that runs each of them. A camera comes and goes while the box runs.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use runtime::Lifecycle;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{Card, Inlets, Intake, Outlet, Status, driver};
use crate::config;

/// First and longest pause before a camera that failed is tried again.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));
/// A camera that delivered for this long starts again at the first pause.
const SETTLED: Duration = Duration::from_secs(60);

/// All cameras of the box (cheap to clone).
#[derive(Clone)]
pub struct Cameras {
    inner: Arc<Inner>,
}

struct Inner {
    life: Lifecycle,
    intake: Arc<Intake>,
    inlets: Arc<Inlets>,
    all: RwLock<Vec<Running>>,
    changes: Arc<watch::Sender<u64>>,
}

/// One camera and the task that runs it.
#[derive(Clone)]
struct Running {
    settings: Arc<config::Camera>,
    outlet: Outlet,
    stop: CancellationToken,
    ended: CancellationToken,
}

impl Cameras {
    /// Starts these cameras; they stop with `life`. Nothing comes in by itself: see [`Cameras::with`].
    pub fn start(life: &Lifecycle, settings: &[config::Camera], intake: &Arc<Intake>) -> Self {
        Self::with(life, settings, intake, Arc::default())
    }

    /// Starts these cameras; pictures that nobody fetches come in through `inlets`.
    pub fn with(
        life: &Lifecycle,
        settings: &[config::Camera],
        intake: &Arc<Intake>,
        inlets: Arc<Inlets>,
    ) -> Self {
        let inner = Inner {
            life: life.clone(),
            intake: intake.clone(),
            inlets,
            all: RwLock::default(),
            changes: Arc::new(watch::Sender::new(0)),
        };
        let cameras = Self { inner: Arc::new(inner) };
        for camera in settings {
            if let Err(reason) = cameras.add(camera.clone()) {
                tracing::error!(camera = %camera.name, %reason, "a camera is left out");
            }
        }
        cameras
    }

    /// Adds a camera and starts it.
    ///
    /// # Errors
    /// A sentence for people when its name or its address is taken: the protocol knows a camera by its address.
    pub fn add(&self, settings: config::Camera) -> Result<(), String> {
        let card = Card::of(&settings);
        let mut all = self.write();
        if all.iter().any(|known| known.settings.name == settings.name) {
            return Err(format!("there is a camera called \"{}\" already", settings.name));
        }
        if let Some(other) = all.iter().find(|known| known.outlet.card().address == card.address) {
            let name = &other.settings.name;
            return Err(format!(
                "address: {} is the address of camera \"{name}\"; give this one another",
                card.address
            ));
        }
        let outlet = Outlet::new(
            card,
            self.inner.intake.clone(),
            self.inner.inlets.clone(),
            self.inner.changes.clone(),
        );
        let running = Running {
            settings: Arc::new(settings),
            outlet,
            stop: self.inner.life.stopping().child_token(),
            ended: CancellationToken::new(),
        };
        self.inner.life.spawn(format!("camera {}", running.settings.name), running.clone().keep());
        all.push(running);
        drop(all);
        self.changed();
        Ok(())
    }

    /// Stops a camera and forgets it; returns its settings once its driver has ended, `None` when there is none of this name.
    pub async fn remove(&self, name: &str) -> Option<Arc<config::Camera>> {
        let running = {
            let mut all = self.write();
            let at = all.iter().position(|known| known.settings.name == name)?;
            all.remove(at)
        };
        running.stop.cancel();
        running.ended.cancelled().await;
        self.inner.intake.forget(name);
        self.changed();
        Some(running.settings)
    }

    /// What a camera was told.
    pub fn settings(&self, name: &str) -> Option<Arc<config::Camera>> {
        self.read().iter().find(|known| known.settings.name == name).map(|known| known.settings.clone())
    }

    /// The way out of the camera of this name, for pictures that come to the box by themselves.
    pub fn outlet(&self, name: &str) -> Option<Outlet> {
        self.read().iter().find(|known| known.settings.name == name).map(|known| known.outlet.clone())
    }

    /// Every camera's facts and how it is, in the order they were added.
    pub fn list(&self) -> Vec<(Arc<Card>, Status)> {
        self.read().iter().map(|known| (known.outlet.card().clone(), known.outlet.status())).collect()
    }

    /// How every camera is, in the order they were added.
    pub fn status(&self) -> Vec<Status> {
        self.read().iter().map(|known| known.outlet.status()).collect()
    }

    /// Changes whenever a camera comes, goes, or its health changes.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.inner.changes.subscribe()
    }

    fn changed(&self) {
        self.inner.changes.send_modify(|version| *version += 1);
    }

    fn read(&self) -> RwLockReadGuard<'_, Vec<Running>> {
        self.inner.all.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Vec<Running>> {
        self.inner.all.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Running {
    /// Runs the camera until it is stopped.
    async fn keep(self) {
        let _ended = self.ended.clone().drop_guard();
        let (settings, outlet, stop) = (&*self.settings, &self.outlet, &self.stop);
        let Some(driver) = driver(settings.kind) else {
            return outlet.offline(format!("this build cannot run cameras of kind {:?}", settings.kind));
        };
        let mut pause = PAUSES.0;
        while !stop.is_cancelled() {
            let begun = Instant::now();
            let run = std::panic::AssertUnwindSafe(driver.run(settings, outlet, stop)).catch_unwind();
            match run.await {
                _ if stop.is_cancelled() => return,
                Ok(Ok(())) => pause = PAUSES.0,
                Ok(Err(reason)) => outlet.offline(reason),
                Err(_) => outlet.offline("its driver broke down"),
            }
            if begun.elapsed() >= SETTLED {
                pause = PAUSES.0;
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
            pause = (pause * 2).min(PAUSES.1);
        }
    }
}
