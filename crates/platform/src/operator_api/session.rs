//! Logging in and out: a session is an opaque token, sent as a bearer token or, by browsers, as a cookie.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::extract::connect_info::ConnectInfo;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::access::{COOKIE, Caller, hash_of};
use super::error::{ApiResult, ErrorBody};
use super::extract::Body;
use super::password;
use crate::app::App;
use crate::clock;
use crate::db::operator;
use crate::refusal::Refusal;
use crate::server::Peer;

/// How long a session lasts, in milliseconds.
const LIFETIME: i64 = 12 * 3_600_000;

/// Who wants in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Credentials {
    username: String,
    password: String,
}

/// A session that was opened.
#[derive(Serialize, ToSchema)]
pub(crate) struct Opened {
    /// Sent with every request as `Authorization: Bearer <token>`.
    token: String,
    /// When it ends, in milliseconds since 1970, UTC.
    expires_at: i64,
    /// `admin`, `operator` or `viewer`.
    role: String,
}

/// Who is logged in.
#[derive(Serialize, ToSchema)]
pub(crate) struct Whoami {
    username: String,
    /// `admin`, `operator` or `viewer`.
    role: String,
}

/// Logs in. Attempts are limited per address: ten at once, then one every six seconds.
#[utoipa::path(post, path = "/api/v1/session", tag = "session", request_body = Credentials, responses(
    (status = CREATED, body = Opened, description = "the token, also set as a cookie"),
    (status = UNAUTHORIZED, body = ErrorBody), (status = TOO_MANY_REQUESTS, body = ErrorBody)))]
pub(crate) async fn open(
    State(app): State<Arc<App>>,
    ConnectInfo(Peer(peer)): ConnectInfo<Peer>,
    Body(asked): Body<Credentials>,
) -> ApiResult<(StatusCode, [(HeaderName, String); 1], Json<Opened>)> {
    app.logins.take(peer.ip(), Instant::now()).map_err(|seconds| Refusal::TooMany { seconds })?;
    let name = asked.username;
    let found = app.db.read(move |tx| operator::find(tx, &name)).await?;
    let hash = found.as_ref().map(|found| found.password_hash.clone());
    let right = password::verify(asked.password, hash).await?;
    let Some(found) = found.filter(|_| right) else {
        tracing::warn!(address = %peer.ip(), "login refused");
        return Err(Refusal::Unauthenticated("user name or password is wrong").into());
    };
    app.logins.give_back(peer.ip());
    let token = password::new_token();
    let (hash, now) = (hash_of(&token), clock::now());
    let expires_at = now + LIFETIME;
    let role = found.role.clone();
    tracing::info!(username = found.username, address = %peer.ip(), "logged in");
    app.db.write(move |tx| operator::open_session(tx, &hash, &found, now, expires_at)).await?;
    let cookie = format!("{COOKIE}={token}; HttpOnly; SameSite=Strict; Path=/; Max-Age={}", LIFETIME / 1000);
    Ok((StatusCode::CREATED, [(header::SET_COOKIE, cookie)], Json(Opened { token, expires_at, role })))
}

/// Who is logged in.
#[utoipa::path(get, path = "/api/v1/session", tag = "session", responses((status = OK, body = Whoami)))]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
) -> ApiResult<Json<Whoami>> {
    let name = caller.username.clone();
    let found = app.db.read(move |tx| operator::find(tx, &name)).await?;
    let found = found.ok_or(Refusal::not_found("operator", caller.username))?;
    Ok(Json(Whoami { username: found.username, role: found.role }))
}

/// Logs out: the token is worth nothing afterwards.
#[utoipa::path(delete, path = "/api/v1/session", tag = "session", responses((status = NO_CONTENT)))]
pub(crate) async fn close(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
) -> ApiResult<(StatusCode, HeaderMap)> {
    app.db.write(move |tx| operator::close_session(tx, &caller.token_hash)).await?;
    let mut headers = HeaderMap::new();
    let gone = format!("{COOKIE}=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0");
    if let Ok(gone) = gone.parse() {
        headers.insert(header::SET_COOKIE, gone);
    }
    Ok((StatusCode::NO_CONTENT, headers))
}
