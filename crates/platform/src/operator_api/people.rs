//! People: adding, finding, changing and removing them, and where each is proved to be.
//!
//! Every change derives what boxes should hold in its own transaction, then wakes the reconciler.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use protocol::IdentityId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::access::Caller;
use super::checks;
use super::drift::{BOXES, HeldView, views};
use super::error::{ApiResult, ErrorBody};
use super::extract::{Asked, At, Body, Page, nullable, page_limit, read_cursor};
use crate::app::App;
use crate::clock;
use crate::db::person::{self, Fields, Person};
use crate::db::{DbError, Tx, audit, desired, erasure, held};
use crate::refusal::Refusal;

/// A person.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PersonView {
    identity_id: String,
    name: String,
    /// 1 employee, 2 visitor, 3 blacklist, 4 stranger, 5 VIP.
    r#type: i64,
    /// Ids of the permission groups they belong to.
    groups: Vec<String>,
    /// Begin of their validity, milliseconds since 1970, UTC; null: always.
    valid_from: Option<i64>,
    /// End of their validity, milliseconds since 1970, UTC; null: for ever.
    valid_until: Option<i64>,
    /// What else is known; sent along to boxes.
    #[schema(value_type = Object)]
    info: Value,
    /// Their photo; null when they have none, and then no box holds them.
    photo: Option<PhotoView>,
    /// Grows with every change a box must learn of.
    revision: i64,
    created_at: i64,
    updated_at: i64,
}

/// A person's photo.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PhotoView {
    /// Where to get it.
    url: String,
    /// When it was set.
    at: i64,
}

/// A person, and where they should be and are proved to be.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PersonDetail {
    #[serde(flatten)]
    person: PersonView,
    boxes: Vec<HeldView>,
}

/// A new person.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPerson {
    /// Unique: job number, phone, card number. 1 to 64 letters, digits or any of `- _ . @ : +`.
    identity_id: String,
    /// 1 to 64 characters.
    name: String,
    /// 1 employee (unless given), 2 visitor, 3 blacklist, 4 stranger, 5 VIP.
    #[serde(default = "employee")]
    r#type: i64,
    /// Ids of permission groups; the default group `0` unless given.
    #[serde(default = "default_groups")]
    groups: Vec<String>,
    #[serde(default)]
    valid_from: Option<i64>,
    #[serde(default)]
    valid_until: Option<i64>,
    /// An object of at most 8 KiB.
    #[serde(default = "empty_object")]
    #[schema(value_type = Object)]
    info: Value,
}

/// What is to change; what is left out stays. `valid_from` and `valid_until` may be null.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PersonChange {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    r#type: Option<i64>,
    #[serde(default)]
    groups: Option<Vec<String>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<i64>)]
    valid_from: Option<Option<i64>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<i64>)]
    valid_until: Option<Option<i64>>,
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    info: Option<Value>,
}

/// What became of a removal.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Removed {
    identity_id: String,
    /// The receipt, `GET erasures/{id}`: which boxes have proved it and which have not.
    erasure_id: String,
    /// Boxes that have not yet proved that the person is gone; `GET people/{identity_id}/boxes` follows them.
    boxes: Vec<HeldView>,
}

/// Which people.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PeopleQuery {
    /// Rows per page, 1 to 500; 50 unless given.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Part of the name or of the id.
    search: Option<String>,
    /// Only members of this group.
    group: Option<String>,
    /// Only with (`true`) or without (`false`) a photo.
    photo: Option<bool>,
}

fn employee() -> i64 {
    1
}

fn default_groups() -> Vec<String> {
    vec![protocol::GroupId::default_group().as_str().to_owned()]
}

fn empty_object() -> Value {
    Value::Object(serde_json::Map::new())
}

/// People in the order of their ids.
#[utoipa::path(get, path = "/api/v1/people", tag = "people", params(PeopleQuery),
    responses((status = OK, body = Page<PersonView>), (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Asked(asked): Asked<PeopleQuery>,
) -> ApiResult<Json<Page<PersonView>>> {
    let limit = page_limit(asked.limit)?;
    let filter = person::Filter {
        search: asked.search.filter(|search| !search.is_empty()),
        group: asked.group,
        photo: asked.photo,
        after: Some(read_cursor(asked.cursor.as_deref())?),
        limit: limit + 1,
    };
    let rows = app.db.read(move |tx| person::list(tx, &filter)).await?;
    Ok(Json(Page::of(rows, limit, |row| row.identity_id.as_str().to_owned(), PersonView::from)))
}

/// Adds a person. They reach boxes once they have a photo.
#[utoipa::path(post, path = "/api/v1/people", tag = "people", request_body = NewPerson, responses(
    (status = CREATED, body = PersonView), (status = CONFLICT, body = ErrorBody, description = "the id is taken"),
    (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Body(asked): Body<NewPerson>,
) -> ApiResult<(StatusCode, Json<PersonView>)> {
    let id = checks::identity_id(&asked.identity_id)?;
    let fields = Fields {
        name: checks::name("name", &asked.name)?,
        kind: checks::person_type(asked.r#type)?,
        info: checks::info(asked.info)?,
        valid_from: asked.valid_from,
        valid_until: asked.valid_until,
        groups: checks::groups(&asked.groups)?,
    };
    checks::validity(fields.valid_from, fields.valid_until)?;
    let now = clock::now();
    let added = app
        .db
        .write(move |tx| {
            checks::groups_exist(tx, &fields.groups)?;
            person::insert(tx, &id, &fields, now).map_err(|error| match error {
                DbError::Exists(_) => {
                    Refusal::Conflict(format!("there is a person {:?} already", id.as_str()))
                }
                other => other.into(),
            })?;
            desired::recompute_for_person(tx, &id, now)?;
            let told = json!({"name": fields.name, "groups": fields.groups});
            audit::append(tx, &caller.deed("person.create", id.as_str(), told), now)?;
            existing(tx, &id)
        })
        .await?;
    app.nudge();
    Ok((StatusCode::CREATED, Json(added.into())))
}

/// One person, and where they are proved to be.
#[utoipa::path(get, path = "/api/v1/people/{identity_id}", tag = "people", params(("identity_id" = String, Path)),
    responses((status = OK, body = PersonDetail), (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At(id): At<String>,
) -> ApiResult<Json<PersonDetail>> {
    let id = IdentityId::new(id);
    let (found, held) = app
        .db
        .read(move |tx| {
            let found = existing(tx, &id)?;
            Ok::<_, Refusal>((found, held::of_person(tx, id.as_str(), caller.sites.as_deref(), BOXES)?))
        })
        .await?;
    Ok(Json(PersonDetail { person: found.into(), boxes: views(held) }))
}

/// Changes a person.
#[utoipa::path(patch, path = "/api/v1/people/{identity_id}", tag = "people", params(("identity_id" = String, Path)),
    request_body = PersonChange, responses((status = OK, body = PersonView), (status = NOT_FOUND, body = ErrorBody),
    (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn change(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At(id): At<String>,
    Body(asked): Body<PersonChange>,
) -> ApiResult<Json<PersonView>> {
    let name = asked.name.as_deref().map(|name| checks::name("name", name)).transpose()?;
    let kind = asked.r#type.map(checks::person_type).transpose()?;
    let info = asked.info.map(checks::info).transpose()?;
    let groups = asked.groups.as_deref().map(checks::groups).transpose()?;
    let (id, now) = (IdentityId::new(id), clock::now());
    let changed = app
        .db
        .write(move |tx| {
            let before = existing(tx, &id)?.fields;
            let fields = Fields {
                name: name.unwrap_or_else(|| before.name.clone()),
                kind: kind.unwrap_or(before.kind),
                info: info.unwrap_or_else(|| before.info.clone()),
                valid_from: asked.valid_from.unwrap_or(before.valid_from),
                valid_until: asked.valid_until.unwrap_or(before.valid_until),
                groups: groups.unwrap_or_else(|| before.groups.clone()),
            };
            checks::validity(fields.valid_from, fields.valid_until)?;
            checks::groups_exist(tx, &fields.groups)?;
            // Nothing is sent to any box for a change that changes nothing.
            if fields != before {
                person::update(tx, &id, &fields, now)?;
                desired::recompute_for_person(tx, &id, now)?;
                let told = json!({"name": fields.name, "groups": fields.groups});
                audit::append(tx, &caller.deed("person.change", id.as_str(), told), now)?;
            }
            existing(tx, &id)
        })
        .await?;
    app.nudge();
    Ok(Json(changed.into()))
}

/// Removes a person here at once, and from every box as soon as it can be reached.
#[utoipa::path(delete, path = "/api/v1/people/{identity_id}", tag = "people", params(("identity_id" = String, Path)),
    responses((status = OK, body = Removed), (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At(id): At<String>,
) -> ApiResult<Json<Removed>> {
    let (id, now) = (IdentityId::new(id), clock::now());
    let identity_id = id.as_str().to_owned();
    let (photo, erasure_id, held) = app
        .db
        .write(move |tx| {
            let before = existing(tx, &id)?;
            let receipt = erasure::record(tx, &id, &caller.username, now)?;
            person::delete(tx, &id)?;
            desired::recompute_for_person(tx, &id, now)?;
            audit::append(tx, &caller.deed("person.remove", id.as_str(), json!({})), now)?;
            let held = held::of_person(tx, id.as_str(), caller.sites.as_deref(), BOXES)?;
            Ok::<_, Refusal>((before.photo_key, receipt, held))
        })
        .await?;
    app.nudge();
    if let Some(photo) = photo {
        app.forget_photo(photo).await;
    }
    Ok(Json(Removed { identity_id, erasure_id, boxes: views(held) }))
}

pub(super) fn existing(tx: &mut Tx<'_>, id: &IdentityId) -> Result<Person, Refusal> {
    person::find(tx, id)?.ok_or_else(|| Refusal::not_found("person", id.as_str()))
}

impl From<Person> for PersonView {
    fn from(found: Person) -> Self {
        let id = found.identity_id.as_str();
        let photo = found.photo_at.map(|at| PhotoView { url: format!("/api/v1/people/{id}/photo"), at });
        Self {
            identity_id: id.to_owned(),
            name: found.fields.name,
            r#type: found.fields.kind,
            groups: found.fields.groups.iter().map(|group| group.as_str().to_owned()).collect(),
            valid_from: found.fields.valid_from,
            valid_until: found.fields.valid_until,
            info: found.fields.info,
            photo,
            revision: found.revision,
            created_at: found.created_at,
            updated_at: found.updated_at,
        }
    }
}
