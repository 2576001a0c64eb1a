//! The cameras: after a login every one is reported to the platform, afterwards each whose state has changed. A report is
//! repeated until it is accepted, always with the state of the moment.

use std::collections::HashMap;
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
    /// Reports every camera whose state is not the one that was `told`, and every one that has gone.
    async fn report(&self, target: &Target, told: &mut HashMap<String, Told>) -> Result<(), Answer> {
        let cameras = self.parts.cameras.list();
        let here = |name: &str| cameras.iter().any(|(card, _)| card.name == name);
        let gone: Vec<String> = told.keys().filter(|name| !here(name)).cloned().collect();
        for name in gone {
            if let Some(last) = told.get(&name) {
                let device = self.device(&last.card, Presence::Offline, clock::now());
                self.tell(target, OperateAction::Delete, device).await?;
            }
            told.remove(&name);
        }
        for (card, status) in cameras {
            let state = presence_of_report(&status.health);
            let now = Told { card: card.clone(), state };
            if told.get(&card.name) == Some(&now) {
                continue;
            }
            let seen = if status.last_capture_at > 0 { status.last_capture_at } else { clock::now() };
            self.tell(target, OperateAction::Add, self.device(&card, state, seen)).await?;
            told.insert(card.name.clone(), now);
        }
        Ok(())
    }

    async fn tell(&self, target: &Target, action: OperateAction, device: DeviceInfo) -> Result<(), Answer> {
        let operate = DeviceOperate { action, device };
        match self.poster.post(&self.address(target), operate.to_json_for_unknown_peer(), LIMIT).await {
            Answer::Accepted => {
                self.heard(Purpose::Cameras, target, &Answer::Accepted, Duration::ZERO);
                Ok(())
            }
            answer => Err(answer),
        }
    }

    fn device(&self, card: &Card, state: Presence, seen: i64) -> DeviceInfo {
        DeviceInfo {
            ep_id: EpId::new(&self.dev_sno, &card.address),
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

/// Reports have a word for a camera that is still starting.
fn presence_of_report(health: &Health) -> Presence {
    match health {
        Health::Starting => Presence::Unknown,
        other => presence(other),
    }
}
