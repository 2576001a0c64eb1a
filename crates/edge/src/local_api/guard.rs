//! Who may call: whoever knows the token, as `Authorization: Bearer` or as the password of HTTP Basic (any name); whoever is
//! logged in, by the session's cookie; and old integrations from listed addresses, for the documented calls alone. Everybody
//! else is answered before the body is read, and so is a page of another origin that borrows its visitor's credentials.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use futures_util::StreamExt as _;
use runtime::origin::Whence;

use super::answer::{refuse, refuse_for};
use super::attempts::Attempts;
use super::server::Peer;
use super::sessions::{Held, Sessions};
use super::token::Token;
use crate::config::Network;
use crate::reason::table as reason;

/// What the documented calls begin with.
const DOCUMENTED: [&str; 2] = ["/SophonMQ/", "/SophonFogSys/"];
/// Where one logs in, and changes the password.
const SESSION: &str = "/api/v1/session";

/// The rules of one listener.
pub(super) struct Guard {
    pub(super) token: Arc<Token>,
    /// Everybody may call.
    pub(super) is_open: bool,
    /// Who may make the documented calls without credentials.
    pub(super) allow: Vec<Network>,
    pub(super) sessions: Arc<Sessions>,
    pub(super) attempts: Arc<Attempts>,
    /// The ways in that are offered to those who show none.
    pub(super) challenge: &'static str,
}

/// Who calls.
#[derive(Debug, Clone)]
pub(super) enum Caller {
    /// Whoever knows the token.
    Token,
    /// Whoever is logged in.
    Session(Held),
    /// Anybody, because the configuration says so.
    Anybody,
    /// Nobody known: they may log in.
    Nobody,
}

/// Why a request does not pass.
#[derive(Debug, PartialEq, Eq)]
enum Denied {
    /// It has no credentials.
    Nobody,
    /// It has wrong ones.
    Wrong,
    /// Its session has ended.
    Ended,
    /// Its address has sent too many wrong ones.
    Wait(Duration),
    /// A page of another origin made it.
    Foreign,
    /// The password was made up by the box and has to be changed first.
    MustChange,
}

/// Lets a request pass that may.
pub(super) async fn guard(State(guard): State<Arc<Guard>>, mut request: Request, next: Next) -> Response {
    let address = Peer::of(request.extensions()).ip();
    match guard.judge(address, &request, Instant::now()) {
        Ok(caller) => {
            let held = if let Caller::Session(held) = &caller { Some(held.clone()) } else { None };
            request.extensions_mut().insert(caller);
            let response = next.run(request).await;
            match held {
                Some(held) => while_it_holds(response, held),
                None => response,
            }
        }
        Err(denied) => denied.answer(guard.challenge),
    }
}

impl Guard {
    fn judge(&self, address: IpAddr, request: &Request, now: Instant) -> Result<Caller, Denied> {
        let (method, path, headers) = (request.method(), request.uri().path(), request.headers());
        let caller = self.identify(address, method, path, headers, now)?;
        // What a browser adds by itself is worth nothing when another page makes it do so; a bearer token it never adds.
        let is_borrowable = bearer(headers).is_none();
        let changes = !method.is_safe() || headers.contains_key(header::UPGRADE);
        if is_borrowable && changes && is_foreign(headers) {
            return Err(Denied::Foreign);
        }
        if matches!(caller, Caller::Session(_)) && self.sessions.must_change() && !is_about_sessions(path) {
            return Err(Denied::MustChange);
        }
        Ok(caller)
    }

    fn identify(
        &self,
        address: IpAddr,
        method: &Method,
        path: &str,
        headers: &HeaderMap,
        now: Instant,
    ) -> Result<Caller, Denied> {
        let secret = secret(headers);
        let wait = self.attempts.wait(address, now);
        if wait.is_none() && secret.as_ref().is_some_and(|secret| self.token.is(secret)) {
            return Ok(Caller::Token);
        }
        if let Some(held) = self.sessions.of(headers) {
            return Ok(Caller::Session(held));
        }
        let is_documented = DOCUMENTED.iter().any(|start| path.starts_with(start));
        let is_listed = is_documented && self.allow.iter().any(|network| network.contains(address));
        if self.is_open || is_listed {
            return Ok(Caller::Anybody);
        }
        if method == Method::POST && path == SESSION {
            return Ok(Caller::Nobody);
        }
        match (secret, wait) {
            (Some(_), Some(wait)) => Err(Denied::Wait(wait)),
            (Some(_), None) => {
                self.attempts.failed(address, now);
                tracing::warn!(%address, path, "a call with wrong credentials was refused");
                Err(Denied::Wrong)
            }
            (None, _) if self.sessions.is_shown(headers) => Err(Denied::Ended),
            (None, _) => Err(Denied::Nobody),
        }
    }
}

impl Denied {
    fn answer(self, challenge: &'static str) -> Response {
        let why = match self {
            Self::Nobody => reason::not_logged_in(),
            Self::Wrong => reason::wrong_credentials(),
            Self::Ended => reason::session_ended(),
            Self::Wait(wait) => {
                return refuse_for(wait.as_secs(), reason::too_many_attempts(wait.as_secs()));
            }
            Self::Foreign => reason::foreign_page(),
            Self::MustChange => reason::password_to_change(),
        };
        let mut refusal = refuse(why);
        if refusal.status() == StatusCode::UNAUTHORIZED {
            refusal.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        refusal
    }
}

/// Whether a page of another origin makes this request.
pub(super) fn is_foreign(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let (origin, host) = (text(header::ORIGIN.as_str()), text(header::HOST.as_str()));
    Whence { site: text("sec-fetch-site"), origin, host }.is_foreign(None)
}

fn is_about_sessions(path: &str) -> bool {
    path.strip_prefix(SESSION).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Ends an answer that goes on for ever with the session it was asked for in.
fn while_it_holds(response: Response, held: Held) -> Response {
    let kind = response.headers().get(header::CONTENT_TYPE);
    if !kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream")) {
        return response;
    }
    response.map(|body| Body::from_stream(body.into_data_stream().take_until(held.ended.cancelled_owned())))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, rest) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| rest.trim())
}

/// What a caller shows: a Bearer token, or the password of HTTP Basic.
pub(super) fn secret(headers: &HeaderMap) -> Option<String> {
    if let Some(token) = bearer(headers) {
        return Some(token.to_owned());
    }
    let (scheme, rest) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let plain = String::from_utf8(BASE64_STANDARD.decode(rest.trim()).ok()?).ok()?;
    plain.split_once(':').map(|(_, password)| password.to_owned())
}
