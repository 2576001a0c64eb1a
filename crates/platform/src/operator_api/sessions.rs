//! Open sessions: everybody sees and ends their own, admins everybody's.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::access::{By, Caller, Role};
use super::error::{ApiResult, ErrorBody};
use super::extract::{Asked, At, Page, page_limit, read_cursor};
use super::identify::IDLE;
use crate::app::App;
use crate::clock;
use crate::db::audit;
use crate::db::session::{self, Session};
use crate::refusal::Refusal;

/// An open session.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionView {
    id: String,
    username: String,
    /// Milliseconds since 1970, UTC.
    created_at: i64,
    /// When it ends at the latest.
    expires_at: i64,
    /// The last request, give or take a minute.
    seen_at: i64,
    /// Where it was opened from.
    address: String,
    /// What the client called itself.
    agent: String,
    /// Whether it is the one of this request.
    current: bool,
}

/// Which sessions.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SessionQuery {
    /// Rows per page, 1 to 500; 50 unless given.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Only of this operator. Who is no admin sees their own only.
    username: Option<String>,
}

/// Open sessions in the order in which they were opened: admins see everybody's, others their own.
#[utoipa::path(get, path = "/api/v1/sessions", tag = "session", params(SessionQuery),
    responses((status = OK, body = Page<SessionView>)))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Asked(asked): Asked<SessionQuery>,
) -> ApiResult<Json<Page<SessionView>>> {
    let (limit, after) = (page_limit(asked.limit)?, read_cursor(asked.cursor.as_deref())?);
    let whose = if caller.role == Role::Admin { asked.username } else { Some(caller.username.clone()) };
    let now = clock::now();
    let rows =
        app.db.read(move |tx| session::list(tx, whose.as_deref(), &after, (IDLE, now), limit + 1)).await?;
    Ok(Json(Page::of(rows, limit, |row| row.id.clone(), |row| view(row, &caller.by))))
}

/// Ends a session: its token is worth nothing afterwards.
#[utoipa::path(delete, path = "/api/v1/sessions/{id}", tag = "session", params(("id" = String, Path)),
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn close(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At(id): At<String>,
) -> ApiResult<StatusCode> {
    app.db
        .write(move |tx| {
            let owner = session::owner(tx, &id)?;
            let owner = owner.filter(|owner| caller.role == Role::Admin || *owner == caller.username);
            let owner = owner.ok_or_else(|| Refusal::not_found("session", id.as_str()))?;
            session::close(tx, &id)?;
            audit::append(tx, &caller.deed("session.close", owner, json!({"session": id})), clock::now())?;
            Ok::<_, Refusal>(())
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

fn view(row: Session, by: &By) -> SessionView {
    SessionView {
        current: *by == By::Session(row.id.clone()),
        id: row.id,
        username: row.username,
        created_at: row.created_at,
        expires_at: row.expires_at,
        seen_at: row.seen_at,
        address: row.address,
        agent: row.agent,
    }
}
