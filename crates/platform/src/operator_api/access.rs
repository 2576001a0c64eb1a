//! Who may do what: one table for every operation, and the one guard that enforces it.
//!
//! An operation that is not in the table is refused to everybody, so forgetting it is noticed at once.

use std::sync::Arc;

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use serde_json::Value;

use super::error::ApiError;
use super::{identify, origin};
use crate::app::App;
use crate::db::audit::Deed;
use crate::db::sites::Sites;
use crate::refusal::Refusal;
use crate::server::Peer;

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
    pub(crate) sites: Sites,
    /// Where the request came from.
    pub(crate) address: String,
    /// What the request came with.
    pub(crate) by: By,
}

/// What lets a caller in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum By {
    /// A session, by its id.
    Session(String),
    /// An API key, by its id.
    Key(String),
}

/// What an operation demands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Nothing.
    Nothing,
    /// At least this role.
    Role(Role),
    /// The key of a live wall, which is good for nothing else.
    Wall,
}

const PUBLIC: Need = Need::Nothing;
const VIEWER: Need = Need::Role(Role::Viewer);
const OPERATOR: Need = Need::Role(Role::Operator);
const ADMIN: Need = Need::Role(Role::Admin);
const WALL: Need = Need::Wall;

/// Every operation and what it demands.
#[rustfmt::skip]
pub(crate) const TABLE: &[(&str, &str, Need)] = &[
    ("GET",    "/healthz",                                   PUBLIC),
    ("GET",    "/readyz",                                    PUBLIC),
    ("GET",    "/metrics",                                   VIEWER),
    ("GET",    "/api/docs",                                  PUBLIC),
    ("GET",    "/api/docs/page.js",                          PUBLIC),
    ("GET",    "/api/v1/openapi.json",                       PUBLIC),
    ("POST",   "/api/v1/session",                            PUBLIC),
    ("GET",    "/api/v1/session",                            VIEWER),
    ("DELETE", "/api/v1/session",                            VIEWER),
    ("PUT",    "/api/v1/session/password",                   VIEWER),
    ("POST",   "/api/v1/session/totp",                       VIEWER),
    ("PUT",    "/api/v1/session/totp",                       VIEWER),
    ("DELETE", "/api/v1/session/totp",                       VIEWER),
    ("GET",    "/api/v1/sessions",                           VIEWER),
    ("DELETE", "/api/v1/sessions/{id}",                      VIEWER),
    ("GET",    "/api/v1/operators",                          ADMIN),
    ("POST",   "/api/v1/operators",                          ADMIN),
    ("PATCH",  "/api/v1/operators/{username}",               ADMIN),
    ("DELETE", "/api/v1/operators/{username}",               ADMIN),
    ("DELETE", "/api/v1/operators/{username}/totp",          ADMIN),
    ("GET",    "/api/v1/api-keys",                           ADMIN),
    ("POST",   "/api/v1/api-keys",                           ADMIN),
    ("GET",    "/api/v1/api-keys/{id}",                      ADMIN),
    ("PATCH",  "/api/v1/api-keys/{id}",                      ADMIN),
    ("DELETE", "/api/v1/api-keys/{id}",                      ADMIN),
    ("POST",   "/api/v1/api-keys/{id}/rotate",               ADMIN),
    ("GET",    "/api/v1/audit",                              ADMIN),
    ("GET",    "/api/v1/audit/verify",                       ADMIN),
    ("GET",    "/api/v1/audit/export",                       ADMIN),
    ("GET",    "/api/v1/people",                             VIEWER),
    ("POST",   "/api/v1/people",                             OPERATOR),
    ("POST",   "/api/v1/people/bulk",                        OPERATOR),
    ("GET",    "/api/v1/people/departments",                 VIEWER),
    ("GET",    "/api/v1/people/export",                      OPERATOR),
    ("GET",    "/api/v1/people/imports",                     VIEWER),
    ("POST",   "/api/v1/people/imports",                     OPERATOR),
    ("GET",    "/api/v1/people/imports/template.csv",        VIEWER),
    ("GET",    "/api/v1/people/imports/{id}",                VIEWER),
    ("DELETE", "/api/v1/people/imports/{id}",                OPERATOR),
    ("POST",   "/api/v1/people/imports/{id}/cancel",         OPERATOR),
    ("GET",    "/api/v1/people/imports/{id}/failed.csv",     OPERATOR),
    ("POST",   "/api/v1/people/imports/{id}/files",          OPERATOR),
    ("GET",    "/api/v1/people/imports/{id}/rows",           VIEWER),
    ("GET",    "/api/v1/people/tags",                        VIEWER),
    ("GET",    "/api/v1/people/{identity_id}",               VIEWER),
    ("PATCH",  "/api/v1/people/{identity_id}",               OPERATOR),
    ("DELETE", "/api/v1/people/{identity_id}",               OPERATOR),
    ("GET",    "/api/v1/people/{identity_id}/boxes",         VIEWER),
    ("GET",    "/api/v1/people/{identity_id}/look-alikes",   OPERATOR),
    ("POST",   "/api/v1/people/{identity_id}/resync",        OPERATOR),
    ("GET",    "/api/v1/people/{identity_id}/photo",         VIEWER),
    ("PUT",    "/api/v1/people/{identity_id}/photo",         OPERATOR),
    ("GET",    "/api/v1/people/{identity_id}/photo/verdict", VIEWER),
    ("POST",   "/api/v1/photos/verdict",                     OPERATOR),
    ("GET",    "/api/v1/groups",                             VIEWER),
    ("POST",   "/api/v1/groups",                             OPERATOR),
    ("GET",    "/api/v1/groups/{group_id}",                  VIEWER),
    ("PATCH",  "/api/v1/groups/{group_id}",                  OPERATOR),
    ("DELETE", "/api/v1/groups/{group_id}",                  OPERATOR),
    ("POST",   "/api/v1/groups/{group_id}/people",           OPERATOR),
    ("GET",    "/api/v1/sites",                              VIEWER),
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
    ("GET",    "/api/v1/stats/events",                       VIEWER),
    ("GET",    "/api/v1/stream",                             VIEWER),
    ("GET",    "/api/v1/walls",                              ADMIN),
    ("POST",   "/api/v1/walls",                              ADMIN),
    ("DELETE", "/api/v1/walls/{id}",                         ADMIN),
    ("POST",   "/api/v1/wall/session",                       PUBLIC),
    ("GET",    "/api/v1/wall/events",                        WALL),
    ("GET",    "/api/v1/wall/events/{id}/photos/{which}",    WALL),
    ("GET",    "/api/v1/wall/stream",                        WALL),
    ("GET",    "/api/v1/webhooks",                           ADMIN),
    ("POST",   "/api/v1/webhooks",                           ADMIN),
    ("GET",    "/api/v1/webhooks/{id}",                      ADMIN),
    ("PATCH",  "/api/v1/webhooks/{id}",                      ADMIN),
    ("DELETE", "/api/v1/webhooks/{id}",                      ADMIN),
    ("GET",    "/api/v1/webhooks/{id}/deliveries",           ADMIN),
    ("POST",   "/api/v1/webhooks/{id}/test",                 ADMIN),
    ("POST",   "/api/v1/webhooks/{id}/replay",               ADMIN),
];

/// Operations whose answer has no end: they are cut off when the session or key they came with ends.
const STREAMS: &[&str] = &["/api/v1/stream", "/api/v1/wall/stream"];

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

    /// The role somebody asks for.
    pub(super) fn read(word: &str) -> Result<Self, Refusal> {
        Self::of(word).ok_or_else(|| Refusal::invalid("role", "must be admin, operator or viewer"))
    }
}

impl Caller {
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

/// Lets a request pass when it comes from where it may, not too often, with a session or a key that has the role its
/// operation demands.
pub(crate) async fn guard(
    State(app): State<Arc<App>>,
    ConnectInfo(Peer(peer)): ConnectInfo<Peer>,
    matched: MatchedPath,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    app.gate.address_asks(peer.ip())?;
    origin::check(request.method(), request.headers(), app.config.http.public_url.as_ref())?;
    let need = need_of(request.method().as_str(), matched.as_str());
    if need == Some(Need::Wall) {
        let wall = identify::wall(&app, request.headers()).await?;
        app.gate.caller_asks(&format!("wall:{}", wall.id))?;
        let still = STREAMS.contains(&matched.as_str()).then(|| request.headers().clone());
        request.extensions_mut().insert(wall);
        let response = next.run(request).await;
        return Ok(match still {
            Some(headers) => identify::while_it_hangs(app, headers, response),
            None => response,
        });
    }
    if need != Some(Need::Nothing) {
        let address = peer.ip().to_canonical().to_string();
        let caller = identify::caller(&app, request.headers(), address).await?;
        app.gate.caller_asks(&caller.username)?;
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
        let still = STREAMS.contains(&matched.as_str()).then(|| (request.headers().clone(), caller.clone()));
        request.extensions_mut().insert(caller);
        let response = next.run(request).await;
        return Ok(match still {
            Some((headers, caller)) => identify::while_let_in(app, headers, caller, response),
            None => response,
        });
    }
    Ok(next.run(request).await)
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
    fn roles_are_ordered() {
        assert!(Role::Admin > Role::Operator && Role::Operator > Role::Viewer);
        assert_eq!(Role::of("operator"), Some(Role::Operator));
        assert_eq!((need_of("HEAD", "/healthz"), need_of("GET", "/nowhere")), (Some(Need::Nothing), None));
    }
}
