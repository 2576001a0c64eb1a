//! `POST /device/results`: answers to commands from boxes that do not publish them (`notify_path`).

use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use protocol::Code;

use super::auth::Claim;
use super::body::RESULT;
use super::refused::ack;
use super::{Device, Refused};
use crate::db::answer::{Sender, Taken};
use crate::intake;
use crate::server::Peer;

/// Applies the result; answered after its effect is durable.
pub(super) async fn result(
    State(device): State<Arc<Device>>,
    ConnectInfo(Peer(peer)): ConnectInfo<Peer>,
    request: Request,
) -> Result<Response, Refused> {
    let (parts, body) = request.into_parts();
    let held = device.room.read(&parts.headers, body, RESULT).await?;
    let Some(result) = intake::results::read(&device.app, "http", &held.bytes) else {
        return Err(Refused::new(
            StatusCode::BAD_REQUEST,
            Code::PARAM_ERROR,
            "this is no result of a command",
        ));
    };
    let named = Some(&result.dev_sno).filter(|dev_sno| !dev_sno.is_empty());
    let dev_sno = device.identify(&Claim::of(&parts), peer, named).await?;
    let taken = intake::results::take_all(&device.app, vec![(Sender::Box(dev_sno), result)]).await?;
    match taken.first() {
        Some(Taken::NoBox | Taken::Unproven) | None => Err(Refused::not_found("box")),
        Some(_) => Ok(ack()),
    }
}
