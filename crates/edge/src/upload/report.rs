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

pub(super) async fn run(desk: Arc<Desk>, target: Target, stop: CancellationToken) {
    let mut changes = desk.parts.cameras.changes();
    let mut told: HashMap<String, Presence> = HashMap::new();
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
    /// Reports every camera whose state is not the one that was `told`.
    async fn report(&self, target: &Target, told: &mut HashMap<String, Presence>) -> Result<(), Answer> {
        let cameras = self.parts.cameras.cards().into_iter().zip(self.parts.cameras.status());
        for (card, status) in cameras {
            let state = presence_of_report(&status.health);
            if told.get(&card.name) == Some(&state) {
                continue;
            }
            let seen = if status.last_capture_at > 0 { status.last_capture_at } else { clock::now() };
            let operate =
                DeviceOperate { action: OperateAction::Add, device: self.device(&card, state, seen) };
            match self.poster.post(&self.address(target), operate.to_json_for_unknown_peer(), LIMIT).await {
                Answer::Accepted => self.heard(Purpose::Cameras, target, &Answer::Accepted, Duration::ZERO),
                answer => return Err(answer),
            }
            told.insert(card.name.clone(), state);
        }
        Ok(())
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
