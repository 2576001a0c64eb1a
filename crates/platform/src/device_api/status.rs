//! `POST /device/status`: the heartbeat. It is stored as it came, and with it when it came.

use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response;
use protocol::{DeviceStatus, DeviceType, SubDevice};

use super::auth::Claim;
use super::body::LIGHT;
use super::refused::ack;
use super::{Device, Refused, bounds};
use crate::clock;
use crate::db::camera_report::{self, CameraReport};
use crate::db::heartbeat::{self, Beats, SHORT};
use crate::db::{DbError, Tx, desired, device};
use crate::intake::results::head;
use crate::server::Peer;

/// Remembers the heartbeat.
pub(super) async fn take(
    State(device): State<Arc<Device>>,
    ConnectInfo(Peer(peer)): ConnectInfo<Peer>,
    request: Request,
) -> Result<Response, Refused> {
    let (parts, body) = request.into_parts();
    let held = device.room.read(&parts.headers, body, LIGHT).await?;
    let status = DeviceStatus::read(&held.bytes).map_err(|error| {
        device.app.counts.requests_unreadable.add();
        tracing::warn!(%peer, %error, begins = head(&held.bytes), "a heartbeat cannot be read");
        Refused::unreadable(&error)
    })?;
    let dev_sno = device.identify(&Claim::of(&parts), peer, status.dev_sno.as_ref()).await?;
    let now = clock::now();
    let (detail, beats) = (status.to_json(), Beats::of(&status, now));
    let (cameras, shortened) = bounds::cameras(status.sub_devices.iter().map(seen));
    let sender = dev_sno.clone();
    let (was_silent, left) = device
        .app
        .db
        .write(move |tx: &mut Tx<'_>| {
            let was_silent = device::seen(tx, &dev_sno, now)?;
            if was_silent {
                desired::hurry(tx, &dev_sno, now)?;
            }
            device::heartbeat(tx, &dev_sno, &detail, now)?;
            heartbeat::add(tx, &dev_sno, SHORT, &beats)?;
            let left = camera_report::seen(tx, &dev_sno, &cameras, now)?;
            Ok::<_, DbError>((was_silent, left))
        })
        .await?;
    left.tell(&sender);
    bounds::tell(&device.app, &sender, shortened);
    if was_silent {
        device.app.nudge();
    }
    Ok(ack())
}

fn seen(camera: &SubDevice) -> CameraReport {
    CameraReport {
        ep_id: camera.ep_id.to_string(),
        name: camera.ep_name.clone(),
        device_type: camera.ep_type.as_ref().map(|kind| DeviceType::as_str(kind).to_owned()),
        device_ip: Some(camera.ep_ip.clone()).filter(|ip| !ip.is_empty()),
        direction: None,
        group_id: None,
        state: camera.ep_status.word(),
        detail: None,
    }
}
