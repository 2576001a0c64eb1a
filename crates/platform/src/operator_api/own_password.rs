//! Changing one's own password. Every session of the account ends, and the one that asked goes on under a new token.

use std::sync::Arc;

use axum::Json;
use axum::extract::connect_info::ConnectInfo;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, HeaderName};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::access::Caller;
use super::error::{ApiResult, ErrorBody};
use super::extract::Body;
use super::identify::IDLE;
use super::password;
use super::session::{Client, Opened, new_session};
use crate::app::App;
use crate::clock;
use crate::db::{audit, operator, session};
use crate::forwarded::Scheme;
use crate::refusal::Refusal;
use crate::server::Peer;

/// The password as it is and as it shall be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordChange {
    old: String,
    /// 10 to 256 characters, none of those that are tried first.
    new: String,
}

/// Changes one's own password. All sessions end; the answer holds the token of a new one, also set as a cookie.
#[utoipa::path(put, path = "/api/v1/session/password", tag = "session", request_body = PasswordChange, responses(
    (status = OK, body = Opened), (status = UNAUTHORIZED, body = ErrorBody, description = "the old password is wrong"),
    (status = FORBIDDEN, body = ErrorBody, description = "an API key has no password"),
    (status = UNPROCESSABLE_ENTITY, body = ErrorBody), (status = TOO_MANY_REQUESTS, body = ErrorBody)))]
pub(crate) async fn change(
    State(app): State<Arc<App>>,
    ConnectInfo(Peer(peer)): ConnectInfo<Peer>,
    Extension(scheme): Extension<Scheme>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    Body(asked): Body<PasswordChange>,
) -> ApiResult<([(HeaderName, String); 1], Json<Opened>)> {
    let found = prove(&app, &caller, peer.ip(), asked.old, "password").await?;
    password::check("new", &asked.new, &found.username)?;
    let changed = operator::Operator { password_hash: password::hash(asked.new).await?, ..found };
    let client = Client::of(peer.ip(), scheme, &headers);
    let (new, answer, cookie) = new_session(&changed, &client);
    app.db
        .write(move |tx| {
            let now = clock::now();
            // What else was changed meanwhile stays changed.
            let present = operator::find(tx, &changed.username)?;
            let mut present = present.ok_or_else(|| Refusal::not_found("operator", &changed.username))?;
            present.password_hash = changed.password_hash;
            present.must_change_password = false;
            operator::update(tx, &present)?;
            session::close_all_of(tx, &present.username)?;
            session::open(tx, &new, IDLE, now)?;
            let deed = caller.deed("operator.password", present.username, json!({"session": new.id}));
            audit::append(tx, &deed, now)?;
            Ok::<_, Refusal>(())
        })
        .await?;
    Ok((cookie, Json(answer)))
}

/// The operator behind a session, once they proved that they know the password. Attempts count like logins.
pub(super) async fn prove(
    app: &App,
    caller: &Caller,
    address: std::net::IpAddr,
    tried: String,
    what: &'static str,
) -> Result<operator::Operator, Refusal> {
    caller.session().map_err(|_| Refusal::NotASession(what))?;
    app.gate.tries(address)?;
    let name = caller.username.clone();
    let found = app.db.read(move |tx| operator::find(tx, &name)).await?;
    let found = found.ok_or_else(|| Refusal::not_found("operator", caller.username.as_str()))?;
    if !password::verify(tried, Some(found.password_hash.clone())).await? {
        return Err(Refusal::Unauthenticated("the password is wrong"));
    }
    app.gate.succeeded(address);
    Ok(found)
}
