//! Who may do what: one table for every operation, and the one guard that enforces it.
//!
//! An operation that is not in the table is refused to everybody, so forgetting it is noticed at once.

use std::sync::Arc;

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::Response;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::error::{ApiError, ApiResult};
use crate::app::App;
use crate::blobs::hex;
use crate::clock;
use crate::db::audit::Deed;
use crate::db::operator;
use crate::refusal::Refusal;
use crate::server::Peer;

/// The cookie that carries a session's token for browsers.
pub(crate) const COOKIE: &str = "menshen_session";

/// What an operator may do; each role may do what the ones before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    /// Reads.
    Viewer,
    /// Manages people, groups and boxes.
    Operator,
    /// Manages operators and speaks to boxes in their own words.
    Admin,
}

/// Who is asking, put beside every request that passed the guard.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// The operator's name, or `key:<id>` of an API key.
    pub(crate) username: String,
    pub(crate) role: Role,
    /// The sites they may see and change; `None`: all.
    pub(crate) sites: Option<Arc<[String]>>,
    /// Where the request came from.
    pub(crate) address: String,
    /// The session the request came with.
    pub(crate) token_hash: String,
}

/// What an operation demands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Nothing.
    Nothing,
    /// At least this role.
    Role(Role),
}

const PUBLIC: Need = Need::Nothing;
const VIEWER: Need = Need::Role(Role::Viewer);
const OPERATOR: Need = Need::Role(Role::Operator);
const ADMIN: Need = Need::Role(Role::Admin);

/// Every operation and what it demands.
#[rustfmt::skip]
pub(crate) const TABLE: &[(&str, &str, Need)] = &[
    ("GET",    "/healthz",                                   PUBLIC),
    ("GET",    "/readyz",                                    PUBLIC),
    ("GET",    "/api/docs",                                  PUBLIC),
    ("GET",    "/api/docs/page.js",                          PUBLIC),
    ("GET",    "/api/v1/openapi.json",                       PUBLIC),
    ("POST",   "/api/v1/session",                            PUBLIC),
    ("GET",    "/api/v1/session",                            VIEWER),
    ("DELETE", "/api/v1/session",                            VIEWER),
    ("GET",    "/api/v1/operators",                          ADMIN),
    ("POST",   "/api/v1/operators",                          ADMIN),
    ("PATCH",  "/api/v1/operators/{username}",               ADMIN),
    ("DELETE", "/api/v1/operators/{username}",               ADMIN),
    ("GET",    "/api/v1/people",                             VIEWER),
    ("POST",   "/api/v1/people",                             OPERATOR),
    ("GET",    "/api/v1/people/{identity_id}",               VIEWER),
    ("PATCH",  "/api/v1/people/{identity_id}",               OPERATOR),
    ("DELETE", "/api/v1/people/{identity_id}",               OPERATOR),
    ("GET",    "/api/v1/people/{identity_id}/boxes",         VIEWER),
    ("POST",   "/api/v1/people/{identity_id}/resync",        OPERATOR),
    ("GET",    "/api/v1/people/{identity_id}/photo",         VIEWER),
    ("PUT",    "/api/v1/people/{identity_id}/photo",         OPERATOR),
    ("GET",    "/api/v1/groups",                             VIEWER),
    ("POST",   "/api/v1/groups",                             OPERATOR),
    ("GET",    "/api/v1/groups/{group_id}",                  VIEWER),
    ("PATCH",  "/api/v1/groups/{group_id}",                  OPERATOR),
    ("DELETE", "/api/v1/groups/{group_id}",                  OPERATOR),
    ("POST",   "/api/v1/groups/{group_id}/people",           OPERATOR),
    ("GET",    "/api/v1/boxes",                              VIEWER),
    ("POST",   "/api/v1/boxes",                              OPERATOR),
    ("POST",   "/api/v1/boxes/bulk",                         OPERATOR),
    ("GET",    "/api/v1/boxes/{dev_sno}",                    VIEWER),
    ("PATCH",  "/api/v1/boxes/{dev_sno}",                    OPERATOR),
    ("DELETE", "/api/v1/boxes/{dev_sno}",                    OPERATOR),
    ("POST",   "/api/v1/boxes/{dev_sno}/unbind",             OPERATOR),
    ("GET",    "/api/v1/boxes/{dev_sno}/pairing",            VIEWER),
    ("POST",   "/api/v1/boxes/{dev_sno}/pairing",            OPERATOR),
    ("DELETE", "/api/v1/boxes/{dev_sno}/pairing",            OPERATOR),
    ("PUT",    "/api/v1/boxes/{dev_sno}/groups",             OPERATOR),
    ("GET",    "/api/v1/boxes/{dev_sno}/people",             VIEWER),
    ("GET",    "/api/v1/boxes/{dev_sno}/drift",              VIEWER),
    ("POST",   "/api/v1/boxes/{dev_sno}/resync",             OPERATOR),
    ("POST",   "/api/v1/boxes/{dev_sno}/people/{identity_id}/resync", OPERATOR),
    ("GET",    "/api/v1/boxes/{dev_sno}/heartbeats",         VIEWER),
    ("POST",   "/api/v1/boxes/{dev_sno}/commands",           OPERATOR),
    ("POST",   "/api/v1/boxes/{dev_sno}/commands/raw",       ADMIN),
    ("GET",    "/api/v1/erasures",                           VIEWER),
    ("GET",    "/api/v1/erasures/{id}",                      VIEWER),
    ("GET",    "/api/v1/erasures/{id}/boxes",                VIEWER),
    ("POST",   "/api/v1/fiqa",                               OPERATOR),
    ("GET",    "/api/v1/cameras",                            VIEWER),
    ("GET",    "/api/v1/commands",                           VIEWER),
    ("GET",    "/api/v1/commands/{id}",                      VIEWER),
    ("GET",    "/api/v1/events",                             VIEWER),
    ("GET",    "/api/v1/events/count",                       VIEWER),
    ("GET",    "/api/v1/events/export",                      VIEWER),
    ("POST",   "/api/v1/events/search-by-face",              OPERATOR),
    ("GET",    "/api/v1/events/{id}",                        VIEWER),
    ("GET",    "/api/v1/events/{id}/photos/{which}",         VIEWER),
    ("GET",    "/api/v1/retention",                          VIEWER),
    ("PUT",    "/api/v1/retention",                          ADMIN),
    ("POST",   "/api/v1/retention/preview",                  ADMIN),
    ("GET",    "/api/v1/retention/runs",                     VIEWER),
    ("POST",   "/api/v1/retention/runs",                     ADMIN),
    ("GET",    "/api/v1/stats",                              VIEWER),
    ("GET",    "/api/v1/stats/boxes",                        VIEWER),
    ("GET",    "/api/v1/stream",                             VIEWER),
];

impl Role {
    /// The word in the database and in answers.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }

    /// The role a word names.
    pub(crate) fn of(word: &str) -> Option<Self> {
        [Self::Viewer, Self::Operator, Self::Admin].into_iter().find(|role| role.word() == word)
    }
}

impl Caller {
    /// Whether they may see and change what stands on a site.
    pub(crate) fn may_see(&self, site: &str) -> bool {
        self.sites.as_deref().is_none_or(|sites| sites.iter().any(|known| known == site))
    }

    /// What they do, for the audit log; `action` is `noun.verb`.
    pub(crate) fn deed(&self, action: &'static str, subject: impl Into<String>, detail: Value) -> Deed {
        let (actor, address) = (self.username.clone(), self.address.clone());
        Deed { actor, address, action, subject: subject.into(), detail }
    }
}

/// What the table says of an operation.
pub(crate) fn need_of(method: &str, path: &str) -> Option<Need> {
    // HEAD is answered by the handler of GET.
    let method = if method == "HEAD" { "GET" } else { method };
    TABLE.iter().find(|(m, p, _)| *m == method && *p == path).map(|(_, _, need)| *need)
}

/// Lets a request pass when the session it carries has the role its operation demands.
pub(crate) async fn guard(
    State(app): State<Arc<App>>,
    matched: MatchedPath,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let need = need_of(request.method().as_str(), matched.as_str());
    if need != Some(Need::Nothing) {
        let address = request.extensions().get::<ConnectInfo<Peer>>().map(|peer| peer.0.0.ip().to_string());
        let caller = identify(&app, request.headers(), address.unwrap_or_default()).await?;
        match need {
            Some(Need::Role(needed)) if caller.role >= needed => {}
            Some(Need::Role(needed)) => {
                let present = caller.role.word();
                return Err(Refusal::Forbidden { needed: needed.word(), present }.into());
            }
            _ => {
                return Err(
                    Refusal::Internal(format!("{} is not in the table of access", matched.as_str())).into()
                );
            }
        }
        request.extensions_mut().insert(caller);
    }
    Ok(next.run(request).await)
}

async fn identify(app: &App, headers: &HeaderMap, address: String) -> ApiResult<Caller> {
    let token = bearer(headers).or_else(|| cookie(headers));
    let token = token.ok_or(Refusal::Unauthenticated("log in first: POST /api/v1/session"))?;
    let token_hash = hash_of(token);
    let hash = token_hash.clone();
    let found = app.db.read(move |tx| operator::of_session(tx, &hash, clock::now())).await?;
    let found = found.ok_or(Refusal::Unauthenticated("this session has ended; log in again"))?;
    let role = Role::of(&found.role).ok_or_else(|| Refusal::Internal(format!("role {:?}", found.role)))?;
    Ok(Caller { username: found.username, role, sites: None, address, token_hash })
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.into_iter().find(|(name, _)| *name == COOKIE).map(|(_, value)| value)
}

/// How a token is kept: it has 256 random bits, so a plain hash is enough.
pub(crate) fn hash_of(token: &str) -> String {
    hex(&Sha256::digest(token.as_bytes()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_table_names_every_operation_and_nothing_else() {
        let (_, document) = super::super::operations().split_for_parts();
        let document = serde_json::to_value(document).unwrap();
        let mut served = BTreeSet::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            served
                .extend(item.as_object().unwrap().keys().map(|method| (method.to_uppercase(), path.clone())));
        }
        let listed: BTreeSet<_> =
            TABLE.iter().map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned())).collect();
        assert_eq!(served, listed);
        assert_eq!(listed.len(), TABLE.len(), "an operation is listed twice");
    }

    #[test]
    fn tokens_are_found_where_clients_put_them() {
        let headers =
            |name: header::HeaderName, value: &str| HeaderMap::from_iter([(name, value.parse().unwrap())]);
        assert_eq!(bearer(&headers(header::AUTHORIZATION, "bearer  abc")), Some("abc"));
        assert_eq!(bearer(&headers(header::AUTHORIZATION, "Basic abc")), None);
        assert_eq!(cookie(&headers(header::COOKIE, "x=1; menshen_session=abc; y=2")), Some("abc"));
        assert_eq!(cookie(&headers(header::COOKIE, "x_menshen_session=abc")), None);
    }

    #[test]
    fn roles_are_ordered() {
        assert!(Role::Admin > Role::Operator && Role::Operator > Role::Viewer);
        assert_eq!(Role::of("operator"), Some(Role::Operator));
        assert_eq!((need_of("HEAD", "/healthz"), need_of("GET", "/nowhere")), (Some(Need::Nothing), None));
    }
}
