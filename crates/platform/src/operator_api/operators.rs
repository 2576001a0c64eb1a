//! Who may use the platform, and with which role. There is always at least one admin.

use std::io::Write;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::access::{Caller, Role};
use super::error::{ApiResult, ErrorBody};
use super::extract::{Asked, At, Body, Page, Paging, nullable, page_limit, read_cursor};
use super::{password, sites};
use crate::app::App;
use crate::clock;
use crate::db::audit::{self, Deed};
use crate::db::{DbError, Tx, login, operator, session};
use crate::refusal::Refusal;
use crate::start::StartError;

/// The operator who exists from the first start.
const FIRST: &str = "admin";

/// An operator, without their password.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OperatorView {
    username: String,
    /// `admin`, `operator` or `viewer`.
    role: String,
    /// The sites they may see and change; null: all.
    sites: Option<Vec<String>>,
    /// Whether a code is needed to log in.
    second_factor: bool,
    /// Milliseconds since 1970, UTC.
    created_at: i64,
}

/// A new operator.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewOperator {
    /// 1 to 64 letters, digits, `.`, `_`, `-` or `@`.
    username: String,
    /// 10 to 256 characters, none of those that are tried first.
    password: String,
    /// `admin`, `operator` or `viewer`.
    role: String,
    /// The sites they may see and change; all unless given. Admins cannot be restricted.
    #[serde(default)]
    sites: Option<Vec<String>>,
}

/// What is to change; what is left out stays. Every change ends all sessions of the operator.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OperatorChange {
    /// A new password also forgets failed attempts to log in.
    #[serde(default)]
    password: Option<String>,
    #[serde(default)]
    role: Option<String>,
    /// Null: all sites.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<Vec<String>>)]
    sites: Option<Option<Vec<String>>>,
}

impl From<operator::Operator> for OperatorView {
    fn from(found: operator::Operator) -> Self {
        Self {
            username: found.username,
            role: found.role,
            sites: found.sites.map(|sites| sites.to_vec()),
            second_factor: found.has_second_factor,
            created_at: found.created_at,
        }
    }
}

/// All operators.
#[utoipa::path(get, path = "/api/v1/operators", tag = "operators", params(Paging),
    responses((status = OK, body = Page<OperatorView>)))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Asked(asked): Asked<Paging>,
) -> ApiResult<Json<Page<OperatorView>>> {
    let (limit, after) = (page_limit(asked.limit)?, read_cursor(asked.cursor.as_deref())?);
    let rows = app.db.read(move |tx| operator::list(tx, &after, limit + 1)).await?;
    Ok(Json(Page::of(rows, limit, |row| row.username.clone(), OperatorView::from)))
}

/// Adds an operator.
#[utoipa::path(post, path = "/api/v1/operators", tag = "operators", request_body = NewOperator, responses(
    (status = CREATED, body = OperatorView), (status = CONFLICT, body = ErrorBody),
    (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Body(asked): Body<NewOperator>,
) -> ApiResult<(StatusCode, Json<OperatorView>)> {
    let role = Role::read(&asked.role)?;
    let fits = |c: char| c.is_ascii_alphanumeric() || "._-@".contains(c);
    if asked.username.is_empty() || asked.username.len() > 64 || !asked.username.chars().all(fits) {
        return Err(
            Refusal::invalid("username", "must be 1 to 64 letters, digits, '.', '_', '-' or '@'").into()
        );
    }
    password::check("password", &asked.password, &asked.username)?;
    let added = operator::Operator {
        username: asked.username,
        password_hash: password::hash(asked.password).await?,
        role: role.word().to_owned(),
        sites: sites::read(asked.sites.as_deref(), role)?,
        created_at: clock::now(),
        has_second_factor: false,
        must_change_password: false,
    };
    let row = added.clone();
    app.db
        .write(move |tx| {
            operator::insert(tx, &row).map_err(|error| match error {
                DbError::Exists(_) => Refusal::Conflict("an operator of this name exists already".to_owned()),
                other => other.into(),
            })?;
            let told = json!({"role": row.role, "sites": row.sites.as_deref()});
            audit::append(tx, &caller.deed("operator.create", row.username, told), row.created_at)?;
            Ok::<_, Refusal>(())
        })
        .await?;
    Ok((StatusCode::CREATED, Json(added.into())))
}

/// Changes password, role or sites, and ends all sessions of the operator.
#[utoipa::path(patch, path = "/api/v1/operators/{username}", tag = "operators", params(("username" = String, Path)),
    request_body = OperatorChange, responses((status = OK, body = OperatorView), (status = NOT_FOUND, body = ErrorBody),
    (status = CONFLICT, body = ErrorBody, description = "they are the last admin")))]
pub(crate) async fn change(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At(username): At<String>,
    Body(asked): Body<OperatorChange>,
) -> ApiResult<Json<OperatorView>> {
    let role = asked.role.as_deref().map(Role::read).transpose()?;
    let hash = match asked.password {
        Some(new) => {
            password::check("password", &new, &username)?;
            Some(password::hash(new).await?)
        }
        None => None,
    };
    let changed = app
        .db
        .write(move |tx| {
            let mut found = existing(tx, &username)?;
            if let Some(role) = role {
                if role != Role::Admin {
                    keep_an_admin(tx, &found)?;
                }
                found.role = role.word().to_owned();
            }
            let wanted = asked.sites.unwrap_or_else(|| found.sites.as_deref().map(<[String]>::to_vec));
            found.sites = sites::read(wanted.as_deref(), Role::read(&found.role)?)?;
            let told = json!({
                "role": found.role, "sites": found.sites.as_deref(), "password": hash.is_some(),
            });
            if let Some(hash) = hash {
                found.password_hash = hash;
                found.must_change_password = false;
                login::forgive(tx, &username)?;
            }
            operator::update(tx, &found)?;
            session::close_all_of(tx, &username)?;
            audit::append(tx, &caller.deed("operator.change", username, told), clock::now())?;
            Ok::<_, Refusal>(found)
        })
        .await?;
    Ok(Json(changed.into()))
}

/// Removes an operator and ends their sessions.
#[utoipa::path(delete, path = "/api/v1/operators/{username}", tag = "operators", params(("username" = String, Path)),
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = ErrorBody),
    (status = CONFLICT, body = ErrorBody, description = "they are the last admin")))]
pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At(username): At<String>,
) -> ApiResult<StatusCode> {
    app.db
        .write(move |tx| {
            let found = existing(tx, &username)?;
            keep_an_admin(tx, &found)?;
            operator::delete(tx, &username)?;
            login::forgive(tx, &username)?;
            audit::append(tx, &caller.deed("operator.remove", username, json!({})), clock::now())?;
            Ok::<_, Refusal>(())
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// On the first start, makes the first admin, and says the password once when it was made up here.
pub(crate) async fn first_start(app: &App) -> Result<(), StartError> {
    if app.db.read(|tx| operator::count(tx, None)).await? > 0 {
        return Ok(());
    }
    let configured = app.config.auth.admin_password.as_ref().map(|secret| secret.reveal().to_owned());
    let is_made_up = configured.is_none();
    let chosen = configured.unwrap_or_else(password::new_password);
    password::check("auth.admin_password", &chosen, FIRST)?;
    let admin = operator::Operator {
        username: FIRST.to_owned(),
        password_hash: password::hash(chosen.clone()).await?,
        role: Role::Admin.word().to_owned(),
        sites: None,
        created_at: clock::now(),
        has_second_factor: false,
        must_change_password: true,
    };
    let deed = Deed {
        actor: "system".to_owned(),
        address: String::new(),
        action: "operator.create",
        subject: FIRST.to_owned(),
        detail: json!({"role": admin.role, "first_start": true}),
    };
    let is_made = app.db.write(move |tx| {
        // Another process that started at the same moment was faster.
        if operator::count(tx, None)? > 0 {
            return Ok::<_, DbError>(false);
        }
        operator::insert(tx, &admin)?;
        audit::append(tx, &deed, admin.created_at)?;
        Ok(true)
    });
    if is_made.await? && is_made_up {
        // To the terminal of whoever started it, never to the log, which is kept and shipped.
        let said = {
            let mut out = std::io::stdout().lock();
            writeln!(out, "first start: user {FIRST}, password {chosen}").and_then(|()| out.flush())
        };
        if let Err(error) = said {
            // Nobody could ever log in: better not to have started.
            app.db.write(|tx| operator::delete(tx, FIRST)).await?;
            return Err(StartError::Unreachable(format!("the first password cannot be shown: {error}")));
        }
    }
    Ok(())
}

fn existing(tx: &mut Tx<'_>, username: &str) -> Result<operator::Operator, Refusal> {
    operator::find(tx, username)?.ok_or_else(|| Refusal::not_found("operator", username))
}

fn keep_an_admin(tx: &mut Tx<'_>, found: &operator::Operator) -> Result<(), Refusal> {
    let admin = Role::Admin.word();
    if found.role == admin && operator::count(tx, Some(admin))? <= 1 {
        return Err(Refusal::Conflict("the last admin cannot be removed or demoted".to_owned()));
    }
    Ok(())
}
