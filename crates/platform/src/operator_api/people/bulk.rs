//! Changing many people at once: in small steps, so that nobody else waits for the database longer than for one of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use protocol::{GroupId, IdentityId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::super::access::Caller;
use super::super::checks;
use super::super::error::{ApiResult, ErrorBody};
use super::super::extract::{Body, nullable};
use super::filter::PeopleFilter;
use crate::app::App;
use crate::clock;
use crate::db::person::{self, Person};
use crate::db::person_label::{self, Labels};
use crate::db::person_list::{self, Order};
use crate::db::{Tx, audit, desired, erasure};
use crate::refusal::Refusal;

/// Most people of one request.
const PEOPLE: usize = 5_000;
/// People changed in one transaction.
const STEP: usize = 100;

/// Whom to change, and what.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BulkChange {
    /// These people, at most 5,000; or else:
    ids: Option<Vec<String>>,
    /// everybody who fits, at most 5,000.
    filter: Option<PeopleFilter>,
    /// Ids of groups they become members of.
    #[serde(default)]
    add_groups: Vec<String>,
    /// Ids of groups they are taken out of.
    #[serde(default)]
    remove_groups: Vec<String>,
    #[serde(default)]
    add_tags: Vec<String>,
    #[serde(default)]
    remove_tags: Vec<String>,
    /// Their new type, 1 to 5.
    r#type: Option<i64>,
    /// Their new department; empty for none.
    department: Option<String>,
    /// Their new begin of validity; null: always.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<i64>)]
    valid_from: Option<Option<i64>>,
    /// Their new end of validity; null: for ever.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<i64>)]
    valid_until: Option<Option<i64>>,
    /// `true`: remove them. Nothing else may be asked at the same time.
    #[serde(default)]
    delete: bool,
}

/// What became of a request.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct BulkResult {
    /// People named or found.
    matched: usize,
    /// Of which changed or deleted.
    changed: usize,
    /// Of which not there or refused.
    failed: usize,
    /// One entry for each, in the order of their ids.
    items: Vec<BulkItem>,
}

/// What became of one person.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BulkItem {
    identity_id: String,
    /// `changed`, `unchanged`, `deleted`, `not_found`, `failed`.
    result: &'static str,
    /// Why it failed.
    reason: Option<String>,
}

/// A change, checked.
struct Change {
    add_groups: Vec<GroupId>,
    remove_groups: BTreeSet<GroupId>,
    add_tags: Vec<String>,
    remove_tags: BTreeSet<String>,
    kind: Option<i64>,
    department: Option<String>,
    valid_from: Option<Option<i64>>,
    valid_until: Option<Option<i64>>,
    delete: bool,
}

/// Changes many people: adds and removes groups and tags, sets type, department and validity, or deletes them. It is done in steps of 100
/// people; a request that is interrupted may be sent again.
#[utoipa::path(post, path = "/api/v1/people/bulk", tag = "people", request_body = BulkChange, responses(
    (status = OK, body = BulkResult), (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn change(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Body(mut asked): Body<BulkChange>,
) -> ApiResult<Json<BulkResult>> {
    let (ids, filter) = (asked.ids.take(), asked.filter.take());
    let change = Arc::new(Change::read(&asked)?);
    let groups = change.add_groups.clone();
    app.db.read(move |tx: &mut Tx<'_>| checks::groups_exist(tx, &groups)).await?;
    let people = match (ids, filter) {
        (Some(ids), None) => named(ids)?,
        (None, Some(filter)) if filter.is_empty() => {
            return Err(Refusal::invalid("filter", "must restrict to somebody").into());
        }
        (None, Some(filter)) => fitting(&app, &caller, filter).await?,
        _ => return Err(Refusal::invalid("ids", "name people either by ids or by a filter").into()),
    };
    let mut result = BulkResult { matched: people.len(), ..BulkResult::default() };
    for step in people.chunks(STEP) {
        let (step, change, caller) = (step.to_vec(), Arc::clone(&change), caller.clone());
        let (items, photos) = app.db.write(move |tx| change.step(tx, &step, &caller)).await?;
        app.nudge();
        result.items.extend(items);
        for photo in photos {
            app.forget_photo(photo).await;
        }
    }
    let count =
        |results: [&str; 2]| result.items.iter().filter(|item| results.contains(&item.result)).count();
    (result.changed, result.failed) = (count(["changed", "deleted"]), count(["not_found", "failed"]));
    Ok(Json(result))
}

fn named(ids: Vec<String>) -> Result<Vec<IdentityId>, Refusal> {
    if ids.is_empty() || ids.len() > PEOPLE {
        return Err(Refusal::invalid("ids", format!("must be 1 to {PEOPLE}")));
    }
    let ids: BTreeSet<String> = ids.into_iter().collect();
    Ok(ids.into_iter().map(IdentityId::new).collect())
}

async fn fitting(app: &App, caller: &Caller, filter: PeopleFilter) -> Result<Vec<IdentityId>, Refusal> {
    let filter = filter.read(caller)?;
    let most = i64::try_from(PEOPLE).unwrap_or(i64::MAX) + 1;
    let order = Order::Id(String::new());
    let found = app.db.read(move |tx| person_list::ids(tx, &filter, &order, most)).await?;
    if found.len() > PEOPLE {
        return Err(Refusal::invalid(
            "filter",
            format!("more than {PEOPLE} people fit; restrict it further"),
        ));
    }
    Ok(found)
}

fn delete(tx: &mut Tx<'_>, person: &Person, caller: &Caller, now: i64) -> Result<&'static str, Refusal> {
    let id = &person.identity_id;
    caller.must_reach_only_own(tx, &person.fields.groups)?;
    erasure::record(tx, id, &caller.username, now)?;
    person::delete(tx, id)?;
    desired::recompute_for_person(tx, id, now)?;
    Ok("deleted")
}

impl Change {
    fn read(asked: &BulkChange) -> Result<Self, Refusal> {
        let change = Self {
            add_groups: checks::groups(&asked.add_groups)?,
            remove_groups: checks::groups(&asked.remove_groups)?.into_iter().collect(),
            add_tags: checks::tags(&asked.add_tags)?,
            remove_tags: checks::tags(&asked.remove_tags)?.into_iter().collect(),
            kind: asked.r#type.map(checks::person_type).transpose()?,
            department: asked.department.as_deref().map(checks::department).transpose()?,
            valid_from: asked.valid_from,
            valid_until: asked.valid_until,
            delete: asked.delete,
        };
        checks::validity(change.valid_from.flatten(), change.valid_until.flatten())?;
        let changes = !change.add_groups.is_empty()
            || !change.remove_groups.is_empty()
            || !change.add_tags.is_empty()
            || !change.remove_tags.is_empty()
            || change.kind.is_some()
            || change.department.is_some()
            || change.valid_from.is_some()
            || change.valid_until.is_some();
        match (changes, change.delete) {
            (true, true) => Err(Refusal::invalid("delete", "nothing else can be changed at the same time")),
            (false, false) => Err(Refusal::invalid("body", "names no change")),
            _ => Ok(change),
        }
    }

    /// Changes some people; answers what became of them, and the photos nobody may need any more.
    fn step(
        &self,
        tx: &mut Tx<'_>,
        people: &[IdentityId],
        caller: &Caller,
    ) -> Result<(Vec<BulkItem>, Vec<String>), Refusal> {
        let now = clock::now();
        let mut found = person::find_many(tx, people)?.into_iter().peekable();
        let (mut items, mut photos) = (Vec::new(), Vec::new());
        for id in people {
            let known = found.next_if(|person| person.identity_id == *id);
            let outcome = match known {
                None => Ok("not_found"),
                Some(person) if self.delete => {
                    let deleted = delete(tx, &person, caller, now);
                    photos.extend(person.photo_key.filter(|_| deleted.is_ok()));
                    deleted
                }
                Some(person) => self.apply(tx, &person, caller, now),
            };
            let (result, reason) = match outcome {
                Ok(result) => (result, None),
                Err(Refusal::Invalid { field, reason }) => ("failed", Some(format!("{field}: {reason}"))),
                Err(refused @ Refusal::OutsideSites(_)) => ("failed", Some(refused.to_string())),
                Err(fault) => return Err(fault),
            };
            items.push(BulkItem { identity_id: id.as_str().to_owned(), result, reason });
        }
        let touched: Vec<&str> = items
            .iter()
            .filter(|item| matches!(item.result, "changed" | "deleted"))
            .map(|item| item.identity_id.as_str())
            .collect();
        if !touched.is_empty() {
            let action = if self.delete { "person.bulk_delete" } else { "person.bulk_change" };
            audit::append(tx, &caller.deed(action, "", json!({"people": touched})), now)?;
        }
        Ok((items, photos))
    }

    fn apply(
        &self,
        tx: &mut Tx<'_>,
        person: &Person,
        caller: &Caller,
        now: i64,
    ) -> Result<&'static str, Refusal> {
        let mut fields = person.fields.clone();
        fields.groups.extend(self.add_groups.iter().cloned());
        fields.groups.sort();
        fields.groups.dedup();
        fields.groups.retain(|group| !self.remove_groups.contains(group));
        fields.kind = self.kind.unwrap_or(fields.kind);
        fields.valid_from = self.valid_from.unwrap_or(fields.valid_from);
        fields.valid_until = self.valid_until.unwrap_or(fields.valid_until);
        checks::validity(fields.valid_from, fields.valid_until)?;
        let groups: Vec<String> = fields.groups.iter().map(|group| group.as_str().to_owned()).collect();
        fields.groups = checks::groups(&groups)?;
        let mut tags = person.labels.tags.clone();
        tags.extend(self.add_tags.iter().cloned());
        tags.retain(|tag| !self.remove_tags.contains(tag));
        tags.sort();
        tags.dedup();
        let labels = Labels {
            tags: checks::tags(&tags)?,
            department: self.department.clone().unwrap_or_else(|| person.labels.department.clone()),
        };
        if fields == person.fields && labels == person.labels {
            return Ok("unchanged");
        }
        // Whoever is refused is not changed at all.
        if fields != person.fields {
            // A group may have been removed since it was looked for.
            checks::groups_exist(tx, &self.add_groups)?;
            caller.must_reach_only_own(tx, &person.fields.groups)?;
            caller.must_reach_only_own(tx, &fields.groups)?;
        }
        if labels != person.labels {
            person_label::set(tx, &person.identity_id, &labels, now)?;
        }
        if fields != person.fields {
            person::update(tx, &person.identity_id, &fields, now)?;
            desired::recompute_for_person(tx, &person.identity_id, now)?;
        }
        Ok("changed")
    }
}
