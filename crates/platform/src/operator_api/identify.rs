//! Who is asking: the session or the API key a request carries, as they are now. Nothing is remembered between two requests,
//! so a revoked key and a closed session are worth nothing at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, header};
use axum::response::Response;
use futures_util::StreamExt as _;
use sha2::{Digest, Sha256};

use super::access::{By, Caller, Role};
use super::error::{ApiError, ApiResult};
use super::wall::NO_WALL;
use crate::app::App;
use crate::blobs::hex;
use crate::clock;
use crate::db::wall::{self, Wall};
use crate::db::{DbError, Tx, api_key, session};
use crate::refusal::Refusal;

/// The cookie that carries a session's token for browsers.
pub(crate) const COOKIE: &str = "menshen_session";
/// What API keys begin with, so that one that leaked is recognised.
pub(crate) const KEY_PREFIX: &str = "mk_";
/// The cookie that carries the key of a live wall.
pub(super) const WALL_COOKIE: &str = "menshen_wall";
/// What keys of live walls begin with.
pub(super) const WALL_PREFIX: &str = "mw_";
/// A session that is not used for this long ends, in milliseconds.
pub(crate) const IDLE: i64 = 2 * 3_600_000;

/// How often a live answer looks whether its asker is still let in.
const LOOK: Duration = Duration::from_secs(3);
/// The use of a session or a key is written down at most this often, in milliseconds.
const TOUCH: i64 = 60_000;
/// Sessions and keys remembered for that; when there are more, some are written down more often.
const TOUCHED: usize = 10_000;

/// When the use of sessions and keys was last written down, by id.
#[derive(Debug, Default)]
pub(crate) struct Touches(Mutex<HashMap<String, i64>>);

/// Whose request this is.
pub(super) async fn caller(app: &App, headers: &HeaderMap, address: String) -> ApiResult<Caller> {
    // An API key is not for browsers.
    let kept = cookie(headers, COOKIE).filter(|value| !value.starts_with(KEY_PREFIX));
    let token = bearer(headers).or(kept);
    let token =
        token.ok_or(Refusal::Unauthenticated("log in first: POST /api/v1/session, or send an API key"))?;
    let (hash, now) = (hash_of(token), clock::now());
    if token.starts_with(KEY_PREFIX) {
        let found = app.db.read(move |tx| api_key::of_token(tx, &hash, now)).await?;
        let found = found.ok_or(Refusal::Unauthenticated("this API key is unknown, expired or revoked"))?;
        let id = found.id.clone();
        touch(app, &found.id, move |tx| api_key::touch(tx, &id, now));
        let username = format!("key:{}", found.id);
        return Ok(Caller {
            username,
            role: role_of(&found.role)?,
            sites: found.sites,
            address,
            by: By::Key(found.id),
        });
    }
    let found = app.db.read(move |tx| session::find(tx, &hash, IDLE, now)).await?;
    let found = found.ok_or(Refusal::Unauthenticated("this session has ended; log in again"))?;
    let id = found.id.clone();
    touch(app, &found.id, move |tx| session::touch(tx, &id, now));
    let role = role_of(&found.role)?;
    Ok(Caller { username: found.username, role, sites: found.sites, address, by: By::Session(found.id) })
}

/// The wall whose key a request carries.
pub(super) async fn wall(app: &App, headers: &HeaderMap) -> ApiResult<Wall> {
    let key = bearer(headers).or_else(|| cookie(headers, WALL_COOKIE));
    let hash = hash_of(key.ok_or(Refusal::Unauthenticated(NO_WALL))?);
    let found = app.db.read(move |tx| wall::of_key(tx, &hash)).await?;
    let found = found.ok_or(Refusal::Unauthenticated(NO_WALL))?;
    let (id, now) = (found.id.clone(), clock::now());
    touch(app, &found.id, move |tx| wall::touch(tx, &id, now));
    Ok(found)
}

/// Ends an answer that goes on for ever when the wall it is for is revoked.
pub(super) fn while_it_hangs(app: Arc<App>, headers: HeaderMap, response: Response) -> Response {
    let ended = async move {
        loop {
            tokio::time::sleep(LOOK).await;
            match wall(&app, &headers).await {
                Ok(_) | Err(ApiError(Refusal::Busy | Refusal::Internal(_))) => {}
                Err(_) => return,
            }
        }
    };
    until(ended, response)
}

/// Ends an answer that goes on for ever when its asker would not be let in any more as who they were.
pub(super) fn while_let_in(
    app: Arc<App>,
    headers: HeaderMap,
    before: Caller,
    response: Response,
) -> Response {
    let ended = async move {
        loop {
            tokio::time::sleep(LOOK).await;
            match caller(&app, &headers, before.address.clone()).await {
                Ok(now) if now.role == before.role && now.sites == before.sites => {}
                // Not being able to look is no reason to cut somebody off.
                Err(ApiError(Refusal::Busy | Refusal::Internal(_))) => {}
                _ => return,
            }
        }
    };
    until(ended, response)
}

/// An answer that ends when something else has.
fn until(ended: impl Future<Output = ()> + Send + 'static, response: Response) -> Response {
    response.map(|body| Body::from_stream(body.into_data_stream().take_until(Box::pin(ended))))
}

/// Writes down that something was used, when that is due; nobody waits for it.
fn touch(app: &App, id: &str, work: impl FnOnce(&mut Tx<'_>) -> Result<(), DbError> + Send + 'static) {
    if !app.gate.touches.is_due(id, clock::now()) {
        return;
    }
    let db = app.db.clone();
    tokio::spawn(async move {
        if let Err(error) = db.write(work).await {
            tracing::warn!(%error, "the last use of a session or key was not written down");
        }
    });
}

impl Touches {
    fn is_due(&self, id: &str, now: i64) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if last.get(id).is_some_and(|at| now - at < TOUCH) {
            return false;
        }
        if last.len() >= TOUCHED {
            last.retain(|_, at| now - *at < TOUCH);
        }
        if last.len() >= TOUCHED {
            last.clear();
        }
        last.insert(id.to_owned(), now);
        true
    }
}

fn role_of(word: &str) -> Result<Role, Refusal> {
    Role::of(word).ok_or_else(|| Refusal::Internal(format!("role {word:?}")))
}

/// The token in `Authorization: Bearer`.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn cookie<'h>(headers: &'h HeaderMap, wanted: &str) -> Option<&'h str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.into_iter().find(|(name, _)| *name == wanted).map(|(_, value)| value)
}

/// How a token is kept: it has 256 random bits, so a plain hash is enough.
pub(crate) fn hash_of(token: &str) -> String {
    hex(&Sha256::digest(token.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_found_where_clients_put_them() {
        let headers =
            |name: header::HeaderName, value: &str| HeaderMap::from_iter([(name, value.parse().unwrap())]);
        assert_eq!(bearer(&headers(header::AUTHORIZATION, "bearer  abc")), Some("abc"));
        assert_eq!(bearer(&headers(header::AUTHORIZATION, "Basic abc")), None);
        assert_eq!(cookie(&headers(header::COOKIE, "x=1; menshen_session=abc; y=2"), COOKIE), Some("abc"));
        assert_eq!(cookie(&headers(header::COOKIE, "x_menshen_session=abc"), COOKIE), None);
        assert_eq!(cookie(&headers(header::COOKIE, "menshen_session=abc"), WALL_COOKIE), None);
    }

    #[test]
    fn uses_are_written_down_once_a_minute_and_memory_is_bounded() {
        let touches = Touches::default();
        assert!(touches.is_due("a", 1_000) && !touches.is_due("a", 60_999) && touches.is_due("a", 61_000));
        for number in 0..3 * TOUCHED {
            touches.is_due(&number.to_string(), 61_000);
        }
        assert!(touches.0.lock().unwrap().len() <= TOUCHED);
    }
}
