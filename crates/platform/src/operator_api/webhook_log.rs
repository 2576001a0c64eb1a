//! What became of a webhook's deliveries, and telling them again.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::access::Caller;
use super::error::{ApiResult, ErrorBody};
use super::extract::{Asked, At, Body, Page, page_limit, read_cursor};
use super::webhooks::existing;
use crate::app::App;
use crate::clock;
use crate::db::delivery::{self, Delivery};
use crate::db::{Tx, audit, feed, webhook};
use crate::refusal::Refusal;
use crate::webhooks::{Answer, Post, client, event_id, test_message};

/// What became of one entry: the last attempt.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeliveryView {
    /// What the receiver got as `Menshen-Event-Id`, the same in every attempt.
    event_id: String,
    kind: String,
    /// Id of what it is about, such as an event's.
    subject: String,
    /// `waiting` is tried again, `delivered` was taken, `failed` is not tried again unless it is replayed.
    state: &'static str,
    attempts: i64,
    first_tried_at: i64,
    tried_at: i64,
    /// While it waits.
    next_attempt_at: Option<i64>,
    /// HTTP status of the last answer; null when there was none.
    status: Option<i64>,
    /// How long the last attempt took, in milliseconds.
    took_ms: i64,
    /// The first bytes of the last answer.
    answer: String,
    error: Option<String>,
}

/// Which deliveries.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeliveryQuery {
    /// Rows per page, 1 to 500; 50 unless given.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Only `waiting`, `delivered` or `failed`.
    state: Option<String>,
}

/// What is to be told again: one entry, or all of a span of time.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Replay {
    /// One entry, by the id it was told under.
    #[serde(default)]
    event_id: Option<String>,
    /// What was stored at this time or later, milliseconds since 1970, UTC.
    #[serde(default)]
    from: Option<i64>,
    /// What was stored before this time; now unless given.
    #[serde(default)]
    until: Option<i64>,
}

/// What a replay began.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Replaying {
    /// Entries of the feed that are looked at; those the webhook's filter wants are told.
    entries: i64,
}

/// The delivery log, last attempt first.
#[utoipa::path(get, path = "/api/v1/webhooks/{id}/deliveries", tag = "webhooks",
    params(("id" = String, Path), DeliveryQuery),
    responses((status = OK, body = Page<DeliveryView>), (status = NOT_FOUND, body = ErrorBody),
    (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At(id): At<String>,
    Asked(asked): Asked<DeliveryQuery>,
) -> ApiResult<Json<Page<DeliveryView>>> {
    let limit = page_limit(asked.limit)?;
    let wrong = || Refusal::invalid("state", "must be waiting, delivered or failed");
    let state = asked.state.as_deref().map(|word| delivery::state_of(word).ok_or_else(wrong)).transpose()?;
    let place = read_cursor(asked.cursor.as_deref())?;
    let after = match place.split_once(' ') {
        Some((time, id)) => {
            let time = time.parse().map_err(|_| Refusal::invalid("cursor", "is not one this list gave"))?;
            Some((time, id.to_owned()))
        }
        None => None,
    };
    let read = app.db.read(move |tx: &mut Tx<'_>| {
        existing(tx, &id, &caller)?;
        Ok::<_, Refusal>(delivery::list(tx, &id, state, after, limit + 1)?)
    });
    let key = |row: &Delivery| format!("{} {}", row.tried_at, row.event_id);
    Ok(Json(Page::of(read.await?, limit, key, DeliveryView::from)))
}

/// Posts a test message at once and tells what came back. Works for a disabled webhook too.
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/test", tag = "webhooks", params(("id" = String, Path)),
    responses((status = OK, body = DeliveryView), (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn test(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At(id): At<String>,
) -> ApiResult<Json<DeliveryView>> {
    let (asked, asker) = (id.clone(), caller.clone());
    let found = app.db.read(move |tx: &mut Tx<'_>| existing(tx, &asked, &asker)).await?;
    let client = client().map_err(|error| Refusal::Internal(format!("no HTTP client: {error}")))?;
    let now = clock::now();
    let (event_id, message) = test_message(now);
    let reply = Post::of(&app, client, &found)?.send(&event_id, &message).await;
    let delivered = reply.answer == Answer::Taken;
    let tried = Delivery {
        event_id,
        seq: None,
        kind: "test".to_owned(),
        subject: String::new(),
        state: if delivered { delivery::DELIVERED } else { delivery::FAILED },
        attempts: 1,
        first_tried_at: now,
        tried_at: now,
        next_attempt_at: None,
        status: reply.status.map(i64::from),
        took_ms: reply.took_ms,
        answer: reply.body,
        error: reply.error,
    };
    let row = tried.clone();
    app.db
        .write(move |tx: &mut Tx<'_>| {
            existing(tx, &id, &caller)?;
            delivery::store(tx, &id, &row)?;
            audit::append(
                tx,
                &caller.deed("webhook.test", id.as_str(), json!({"delivered": delivered})),
                now,
            )?;
            Ok::<_, Refusal>(())
        })
        .await?;
    Ok(Json(tried.into()))
}

/// Tells again: one entry by its `event_id`, or everything stored between `from` and `until` that the filter wants. Receivers
/// recognise repeats by `Menshen-Event-Id`. What is new goes before what is replayed.
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/replay", tag = "webhooks", params(("id" = String, Path)),
    request_body = Replay, responses((status = ACCEPTED, body = Replaying),
    (status = NOT_FOUND, body = ErrorBody, description = "there is no such webhook, or the entry is no longer kept"),
    (status = CONFLICT, body = ErrorBody, description = "the webhook is disabled, or a replay is in progress"),
    (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn replay(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At(id): At<String>,
    Body(asked): Body<Replay>,
) -> ApiResult<(StatusCode, Json<Replaying>)> {
    let now = clock::now();
    let detail = json!({"event_id": asked.event_id, "from": asked.from, "until": asked.until});
    let entries = app
        .db
        .write(move |tx: &mut Tx<'_>| {
            let found = existing(tx, &id, &caller)?;
            if !found.settings.enabled {
                return Err(Refusal::Conflict("the webhook is disabled; enable it first".to_owned()));
            }
            let entries = match (&asked.event_id, asked.from) {
                (Some(event_id), None) if asked.until.is_none() => one_again(tx, &found, event_id, now)?,
                (None, Some(from)) => span_again(tx, &found, from, asked.until.unwrap_or(now))?,
                _ => return Err(Refusal::invalid("body", "give either event_id, or from and perhaps until")),
            };
            audit::append(tx, &caller.deed("webhook.replay", id.as_str(), detail), now)?;
            Ok(entries)
        })
        .await?;
    app.wake.webhooks.notify_one();
    Ok((StatusCode::ACCEPTED, Json(Replaying { entries })))
}

/// Puts one entry aside, due at once.
fn one_again(tx: &mut Tx<'_>, found: &webhook::Webhook, asked: &str, now: i64) -> Result<i64, Refusal> {
    let gone = || Refusal::not_found("entry", asked);
    let seq = asked.rsplit_once('-').and_then(|(_, number)| number.parse::<i64>().ok()).ok_or_else(gone)?;
    let entry = feed::find(tx, seq)?.ok_or_else(gone)?;
    if event_id(&entry) != asked {
        return Err(gone());
    }
    if seq > found.told_until {
        return Err(Refusal::Conflict("this entry was not told yet: its turn comes by itself".to_owned()));
    }
    let known = delivery::find(tx, &found.id, asked)?;
    let fresh = Delivery {
        event_id: asked.to_owned(),
        seq: Some(seq),
        kind: entry.kind,
        subject: entry.subject,
        state: delivery::WAITING,
        attempts: 0,
        first_tried_at: now,
        tried_at: now,
        next_attempt_at: Some(now),
        status: None,
        took_ms: 0,
        answer: String::new(),
        error: None,
    };
    let again = known.map_or(fresh.clone(), |known| Delivery {
        state: fresh.state,
        attempts: 0,
        first_tried_at: now,
        next_attempt_at: fresh.next_attempt_at,
        ..known
    });
    delivery::store(tx, &found.id, &again)?;
    webhook::touch(tx, &found.id)?;
    Ok(1)
}

/// Begins a replay of everything stored within a span of time.
fn span_again(tx: &mut Tx<'_>, found: &webhook::Webhook, from: i64, until: i64) -> Result<i64, Refusal> {
    if until <= from {
        return Err(Refusal::invalid("until", "must be after from"));
    }
    if found.replay.is_some() {
        return Err(Refusal::Conflict("a replay is in progress; wait until `replaying` is 0".to_owned()));
    }
    let after = feed::first_at(tx, from)? - 1;
    // What was not told yet comes by itself.
    let last = (feed::first_at(tx, until)? - 1).min(found.told_until);
    if last > after {
        webhook::replay(tx, &found.id, after, last)?;
    }
    Ok((last - after).max(0))
}

impl From<Delivery> for DeliveryView {
    fn from(row: Delivery) -> Self {
        Self {
            event_id: row.event_id,
            kind: row.kind,
            subject: row.subject,
            state: row.state,
            attempts: row.attempts,
            first_tried_at: row.first_tried_at,
            tried_at: row.tried_at,
            next_attempt_at: row.next_attempt_at,
            status: row.status,
            took_ms: row.took_ms,
            answer: row.answer,
            error: row.error,
        }
    }
}
