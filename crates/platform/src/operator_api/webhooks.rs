//! Webhooks: addresses that are told what happens.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use serde_json::json;
use url::Url;
use utoipa::ToSchema;
use uuid::Uuid;

use super::access::Caller;
use super::error::{ApiResult, ErrorBody};
use super::extract::{Asked, At, Body, Page, Paging, page_limit, read_cursor};
use super::{checks, password, webhook_checks};
use crate::app::App;
use crate::clock;
use crate::db::webhook::{self, Settings, Webhook};
use crate::db::{DbError, Tx, audit, delivery, feed};
use crate::refusal::Refusal;
use crate::webhooks::keep::Part;
use crate::webhooks::{Filter, Pictures, keep};

/// Most webhooks: each occupies a task and a connection.
const WEBHOOKS: i64 = 100;
/// Rows of the log are counted so far.
const COUNTED: i64 = 10_000;

/// A webhook, and how far it has come.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WebhookView {
    id: String,
    description: String,
    /// Where it posts to; a password and the values of the query are shown as `***`.
    url: String,
    filter: Filter,
    pictures: Pictures,
    enabled: bool,
    /// Why the platform disabled it; null unless it did.
    disabled_reason: Option<String>,
    /// Since when nothing was taken, milliseconds since 1970, UTC; null while it answers.
    failing_since: Option<i64>,
    /// Entries of the feed that were not looked at yet.
    behind: i64,
    /// Entries that were no longer kept when their turn came.
    missed: i64,
    /// Entries of a replay in progress that were not looked at yet.
    replaying: i64,
    /// Deliveries that are tried again, counted to 10,000.
    waiting: i64,
    /// Deliveries in the log that failed, counted to 10,000.
    failed: i64,
    created_at: i64,
    updated_at: i64,
}

/// A webhook that was just made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NewWebhookView {
    #[serde(flatten)]
    webhook: WebhookView,
    /// Verifies what it is told. Shown this once.
    #[schema(example = "whsec_5hYzd3ZQm0yq0kLQyB8lG0JcJ3fM2nq0G6w6Xb0zq0E")]
    secret: String,
}

/// A new webhook.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewWebhook {
    /// `http://` or `https://`; user and password and a query may be part of it. Private addresses are allowed.
    #[schema(example = "https://attendance.example/menshen")]
    url: String,
    #[serde(default)]
    description: String,
    /// 16 to 128 printable ASCII characters; a random one is made unless it is given.
    #[serde(default)]
    secret: Option<String>,
    /// All recognitions unless given.
    #[serde(default)]
    filter: Filter,
    /// `none` unless given.
    #[serde(default)]
    pictures: Pictures,
    /// `true` unless given.
    #[serde(default)]
    enabled: Option<bool>,
}

/// What is to change; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WebhookChange {
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    description: Option<String>,
    /// The new secret counts from the next attempt on.
    #[serde(default)]
    secret: Option<String>,
    #[serde(default)]
    filter: Option<Filter>,
    #[serde(default)]
    pictures: Option<Pictures>,
    /// One that is enabled again goes on where it stopped.
    #[serde(default)]
    enabled: Option<bool>,
    /// Leave out what it was not told yet, and begin with what happens next.
    #[serde(default)]
    skip_missed: bool,
}

/// Webhooks in the order in which they were made.
#[utoipa::path(get, path = "/api/v1/webhooks", tag = "webhooks", params(Paging),
    responses((status = OK, body = Page<WebhookView>)))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Asked(asked): Asked<Paging>,
) -> ApiResult<Json<Page<WebhookView>>> {
    let (limit, after) = (page_limit(asked.limit)?, read_cursor(asked.cursor.as_deref())?);
    let seen = app.db.read(move |tx: &mut Tx<'_>| {
        let found = webhook::list(tx, &after, limit + 1)?;
        found.into_iter().map(|found| Standing::of(tx, found)).collect::<Result<Vec<_>, DbError>>()
    });
    let page = Page::of(seen.await?, limit, |row| row.webhook.id.clone(), |row| row);
    let visible = page.items.into_iter().filter(|row| may_see(&caller, &row.webhook));
    let items = visible.map(|row| row.view(&app)).collect::<Result<Vec<_>, Refusal>>()?;
    Ok(Json(Page { items, next: page.next }))
}

/// Adds a webhook. It is told what happens from now on; its secret is shown in this answer only.
#[utoipa::path(post, path = "/api/v1/webhooks", tag = "webhooks", request_body = NewWebhook, responses(
    (status = CREATED, body = NewWebhookView), (status = CONFLICT, body = ErrorBody, description = "there are too many"),
    (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Body(asked): Body<NewWebhook>,
) -> ApiResult<(StatusCode, Json<NewWebhookView>)> {
    let url = webhook_checks::url(&asked.url)?;
    let secret = match asked.secret.as_deref() {
        Some(secret) => webhook_checks::secret(secret)?,
        None => format!("whsec_{}", password::new_token()),
    };
    let filter = webhook_checks::filter(asked.filter, &caller)?;
    let id = Uuid::now_v7().to_string();
    let settings = Settings {
        description: checks::text("description", &asked.description)?,
        url: keep::close(&app, &id, Part::Url, url.as_str())?,
        secret: keep::close(&app, &id, Part::Secret, &secret)?,
        filter: json!(filter),
        pictures: asked.pictures.word().to_owned(),
        enabled: asked.enabled.unwrap_or(true),
    };
    let now = clock::now();
    let detail = json!({"url": keep::shown(&url), "pictures": settings.pictures, "filter": settings.filter});
    let made = app
        .db
        .write(move |tx: &mut Tx<'_>| {
            if webhook::count(tx)? >= WEBHOOKS {
                return Err(Refusal::Conflict(format!("there are {WEBHOOKS} webhooks; remove one first")));
            }
            let newest = feed::newest(tx)?;
            webhook::insert(tx, &id, &settings, newest, now)?;
            audit::append(tx, &caller.deed("webhook.create", id.as_str(), detail), now)?;
            let made = existing(tx, &id, &caller)?;
            Ok(Standing::of(tx, made)?)
        })
        .await?;
    app.wake.webhooks.notify_one();
    Ok((StatusCode::CREATED, Json(NewWebhookView { webhook: made.view(&app)?, secret })))
}

/// One webhook, and how far it has come.
#[utoipa::path(get, path = "/api/v1/webhooks/{id}", tag = "webhooks", params(("id" = String, Path)),
    responses((status = OK, body = WebhookView), (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At(id): At<String>,
) -> ApiResult<Json<WebhookView>> {
    let seen = app.db.read(move |tx: &mut Tx<'_>| {
        let found = existing(tx, &id, &caller)?;
        Ok::<_, Refusal>(Standing::of(tx, found)?)
    });
    Ok(Json(seen.await?.view(&app)?))
}

/// Changes a webhook. A change forgets that it failed, and takes back that the platform disabled it when `enabled` is true.
#[utoipa::path(patch, path = "/api/v1/webhooks/{id}", tag = "webhooks", params(("id" = String, Path)),
    request_body = WebhookChange, responses((status = OK, body = WebhookView), (status = NOT_FOUND, body = ErrorBody),
    (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn change(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At(id): At<String>,
    Body(asked): Body<WebhookChange>,
) -> ApiResult<Json<WebhookView>> {
    let url: Option<Url> = asked.url.as_deref().map(webhook_checks::url).transpose()?;
    let secret = asked.secret.as_deref().map(webhook_checks::secret).transpose()?;
    let filter = asked.filter.map(|filter| webhook_checks::filter(filter, &caller)).transpose()?;
    let description =
        asked.description.as_deref().map(|text| checks::text("description", text)).transpose()?;
    let detail = json!({"url": url.as_ref().map(keep::shown), "filter": filter, "enabled": asked.enabled,
        "pictures": asked.pictures, "secret_changed": secret.is_some(), "skip_missed": asked.skip_missed});
    let url = url.map(|url| keep::close(&app, &id, Part::Url, url.as_str())).transpose()?;
    let secret = secret.map(|secret| keep::close(&app, &id, Part::Secret, &secret)).transpose()?;
    let (now, skip_missed) = (clock::now(), asked.skip_missed);
    let changed = app
        .db
        .write(move |tx: &mut Tx<'_>| {
            let before = existing(tx, &id, &caller)?.settings;
            let settings = Settings {
                description: description.unwrap_or(before.description),
                url: url.unwrap_or(before.url),
                secret: secret.unwrap_or(before.secret),
                filter: filter.map_or(before.filter, |filter| json!(filter)),
                pictures: asked.pictures.map_or(before.pictures, |pictures| pictures.word().to_owned()),
                enabled: asked.enabled.unwrap_or(before.enabled),
            };
            webhook::update(tx, &id, &settings, now)?;
            if skip_missed {
                let newest = feed::newest(tx)?;
                webhook::skip_to(tx, &id, newest)?;
            }
            audit::append(tx, &caller.deed("webhook.change", id.as_str(), detail), now)?;
            let found = existing(tx, &id, &caller)?;
            Ok::<_, Refusal>(Standing::of(tx, found)?)
        })
        .await?;
    app.wake.webhooks.notify_one();
    Ok(Json(changed.view(&app)?))
}

/// Removes a webhook and its log.
#[utoipa::path(delete, path = "/api/v1/webhooks/{id}", tag = "webhooks", params(("id" = String, Path)),
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At(id): At<String>,
) -> ApiResult<StatusCode> {
    let now = clock::now();
    app.db
        .write(move |tx: &mut Tx<'_>| {
            let found = existing(tx, &id, &caller)?;
            webhook::delete(tx, &id)?;
            let detail = json!({"description": found.settings.description});
            audit::append(tx, &caller.deed("webhook.remove", id.as_str(), detail), now)?;
            Ok::<_, Refusal>(())
        })
        .await?;
    app.wake.webhooks.notify_one();
    Ok(StatusCode::NO_CONTENT)
}

/// The webhook, when it exists and the caller may see it.
pub(super) fn existing(tx: &mut Tx<'_>, id: &str, caller: &Caller) -> Result<Webhook, Refusal> {
    let found = webhook::find(tx, id)?.filter(|found| may_see(caller, found));
    found.ok_or_else(|| Refusal::not_found("webhook", id))
}

/// Callers who are restricted to sites see only webhooks that are restricted to those.
fn may_see(caller: &Caller, found: &Webhook) -> bool {
    let filter: Filter = serde_json::from_value(found.settings.filter.clone()).unwrap_or_default();
    webhook_checks::is_within(&filter, caller)
}

/// A webhook with what is counted for it.
struct Standing {
    webhook: Webhook,
    newest: i64,
    waiting: i64,
    failed: i64,
}

impl Standing {
    fn of(tx: &mut Tx<'_>, webhook: Webhook) -> Result<Self, DbError> {
        Ok(Self {
            newest: feed::newest(tx)?,
            waiting: delivery::count(tx, &webhook.id, delivery::WAITING, COUNTED)?,
            failed: delivery::count(tx, &webhook.id, delivery::FAILED, COUNTED)?,
            webhook,
        })
    }

    fn view(self, app: &App) -> Result<WebhookView, Refusal> {
        let url = keep::shown(&keep::url_of(app, &self.webhook)?);
        let found = self.webhook;
        Ok(WebhookView {
            url,
            filter: serde_json::from_value(found.settings.filter).unwrap_or_default(),
            pictures: Pictures::of(&found.settings.pictures),
            enabled: found.settings.enabled,
            description: found.settings.description,
            disabled_reason: found.disabled_reason,
            failing_since: found.failing_since,
            behind: (self.newest - found.told_until).max(0),
            missed: found.missed,
            replaying: found.replay.map_or(0, |(after, until)| until - after),
            waiting: self.waiting,
            failed: self.failed,
            created_at: found.created_at,
            updated_at: found.updated_at,
            id: found.id,
        })
    }
}
