//! The heartbeat: how the box and its cameras are, measured when it is sent.

use std::sync::Arc;
use std::time::Duration;

use protocol::{DeviceStatus, EpId, GatewayExtData, Presence, SubDevice};
use runtime::CancellationToken;
use serde_json::{Map, Value, json};

use super::Desk;
use super::board::Purpose;
use super::target::Target;
use crate::camera::{Card, Health, Status};
use crate::machine::{self, Ticks};

/// How long a receiver may take.
const LIMIT: Duration = Duration::from_secs(10);

pub(super) async fn run(desk: Arc<Desk>, target: Target, period: Duration, stop: CancellationToken) {
    let mut before = machine::ticks();
    let mut beat = tokio::time::interval(period);
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = beat.tick() => {}
        }
        let now = machine::ticks();
        let cpu = before.zip(now).and_then(|(before, now): (Ticks, Ticks)| machine::cpu_percent(before, now));
        before = now;
        let beat = async {
            let status = desk.status(cpu, &target).await;
            desk.poster.post(&desk.address(&target), status.to_json(), LIMIT).await
        };
        let answer = tokio::select! {
            () = stop.cancelled() => return,
            answer = beat => answer,
        };
        desk.heard(Purpose::Status, &target, &answer, Duration::ZERO);
    }
}

impl Desk {
    async fn status(&self, cpu: Option<f64>, target: &Target) -> DeviceStatus {
        let disk = machine::disk(&self.parts.data_dir);
        let memory = machine::memory();
        DeviceStatus {
            gateway_ip: machine::address_towards(&target.url)
                .await
                .map(|ip| ip.to_string())
                .unwrap_or_default(),
            gateway_name: self.parts.name.get(),
            gateway_status: Presence::Online,
            gateway_sn: machine::serial(),
            dev_sno: (!self.dev_sno.is_empty()).then(|| self.dev_sno.clone()),
            gateway_ext_data: GatewayExtData {
                sw_version: format!("VERSION: menshen {}\n", env!("CARGO_PKG_VERSION")),
                sdk_version: Some(self.parts.pack.clone()),
                gateway_mac: self.joined.as_ref().map(|joined| joined.mac.clone()),
                cpu_usage: cpu.map(rounded),
                memory_size: memory.map(|memory| rounded(memory.size_gb)),
                memory_usage: memory.map(|memory| rounded(memory.usage)),
                disk_size: disk.map(|disk| rounded(disk.size_gb())),
                disk_free_size: disk.map(|disk| rounded(disk.free_gb())),
                rest: self.further(target).await,
            },
            sub_devices: self.sub_devices(),
            rest: Map::new(),
        }
    }

    /// What only receivers of our own make understand: the state of the event ring.
    async fn further(&self, target: &Target) -> Map<String, Value> {
        if !target.extended {
            return Map::new();
        }
        match self.parts.events.ring().await {
            Ok(ring) => Map::from_iter([("menshen".to_owned(), json!({"events": ring}))]),
            Err(error) => {
                tracing::debug!(%error, "the heartbeat has no figures of the event ring");
                Map::new()
            }
        }
    }

    fn sub_devices(&self) -> Vec<SubDevice> {
        let device = |(card, status): (Arc<Card>, Status)| SubDevice {
            ep_id: EpId::new(&self.dev_sno, &card.address),
            ep_name: Some(card.name.clone()),
            ep_ip: card.address.clone(),
            ep_status: presence(&status.health),
            ep_location: Some(String::new()),
            ep_type: Some(card.device_type.clone()),
            ep_url: (!card.stream.is_empty()).then(|| card.stream.clone()),
            ep_ext_data: None,
            rest: Map::new(),
        };
        self.parts.cameras.list().into_iter().map(device).collect()
    }
}

/// Heartbeats know a camera that is still starting as offline: nothing was seen of it yet.
pub(super) fn presence(health: &Health) -> Presence {
    match health {
        Health::Online => Presence::Online,
        Health::Starting | Health::Offline { .. } => Presence::Offline,
    }
}

fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
