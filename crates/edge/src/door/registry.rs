//! The doors in use: one for each piece of hardware, however many cameras open it, and the mode they share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context as _;
use futures_util::future::join_all;
use runtime::Lifecycle;
use serde::Serialize;

use super::modbus::{ModbusTcp, Relays};
use super::{Action, Door, Driver, Mode, Order, Outcome, Status, http, log};
use crate::config;
use crate::reason::Reason;
use crate::store::{Store, StoreError, settings};

/// Doors known at one time; one that nobody uses makes room.
const MOST: usize = 256;

/// The doors, made when they are first needed.
#[derive(Debug)]
pub struct Doors {
    client: reqwest::Client,
    pub(super) relays: Relays,
    known: Mutex<HashMap<config::Door, Arc<Door>>>,
    mode: Arc<Mutex<Mode>>,
}

/// The doors as status shows them.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = DoorOverview)]
pub struct Overview {
    /// The mode they share, a word of `GateControllerMode`.
    pub mode: &'static str,
    /// The cameras' doors, each with its last action only.
    pub doors: Vec<Status>,
}

/// What is done at a door for somebody who may pass.
#[derive(Debug, Clone)]
pub struct Passage {
    door: Arc<Door>,
    action: Action,
    mode: Arc<Mutex<Mode>>,
}

impl Doors {
    /// No doors yet; what they leave open is closed when `life` stops.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn new(life: &Lifecycle) -> anyhow::Result<Self> {
        Ok(Self {
            client: crate::http::sender().context("TLS cannot be set up")?,
            relays: Relays::new(life),
            known: Mutex::default(),
            mode: Arc::default(),
        })
    }

    /// The doors of these cameras, in the mode they were last set to. What an earlier run may have left open is closed.
    ///
    /// # Errors
    /// TLS cannot be set up, or what the store says.
    pub async fn start(
        life: &Lifecycle,
        store: &Store,
        cameras: &[config::Camera],
    ) -> anyhow::Result<Arc<Self>> {
        let doors = Self::new(life)?;
        let word = store.read(|db| settings::get(db, settings::GATE_MODE)).await?;
        let mode = word.as_deref().and_then(Mode::stored).unwrap_or_default();
        if mode != Mode::default() {
            tracing::warn!(
                mode = mode.word(),
                "nobody is let in: the doors' mode was set through the local API"
            );
        }
        *doors.mode.lock().unwrap_or_else(PoisonError::into_inner) = mode;
        for camera in cameras {
            match camera.door.as_ref().map(|door| doors.of(door)) {
                Some(Ok(door)) => door.driver().secure(),
                Some(Err(reason)) => tracing::error!(camera = %camera.name, %reason, "a door is left out"),
                None => {}
            }
        }
        Ok(Arc::new(doors))
    }

    /// The list of drivers: a kind of door is one line.
    fn driver(&self, settings: &config::Door) -> Result<Arc<dyn Driver>, Reason> {
        Ok(match settings {
            config::Door::Log => Arc::new(log::Log),
            config::Door::ModbusTcp(door) => Arc::new(ModbusTcp::new(&self.relays, door)?),
            config::Door::Http(door) => Arc::new(http::Http::new(self.client.clone(), door)?),
        })
    }

    /// The door of these settings.
    ///
    /// # Errors
    /// Why there is none.
    pub fn of(&self, settings: &config::Door) -> Result<Arc<Door>, Reason> {
        let mut known = self.known();
        if let Some(door) = known.get(settings) {
            return Ok(door.clone());
        }
        if known.len() >= MOST {
            known.retain(|_, door| Arc::strong_count(door) > 1 || door.driver().open_for().is_some());
        }
        let door = Arc::new(Door::new(self.driver(settings)?));
        known.insert(settings.clone(), door.clone());
        Ok(door)
    }

    /// What is done at the door of these settings for somebody who may pass, in the mode of now.
    ///
    /// # Errors
    /// The outcome for the event, when nothing is done.
    pub fn passage(&self, settings: &config::Door) -> Result<Passage, Outcome> {
        let door = self.of(settings).map_err(|reason| Outcome::untouched("none", &reason.to_string()))?;
        match self.current_mode().action() {
            Ok(action) => Ok(Passage { door, action, mode: Arc::clone(&self.mode) }),
            Err(reason) => Err(Outcome::untouched(door.kind(), reason)),
        }
    }

    /// How the door of these settings is; `None` when there is none.
    pub fn status(&self, settings: &config::Door) -> Option<Status> {
        Some(self.of(settings).ok()?.status())
    }

    /// What the door of these settings last failed to do, if it has not done anything since.
    pub fn failure(&self, settings: &config::Door) -> Option<Outcome> {
        self.of(settings).ok()?.failure()
    }

    /// The doors of these cameras, each with its last action only; one that cameras share comes once.
    pub fn overview<'a>(&self, cameras: impl Iterator<Item = &'a config::Camera>) -> Overview {
        let mut all: Vec<Arc<Door>> = Vec::new();
        for door in cameras.filter_map(|camera| self.of(camera.door.as_ref()?).ok()) {
            if !all.iter().any(|known| Arc::ptr_eq(known, &door)) {
                all.push(door);
            }
        }
        let mut doors: Vec<Status> = all.iter().map(|door| door.status()).collect();
        doors.iter_mut().for_each(|door| door.last.truncate(1));
        Overview { mode: self.current_mode().word(), doors }
    }

    /// The mode of now.
    pub fn current_mode(&self) -> Mode {
        current(&self.mode)
    }

    /// Sets the mode, for every door and across restarts. When doors are to be kept shut, those that are open are closed.
    ///
    /// # Errors
    /// What the store says; the mode stays as it was.
    pub async fn set_mode(&self, store: &Store, mode: Mode) -> Result<(), StoreError> {
        store.write(move |db| settings::set(db, settings::GATE_MODE, mode.word())).await?;
        *self.mode.lock().unwrap_or_else(PoisonError::into_inner) = mode;
        if matches!(mode, Mode::Close | Mode::Alarm) {
            self.close_all(mode).await;
        }
        Ok(())
    }

    async fn close_all(&self, mode: Mode) {
        let doors: Vec<Arc<Door>> = self.known().values().cloned().collect();
        let order = Order {
            camera: String::new(),
            identity_id: String::new(),
            reason: format!("mode {}", mode.word()),
        };
        join_all(doors.iter().map(|door| door.try_it(Action::Close, &order))).await;
    }

    fn known(&self) -> MutexGuard<'_, HashMap<config::Door, Arc<Door>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn current(mode: &Mutex<Mode>) -> Mode {
    *mode.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Passage {
    /// What remains in the event when the box stops before the door has answered.
    pub fn interrupted(&self, reason: &str) -> Outcome {
        Outcome::interrupted(self.door.kind(), self.action, reason)
    }

    /// Does it, unless the mode has become one in which nobody is let in, and says what came of it.
    pub async fn take(&self, order: &Order) -> Outcome {
        match current(&self.mode).action() {
            Ok(action) if action == self.action => self.door.act(action, order).await,
            Ok(_) => Outcome::untouched(self.door.kind(), "the doors' mode has just changed"),
            Err(reason) => Outcome::untouched(self.door.kind(), reason),
        }
    }
}
