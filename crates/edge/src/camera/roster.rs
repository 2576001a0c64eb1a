//! The box's cameras: which there are, and the task that runs each of them. A camera comes and goes while the box runs.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use runtime::Lifecycle;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{Card, Inlets, Intake, Outlet, Status, driver};
use crate::config;
use crate::reason::{Reason, table as reason};

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
    /// It has no task: there is another of its address.
    left_out: bool,
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
                cameras.leave_out(camera.clone(), &reason);
            }
        }
        cameras
    }

    /// Lists a camera that cannot run, for `reason`, until it is removed. Nobody is told of it but those who ask how cameras are.
    pub fn leave_out(&self, settings: config::Camera, reason: &Reason) {
        tracing::error!(camera = %settings.name, %reason, "a camera is left out");
        let mut all = self.write();
        if all.iter().any(|known| known.settings.name == settings.name) {
            return;
        }
        let left_out = Running { left_out: true, ..self.prepare(settings) };
        left_out.outlet.offline(reason.to_string());
        left_out.ended.cancel();
        all.push(left_out);
        drop(all);
        self.changed();
    }

    /// Adds a camera and starts it.
    ///
    /// # Errors
    /// Its name or its address is taken: the protocol knows a camera by its address.
    pub fn add(&self, settings: config::Camera) -> Result<(), Reason> {
        let address = Card::of(&settings).address;
        let mut all = self.write();
        if all.iter().any(|known| known.settings.name == settings.name) {
            return Err(reason::camera_exists(settings.name));
        }
        let mut others = all.iter().filter(|known| !known.left_out);
        if let Some(other) = others.find(|known| known.outlet.card().address == address) {
            let name = other.settings.name.as_str();
            return Err(reason::address_taken(address, name).of("address"));
        }
        let running = self.prepare(settings);
        self.inner.life.spawn(format!("camera {}", running.settings.name), running.clone().keep());
        all.push(running);
        drop(all);
        self.changed();
        Ok(())
    }

    fn prepare(&self, settings: config::Camera) -> Running {
        let inner = &self.inner;
        let outlet = Outlet::new(
            Card::of(&settings),
            inner.intake.clone(),
            inner.inlets.clone(),
            inner.changes.clone(),
        );
        Running {
            settings: Arc::new(settings),
            outlet,
            stop: inner.life.stopping().child_token(),
            ended: CancellationToken::new(),
            left_out: false,
        }
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

    /// What every camera was told, in the order they were added.
    pub fn all_settings(&self) -> Vec<Arc<config::Camera>> {
        self.read().iter().map(|known| known.settings.clone()).collect()
    }

    /// The way out of the camera of this name, for pictures that come to the box by themselves.
    pub fn outlet(&self, name: &str) -> Option<Outlet> {
        let all = self.read();
        let mut running = all.iter().filter(|known| !known.left_out);
        running.find(|known| known.settings.name == name).map(|known| known.outlet.clone())
    }

    /// The facts of every camera that runs and how it is, in the order they were added.
    pub fn list(&self) -> Vec<(Arc<Card>, Status)> {
        let all = self.read();
        let running = all.iter().filter(|known| !known.left_out);
        running.map(|known| (known.outlet.card().clone(), known.outlet.status())).collect()
    }

    /// How every camera is, in the order they were added; with those that are left out.
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
