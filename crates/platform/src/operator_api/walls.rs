//! Live walls as admins manage them: a name, what is shown, and a key that is shown once and can be taken back.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::access::Caller;
use super::error::{ApiResult, ErrorBody};
use super::extract::{Asked, At, Body, Page, Paging, page_limit, read_cursor};
use super::identify::{WALL_PREFIX, hash_of};
use super::{checks, password};
use crate::app::App;
use crate::clock;
use crate::db::audit;
use crate::db::wall::{self, Wall};
use crate::refusal::Refusal;

/// A wall, without its key.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WallView {
    /// In the audit log the wall is called `wall:<id>`.
    id: String,
    name: String,
    /// Only of boxes at this site; null: any.
    site: Option<String>,
    /// Only of this box; null: any.
    dev_sno: Option<String>,
    /// Only of this camera; null: any.
    ep_id: Option<String>,
    /// Only of these types of people; any when empty.
    types: Vec<i64>,
    show_names: bool,
    show_photos: bool,
    /// Who made it.
    created_by: String,
    /// Milliseconds since 1970, UTC.
    created_at: i64,
    /// When it was last looked at, give or take a minute; null: not yet.
    last_used_at: Option<i64>,
}

/// A wall with its key, which is shown this once.
#[derive(Serialize, ToSchema)]
pub(crate) struct WallShown {
    #[serde(flatten)]
    wall: WallView,
    /// `mw_…`, for the address `/live#<key>`. It is not kept and cannot be shown again.
    key: String,
}

/// A new wall.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewWall {
    /// Where it hangs; 1 to 64 characters.
    name: String,
    /// Only of boxes at this site.
    #[serde(default)]
    site: Option<String>,
    /// Only of this box.
    #[serde(default)]
    dev_sno: Option<String>,
    /// Only of this camera.
    #[serde(default)]
    ep_id: Option<String>,
    /// Only of these types: 1 employee, 2 visitor, 3 blacklist, 4 stranger, 5 VIP.
    #[serde(default)]
    types: Vec<i64>,
    /// Whether names are shown; not unless given.
    #[serde(default)]
    show_names: bool,
    /// Whether photos are shown; not unless given.
    #[serde(default)]
    show_photos: bool,
}

/// Walls in the order of their making.
#[utoipa::path(get, path = "/api/v1/walls", tag = "walls", params(Paging),
    responses((status = OK, body = Page<WallView>)))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Asked(asked): Asked<Paging>,
) -> ApiResult<Json<Page<WallView>>> {
    let (limit, after) = (page_limit(asked.limit)?, read_cursor(asked.cursor.as_deref())?);
    let rows = app.db.read(move |tx| wall::list(tx, &after, limit + 1)).await?;
    Ok(Json(Page::of(rows, limit, |row| row.id.clone(), WallView::from)))
}

/// Makes a wall. The answer holds its key, which is shown this once.
#[utoipa::path(post, path = "/api/v1/walls", tag = "walls", request_body = NewWall, responses(
    (status = CREATED, body = WallShown), (status = CONFLICT, body = ErrorBody, description = "there are too many walls"),
    (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Body(asked): Body<NewWall>,
) -> ApiResult<(StatusCode, Json<WallShown>)> {
    let named = |field: &'static str, text: Option<String>| match text.as_deref() {
        None => Ok(None),
        Some(text) => checks::text(field, text).map(Some),
    };
    let mut types =
        asked.types.iter().map(|number| checks::person_type(*number)).collect::<Result<Vec<_>, _>>()?;
    types.sort_unstable();
    types.dedup();
    let row = Wall {
        id: Uuid::now_v7().to_string(),
        name: checks::name("name", &asked.name)?,
        site: named("site", asked.site)?,
        dev_sno: named("dev_sno", asked.dev_sno)?,
        ep_id: named("ep_id", asked.ep_id)?,
        types,
        show_names: asked.show_names,
        show_photos: asked.show_photos,
        created_by: caller.username.clone(),
        created_at: clock::now(),
        last_used_at: None,
    };
    let key = format!("{WALL_PREFIX}{}", password::new_token());
    let (hash, made) = (hash_of(&key), row.clone());
    app.db
        .write(move |tx| {
            if wall::count(tx)? >= wall::MOST {
                let most = wall::MOST;
                return Err(Refusal::Conflict(format!("there are {most} walls: remove those not in use")));
            }
            wall::insert(tx, &row, &hash)?;
            let told = json!({"name": row.name, "names": row.show_names, "photos": row.show_photos});
            audit::append(tx, &caller.deed("wall.create", &row.id, told), row.created_at)?;
            Ok(())
        })
        .await?;
    Ok((StatusCode::CREATED, Json(WallShown { wall: made.into(), key })))
}

/// Revokes a wall: its key is worth nothing from now on, and who looks at it is cut off within seconds.
#[utoipa::path(delete, path = "/api/v1/walls/{id}", tag = "walls", params(("id" = String, Path)),
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At(id): At<String>,
) -> ApiResult<StatusCode> {
    app.db
        .write(move |tx| {
            let found = wall::find(tx, &id)?.ok_or_else(|| Refusal::not_found("wall", &id))?;
            wall::delete(tx, &id)?;
            audit::append(tx, &caller.deed("wall.remove", &id, json!({"name": found.name})), clock::now())?;
            Ok::<_, Refusal>(())
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<Wall> for WallView {
    fn from(found: Wall) -> Self {
        Self {
            id: found.id,
            name: found.name,
            site: found.site,
            dev_sno: found.dev_sno,
            ep_id: found.ep_id,
            types: found.types,
            show_names: found.show_names,
            show_photos: found.show_photos,
            created_by: found.created_by,
            created_at: found.created_at,
            last_used_at: found.last_used_at,
        }
    }
}
