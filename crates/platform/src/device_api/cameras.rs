//! `POST /device/cameras`: a camera came or went, or all cameras of a box at once.

use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response;
use protocol::{DevSno, DeviceInfo, DeviceReport, DeviceType, Direction, OperateAction};

use super::auth::Claim;
use super::body::LIGHT;
use super::refused::ack;
use super::{Device, Refused, bounds};
use crate::clock;
use crate::db::camera_report::{self, CameraReport, Left};
use crate::db::{DbError, Tx, desired, device};
use crate::intake::results::head;
use crate::server::Peer;

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
    let sender = dev_sno.clone();
    let (left, shortened) = device
        .app
        .db
        .write(move |tx: &mut Tx<'_>| {
            if device::seen(tx, &dev_sno, now)? {
                desired::hurry(tx, &dev_sno, now)?;
            }
            remember(tx, &dev_sno, &report, now)
        })
        .await?;
    left.tell(&sender);
    bounds::tell(&device.app, &sender, shortened);
    Ok(ack())
}

fn named_box(camera: &DeviceInfo) -> Option<DevSno> {
    let prefix = || camera.ep_id.split().map(|(prefix, _)| DevSno::new(prefix));
    if camera.dev_sno.is_empty() { prefix() } else { Some(camera.dev_sno.clone()) }
}

/// Answers how many cameras were not kept, and of how many a text was shortened.
fn remember(
    tx: &mut Tx<'_>,
    dev_sno: &DevSno,
    report: &DeviceReport,
    now: i64,
) -> Result<(Left, usize), DbError> {
    match report {
        DeviceReport::One(one) if one.action == OperateAction::Delete => {
            let ep_id = one.device.ep_id.as_str();
            camera_report::removed(tx, dev_sno, bounds::id(ep_id).as_deref().unwrap_or(ep_id))?;
            Ok((Left::default(), 0))
        }
        DeviceReport::One(one) => {
            let (cameras, shortened) = bounds::cameras([told_of(&one.device)]);
            Ok((camera_report::seen(tx, dev_sno, &cameras, now)?, shortened))
        }
        DeviceReport::All(all) => {
            let (cameras, shortened) = bounds::cameras(all.device_list.iter().map(told_of));
            Ok((camera_report::are(tx, dev_sno, &cameras, now)?, shortened))
        }
    }
}

fn told_of(camera: &DeviceInfo) -> CameraReport {
    let direction = match camera.direction {
        Direction::In => "in",
        Direction::Out => "out",
    };
    let filled = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    CameraReport {
        ep_id: camera.ep_id.to_string(),
        name: filled(&camera.ep_name),
        device_type: camera.ep_type.as_ref().map(|kind| DeviceType::as_str(kind).to_owned()),
        device_ip: filled(&camera.ep_ip),
        direction: Some(direction.to_owned()),
        group_id: filled(&camera.privilege_group_key),
        state: camera.ep_status.word(),
        detail: serde_json::to_string(camera).ok(),
    }
}
