//! Permission groups and their members. The default group `0` always exists.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use protocol::{GroupId, IdentityId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::access::Caller;
use super::checks;
use super::error::{ApiResult, ErrorBody};
use super::extract::{Asked, At, Body, Page, Paging, page_limit, read_cursor};
use crate::app::App;
use crate::clock;
use crate::db::group::{self, Group};
use crate::db::{DbError, Tx, audit, desired, person, recompute};
use crate::refusal::Refusal;

/// Most people added and removed by one request.
const MEMBERS: usize = 10_000;
/// For so many people it is derived at once on which boxes they are wanted; for more it is left to a job.
const AT_ONCE: usize = 10;

/// A permission group.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GroupView {
    id: String,
    name: String,
    description: String,
    created_at: i64,
    /// How many people belong to it.
    people: i64,
    /// How many boxes serve it.
    boxes: i64,
}

/// A new group.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewGroup {
    /// Unique, 1 to 64 characters.
    name: String,
    #[serde(default)]
    description: String,
    /// What boxes call it; the next free number unless given.
    #[serde(default)]
    id: Option<String>,
}

/// What is to change.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GroupChange {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    description: Option<String>,
}

/// Who joins and who leaves; at most 10,000 together.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MemberChange {
    /// Ids of people who become members.
    #[serde(default)]
    add: Vec<String>,
    /// Ids of people whose membership ends.
    #[serde(default)]
    remove: Vec<String>,
}

/// What a change of members did.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MembersChanged {
    /// People who became members; those who were already do not count.
    added: usize,
    /// People whose membership ended.
    removed: usize,
}

/// Groups in the order of their ids.
#[utoipa::path(get, path = "/api/v1/groups", tag = "groups", params(Paging),
    responses((status = OK, body = Page<GroupView>)))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Asked(asked): Asked<Paging>,
) -> ApiResult<Json<Page<GroupView>>> {
    let (limit, after) = (page_limit(asked.limit)?, read_cursor(asked.cursor.as_deref())?);
    let rows = app.db.read(move |tx| group::list(tx, caller.sites(), &after, limit + 1)).await?;
    Ok(Json(Page::of(rows, limit, |row| row.id.as_str().to_owned(), GroupView::from)))
}

/// Adds a group.
#[utoipa::path(post, path = "/api/v1/groups", tag = "groups", request_body = NewGroup, responses(
    (status = CREATED, body = GroupView), (status = CONFLICT, body = ErrorBody, description = "id or name is taken"),
    (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Body(asked): Body<NewGroup>,
) -> ApiResult<(StatusCode, Json<GroupView>)> {
    let name = checks::name("name", &asked.name)?;
    let description = checks::text("description", &asked.description)?;
    let id = asked.id.map(|id| checks::group_id("id", &id)).transpose()?;
    let now = clock::now();
    let added = app
        .db
        .write(move |tx| {
            let id = match id {
                Some(id) => id,
                None => group::next_id(tx)?,
            };
            group::insert(tx, &id, &name, &description, now).map_err(taken)?;
            audit::append(tx, &caller.deed("group.create", id.as_str(), json!({"name": name})), now)?;
            existing(tx, &caller, &id)
        })
        .await?;
    Ok((StatusCode::CREATED, Json(added.into())))
}

/// One group. Its members: `GET /api/v1/people?group=…`.
#[utoipa::path(get, path = "/api/v1/groups/{group_id}", tag = "groups", params(("group_id" = String, Path)),
    responses((status = OK, body = GroupView), (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At(id): At<String>,
) -> ApiResult<Json<GroupView>> {
    let id = GroupId::new(id);
    let found = app.db.read(move |tx| existing(tx, &caller, &id)).await?;
    Ok(Json(found.into()))
}

/// Changes name or description.
#[utoipa::path(patch, path = "/api/v1/groups/{group_id}", tag = "groups", params(("group_id" = String, Path)),
    request_body = GroupChange, responses((status = OK, body = GroupView), (status = NOT_FOUND, body = ErrorBody),
    (status = CONFLICT, body = ErrorBody, description = "the name is taken")))]
pub(crate) async fn change(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At(id): At<String>,
    Body(asked): Body<GroupChange>,
) -> ApiResult<Json<GroupView>> {
    let name = asked.name.as_deref().map(|name| checks::name("name", name)).transpose()?;
    let description =
        asked.description.as_deref().map(|text| checks::text("description", text)).transpose()?;
    let id = GroupId::new(id);
    let changed = app
        .db
        .write(move |tx| {
            let before = existing(tx, &caller, &id)?;
            caller.must_reach_only_own(tx, std::slice::from_ref(&id))?;
            let name = name.unwrap_or(before.name);
            let description = description.unwrap_or(before.description);
            group::update(tx, &id, &name, &description).map_err(taken)?;
            audit::append(
                tx,
                &caller.deed("group.change", id.as_str(), json!({"name": name})),
                clock::now(),
            )?;
            existing(tx, &caller, &id)
        })
        .await?;
    Ok(Json(changed.into()))
}

/// Removes a group. Its members stay people; whoever passed only by this group is taken off its boxes.
#[utoipa::path(delete, path = "/api/v1/groups/{group_id}", tag = "groups", params(("group_id" = String, Path)),
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = ErrorBody),
    (status = CONFLICT, body = ErrorBody, description = "the default group stays")))]
pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At(id): At<String>,
) -> ApiResult<StatusCode> {
    let (id, now) = (GroupId::new(id), clock::now());
    if id == GroupId::default_group() {
        return Err(Refusal::Conflict("the default group cannot be removed".to_owned()).into());
    }
    app.db
        .write(move |tx| {
            existing(tx, &caller, &id)?;
            caller.must_reach_only_own(tx, std::slice::from_ref(&id))?;
            group::touch_members(tx, &id, now)?;
            recompute::members_later(tx, &id, now)?;
            group::delete(tx, &id)?;
            audit::append(tx, &caller.deed("group.remove", id.as_str(), json!({})), now)?;
            Ok::<_, Refusal>(())
        })
        .await?;
    app.nudge();
    Ok(StatusCode::NO_CONTENT)
}

/// Adds and removes members; all of it or, when somebody named does not exist, nothing.
#[utoipa::path(post, path = "/api/v1/groups/{group_id}/people", tag = "groups", params(("group_id" = String, Path)),
    request_body = MemberChange, responses((status = OK, body = MembersChanged), (status = NOT_FOUND, body = ErrorBody),
    (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn members(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At(id): At<String>,
    Body(asked): Body<MemberChange>,
) -> ApiResult<Json<MembersChanged>> {
    if asked.add.len() + asked.remove.len() > MEMBERS {
        return Err(
            Refusal::invalid("add", format!("add and remove may name {MEMBERS} people together")).into()
        );
    }
    let (id, now) = (GroupId::new(id), clock::now());
    let people = |named: &[String]| named.iter().map(|id| IdentityId::new(id.as_str())).collect::<Vec<_>>();
    let (add, remove) = (people(&asked.add), people(&asked.remove));
    let changed = app
        .db
        .write(move |tx| {
            existing(tx, &caller, &id)?;
            caller.must_reach_only_own(tx, std::slice::from_ref(&id))?;
            if let Some(stranger) = group::stranger(tx, &add)? {
                return Err(Refusal::invalid("add", format!("there is no person {:?}", stranger.as_str())));
            }
            let mut touched = group::add_members(tx, &id, &add)?;
            let added = touched.len();
            let gone = group::remove_members(tx, &id, &remove)?;
            let removed = gone.len();
            touched.extend(gone);
            for person in &touched {
                person::touch(tx, person, now)?;
                if touched.len() <= AT_ONCE {
                    desired::recompute_for_person(tx, person, now)?;
                } else {
                    recompute::person_later(tx, person, now)?;
                }
            }
            let detail = json!({"added": added, "removed": removed});
            audit::append(tx, &caller.deed("group.members", id.as_str(), detail), now)?;
            Ok(MembersChanged { added, removed })
        })
        .await?;
    app.nudge();
    Ok(Json(changed))
}

fn existing(tx: &mut Tx<'_>, caller: &Caller, id: &GroupId) -> Result<Group, Refusal> {
    group::find(tx, id, caller.sites())?.ok_or_else(|| Refusal::not_found("group", id.as_str()))
}

fn taken(error: DbError) -> Refusal {
    match error {
        DbError::Exists(_) => Refusal::Conflict("a group of this id or name exists already".to_owned()),
        other => other.into(),
    }
}

impl From<Group> for GroupView {
    fn from(found: Group) -> Self {
        Self {
            id: found.id.as_str().to_owned(),
            name: found.name,
            description: found.description,
            created_at: found.created_at,
            people: found.people,
            boxes: found.boxes,
        }
    }
}
