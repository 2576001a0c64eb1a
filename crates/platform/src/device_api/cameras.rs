//! `POST /device/cameras`: a camera came or went, or all cameras of a box at once.

use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response;
use protocol::{DevSno, DeviceInfo, DeviceReport, DeviceType, Direction, OperateAction};

use super::auth::Claim;
use super::body::LIGHT;
use super::refused::ack;
use super::{Device, Refused};
use crate::clock;
use crate::db::device::{self, CameraReport};
use crate::db::{DbError, Tx, desired};
use crate::intake::results::head;
use crate::server::Peer;

/// Cameras kept for one box; further ones are not.
pub(super) const MOST: i64 = 256;

/// Remembers the report.
pub(super) async fn report(
    State(device): State<Arc<Device>>,
    ConnectInfo(Peer(peer)): ConnectInfo<Peer>,
    request: Request,
) -> Result<Response, Refused> {
    let (parts, body) = request.into_parts();
    let held = device.room.read(&parts.headers, body, LIGHT).await?;
    let report = DeviceReport::read(&held.bytes).map_err(|error| {
        device.app.counts.requests_unreadable.add();
        tracing::warn!(%peer, %error, begins = head(&held.bytes), "a camera report cannot be read");
        Refused::unreadable(&error)
    })?;
    let named = match &report {
        DeviceReport::One(one) => named_box(&one.device),
        DeviceReport::All(all) => Some(all.dev_sno.clone()),
    };
    let named = named.filter(|dev_sno| !dev_sno.is_empty());
    let dev_sno = device.identify(&Claim::of(&parts), peer, named.as_ref()).await?;
    let now = clock::now();
    device
        .app
        .db
        .write(move |tx: &mut Tx<'_>| {
            if device::seen(tx, &dev_sno, now)? {
                desired::hurry(tx, &dev_sno, now)?;
            }
            match &report {
                DeviceReport::One(one) if one.action == OperateAction::Delete => {
                    device::camera_removed(tx, &dev_sno, one.device.ep_id.as_str())
                }
                DeviceReport::One(one) => remember(tx, &dev_sno, &one.device, now),
                DeviceReport::All(all) => {
                    let named: Vec<_> =
                        all.device_list.iter().map(|camera| camera.ep_id.to_string()).collect();
                    device::cameras_are(tx, &dev_sno, &named)?;
                    all.device_list.iter().try_for_each(|camera| remember(tx, &dev_sno, camera, now))
                }
            }
        })
        .await?;
    Ok(ack())
}

fn named_box(camera: &DeviceInfo) -> Option<DevSno> {
    let prefix = || camera.ep_id.split().map(|(prefix, _)| DevSno::new(prefix));
    if camera.dev_sno.is_empty() { prefix() } else { Some(camera.dev_sno.clone()) }
}

fn remember(tx: &mut Tx<'_>, dev_sno: &DevSno, camera: &DeviceInfo, now: i64) -> Result<(), DbError> {
    if device::camera_count(tx, dev_sno)? >= MOST {
        tracing::warn!(%dev_sno, ep_id = %camera.ep_id, "a box reports more cameras than are kept");
        return Ok(());
    }
    let direction = match camera.direction {
        Direction::In => "in",
        Direction::Out => "out",
    };
    let filled = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let report = CameraReport {
        ep_id: camera.ep_id.to_string(),
        name: filled(&camera.ep_name),
        device_type: camera.ep_type.as_ref().map(|kind| DeviceType::as_str(kind).to_owned()),
        device_ip: filled(&camera.ep_ip),
        direction: Some(direction.to_owned()),
        group_id: filled(&camera.privilege_group_key),
        state: camera.ep_status.word(),
        detail: serde_json::to_string(camera).ok(),
    };
    device::camera_seen(tx, dev_sno, &report, now)
}
