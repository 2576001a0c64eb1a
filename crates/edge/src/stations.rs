//! The stations a face passes on its way: cameras, recognition with its doors, the event log, uploads; started together, and
//! seen together in one [`Snapshot`].

use std::sync::Arc;

use anyhow::Context as _;
use serde::Serialize;

use crate::app::App;
use crate::camera::{self, Cameras, Inlets, Intake};
use crate::door::{Doors, Overview};
use crate::event_log::EventLog;
use crate::recognition::{self, Counters, Expected, InForce, Recognition};
use crate::screen::Screens;
use crate::store::events::{Cursor, Ring};
use crate::store::{self, StoreError};
use crate::upload::{Lane, Parts, Receivers, Uploads};

/// The running stations (cheap to clone).
#[derive(Clone)]
pub struct Stations {
    /// The cameras.
    pub cameras: Cameras,
    /// The judges.
    pub recognition: Recognition,
    /// The events.
    pub events: EventLog,
    /// The uploads.
    pub uploads: Uploads,
    /// The doors.
    pub doors: Arc<Doors>,
    /// The screens.
    pub screens: Arc<Screens>,
}

/// How all of them are doing.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Snapshot {
    /// Every camera, in configured order.
    pub cameras: Vec<camera::Status>,
    /// What recognition has done since the start.
    pub recognition: Counters,
    /// The thresholds in force; none in the first moment after the start.
    pub thresholds: Option<InForce>,
    /// False names and openings to expect from the faces that pass here.
    pub expected: Option<Expected>,
    /// The event ring.
    pub events: Ring,
    /// Where each history receiver is among the events.
    pub history: Vec<Cursor>,
    /// Every receiver's last answer.
    pub uploads: Vec<Lane>,
    /// The doors' mode, and each door with its last action.
    pub doors: Overview,
}

impl Stations {
    /// Starts everything; it stops with the box.
    ///
    /// # Errors
    /// The event log cannot be opened, or TLS cannot be set up.
    pub async fn start(app: &App) -> anyhow::Result<Self> {
        let events =
            EventLog::open(app.store.clone(), app.config.events.max).await.context("the event log")?;
        app.life.spawn("event ring", events.clone().keep(app.life.stopping()));
        let intake = Arc::new(Intake::default());
        let mut known = app.config.camera.clone();
        let sealer = app.store.sealer();
        let added = app.store.read(move |db| store::cameras::all(db, &sealer)).await;
        known.extend(added.context("the cameras")?);
        let doors = Doors::start(&app.life, &app.store, &known).await.context("the doors")?;
        let settings = recognition::settings::at_start(&app.store, &app.config.recognition)
            .await
            .context("the recognition settings")?;
        let recognition = Recognition::start(
            &app.life,
            &settings,
            app.engine.clone(),
            app.people.clone(),
            events.clone(),
            intake.clone(),
            doors.clone(),
        );
        let inlets = Arc::new(Inlets::new(&app.life, &app.config, &known, app.store.sealer()));
        let cameras = Cameras::with(&app.life, &known, &intake, inlets);
        let parts = Parts {
            receivers: Receivers::load(&app.store, &app.config.uploads)
                .await
                .context("the upload receivers")?,
            data_dir: app.config.data_dir.clone(),
            name: app.name.clone(),
            pack: app.engine.pack_id().to_owned(),
            link: app.link.clone(),
            events: events.clone(),
            people: app.people.clone(),
            cameras: cameras.clone(),
        };
        let uploads = Uploads::start(&app.life, parts).context("TLS cannot be set up")?;
        let screens = Arc::new(Screens::start(app, &events).await?);
        Ok(Self { cameras, recognition, events, uploads, doors, screens })
    }

    /// How all of them are doing now.
    ///
    /// # Errors
    /// What the store says.
    pub async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        let cameras = self.cameras.status();
        let settings: Vec<_> =
            cameras.iter().filter_map(|camera| self.cameras.settings(&camera.name)).collect();
        Ok(Snapshot {
            cameras,
            recognition: self.recognition.counters(),
            thresholds: self.recognition.thresholds(),
            expected: self.recognition.expected(),
            events: self.events.ring().await?,
            history: self.uploads.cursors().await?,
            uploads: self.uploads.lanes(),
            doors: self.doors.overview(settings.iter().map(|camera| &**camera)),
        })
    }
}
