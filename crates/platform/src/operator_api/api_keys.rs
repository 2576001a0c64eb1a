//! API keys: how programs come in. A key is shown once, has a role and, if wanted, an end and a restriction to sites.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::access::{Caller, Role};
use super::error::{ApiResult, ErrorBody};
use super::extract::{Asked, At, Body, Page, Paging, nullable, page_limit, read_cursor};
use super::identify::{KEY_PREFIX, hash_of};
use super::{checks, password, sites};
use crate::app::App;
use crate::clock;
use crate::db::api_key::{self, ApiKey};
use crate::db::{Tx, audit};
use crate::refusal::Refusal;

/// Longest overlap of a rotation, in seconds: a week.
const OVERLAP: u32 = 7 * 24 * 3600;

/// An API key, without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApiKeyView {
    /// In the audit log the key is called `key:<id>`.
    id: String,
    name: String,
    /// `admin`, `operator` or `viewer`.
    role: String,
    /// The sites it may see and change; null: all.
    sites: Option<Vec<String>>,
    /// Who made it.
    created_by: String,
    /// Milliseconds since 1970, UTC.
    created_at: i64,
    /// When it ends; null: never.
    expires_at: Option<i64>,
    /// The last request with it, give or take a minute; null: none yet.
    last_used_at: Option<i64>,
    /// Until when the secret before the last rotation is good; null: there is none.
    old_until: Option<i64>,
}

/// A key with its secret, which is shown this once.
#[derive(Serialize, ToSchema)]
pub(crate) struct ApiKeyShown {
    #[serde(flatten)]
    key: ApiKeyView,
    /// `mk_…`, sent with every request as `Authorization: Bearer <token>`. It is not kept and cannot be shown again.
    token: String,
}

/// A new key.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewApiKey {
    /// What it is for; 1 to 64 characters.
    name: String,
    /// `admin`, `operator` or `viewer`.
    role: String,
    /// The sites it may see and change; all unless given. Admins cannot be restricted.
    #[serde(default)]
    sites: Option<Vec<String>>,
    /// When it ends, milliseconds since 1970, UTC; never unless given.
    #[serde(default)]
    expires_at: Option<i64>,
}

/// What is to change; what is left out stays. `sites` and `expires_at` may be null.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApiKeyChange {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    role: Option<String>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<Vec<String>>)]
    sites: Option<Option<Vec<String>>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<i64>)]
    expires_at: Option<Option<i64>>,
}

/// How a key is rotated.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rotation {
    /// Seconds for which the present secret stays good, 0 (unless given) to 604800.
    #[serde(default)]
    overlap: u32,
}

/// Keys in the order of their making.
#[utoipa::path(get, path = "/api/v1/api-keys", tag = "api-keys", params(Paging),
    responses((status = OK, body = Page<ApiKeyView>)))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Asked(asked): Asked<Paging>,
) -> ApiResult<Json<Page<ApiKeyView>>> {
    let (limit, after) = (page_limit(asked.limit)?, read_cursor(asked.cursor.as_deref())?);
    let rows = app.db.read(move |tx| api_key::list(tx, &after, limit + 1)).await?;
    Ok(Json(Page::of(rows, limit, |row| row.id.clone(), ApiKeyView::from)))
}

/// Makes a key. The answer holds its secret, which is shown this once.
#[utoipa::path(post, path = "/api/v1/api-keys", tag = "api-keys", request_body = NewApiKey, responses(
    (status = CREATED, body = ApiKeyShown), (status = CONFLICT, body = ErrorBody, description = "there are too many keys"),
    (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Body(asked): Body<NewApiKey>,
) -> ApiResult<(StatusCode, Json<ApiKeyShown>)> {
    let (role, now) = (Role::read(&asked.role)?, clock::now());
    let key = ApiKey {
        id: Uuid::now_v7().to_string(),
        name: checks::name("name", &asked.name)?,
        role: role.word().to_owned(),
        sites: sites::read(asked.sites.as_deref(), role)?,
        created_by: caller.username.clone(),
        created_at: now,
        expires_at: expiry(asked.expires_at, now)?,
        last_used_at: None,
        old_until: None,
    };
    let (token, hash) = new_secret();
    let row = key.clone();
    app.db
        .write(move |tx| {
            if api_key::count(tx)? >= api_key::MOST {
                let most = api_key::MOST;
                return Err(Refusal::Conflict(format!("there are {most} keys: remove those not in use")));
            }
            api_key::insert(tx, &row, &hash)?;
            audit::append(tx, &caller.deed("api_key.create", &row.id, told(&row)), now)?;
            Ok(())
        })
        .await?;
    Ok((StatusCode::CREATED, Json(ApiKeyShown { key: key.into(), token })))
}

/// One key.
#[utoipa::path(get, path = "/api/v1/api-keys/{id}", tag = "api-keys", params(("id" = String, Path)),
    responses((status = OK, body = ApiKeyView), (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn show(State(app): State<Arc<App>>, At(id): At<String>) -> ApiResult<Json<ApiKeyView>> {
    let found = app.db.read(move |tx| existing(tx, &id)).await?;
    Ok(Json(found.into()))
}

/// Changes name, role, sites or expiry.
#[utoipa::path(patch, path = "/api/v1/api-keys/{id}", tag = "api-keys", params(("id" = String, Path)),
    request_body = ApiKeyChange, responses((status = OK, body = ApiKeyView), (status = NOT_FOUND, body = ErrorBody),
    (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn change(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At(id): At<String>,
    Body(asked): Body<ApiKeyChange>,
) -> ApiResult<Json<ApiKeyView>> {
    let name = asked.name.as_deref().map(|name| checks::name("name", name)).transpose()?;
    let role = asked.role.as_deref().map(Role::read).transpose()?;
    let now = clock::now();
    let expires_at = asked.expires_at.map(|at| expiry(at, now)).transpose()?;
    let changed = app
        .db
        .write(move |tx| {
            let mut key = existing(tx, &id)?;
            key.name = name.unwrap_or(key.name);
            if let Some(role) = role {
                key.role = role.word().to_owned();
            }
            let wanted = asked.sites.unwrap_or_else(|| key.sites.as_deref().map(<[String]>::to_vec));
            key.sites = sites::read(wanted.as_deref(), Role::read(&key.role)?)?;
            key.expires_at = expires_at.unwrap_or(key.expires_at);
            api_key::update(tx, &key)?;
            audit::append(tx, &caller.deed("api_key.change", &key.id, told(&key)), now)?;
            Ok::<_, Refusal>(key)
        })
        .await?;
    Ok(Json(changed.into()))
}

/// Revokes a key: it is worth nothing from now on.
#[utoipa::path(delete, path = "/api/v1/api-keys/{id}", tag = "api-keys", params(("id" = String, Path)),
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At(id): At<String>,
) -> ApiResult<StatusCode> {
    app.db
        .write(move |tx| {
            let key = existing(tx, &id)?;
            api_key::delete(tx, &id)?;
            let told = json!({"name": key.name});
            audit::append(tx, &caller.deed("api_key.remove", &id, told), clock::now())?;
            Ok::<_, Refusal>(())
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives a key another secret, shown this once; the present one stays good for `overlap` seconds.
#[utoipa::path(post, path = "/api/v1/api-keys/{id}/rotate", tag = "api-keys", params(("id" = String, Path)),
    request_body = Rotation, responses((status = OK, body = ApiKeyShown), (status = NOT_FOUND, body = ErrorBody),
    (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn rotate(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At(id): At<String>,
    Body(asked): Body<Rotation>,
) -> ApiResult<Json<ApiKeyShown>> {
    if asked.overlap > OVERLAP {
        return Err(Refusal::invalid("overlap", format!("must be 0 to {OVERLAP} seconds")).into());
    }
    let (token, hash) = new_secret();
    let now = clock::now();
    let old_until = (asked.overlap > 0).then(|| now + i64::from(asked.overlap) * 1000);
    let rotated = app
        .db
        .write(move |tx| {
            existing(tx, &id)?;
            api_key::rotate(tx, &id, &hash, old_until)?;
            let told = json!({"overlap": asked.overlap});
            audit::append(tx, &caller.deed("api_key.rotate", &id, told), now)?;
            existing(tx, &id)
        })
        .await?;
    Ok(Json(ApiKeyShown { key: rotated.into(), token }))
}

fn existing(tx: &mut Tx<'_>, id: &str) -> Result<ApiKey, Refusal> {
    api_key::find(tx, id)?.ok_or_else(|| Refusal::not_found("API key", id))
}

/// A secret and how it is kept.
fn new_secret() -> (String, String) {
    let token = format!("{KEY_PREFIX}{}", password::new_token());
    let hash = hash_of(&token);
    (token, hash)
}

fn expiry(asked: Option<i64>, now: i64) -> Result<Option<i64>, Refusal> {
    match asked {
        Some(at) if at <= now || at > 9_999_999_999_999 => {
            Err(Refusal::invalid("expires_at", "must be a time to come, in milliseconds since 1970, UTC"))
        }
        fits => Ok(fits),
    }
}

fn told(key: &ApiKey) -> serde_json::Value {
    json!({"name": key.name, "role": key.role, "sites": key.sites.as_deref(), "expires_at": key.expires_at})
}

impl From<ApiKey> for ApiKeyView {
    fn from(found: ApiKey) -> Self {
        Self {
            id: found.id,
            name: found.name,
            role: found.role,
            sites: found.sites.map(|sites| sites.to_vec()),
            created_by: found.created_by,
            created_at: found.created_at,
            expires_at: found.expires_at,
            last_used_at: found.last_used_at,
            old_until: found.old_until,
        }
    }
}
