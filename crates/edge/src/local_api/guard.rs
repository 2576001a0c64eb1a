//! Who may call: whoever knows the token, as `Authorization: Bearer` or as the password of HTTP Basic (any name); and old
//! integrations from listed addresses, for the documented calls alone. Everybody else is answered before the body is read.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use protocol::Code;

use super::answer::Refusal;
use super::attempts::Attempts;
use super::server::Peer;
use super::token::Token;
use crate::config::Network;

/// What the documented calls begin with.
const DOCUMENTED: [&str; 2] = ["/SophonMQ/", "/SophonFogSys/"];

/// The rules.
#[derive(Debug)]
pub(super) struct Guard {
    /// `None`: everybody may call.
    pub(super) token: Arc<Option<Token>>,
    /// Who may make the documented calls without it.
    pub(super) allow: Vec<Network>,
    pub(super) attempts: Attempts,
}

/// Why a request does not pass.
#[derive(Debug, PartialEq, Eq)]
enum Denied {
    /// It has no credentials.
    Nobody,
    /// It has wrong ones.
    Wrong,
    /// Its address has sent too many wrong ones.
    Wait(Duration),
}

/// Lets a request pass that may.
pub(super) async fn guard(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<Peer>>();
    let address = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(Peer(peer))| peer.ip());
    match guard.judge(address, request.uri().path(), request.headers(), Instant::now()) {
        Ok(()) => next.run(request).await,
        Err(denied) => denied.into_response(),
    }
}

impl Guard {
    fn judge(&self, address: IpAddr, path: &str, headers: &HeaderMap, now: Instant) -> Result<(), Denied> {
        let Some(token) = self.token.as_ref() else { return Ok(()) };
        let documented = DOCUMENTED.iter().any(|start| path.starts_with(start));
        if documented && self.allow.iter().any(|network| network.contains(address)) {
            return Ok(());
        }
        let Some(secret) = secret(headers) else { return Err(Denied::Nobody) };
        if let Some(wait) = self.attempts.wait(address, now) {
            return Err(Denied::Wait(wait));
        }
        if token.is(&secret) {
            return Ok(());
        }
        self.attempts.failed(address, now);
        tracing::warn!(%address, path, "a call with wrong credentials was refused");
        Err(Denied::Wrong)
    }
}

impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        let needed = "the token of local_api.token is needed, as \"Authorization: Bearer\"";
        let (status, text) = match &self {
            Self::Nobody => (StatusCode::UNAUTHORIZED, needed.to_owned()),
            Self::Wrong => (StatusCode::UNAUTHORIZED, format!("these credentials are wrong: {needed}")),
            Self::Wait(wait) => (
                StatusCode::TOO_MANY_REQUESTS,
                format!("too many wrong credentials from this address; try again in {} s", wait.as_secs()),
            ),
        };
        let mut refusal = Refusal::new(Code::BAD_REQUEST, text).into_response();
        *refusal.status_mut() = status;
        let headers = refusal.headers_mut();
        match self {
            Self::Wait(wait) => headers.insert(header::RETRY_AFTER, wait.as_secs().into()),
            Self::Nobody | Self::Wrong => headers
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer, Basic realm=\"box\"")),
        };
        refusal
    }
}

fn secret(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = value.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(rest.trim().to_owned());
    }
    if scheme.eq_ignore_ascii_case("basic") {
        let plain = String::from_utf8(BASE64_STANDARD.decode(rest.trim()).ok()?).ok()?;
        return plain.split_once(':').map(|(_, password)| password.to_owned());
    }
    None
}
