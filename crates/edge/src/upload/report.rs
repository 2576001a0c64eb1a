//! The cameras: after a login every one is reported to the platform, afterwards each whose state has changed. A report is
//! repeated until it is accepted, always with the state of the moment. The platform knows a camera by its `ep_id`, which follows from
//! its address: one that got another address is another camera there, and the one before has gone. Which cameras a platform was told of
//! is kept, so it hears of every one that has gone, whenever that was.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use protocol::{DeviceInfo, DeviceOperate, EpId, Millis, OperateAction, Presence};
use runtime::{Backoff, CancellationToken};

use super::Desk;
use super::board::Purpose;
use super::post::Answer;
use super::status::presence;
use super::target::Target;
use crate::camera::{Card, Health};
use crate::clock;
use crate::store::{StoreError, reported};

/// How long the platform may take.
const LIMIT: Duration = Duration::from_secs(10);

/// What the platform knows of a camera.
#[derive(PartialEq)]
struct Told {
    card: Arc<Card>,
    state: Presence,
}

pub(super) async fn run(desk: Arc<Desk>, target: Target, stop: CancellationToken) {
    let mut changes = desk.parts.cameras.changes();
    let mut told: HashMap<String, Told> = HashMap::new();
    let mut backoff = Backoff::link();
    loop {
        changes.mark_unchanged();
        let outcome = tokio::select! {
            () = stop.cancelled() => return,
            outcome = desk.report(&target, &mut told) => outcome,
        };
        let settled = outcome.is_ok();
        let pause = match outcome {
            Ok(()) => {
                backoff.reset();
                Duration::ZERO
            }
            Err(answer) => {
                let pause = backoff.next();
                desk.heard(Purpose::Cameras, &target, &answer, pause);
                pause
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause), if !settled => {}
            changed = changes.changed(), if settled => if changed.is_err() { return stop.cancelled().await },
        }
    }
}

impl Desk {
    /// Says of every camera the target may know and that has gone that it has, and reports every one whose state is not the
    /// one that was `told`. One that the target does not take is reported again later and holds up no other.
    async fn report(&self, target: &Target, told: &mut HashMap<String, Told>) -> Result<(), Answer> {
        let cameras = self.parts.cameras.list();
        let here: HashSet<String> = cameras.iter().map(|(card, _)| self.ep_id(card).to_string()).collect();
        told.retain(|ep_id, _| here.contains(ep_id));
        self.take_leave(target, &here).await?;
        let mut refused = Ok(());
        for (card, status) in cameras {
            let state = presence_of_report(&status.health);
            let (ep_id, now) = (self.ep_id(&card).to_string(), Told { card: card.clone(), state });
            let before = told.get(&ep_id);
            if before == Some(&now) {
                continue;
            }
            if before.is_none_or(|before| before.card != card) {
                self.note(target, &ep_id, &card).await?;
            }
            let seen = if status.last_capture_at > 0 { status.last_capture_at } else { clock::now() };
            let operate =
                DeviceOperate { action: OperateAction::Add, device: self.device(&card, state, seen) };
            match self.tell(target, operate.to_json_for_unknown_peer()).await {
                Ok(()) => drop(told.insert(ep_id, now)),
                Err(answer @ Answer::Rejected(_)) => refused = Err(answer),
                Err(answer) => return Err(answer),
            }
        }
        refused
    }

    /// Reports those that have gone, also those that went while the box was off. What the target does not take is said again
    /// with the next report and holds up no other.
    async fn take_leave(&self, target: &Target, here: &HashSet<String>) -> Result<(), Answer> {
        let store = self.parts.events.store();
        let (url, dev_sno) = (target.url.clone(), self.dev_sno.to_string());
        let known = store
            .read(move |db| reported::all(db, &url, &dev_sno))
            .await
            .map_err(|error| unstored(&error))?;
        for (ep_id, farewell) in known.into_iter().filter(|(ep_id, _)| !here.contains(ep_id)) {
            match self.tell(target, farewell).await {
                Ok(()) => {}
                Err(Answer::Rejected(reason)) => {
                    tracing::warn!(url = %target.url, ep_id, reason, "that a camera has gone is not taken");
                    continue;
                }
                Err(answer) => return Err(answer),
            }
            let (url, dev_sno) = (target.url.clone(), self.dev_sno.to_string());
            let gone = store.write(move |db| reported::remove(db, &url, &dev_sno, &ep_id));
            gone.await.map_err(|error| unstored(&error))?;
        }
        Ok(())
    }

    /// Writes down that the target is about to know this camera: who is told and not remembered could never be told otherwise.
    async fn note(&self, target: &Target, ep_id: &str, card: &Card) -> Result<(), Answer> {
        let device = self.device(card, Presence::Offline, clock::now());
        let farewell = DeviceOperate { action: OperateAction::Delete, device }.to_json_for_unknown_peer();
        let (url, dev_sno, ep_id) = (target.url.clone(), self.dev_sno.to_string(), ep_id.to_owned());
        let written =
            self.parts.events.store().write(move |db| reported::put(db, &url, &dev_sno, &ep_id, &farewell));
        written.await.map_err(|error| unstored(&error))
    }

    async fn tell(&self, target: &Target, report: String) -> Result<(), Answer> {
        match self.poster.post(&self.address(target), report, LIMIT).await {
            Answer::Accepted => {
                self.heard(Purpose::Cameras, target, &Answer::Accepted, Duration::ZERO);
                Ok(())
            }
            answer => Err(answer),
        }
    }

    fn ep_id(&self, card: &Card) -> EpId {
        EpId::new(&self.dev_sno, &card.address)
    }

    fn device(&self, card: &Card, state: Presence, seen: i64) -> DeviceInfo {
        DeviceInfo {
            ep_id: self.ep_id(card),
            dev_sno: self.dev_sno.clone(),
            direction: card.direction,
            ep_type: Some(card.device_type.clone()),
            memo: card.name.clone(),
            ep_name: card.name.clone(),
            ep_ip: card.address.clone(),
            ep_status: state,
            ep_version: String::new(),
            ep_group_name: "default_group".to_owned(),
            ep_stream_url: card.stream.clone(),
            last_monitor_time: Millis(seen),
            is_monitor: true,
            privilege_group_key: card.groups.first().map(ToString::to_string).unwrap_or_default(),
        }
    }
}

/// A report that has to wait for the box's own store.
fn unstored(error: &StoreError) -> Answer {
    Answer::Failed(format!("not sent: {error}"))
}

/// Reports have a word for a camera that is still starting.
fn presence_of_report(health: &Health) -> Presence {
    match health {
        Health::Starting => Presence::Unknown,
        other => presence(other),
    }
}
