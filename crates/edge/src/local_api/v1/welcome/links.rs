//! Links to greeting screens: each has a secret of its own that is shown once, and can be taken back.

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::local_api::Desk;
use crate::local_api::answer::{Page, Refusal, json};
use crate::local_api::sent::Sent;
use crate::reason::table as reason;
use crate::store::screen_keys::Key;

/// The longest name, characters.
const LONGEST_NAME: usize = 80;

/// What a link is called.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// For people: where the screen is.
    name: String,
}

/// A link.
#[derive(Serialize, ToSchema)]
struct Link {
    id: String,
    name: String,
    /// Milliseconds UTC.
    made_at: i64,
    /// When a screen last opened it, milliseconds UTC.
    used_at: Option<i64>,
    /// What the screen opens, behind the box's own address; only where it was just made.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
}

impl Link {
    fn of(key: &Key, path: Option<String>) -> Self {
        Self { id: key.id.clone(), name: key.name.clone(), made_at: key.made_at, used_at: key.used_at, path }
    }
}

/// Every link, oldest first.
#[utoipa::path(get, path = "/api/v1/welcome/links", tag = "welcome", responses((status = OK, body = Page<Link>)))]
pub(in crate::local_api::v1) async fn list(State(desk): State<Desk>) -> Result<Response, Refusal> {
    let keys = desk.stations.screens.keys.list(None);
    json(&Page::whole(keys.iter().map(|key| Link::of(key, None)).collect()))
}

/// Makes a link. Its `path` holds the secret and is shown this once.
#[utoipa::path(post, path = "/api/v1/welcome/links", tag = "welcome", request_body = Wanted,
    responses((status = CREATED, body = Link), (status = BAD_REQUEST), (status = CONFLICT, description = "Too many links")))]
pub(in crate::local_api::v1) async fn make(
    State(desk): State<Desk>,
    sent: Sent,
) -> Result<Response, Refusal> {
    let Wanted { name } = sent.plain()?;
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        return Err(reason::characters_between(1_u64, LONGEST_NAME).of("name").into());
    }
    let made = desk.stations.screens.keys.make(None, name, String::new()).await;
    let (secret, key) = made?;
    tracing::info!(name, link = %key.id, "a link to the greeting screen was made");
    let answer = json(&Link::of(&key, Some(format!("/welcome#{secret}"))))?;
    Ok((StatusCode::CREATED, [(header::CACHE_CONTROL, "no-store")], answer).into_response())
}

/// Takes a link back: screens that were opened by it go dark at once.
#[utoipa::path(delete, path = "/api/v1/welcome/links/{id}", tag = "welcome", params(("id" = String, Path)),
    responses((status = NO_CONTENT), (status = NOT_FOUND)))]
pub(in crate::local_api::v1) async fn revoke(
    State(desk): State<Desk>,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    if !desk.stations.screens.keys.revoke(None, &id).await? {
        return Err(reason::no_link(id).into());
    }
    tracing::info!(link = %id, "a link to the greeting screen was taken back");
    Ok(StatusCode::NO_CONTENT.into_response())
}
