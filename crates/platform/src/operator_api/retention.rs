//! How long events are kept: shown, changed, tried out, and what was removed.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::time::Instant;
use utoipa::ToSchema;

use super::access::Caller;
use super::error::{ApiResult, ErrorBody};
use super::extract::{Asked, Body, Page, Paging, nullable, page_limit, read_cursor};
use crate::app::App;
use crate::clock;
use crate::db::audit;
use crate::db::event_list::{self, Sum};
use crate::db::retention::{self as rows, RuleRow, RunRow};
use crate::refusal::Refusal;
use crate::retention::{Class, Due, Rule, in_force};

/// Longest time anything is kept for, in days: a hundred years.
const DAYS: i64 = 36_500;
/// How long a preview may count one class.
const PATIENCE: Duration = Duration::from_secs(5);
/// Rows looked at in one step of it.
const SLICE: i64 = 20_000;

/// How long the events of a class are kept.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RuleView {
    /// `known` (enrolled people), `stranger` or `blacklist`.
    class: &'static str,
    /// Days; 0: for ever.
    event_days: i64,
    /// Days its pictures are kept; 0: as long as the event.
    photo_days: i64,
    /// What the configuration says, where that was changed.
    configured: RuleChange,
    /// When it was changed; null: it is as configured.
    changed_at: Option<i64>,
    changed_by: Option<String>,
}

/// Days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleChange {
    /// Days events are kept; 0: for ever.
    event_days: i64,
    /// Days their pictures are kept; 0: as long as the event.
    photo_days: i64,
}

/// What is to change: a class left out stays as it is, null goes back to the configuration.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RetentionChange {
    #[serde(deserialize_with = "nullable")]
    #[schema(value_type = Option<RuleChange>)]
    known: Option<Option<RuleChange>>,
    #[serde(deserialize_with = "nullable")]
    #[schema(value_type = Option<RuleChange>)]
    stranger: Option<Option<RuleChange>>,
    #[serde(deserialize_with = "nullable")]
    #[schema(value_type = Option<RuleChange>)]
    blacklist: Option<Option<RuleChange>>,
}

/// How long everything is kept.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RetentionView {
    classes: Vec<RuleView>,
}

/// What would be removed now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DueView {
    /// `known`, `stranger` or `blacklist`.
    class: &'static str,
    /// `events` (with their pictures) or `pictures` (of events that stay).
    what: &'static str,
    events: i64,
    pictures: i64,
    /// Of the pictures; those stored before sizes were remembered count nothing.
    bytes: i64,
    /// Time of the oldest of these events.
    oldest: Option<i64>,
    newest: Option<i64>,
    /// There are more than could be counted in time.
    more: bool,
}

/// What would be removed now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Preview {
    items: Vec<DueView>,
}

/// A removal.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RunView {
    id: String,
    started_at: i64,
    /// Null while it is at work, or when it was cut short.
    finished_at: Option<i64>,
    /// The days that were in force.
    #[schema(value_type = Object)]
    policy: Value,
    events: i64,
    pictures: i64,
    bytes: i64,
    /// Pictures nothing referred to.
    orphans: i64,
    /// Why it did not come to its end.
    error: Option<String>,
}

/// A removal was asked for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RunAsked {
    /// It begins now, unless one is at work.
    asked: bool,
}

/// How long events and their pictures are kept.
#[utoipa::path(get, path = "/api/v1/retention", tag = "retention", responses((status = OK, body = RetentionView)))]
pub(crate) async fn show(State(app): State<Arc<App>>) -> ApiResult<Json<RetentionView>> {
    let set = app.db.read(rows::rules).await?;
    Ok(Json(view(&app, &set)))
}

/// Changes how long events and their pictures are kept. It takes effect with the next removal.
#[utoipa::path(put, path = "/api/v1/retention", tag = "retention", request_body = RetentionChange,
    responses((status = OK, body = RetentionView), (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn change(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Body(change): Body<RetentionChange>,
) -> ApiResult<Json<RetentionView>> {
    let changes = change.checked()?;
    let set = app
        .db
        .write(move |tx| {
            let now = clock::now();
            for (class, change) in changes {
                let detail = match change {
                    Some(change) => json!(change),
                    None => Value::Null,
                };
                match change {
                    None => rows::reset(tx, class.word())?,
                    Some(RuleChange { event_days, photo_days }) => {
                        let (class, changed_by) = (class.word().to_owned(), caller.username.clone());
                        rows::set(
                            tx,
                            &RuleRow { class, event_days, photo_days, changed_at: now, changed_by },
                        )?;
                    }
                }
                audit::append(tx, &caller.deed("retention.change", class.word(), detail), now)?;
            }
            Ok::<_, Refusal>(rows::rules(tx)?)
        })
        .await?;
    Ok(Json(view(&app, &set)))
}

/// What would be removed now, under what is in force and the changes given; nothing is removed and nothing changed.
#[utoipa::path(post, path = "/api/v1/retention/preview", tag = "retention", request_body = RetentionChange,
    responses((status = OK, body = Preview), (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn preview(
    State(app): State<Arc<App>>,
    Body(change): Body<RetentionChange>,
) -> ApiResult<Json<Preview>> {
    let changes = change.checked()?;
    let set = app.db.read(rows::rules).await?;
    let now = clock::now();
    let mut items = Vec::new();
    for mut rule in in_force(&app.config.retention, &set) {
        match changes.iter().find(|(class, _)| *class == rule.class) {
            Some((class, None)) => rule = class.configured(&app.config.retention),
            Some((_, Some(days))) => (rule.event_days, rule.photo_days) = (days.event_days, days.photo_days),
            None => {}
        }
        for what in [Due::Events, Due::Pictures] {
            items.push(due(&app, &rule, what, now).await?);
        }
    }
    Ok(Json(Preview { items }))
}

/// Removes what is due, now instead of in some hours.
#[utoipa::path(post, path = "/api/v1/retention/runs", tag = "retention",
    responses((status = ACCEPTED, body = RunAsked)))]
pub(crate) async fn start(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
) -> ApiResult<(StatusCode, Json<RunAsked>)> {
    let deed = caller.deed("retention.run", "", Value::Null);
    app.db.write(move |tx| audit::append(tx, &deed, clock::now())).await?;
    app.wake.retention.notify_one();
    Ok((StatusCode::ACCEPTED, Json(RunAsked { asked: true })))
}

/// What was removed, newest first.
#[utoipa::path(get, path = "/api/v1/retention/runs", tag = "retention", params(Paging),
    responses((status = OK, body = Page<RunView>)))]
pub(crate) async fn runs(
    State(app): State<Arc<App>>,
    Asked(paging): Asked<Paging>,
) -> ApiResult<Json<Page<RunView>>> {
    let (limit, cursor) = (page_limit(paging.limit)?, read_cursor(paging.cursor.as_deref())?);
    // Ids are hexadecimal: all of them sort before this.
    let before = if cursor.is_empty() { "~".to_owned() } else { cursor };
    let found = app.db.read(move |tx| rows::runs(tx, &before, limit + 1)).await?;
    Ok(Json(Page::of(found, limit, |row| row.id.clone(), RunView::from)))
}

/// Adds up what is due; among the events of a class those that go themselves count as events only.
async fn due(app: &App, rule: &Rule, what: Due, now: i64) -> ApiResult<DueView> {
    let mut sum = Sum::default();
    let mut more = false;
    let filter = rule.due(what, now).map(|mut filter| {
        // Pictures of events that go themselves are counted with those.
        let gone_before = rule.due(Due::Events, now).and_then(|events| events.until);
        if what == Due::Pictures {
            filter.from = gone_before;
        }
        filter
    });
    if let Some(filter) = filter {
        let end = Instant::now() + PATIENCE;
        let mut place = None;
        loop {
            let (filter, after) = (filter.clone(), place);
            let step =
                app.db.read(move |tx| event_list::sum_step(tx, &filter, after.as_ref(), SLICE)).await?;
            sum = sum.and(step.what);
            place = step.reached;
            if place.is_none() {
                break;
            }
            if Instant::now() >= end {
                more = true;
                break;
            }
        }
    }
    let Sum { events, pictures, bytes, oldest, newest } = sum;
    let what = if what == Due::Events { "events" } else { "pictures" };
    Ok(DueView { class: rule.class.word(), what, events, pictures, bytes, oldest, newest, more })
}

fn view(app: &App, set: &[RuleRow]) -> RetentionView {
    let classes = in_force(&app.config.retention, set).into_iter().map(|rule| {
        let configured = rule.class.configured(&app.config.retention);
        let changed = set.iter().find(|row| row.class == rule.class.word());
        RuleView {
            class: rule.class.word(),
            event_days: rule.event_days,
            photo_days: rule.photo_days,
            configured: RuleChange { event_days: configured.event_days, photo_days: configured.photo_days },
            changed_at: changed.map(|row| row.changed_at),
            changed_by: changed.map(|row| row.changed_by.clone()),
        }
    });
    RetentionView { classes: classes.collect() }
}

impl RetentionChange {
    /// The changes, when all of them can be.
    fn checked(self) -> Result<Vec<(Class, Option<RuleChange>)>, Refusal> {
        let all = [
            (Class::Known, self.known),
            (Class::Stranger, self.stranger),
            (Class::Blacklist, self.blacklist),
        ];
        let changes: Vec<_> =
            all.into_iter().filter_map(|(class, change)| change.map(|change| (class, change))).collect();
        for (class, change) in &changes {
            let Some(RuleChange { event_days, photo_days }) = *change else { continue };
            for (name, days) in [("event_days", event_days), ("photo_days", photo_days)] {
                if !(0..=DAYS).contains(&days) {
                    let field = format!("{}.{name}", class.word());
                    return Err(Refusal::invalid(field, format!("must be 0 (for ever) to {DAYS} days")));
                }
            }
        }
        Ok(changes)
    }
}

impl From<RunRow> for RunView {
    fn from(row: RunRow) -> Self {
        Self {
            id: row.id,
            started_at: row.started_at,
            finished_at: row.finished_at,
            policy: row.policy,
            events: row.removed.events,
            pictures: row.removed.pictures,
            bytes: row.removed.bytes,
            orphans: row.removed.orphans,
            error: row.error,
        }
    }
}
