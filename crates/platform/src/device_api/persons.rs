//! `POST /device/persons` (and `GET` with repeated `userid`): the details of people a box was told to bring.
//!
//! A box learns of exactly those people it should hold; whoever else it asks for is left out of the answer.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::response::Response;
use protocol::{IdentityId, UserListReply, UserListRequest};

use super::auth::Claim;
use super::body::LIGHT;
use super::pass::Pass;
use super::refused::json;
use super::{Device, PHOTOS, Refused};
use crate::blobs::BlobError;
use crate::clock;
use crate::db::{Tx, device, wanted};
use crate::intake::results::head;
use crate::seal::SealError;
use crate::server::Peer;

/// The people named in the body.
pub(super) async fn by_body(
    State(device): State<Arc<Device>>,
    ConnectInfo(Peer(peer)): ConnectInfo<Peer>,
    request: Request,
) -> Result<Response, Refused> {
    let (parts, body) = request.into_parts();
    let held = device.room.read(&parts.headers, body, LIGHT * 2).await?;
    // Early boxes write the list as a Python literal.
    let read = UserListRequest::read(&held.bytes).or_else(|error| python(&held.bytes).ok_or(error));
    match read {
        Ok(request) => answer(&device, &parts, peer, request).await,
        Err(error) => {
            device.app.counts.requests_unreadable.add();
            tracing::warn!(%peer, %error, begins = head(&held.bytes), "a request for people cannot be read");
            Err(Refused::unreadable(&error))
        }
    }
}

/// The people named in the query.
pub(super) async fn by_query(
    State(device): State<Arc<Device>>,
    ConnectInfo(Peer(peer)): ConnectInfo<Peer>,
    request: Request,
) -> Result<Response, Refused> {
    let (parts, _) = request.into_parts();
    let request = UserListRequest::from_query(parts.uri.query().unwrap_or(""))
        .map_err(|error| Refused::unreadable(&error))?;
    answer(&device, &parts, peer, request).await
}

fn python(body: &[u8]) -> Option<UserListRequest> {
    let literal = protocol::python::read(std::str::from_utf8(body).ok()?).ok()?;
    UserListRequest::read(literal.to_string().as_bytes()).ok()
}

async fn answer(
    device: &Device,
    parts: &Parts,
    peer: SocketAddr,
    request: UserListRequest,
) -> Result<Response, Refused> {
    let dev_sno = device.identify(&Claim::of(parts), peer, None).await?;
    let asked: BTreeSet<IdentityId> = request.userid_list.into_iter().collect();
    let public_url =
        device.app.config.http.public_url.as_ref().map(|url| url.as_str().trim_end_matches('/').to_owned());
    let (sealer, now) = (device.app.seal.sealer(), clock::now());
    let users = device
        .app
        .db
        .read(move |tx: &mut Tx<'_>| {
            let base = match public_url {
                Some(base) => base,
                None => device::find(tx, &dev_sno)?.and_then(|known| known.base_url).unwrap_or_default(),
            };
            let mut users = Vec::with_capacity(asked.len());
            let address = |hash: &str| {
                let pass = Pass { dev_sno: dev_sno.clone(), hash: hash.to_owned() };
                Ok(format!("{base}{PHOTOS}/{}", pass.issue(&sealer, now)?))
            };
            for person in &asked {
                users.extend(wanted::record(tx, &dev_sno, person, address)?);
            }
            Ok::<_, SealError>(users)
        })
        .await
        .map_err(BlobError::from)?;
    Ok(json(UserListReply::new(users).to_json()))
}
