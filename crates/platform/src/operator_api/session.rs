//! Logging in and out: a session is an opaque token, sent as a bearer token or, by browsers, as a cookie.
//!
//! Whoever guesses is slowed down twice: per network (`gate`), and per account (`db::login`), where other processes share the
//! count. What a refused attempt costs and is answered does not depend on whether the name exists.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::connect_info::ConnectInfo;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::access::{By, Caller};
use super::error::{ApiResult, ErrorBody};
use super::extract::Body;
use super::identify::{COOKIE, IDLE, hash_of};
use super::throttle::network_of;
use super::{password, second_factor};
use crate::app::App;
use crate::clock;
use crate::db::audit::{self, Deed};
use crate::db::operator::Operator;
use crate::db::session::{self, NewSession};
use crate::db::{Tx, login, operator};
use crate::forwarded::Scheme;
use crate::refusal::Refusal;
use crate::seal::Sealer;
use crate::server::Peer;

/// How long a session lasts at most, in milliseconds; unused, it ends sooner.
const LIFETIME: i64 = 12 * 3_600_000;
/// Longest user name, in bytes.
const NAME: usize = 64;
/// What is kept of a client's name for itself, in characters.
const AGENT: usize = 120;

/// Who wants in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Credentials {
    username: String,
    password: String,
    /// The code of the second factor, or a recovery code; needed when the account has one.
    #[serde(default)]
    code: Option<String>,
}

/// A session that was opened.
#[derive(Serialize, ToSchema)]
pub(crate) struct Opened {
    /// Sent with every request as `Authorization: Bearer <token>`.
    token: String,
    /// When it ends, in milliseconds since 1970, UTC. Unused for two hours, it ends sooner.
    expires_at: i64,
    /// `admin`, `operator` or `viewer`.
    role: String,
}

/// Who is logged in.
#[derive(Serialize, ToSchema)]
pub(crate) struct Whoami {
    /// The operator's name, or `key:<id>` of an API key.
    username: String,
    /// `admin`, `operator` or `viewer`.
    role: String,
    /// The sites they may see and change; null: all.
    sites: Option<Vec<String>>,
    /// Whether a code is needed to log in; null for an API key.
    second_factor: Option<bool>,
    /// Whether the password is still the one of the first start, which was printed or stands in a file.
    must_change_password: bool,
}

/// What came of an attempt.
enum Outcome {
    Opened,
    CodeNeeded,
    WrongCode,
    Locked(u64),
}

/// Where a session is opened from, and by what.
pub(super) struct Client {
    pub(super) address: IpAddr,
    agent: String,
    scheme: Scheme,
}

/// Logs in. Attempts are limited per network: ten at once, then one every six seconds; and per account: after five failures
/// each further one makes the next attempt wait longer, up to a quarter of an hour.
#[utoipa::path(post, path = "/api/v1/session", tag = "session", request_body = Credentials, responses(
    (status = CREATED, body = Opened, description = "the token, also set as a cookie"),
    (status = UNAUTHORIZED, body = ErrorBody, description = "wrong, or `code_needed`: the account has a second factor"),
    (status = FORBIDDEN, body = ErrorBody, description = "a page of another origin asked"),
    (status = TOO_MANY_REQUESTS, body = ErrorBody)))]
pub(crate) async fn open(
    State(app): State<Arc<App>>,
    ConnectInfo(Peer(peer)): ConnectInfo<Peer>,
    Extension(scheme): Extension<Scheme>,
    headers: HeaderMap,
    Body(asked): Body<Credentials>,
) -> ApiResult<(StatusCode, [(HeaderName, String); 1], Json<Opened>)> {
    let client = Client::of(peer.ip(), scheme, &headers);
    app.gate.tries(client.address)?;
    let Credentials { username, password, code } = asked;
    // No account has a longer name; it is not counted under it, and refused like any other.
    let username = if username.len() > NAME { String::new() } else { username };
    let (name, network) = (username.clone(), client.network());
    let (wait, found) = app
        .db
        .read(move |tx| {
            let wait = login::wait(tx, &name, &network, clock::now())?;
            Ok::<_, Refusal>((wait, operator::find(tx, &name)?))
        })
        .await?;
    if wait > 0 {
        return Err(Refusal::TooMany { seconds: seconds(wait) }.into());
    }
    let hash = found.as_ref().map(|found| found.password_hash.clone());
    let right = password::verify(password, hash).await?;
    let exists = found.is_some();
    let Some(found) = found.filter(|_| right) else {
        refused(&app, username, exists, &client).await?;
        return Err(Refusal::Unauthenticated("user name or password is wrong").into());
    };
    let (opened, answer, cookie) = new_session(&found, &client);
    let network = client.network();
    let sealer = app.seal.sealer();
    let outcome =
        app.db.write(move |tx| enter(tx, &sealer, &found, code.as_deref(), &network, &opened)).await?;
    match outcome {
        Outcome::Opened => {}
        Outcome::CodeNeeded => {
            app.gate.succeeded(client.address);
            return Err(Refusal::CodeNeeded.into());
        }
        Outcome::WrongCode => {
            refused(&app, username, true, &client).await?;
            return Err(Refusal::Unauthenticated("the code is wrong or was used already").into());
        }
        Outcome::Locked(seconds) => return Err(Refusal::TooMany { seconds }.into()),
    }
    app.gate.succeeded(client.address);
    tracing::info!(username, address = %client.address, "logged in");
    Ok((StatusCode::CREATED, cookie, Json(answer)))
}

/// Opens the session, when the second factor, if there is one, agrees.
fn enter(
    tx: &mut Tx<'_>,
    sealer: &Sealer,
    found: &Operator,
    code: Option<&str>,
    network: &str,
    new: &NewSession,
) -> Result<Outcome, Refusal> {
    let now = clock::now();
    // Attempts made at the same time: the failed ones may have been counted by now.
    let wait = login::wait(tx, &found.username, network, now)?;
    if wait > 0 {
        return Ok(Outcome::Locked(seconds(wait)));
    }
    if found.has_second_factor {
        let Some(code) = code else { return Ok(Outcome::CodeNeeded) };
        if !second_factor::accepts(tx, sealer, &found.username, code, now)? {
            return Ok(Outcome::WrongCode);
        }
    }
    login::succeeded(tx, &found.username, network, now)?;
    session::open(tx, new, IDLE, now)?;
    let told = json!({"session": new.id, "second_factor": found.has_second_factor});
    audit::append(tx, &deed_of(&found.username, &new.address, "session.open", &found.username, told), now)?;
    Ok(Outcome::Opened)
}

/// Counts a refused attempt and, within bounds, writes it to the audit log.
async fn refused(app: &App, username: String, exists: bool, client: &Client) -> Result<(), Refusal> {
    tracing::warn!(address = %client.address, "login refused");
    let noted = app.gate.notes_refusal();
    let (network, address) = (client.network(), client.address.to_string());
    app.db
        .write(move |tx| {
            let now = clock::now();
            let failures = login::failed(tx, &username, &network, now)?;
            if let Some(before) = noted {
                // A name nobody has may be a password typed into the wrong field: it is not written down.
                let subject = if exists { username.as_str() } else { "" };
                let told = json!({"failures": failures, "not_written_before": before});
                audit::append(tx, &deed_of("nobody", &address, "session.refuse", subject, told), now)?;
            }
            Ok(())
        })
        .await
}

/// Who is logged in.
#[utoipa::path(get, path = "/api/v1/session", tag = "session", responses((status = OK, body = Whoami)))]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
) -> ApiResult<Json<Whoami>> {
    let account = match caller.by {
        By::Key(_) => None,
        By::Session(_) => {
            let name = caller.username.clone();
            app.db.read(move |tx| operator::find(tx, &name)).await?
        }
    };
    let second_factor = account.as_ref().map(|account| account.has_second_factor);
    let must_change_password = account.is_some_and(|account| account.must_change_password);
    let sites = caller.sites().map(<[String]>::to_vec);
    let role = caller.role.word().to_owned();
    Ok(Json(Whoami { username: caller.username, role, sites, second_factor, must_change_password }))
}

/// Logs out: the token is worth nothing afterwards.
#[utoipa::path(delete, path = "/api/v1/session", tag = "session", responses((status = NO_CONTENT),
    (status = FORBIDDEN, body = ErrorBody, description = "an API key has no session")))]
pub(crate) async fn close(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
) -> ApiResult<(StatusCode, HeaderMap)> {
    let id = caller.session()?.to_owned();
    app.db
        .write(move |tx| {
            session::close(tx, &id)?;
            let deed = caller.deed("session.close", caller.username.clone(), json!({"session": id}));
            audit::append(tx, &deed, clock::now())
        })
        .await?;
    let mut headers = HeaderMap::new();
    let gone = format!("{COOKIE}=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0");
    if let Ok(gone) = gone.parse() {
        headers.insert(header::SET_COOKIE, gone);
    }
    Ok((StatusCode::NO_CONTENT, headers))
}

/// A session to be written down, what its owner is told, and the cookie.
pub(super) fn new_session(
    owner: &Operator,
    client: &Client,
) -> (NewSession, Opened, [(HeaderName, String); 1]) {
    let token = password::new_token();
    let expires_at = clock::now() + LIFETIME;
    let new = NewSession {
        id: Uuid::now_v7().to_string(),
        token_hash: hash_of(&token),
        username: owner.username.clone(),
        address: client.address.to_string(),
        agent: client.agent.clone(),
        expires_at,
    };
    let secure = if client.scheme == Scheme::Https { "; Secure" } else { "" };
    let seconds = LIFETIME / 1000;
    let cookie = format!("{COOKIE}={token}; HttpOnly; SameSite=Strict; Path=/; Max-Age={seconds}{secure}");
    let answer = Opened { token, expires_at, role: owner.role.clone() };
    (new, answer, [(header::SET_COOKIE, cookie)])
}

impl Client {
    pub(super) fn of(address: IpAddr, scheme: Scheme, headers: &HeaderMap) -> Self {
        let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or("");
        Self { address: address.to_canonical(), agent: agent.chars().take(AGENT).collect(), scheme }
    }

    fn network(&self) -> String {
        network_of(self.address).to_string()
    }
}

impl Caller {
    /// The id of the session they came with; an API key has none.
    pub(super) fn session(&self) -> Result<&str, Refusal> {
        match &self.by {
            By::Session(id) => Ok(id),
            By::Key(_) => Err(Refusal::NotASession("session")),
        }
    }
}

fn deed_of(actor: &str, address: &str, action: &'static str, subject: &str, detail: Value) -> Deed {
    Deed { actor: actor.to_owned(), address: address.to_owned(), action, subject: subject.to_owned(), detail }
}

/// Milliseconds as whole seconds, at least one.
fn seconds(milliseconds: i64) -> u64 {
    u64::try_from(milliseconds).unwrap_or(0).div_ceil(1000).max(1)
}
