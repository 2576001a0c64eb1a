//! Commands: asking a box for something, and following what became of it. Each state is an observed fact.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use protocol::{CommandBody, DevSno, ExtendParams, MessageId, WipeOptions};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::{IntoParams, ToSchema};

use super::access::Caller;
use super::boxes::visible;
use super::drift;
use super::error::{ApiResult, ErrorBody};
use super::extract::{Asked, At, Body, Page, page_limit, read_cursor};
use super::fiqa;
use crate::app::App;
use crate::clock;
use crate::db::command::{self, NewCommand};
use crate::db::command_list::{self, CommandFilter, CommandRow};
use crate::db::{audit, raw_command};
use crate::refusal::Refusal;

/// How long a box may take to answer, in milliseconds.
const ANSWER_WITHIN: i64 = 10 * 60_000;

/// A command and what is known of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CommandView {
    /// Sent along as `messageId`.
    id: String,
    dev_sno: String,
    method: String,
    /// `queued` (written down), `published` (the broker confirmed it), `done` or `failed` (the box answered), `expired`.
    state: String,
    /// `reconciler`, or who asked for it.
    origin: String,
    queued_at: i64,
    published_at: Option<i64>,
    finished_at: Option<i64>,
    /// Milliseconds since it was written down.
    age_ms: i64,
    /// Milliseconds from writing down to the end, once ended.
    took_ms: Option<i64>,
    attempts: i64,
    /// The status code the box answered.
    code: Option<String>,
    message: Option<String>,
    /// What the box answered; null while it has not.
    #[schema(value_type = Object, nullable)]
    result: Value,
}

/// A command with what is sent to the box, and what was observed of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CommandDetail {
    #[serde(flatten)]
    command: CommandView,
    /// What was observed, in the order of time.
    facts: Vec<Fact>,
    /// The message as sent; pictures are left out.
    #[schema(value_type = Object)]
    payload: Value,
}

/// Something that was observed of a command.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Fact {
    /// Milliseconds since 1970, UTC.
    at: i64,
    /// `queued`, `published`, `done`, `failed` or `expired`.
    state: String,
    /// The same in words.
    fact: String,
}

/// What to ask of a box.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "method", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum CommandRequest {
    /// Erase what the box holds. People who should be there are brought up again by themselves.
    WipeData {
        /// The face library.
        #[serde(default)]
        users: bool,
        /// The recognition events.
        #[serde(default)]
        events: bool,
    },
    /// Believe nothing about what the box holds and bring everybody up again: the same as `POST /api/v1/boxes/{dev_sno}/resync`. No
    /// command by itself: the answer's `id` is null.
    Resync,
    /// Let this box judge a picture; the answer is in `result`. `POST /api/v1/fiqa` takes the picture itself, and asks any
    /// quality-check server.
    Fiqa {
        /// JPEG or PNG as base64.
        image_base64: String,
        /// `high` (unless given), `custom`, `middle`, `low` or `no`.
        #[serde(default)]
        level: Option<String>,
    },
}

/// A command in the box's own words.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawCommand {
    /// Sent as it is, with a `messageId` of ours.
    #[schema(value_type = Object)]
    command: Map<String, Value>,
}

/// A command that was written down.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CommandAccepted {
    /// Follow it at `GET /api/v1/commands/{id}`; null when it takes several, written by and by.
    id: Option<String>,
    method: String,
    /// `queued`.
    state: &'static str,
}

impl CommandAccepted {
    /// What is answered when a command was written down.
    pub(super) fn of(id: Option<MessageId>, method: impl Into<String>) -> Self {
        Self { id: id.map(|id| id.as_str().to_owned()), method: method.into(), state: "queued" }
    }
}

/// Which commands.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CommandQuery {
    /// Rows per page, 1 to 500; 50 unless given.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Only of this box.
    dev_sno: Option<String>,
    /// Only `queued`, `published`, `done`, `failed` or `expired`.
    state: Option<String>,
    /// Only of this method.
    method: Option<String>,
}

/// Asks a box for something. The answer says that it was written down; `GET /api/v1/commands/{id}` what became of it.
#[utoipa::path(post, path = "/api/v1/boxes/{dev_sno}/commands", tag = "commands", params(("dev_sno" = String, Path)),
    request_body = CommandRequest, responses((status = ACCEPTED, body = CommandAccepted),
    (status = NOT_FOUND, body = ErrorBody), (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn send(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At(dev_sno): At<String>,
    Body(asked): Body<CommandRequest>,
) -> ApiResult<(StatusCode, Json<CommandAccepted>)> {
    let (dev_sno, now) = (DevSno::new(dev_sno), clock::now());
    let (body, answer_within) = match asked {
        CommandRequest::Resync => {
            drift::resync(&app, caller, dev_sno).await?;
            return Ok((StatusCode::ACCEPTED, Json(CommandAccepted::of(None, "resync"))));
        }
        CommandRequest::WipeData { users: false, events: false } => {
            return Err(
                Refusal::invalid("users", "users or events must be true: nothing would be erased").into()
            );
        }
        CommandRequest::WipeData { users, events } => {
            (CommandBody::WipeData(WipeOptions { users, events, ..WipeOptions::default() }), ANSWER_WITHIN)
        }
        CommandRequest::Fiqa { image_base64, level } => {
            protocol::image::decode_base64_photo(&image_base64)
                .map_err(|error| Refusal::invalid("image_base64", error.to_string()))?;
            let level = fiqa::read_level(level.as_deref())?;
            (CommandBody::Fiqa { image_base64, level }, fiqa::WITHIN)
        }
    };
    let method = body.method().to_owned();
    let told = json!({"method": method});
    let id = app
        .db
        .write(move |tx| {
            visible(tx, &caller, &dev_sno)?;
            audit::append(tx, &caller.deed("command.send", dev_sno.as_str(), told), now)?;
            let origin = caller.username;
            let extend = ExtendParams::default();
            let new = NewCommand { dev_sno, body, extend, people: Vec::new(), answer_within, origin };
            Ok::<_, Refusal>(command::queue(tx, new, now)?)
        })
        .await?;
    app.nudge();
    Ok((StatusCode::ACCEPTED, Json(CommandAccepted::of(Some(id), method))))
}

/// Sends a box a command in its own words: for trying out what a box answers. Admins only; nothing is checked, and what it
/// changes on the box is not known here.
#[utoipa::path(post, path = "/api/v1/boxes/{dev_sno}/commands/raw", tag = "commands",
    params(("dev_sno" = String, Path)), request_body = RawCommand, responses((status = ACCEPTED, body = CommandAccepted),
    (status = NOT_FOUND, body = ErrorBody), (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn send_raw(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At(dev_sno): At<String>,
    Body(asked): Body<RawCommand>,
) -> ApiResult<(StatusCode, Json<CommandAccepted>)> {
    let (dev_sno, now) = (DevSno::new(dev_sno), clock::now());
    let method = asked.command.get("method").and_then(Value::as_str).unwrap_or("raw").to_owned();
    let told = json!({"method": method, "raw": true});
    let id = app
        .db
        .write(move |tx| {
            visible(tx, &caller, &dev_sno)?;
            audit::append(tx, &caller.deed("command.send", dev_sno.as_str(), told), now)?;
            let id = raw_command::queue(tx, &dev_sno, asked.command, ANSWER_WITHIN, &caller.username, now)?;
            Ok::<_, Refusal>(id)
        })
        .await?;
    app.nudge();
    Ok((StatusCode::ACCEPTED, Json(CommandAccepted::of(Some(id), method))))
}

/// Commands, newest first.
#[utoipa::path(get, path = "/api/v1/commands", tag = "commands", params(CommandQuery),
    responses((status = OK, body = Page<CommandView>)))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Asked(asked): Asked<CommandQuery>,
) -> ApiResult<Json<Page<CommandView>>> {
    let limit = page_limit(asked.limit)?;
    let filter = CommandFilter {
        dev_sno: asked.dev_sno,
        state: asked.state,
        method: asked.method,
        sites: caller.sites,
        before: read_cursor(asked.cursor.as_deref())?,
        limit: limit + 1,
    };
    let rows = app.db.read(move |tx| command_list::list(tx, &filter)).await?;
    Ok(Json(Page::of(rows, limit, |row| row.id.clone(), |row| view(row).command)))
}

/// One command, with the message and the answer.
#[utoipa::path(get, path = "/api/v1/commands/{id}", tag = "commands", params(("id" = String, Path)),
    responses((status = OK, body = CommandDetail), (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At(id): At<String>,
) -> ApiResult<Json<CommandDetail>> {
    let asked = id.clone();
    let found = app.db.read(move |tx| command_list::find(tx, &asked, caller.sites.as_deref())).await?;
    let found = found.ok_or_else(|| Refusal::not_found("command", id))?;
    Ok(Json(view(found)))
}

/// What the row says happened, each with its time.
fn facts(row: &CommandRow) -> Vec<Fact> {
    let fact = |at: i64, state: &str, fact: String| Fact { at, state: state.to_owned(), fact };
    let mut facts = vec![fact(row.queued_at, "queued", format!("written down for {}", row.origin))];
    if let Some(at) = row.published_at {
        facts.push(fact(at, "published", "the broker confirmed that it has the message".to_owned()));
    }
    if let Some(at) = row.finished_at {
        let said = row.message.as_deref().unwrap_or("");
        let words = match (row.state.as_str(), &row.code) {
            ("expired", _) => said.to_owned(),
            (_, Some(code)) => format!("the box answered {code} {said}").trim_end().to_owned(),
            (_, None) => format!("the box answered {said}").trim_end().to_owned(),
        };
        facts.push(fact(at, &row.state, words));
    }
    facts
}

fn view(mut row: CommandRow) -> CommandDetail {
    let facts = facts(&row);
    if let Some(picture) = row.payload.pointer_mut("/info/image_base64_str") {
        *picture = Value::from("(left out)");
    }
    let command = CommandView {
        id: row.id,
        dev_sno: row.dev_sno,
        method: row.method,
        state: row.state,
        origin: row.origin,
        queued_at: row.queued_at,
        published_at: row.published_at,
        finished_at: row.finished_at,
        age_ms: (clock::now() - row.queued_at).max(0),
        took_ms: row.finished_at.map(|at| at - row.queued_at),
        attempts: row.attempts,
        code: row.code,
        message: row.message,
        result: row.result,
    };
    CommandDetail { command, facts, payload: row.payload }
}
