//! `GET /device/photos/{key}`: the registration photo of a person, for a box that should hold them.
//!
//! The key is a pass ([`super::pass`]), as boxes are told it with the details of a person: it needs no token, because boxes of some makes
//! append theirs to no address of a picture. Or it is the SHA-256 of the photo, which needs the box's token. A photo that is
//! nobody's registration photo any more, or of nobody the box should hold, is not served, and pictures of events never are.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use protocol::Code;

use super::auth::Claim;
use super::pass::Pass;
use super::{Device, Refused};
use crate::blobs::media_type;
use crate::clock;
use crate::db::{Tx, wanted};
use crate::server::Peer;

/// Length of a SHA-256 in hexadecimal.
const HASH: usize = 64;

/// The photo.
pub(super) async fn photo(
    State(device): State<Arc<Device>>,
    ConnectInfo(Peer(peer)): ConnectInfo<Peer>,
    Path(key): Path<String>,
    request: Request,
) -> Result<Response, Refused> {
    let (parts, _) = request.into_parts();
    let Pass { dev_sno, hash } = may_see(&device, key, &Claim::of(&parts), peer).await?;
    let key = device.app.db.read(move |tx: &mut Tx<'_>| wanted::photo(tx, &dev_sno, &hash)).await?;
    let content = match key {
        Some(key) => device.app.blobs.get(&key).await?,
        None => None,
    };
    let content = content.ok_or_else(|| Refused::not_found("photo"))?;
    let headers =
        [(header::CONTENT_TYPE, media_type(&content)), (header::CACHE_CONTROL, "private, no-store")];
    Ok((headers, content).into_response())
}

/// Which photo is asked for, and by which box.
async fn may_see(device: &Device, key: String, claim: &Claim, peer: SocketAddr) -> Result<Pass, Refused> {
    if key.len() == HASH && key.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(Pass { dev_sno: device.identify(claim, peer, None).await?, hash: key });
    }
    Pass::read(&key, &device.app.seal.sealer(), clock::now()).ok_or_else(|| {
        let message = "this address of a photo is not good any more: ask for the details of the person again";
        Refused::new(StatusCode::FORBIDDEN, Code::PARAM_ERROR, message)
    })
}
