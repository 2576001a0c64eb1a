//! One row done: everything it asks is looked at before anything is changed, so that a refused row changes nothing.

use std::collections::HashMap;

use protocol::{GroupId, IdentityId};
use serde_json::{Map, Value};

use super::cells::Wanted;
use super::{Existing, Options};
use crate::db::person::{self, Fields, Person};
use crate::db::person_label::{self, Labels};
use crate::db::{DbError, Tx, desired, group, sites};
use crate::operator_api::checks;
use crate::operator_api::sites::outside;
use crate::refusal::Refusal;

/// A row ready to be done, but for its photo.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) number: i64,
    pub(super) id: IdentityId,
    pub(super) wanted: Wanted,
    /// What is to be said about the row when it is done.
    pub(super) remark: Option<String>,
    /// What was done before, when the row is worked off again: for its photo, or because the process stopped in between. Never
    /// `skipped`: then nothing was done.
    pub(super) before: Option<String>,
    /// Whether a photo is set afterwards.
    pub(super) with_photo: bool,
}

/// Why a row was not done.
#[derive(Debug)]
pub(super) enum NotDone {
    /// The row is at fault.
    Refused(String),
    /// The database is.
    Db(DbError),
}

/// Groups by what rows call them, looked up once.
#[derive(Default)]
pub(super) struct Groups(HashMap<String, Option<GroupId>>);

impl From<DbError> for NotDone {
    fn from(error: DbError) -> Self {
        Self::Db(error)
    }
}

impl From<Refusal> for NotDone {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.to_string())
    }
}

impl Groups {
    fn ids(&mut self, tx: &mut Tx<'_>, named: &[String]) -> Result<Vec<GroupId>, NotDone> {
        let mut ids = Vec::new();
        for name in named {
            let known = match self.0.get(name) {
                Some(known) => known.clone(),
                None => {
                    let found = group::called(tx, name)?;
                    self.0.insert(name.clone(), found.clone());
                    found
                }
            };
            let words = || Refusal::invalid("groups", format!("there is no group {name:?}"));
            ids.push(known.ok_or_else(words)?.as_str().to_owned());
        }
        Ok(checks::groups(&ids)?)
    }
}

/// Refuses what would reach, by one of these groups, a box beyond the sites of whoever asked for the import.
pub(super) fn reach_only_own(tx: &mut Tx<'_>, options: &Options, groups: &[GroupId]) -> Result<(), NotDone> {
    let Some(mine) = &options.sites else { return Ok(()) };
    match sites::reaching_outside(tx, mine, groups)? {
        None => Ok(()),
        Some(group) => Err(outside(&group).into()),
    }
}

/// Does a row; answers `created`, `updated`, `unchanged` or `skipped`.
pub(super) fn apply(
    tx: &mut Tx<'_>,
    step: &Step,
    options: &Options,
    groups: &mut Groups,
    now: i64,
) -> Result<&'static str, NotDone> {
    let groups = step.wanted.groups.as_ref().map(|named| groups.ids(tx, named)).transpose()?;
    match person::find(tx, &step.id)? {
        None if step.before.is_some() && !options.dry_run => {
            Err(NotDone::Refused("the person was removed since".to_owned()))
        }
        None => create(tx, step, groups, options, now),
        Some(_) if step.before.is_none() && options.existing == Existing::Skip => Ok("skipped"),
        Some(_) if step.before.is_none() && options.existing == Existing::Fail => {
            Err(NotDone::Refused(format!("there is a person {:?} already", step.id.as_str())))
        }
        Some(before) => update(tx, step, &before, groups, options, now),
    }
}

fn create(
    tx: &mut Tx<'_>,
    step: &Step,
    groups: Option<Vec<GroupId>>,
    options: &Options,
    now: i64,
) -> Result<&'static str, NotDone> {
    let wanted = &step.wanted;
    let name = wanted.name.clone();
    let fields = Fields {
        name: name.ok_or_else(|| Refusal::invalid("name", "is needed for a new person"))?,
        kind: wanted.kind.unwrap_or(1),
        info: info(wanted, Map::new())?,
        valid_from: wanted.valid_from.flatten(),
        valid_until: wanted.valid_until.flatten(),
        groups: groups.unwrap_or_else(|| vec![GroupId::default_group()]),
    };
    checks::validity(fields.valid_from, fields.valid_until)?;
    reach_only_own(tx, options, &fields.groups)?;
    let labels = labels(wanted, Labels::default());
    if !options.dry_run {
        person::insert(tx, &step.id, &fields, now)?;
        if labels != Labels::default() {
            person_label::set(tx, &step.id, &labels, now)?;
        }
        desired::recompute_for_person(tx, &step.id, now)?;
    }
    Ok("created")
}

fn update(
    tx: &mut Tx<'_>,
    step: &Step,
    before: &Person,
    groups: Option<Vec<GroupId>>,
    options: &Options,
    now: i64,
) -> Result<&'static str, NotDone> {
    let (wanted, old) = (&step.wanted, &before.fields);
    let known = old.info.as_object().cloned().unwrap_or_default();
    let fields = Fields {
        name: wanted.name.clone().unwrap_or_else(|| old.name.clone()),
        kind: wanted.kind.unwrap_or(old.kind),
        info: info(wanted, known)?,
        valid_from: wanted.valid_from.unwrap_or(old.valid_from),
        valid_until: wanted.valid_until.unwrap_or(old.valid_until),
        groups: groups.unwrap_or_else(|| old.groups.clone()),
    };
    checks::validity(fields.valid_from, fields.valid_until)?;
    let labels = labels(wanted, before.labels.clone());
    let (says_more, sorts) = (fields != *old, labels != before.labels);
    if says_more || step.with_photo {
        reach_only_own(tx, options, &old.groups)?;
        reach_only_own(tx, options, &fields.groups)?;
    }
    if !options.dry_run {
        if says_more {
            person::update(tx, &step.id, &fields, now)?;
            desired::recompute_for_person(tx, &step.id, now)?;
        }
        if sorts {
            person_label::set(tx, &step.id, &labels, now)?;
        }
    }
    Ok(if says_more || sorts { "updated" } else { "unchanged" })
}

fn labels(wanted: &Wanted, before: Labels) -> Labels {
    Labels {
        department: wanted.department.clone().unwrap_or(before.department),
        tags: wanted.tags.clone().unwrap_or(before.tags),
    }
}

/// The free information a row leads to: a whole one replaces what is known, single fields are put into it, and empty ones removed.
fn info(wanted: &Wanted, known: Map<String, Value>) -> Result<Value, Refusal> {
    let mut info = if wanted.whole_info { Map::new() } else { known };
    info.extend(wanted.info.clone().unwrap_or_default());
    if !wanted.whole_info {
        info.retain(|_, value| !value.is_null());
    }
    checks::info(Value::Object(info))
}
