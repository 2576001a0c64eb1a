//! `POST /pair/{code}`: a box shows a one-time code and learns its licence key and where to log in.
//!
//! Only POST uses a code up: links are looked at by mail programs and browsers before anybody acts on them.

use std::sync::Arc;

use axum::extract::{ConnectInfo, Path, Request, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use protocol::Code;
use serde_json::json;

use super::auth::plain_ip;
use super::refused;
use super::{Device, LOGIN, Refused};
use crate::base_url;
use crate::clock;
use crate::db::audit::{self, Deed};
use crate::db::pairing::Standing;
use crate::db::{DbError, Tx, pairing};
use crate::pairing::hash_of;
use crate::server::Peer;

/// Uses a code.
pub(super) async fn redeem(
    State(device): State<Arc<Device>>,
    ConnectInfo(Peer(peer)): ConnectInfo<Peer>,
    Path(code): Path<String>,
    request: Request,
) -> Result<Response, Refused> {
    let now = clock::now();
    if !device.guard.may_try(peer.ip(), now) {
        let message = "too many failed attempts from this address, try again in a minute";
        return Err(Refused::new(StatusCode::TOO_MANY_REQUESTS, Code::PARAM_ERROR, message));
    }
    let base = base_url::of_request(&device.app.config, request.headers(), request.uri());
    if base.is_empty() {
        let message = "the request names no host, so there is no login URL to answer";
        return Err(Refused::new(StatusCode::BAD_REQUEST, Code::PARAM_ERROR, message));
    }
    let from = plain_ip(peer);
    let found = match hash_of(&code) {
        Some(hash) => device.app.db.write(move |tx: &mut Tx<'_>| use_up(tx, &hash, &from, now)).await?,
        None => None,
    };
    let gone = |message: &str| Refused::new(StatusCode::GONE, Code::NOT_FOUND, message);
    let refused = match found.as_ref().map(|found| found.standing(now)) {
        Some(Standing::Open) => None,
        Some(Standing::Used) => {
            Some(gone("this pairing code has been used already; have the platform issue another one"))
        }
        Some(Standing::Expired) => {
            Some(gone("this pairing code has expired; have the platform issue another one"))
        }
        Some(Standing::Revoked) => {
            Some(gone("this pairing code was revoked, or replaced by a newer one; use the newer one"))
        }
        None => Some(Refused::new(
            StatusCode::NOT_FOUND,
            Code::NOT_FOUND,
            "the platform knows no such pairing code; check that it was copied whole",
        )),
    };
    match (found, refused) {
        (Some(found), None) => {
            tracing::info!(dev_sno = %found.dev_sno, %peer, "a box was paired");
            let answer = json!({"dev_sno": found.dev_sno, "login_url": format!("{base}{LOGIN}")});
            Ok(refused::json(answer.to_string()))
        }
        (_, refused) => {
            device.guard.failed(peer.ip(), now);
            tracing::warn!(%peer, "a pairing code was refused");
            Err(refused.unwrap_or_else(|| Refused::not_found("pairing code")))
        }
    }
}

fn use_up(tx: &mut Tx<'_>, hash: &str, from: &str, now: i64) -> Result<Option<pairing::Pairing>, DbError> {
    let found = pairing::redeem(tx, hash, from, now)?;
    if let Some(found) = found.as_ref().filter(|found| found.standing(now) == Standing::Open) {
        let deed = Deed {
            actor: "system".to_owned(),
            address: from.to_owned(),
            action: "box.pair",
            subject: found.dev_sno.as_str().to_owned(),
            detail: json!({"issued_by": found.issued_by}),
        };
        audit::append(tx, &deed, now)?;
    }
    Ok(found)
}

/// Says what the link is for; whether the code is good is not told, and it is not used up.
pub(super) async fn explain(State(device): State<Arc<Device>>, headers: HeaderMap, uri: Uri) -> Response {
    let base = base_url::of_request(&device.app.config, &headers, &uri);
    let text = format!(
        "This link pairs a box with this platform. Run on the box:\n\n    menshen edge pair {base}{}\n",
        uri.path()
    );
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}
