//! People: adding, finding, changing and removing them, and where each is proved to be.
//!
//! Every change derives what boxes should hold in its own transaction, then wakes the reconciler.

pub(super) mod bulk;
pub(super) mod export;
mod filter;
mod import_shape;
pub(super) mod imports;
pub(super) mod labels;
mod shape;

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use protocol::IdentityId;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use self::filter::people_query;
use self::shape::{NewPerson, PersonChange, PersonDetail, PersonView, Removed, changed_fields};
use super::access::Caller;
use super::checks;
use super::drift::{BOXES, views};
use super::error::{ApiResult, ErrorBody};
use super::extract::{Asked, At, Body, Page, page_limit, read_cursor};
use crate::app::App;
use crate::clock;
use crate::db::person::{self, Fields, Person};
use crate::db::person_label::{self, Labels};
use crate::db::person_list::{self, Order};
use crate::db::{DbError, Tx, audit, desired, erasure, held};
use crate::refusal::Refusal;

people_query! {
    /// Which people, in which order.
    PeopleQuery {
        /// Rows per page, 1 to 500; 50 unless given.
        limit: Option<u32>,
        /// `next` of the page before.
        cursor: Option<String>,
        /// `id` (unless given) or `name`.
        #[param(inline)]
        sort: Option<Sort>,
    }
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Sort {
    Id,
    Name,
}

/// People in the order of their ids, or of their names.
#[utoipa::path(get, path = "/api/v1/people", tag = "people", params(PeopleQuery),
    responses((status = OK, body = Page<PersonView>), (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Asked(mut asked): Asked<PeopleQuery>,
) -> ApiResult<Json<Page<PersonView>>> {
    let limit = page_limit(asked.limit)?;
    let filter = asked.filter().read(&caller)?;
    let by_name = asked.sort == Some(Sort::Name);
    let cursor = read_cursor(asked.cursor.as_deref())?;
    let order = match cursor.split_once('\n') {
        Some((name, id)) if by_name => Order::Name(name.to_owned(), id.to_owned()),
        None if by_name && cursor.is_empty() => Order::Name(String::new(), String::new()),
        None if !by_name => Order::Id(cursor),
        _ => return Err(Refusal::invalid("cursor", "is not one this list gave").into()),
    };
    let rows = app.db.read(move |tx| person_list::list(tx, &filter, &order, limit + 1)).await?;
    // Names hold no line breaks.
    let key = |row: &Person| match by_name {
        true => format!("{}\n{}", row.fields.name, row.identity_id.as_str()),
        false => row.identity_id.as_str().to_owned(),
    };
    Ok(Json(Page::of(rows, limit, key, PersonView::from)))
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
    let labels =
        Labels { department: checks::department(&asked.department)?, tags: checks::tags(&asked.tags)? };
    checks::validity(fields.valid_from, fields.valid_until)?;
    let now = clock::now();
    let added = app
        .db
        .write(move |tx| {
            checks::groups_exist(tx, &fields.groups)?;
            caller.must_reach_only_own(tx, &fields.groups)?;
            person::insert(tx, &id, &fields, now).map_err(|error| match error {
                DbError::Exists(_) => {
                    Refusal::Conflict(format!("there is a person {:?} already", id.as_str()))
                }
                other => other.into(),
            })?;
            person_label::set(tx, &id, &labels, now)?;
            desired::recompute_for_person(tx, &id, now)?;
            let told = json!({"groups": fields.groups});
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
    let (found, spread, held) = app
        .db
        .read(move |tx| {
            let (found, sites) = (existing(tx, &id)?, caller.sites.as_deref());
            let spread = held::spread(tx, id.as_str(), sites)?;
            Ok::<_, Refusal>((found, spread, held::of_person(tx, id.as_str(), sites, BOXES)?))
        })
        .await?;
    Ok(Json(PersonDetail { person: found.into(), on_boxes: spread.into(), boxes: views(held) }))
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
    let department = asked.department.as_deref().map(checks::department).transpose()?;
    let tags = asked.tags.as_deref().map(checks::tags).transpose()?;
    let (id, now) = (IdentityId::new(id), clock::now());
    let changed = app
        .db
        .write(move |tx| {
            let found = existing(tx, &id)?;
            let labels = Labels {
                department: department.unwrap_or_else(|| found.labels.department.clone()),
                tags: tags.unwrap_or_else(|| found.labels.tags.clone()),
            };
            if labels != found.labels {
                person_label::set(tx, &id, &labels, now)?;
            }
            let before = found.fields;
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
                caller.must_reach_only_own(tx, &before.groups)?;
                caller.must_reach_only_own(tx, &fields.groups)?;
                person::update(tx, &id, &fields, now)?;
                desired::recompute_for_person(tx, &id, now)?;
            }
            let changed = changed_fields((&before, &found.labels), (&fields, &labels));
            if !changed.is_empty() {
                let told = json!({"fields": changed, "groups": fields.groups});
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
            caller.must_reach_only_own(tx, &before.fields.groups)?;
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
