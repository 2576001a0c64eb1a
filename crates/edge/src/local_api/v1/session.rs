//! Logging in at the box's pages: a password opens a session, which travels as a cookie no script can read.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use axum::Extension;
use axum::extract::{ConnectInfo, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use runtime::password::{self, PasswordError, Weak};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::config::ACCOUNT;
use crate::local_api::Desk;
use crate::local_api::answer::{Refusal, json, refuse, refuse_for};
use crate::local_api::guard::Caller;
use crate::local_api::sent::Sent;
use crate::local_api::server::Peer;
use crate::local_api::sessions::Opened;
use crate::password::{Kept, MadeUp, kept, make_up};
use crate::reason::{Reason, table as reason};

/// Who wants in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Credentials {
    password: String,
}

/// Another password in the place of the old one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    old: String,
    new: String,
}

/// A session.
#[derive(Serialize, ToSchema)]
pub(super) struct SessionView {
    /// `admin`.
    account: &'static str,
    /// What let this request in: `session`, `token` or `nobody` (the port is open to everybody).
    by: By,
    /// When the session ends whatever happens; unused for two hours, it ends sooner. Null without a session.
    expires_at: Option<i64>,
    /// The password was made up by the box: until it is changed nothing else is answered.
    must_change: bool,
}

/// What lets a request in.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum By {
    Session,
    Token,
    Nobody,
}

/// Logs in: sets a cookie that goes along by itself. Twenty wrong passwords from one address, and that address waits.
#[utoipa::path(post, path = "/api/v1/session", tag = "session", request_body = Credentials, security(()),
    responses((status = CREATED, body = SessionView), (status = UNAUTHORIZED, description = "The password is wrong"),
        (status = FORBIDDEN, description = "A page of another origin asked"),
        (status = TOO_MANY_REQUESTS, description = "Too many wrong passwords: see Retry-After")))]
pub(super) async fn open(
    State(desk): State<Desk>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    sent: Sent,
) -> Result<Response, Response> {
    let Credentials { password } = sent.plain().map_err(refuse)?;
    let hash = proved(&desk, peer.ip(), password).await?;
    let opened = desk.sessions.open(hash, peer.is_tls).await.map_err(refuse)?;
    let opened = opened.ok_or_else(wrong_password)?;
    tracing::info!(address = %peer.ip(), "logged in at the console");
    Ok(answer(StatusCode::CREATED, opened, desk.sessions.must_change()))
}

/// Who is logged in.
#[utoipa::path(get, path = "/api/v1/session", tag = "session",
    responses((status = OK, body = SessionView), (status = UNAUTHORIZED)))]
pub(super) async fn show(
    State(desk): State<Desk>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, Refusal> {
    let (by, expires_at) = match caller {
        Caller::Session(held) => (By::Session, Some(held.expires_at)),
        Caller::Token => (By::Token, None),
        Caller::Anybody | Caller::Nobody => (By::Nobody, None),
    };
    json(&SessionView { account: ACCOUNT, by, expires_at, must_change: desk.sessions.must_change() })
}

/// Logs out.
#[utoipa::path(delete, path = "/api/v1/session", tag = "session", responses((status = NO_CONTENT), (status = UNAUTHORIZED)))]
pub(super) async fn close(
    State(desk): State<Desk>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, Refusal> {
    let Caller::Session(held) = caller else { return Ok(StatusCode::NO_CONTENT.into_response()) };
    let cookie = desk.sessions.close(held.digest).await?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}

/// Changes the password: at least ten characters, and none of those that are tried first. Every session ends; whoever changed it
/// gets a new one.
#[utoipa::path(put, path = "/api/v1/session/password", tag = "session", request_body = Change,
    responses((status = OK, body = SessionView), (status = BAD_REQUEST, description = "The new password keeps nobody out"),
        (status = UNAUTHORIZED, description = "The old password is wrong"), (status = TOO_MANY_REQUESTS)))]
pub(super) async fn change(
    State(desk): State<Desk>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    sent: Sent,
) -> Result<Response, Response> {
    let Change { old, new } = sent.plain().map_err(refuse)?;
    let before = proved(&desk, peer.ip(), old.clone()).await?;
    if new == old {
        return Err(refuse(reason::password_unchanged().of("new")));
    }
    password::check(&new, ACCOUNT).map_err(|why| refuse(too_weak(&why).of("new")))?;
    let hash = password::hash(new).await.map_err(|error| not_looked_at(&error))?;
    let new = Kept { hash: hash.clone(), must_change: false };
    if !desk.sessions.replace(Some(before), new).await.map_err(refuse)? {
        return Err(wrong_password());
    }
    tracing::info!(address = %peer.ip(), "the console's password was changed; all sessions have ended");
    let opened = desk.sessions.open(hash, peer.is_tls).await.map_err(refuse)?;
    Ok(answer(StatusCode::OK, opened.ok_or_else(wrong_password)?, false))
}

/// Makes up a new password in the place of a lost one and ends every session; it has to be changed at the next login. Only for
/// whoever knows the token: `menshen edge password`.
#[utoipa::path(post, path = "/api/v1/session/password", tag = "session",
    responses((status = OK, body = MadeUp), (status = FORBIDDEN, description = "The token is needed, a session is not enough")))]
pub(super) async fn reset(
    State(desk): State<Desk>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, Response> {
    if !matches!(caller, Caller::Token) {
        return Err(refuse(reason::token_needed()));
    }
    let (password, new) = make_up().await.map_err(|error| not_looked_at(&error))?;
    desk.sessions.replace(None, new).await.map_err(refuse)?;
    tracing::warn!("the console's password was replaced by a new one; all sessions have ended");
    json(&MadeUp { password }).map_err(refuse)
}

/// The hash behind a password that is right. A wrong one is counted against its address, and so are those that come meanwhile.
async fn proved(desk: &Desk, address: IpAddr, password: String) -> Result<String, Response> {
    let now = Instant::now();
    if let Some(wait) = desk.attempts.wait(address, now) {
        return Err(too_many(wait));
    }
    desk.attempts.failed(address, now);
    let hash = desk.app.store.read(kept).await.map_err(refuse)?.map(|kept| kept.hash);
    let right = password::verify(password, hash.clone()).await.map_err(|error| not_looked_at(&error))?;
    match hash.filter(|_| right) {
        Some(hash) => {
            desk.attempts.forgive(address);
            Ok(hash)
        }
        None => {
            tracing::warn!(%address, "a wrong password at the console");
            Err(wrong_password())
        }
    }
}

fn answer(status: StatusCode, opened: Opened, must_change: bool) -> Response {
    let Opened { cookie, expires_at } = opened;
    let view = SessionView { account: ACCOUNT, by: By::Session, expires_at: Some(expires_at), must_change };
    match json(&view) {
        Ok(body) => (status, [(header::SET_COOKIE, cookie)], body).into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

fn wrong_password() -> Response {
    refuse(reason::wrong_password())
}

fn too_many(wait: Duration) -> Response {
    let seconds = wait.as_secs().max(1);
    refuse_for(seconds, reason::too_many_attempts(seconds))
}

fn not_looked_at(error: &PasswordError) -> Response {
    refuse(match error {
        PasswordError::Busy => reason::passwords_busy(),
        PasswordError::Internal(_) => reason::failed(error.to_string()),
    })
}

fn too_weak(why: &Weak) -> Reason {
    match *why {
        Weak::Length { least, most } => reason::password_length(least, most),
        Weak::Repeats => reason::password_repeats(),
        Weak::UserName => reason::password_is_the_name(),
        Weak::Row => reason::password_is_a_row(),
        Weak::WellKnown => reason::password_is_common(),
    }
}
