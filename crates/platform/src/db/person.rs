//! People: who they are, which groups they belong to, which photo recognises them.
//!
//! Every change a box must learn of raises `revision`; the caller then derives the boxes' desired state again in the
//! same transaction.

use std::collections::BTreeMap;

use protocol::{GroupId, IdentityId, PersonType, RegisterType};
use serde_json::Value;

use super::person_label::{self, Labels};
use super::{DbError, Row, Tx, Val, vals};
use crate::blobs::StoredPhoto;

pub(super) const COLUMNS: &str = "identity_id, name, kind, info, valid_from, valid_until, photo_key, photo_at, revision, department, created_at, updated_at";

/// A person as kept.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) identity_id: IdentityId,
    pub(crate) fields: Fields,
    pub(crate) labels: Labels,
    pub(crate) photo_key: Option<String>,
    pub(crate) photo_at: Option<i64>,
    pub(crate) revision: i64,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
}

/// What an operator says about a person.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fields {
    pub(crate) name: String,
    /// 1 employee, 2 visitor, 3 blacklist, 4 stranger, 5 VIP.
    pub(crate) kind: i64,
    /// A JSON object, sent along to boxes.
    pub(crate) info: Value,
    pub(crate) valid_from: Option<i64>,
    pub(crate) valid_until: Option<i64>,
    /// Sorted, without repetition.
    pub(crate) groups: Vec<GroupId>,
}

/// How boxes are told to judge the photo of a person of this kind: strangers are enrolled from what a camera saw of them.
pub(crate) fn register_type(kind: i64) -> RegisterType {
    match PersonType::from(kind) {
        PersonType::Stranger => RegisterType::Stranger,
        _ => RegisterType::Ordinary,
    }
}

/// Adds a person without a photo. Their revision is above all that boxes know of an earlier person of this id: what one of those
/// has proved says nothing of this one.
pub(crate) fn insert(tx: &mut Tx<'_>, id: &IdentityId, fields: &Fields, now: i64) -> Result<(), DbError> {
    let known = tx.number(
        "SELECT MAX(CASE WHEN proved_revision > desired_revision OR desired_revision IS NULL THEN proved_revision
         ELSE desired_revision END) FROM box_person WHERE identity_id = $1",
        vals![id.as_str()],
    )?;
    tx.exec(
        "INSERT INTO person(identity_id, name, kind, info, valid_from, valid_until, created_at, updated_at, revision)
         VALUES($1, $2, $3, $4, $5, $6, $7, $7, $8)",
        vals![
            id.as_str(),
            &fields.name,
            fields.kind,
            &fields.info,
            fields.valid_from,
            fields.valid_until,
            now,
            known + 1
        ],
    )?;
    set_groups(tx, id, &fields.groups)
}

/// Replaces what is said about a person, and raises the revision.
pub(crate) fn update(tx: &mut Tx<'_>, id: &IdentityId, fields: &Fields, now: i64) -> Result<(), DbError> {
    tx.exec(
        "UPDATE person SET name = $1, kind = $2, info = $3, valid_from = $4, valid_until = $5,
         revision = revision + 1, updated_at = $6 WHERE identity_id = $7",
        vals![
            &fields.name,
            fields.kind,
            &fields.info,
            fields.valid_from,
            fields.valid_until,
            now,
            id.as_str()
        ],
    )?;
    tx.exec("DELETE FROM person_group WHERE identity_id = $1", vals![id.as_str()])?;
    set_groups(tx, id, &fields.groups)
}

fn set_groups(tx: &mut Tx<'_>, id: &IdentityId, groups: &[GroupId]) -> Result<(), DbError> {
    for group in groups {
        tx.exec(
            "INSERT INTO person_group(identity_id, group_id) VALUES($1, $2)",
            vals![id.as_str(), group.as_str()],
        )?;
    }
    Ok(())
}

/// Raises the revision after the groups of a person changed; answers whether the person exists.
pub(crate) fn touch(tx: &mut Tx<'_>, id: &IdentityId, now: i64) -> Result<bool, DbError> {
    let changed = tx.exec(
        "UPDATE person SET revision = revision + 1, updated_at = $1 WHERE identity_id = $2",
        vals![now, id.as_str()],
    )?;
    Ok(changed > 0)
}

/// Sets the photo and raises the revision.
pub(crate) fn set_photo(
    tx: &mut Tx<'_>,
    id: &IdentityId,
    photo: &StoredPhoto,
    now: i64,
) -> Result<(), DbError> {
    tx.exec(
        "UPDATE person SET photo_key = $1, photo_hash = $2, photo_at = $3, revision = revision + 1, updated_at = $3
         WHERE identity_id = $4",
        vals![&photo.key, &photo.hash, now, id.as_str()],
    )?;
    Ok(())
}

/// Removes a person; what boxes still hold of them is another matter.
pub(crate) fn delete(tx: &mut Tx<'_>, id: &IdentityId) -> Result<(), DbError> {
    tx.exec("DELETE FROM person WHERE identity_id = $1", vals![id.as_str()])?;
    Ok(())
}

/// Whether somebody's photo is this blob.
pub(crate) fn photo_in_use(tx: &mut Tx<'_>, key: &str) -> Result<bool, DbError> {
    Ok(tx.first("SELECT 1 FROM person WHERE photo_key = $1 LIMIT 1", vals![key])?.is_some())
}

/// Those of some photos that people refer to.
pub(crate) fn photos_in_use(tx: &mut Tx<'_>, keys: &[String]) -> Result<Vec<String>, DbError> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let (places, params) = list_of(keys.iter().map(String::as_str));
    let sql = format!("SELECT photo_key FROM person WHERE photo_key IN ({places})");
    tx.query(&sql, &params)?.iter().map(|row| row.text("photo_key")).collect()
}

/// One person.
pub(crate) fn find(tx: &mut Tx<'_>, id: &IdentityId) -> Result<Option<Person>, DbError> {
    Ok(find_many(tx, std::slice::from_ref(id))?.pop())
}

/// Several people by id, in the order of their ids; unknown ones are left out. The caller bounds the list.
pub(crate) fn find_many(tx: &mut Tx<'_>, ids: &[IdentityId]) -> Result<Vec<Person>, DbError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let (places, params) = list_of(ids.iter().map(IdentityId::as_str));
    let sql = format!("SELECT {COLUMNS} FROM person WHERE identity_id IN ({places}) ORDER BY identity_id");
    let rows = tx.query(&sql, &params)?;
    with_lists(tx, &rows)
}

/// `$1, $2, …` for a list of texts, and the texts.
pub(super) fn list_of<'a>(texts: impl Iterator<Item = &'a str>) -> (String, Vec<Val>) {
    let params: Vec<Val> = texts.map(Val::from).collect();
    let places: Vec<String> = (1..=params.len()).map(|at| format!("${at}")).collect();
    (places.join(", "), params)
}

/// The people of these rows, with their groups and tags.
pub(super) fn with_lists(tx: &mut Tx<'_>, rows: &[Row]) -> Result<Vec<Person>, DbError> {
    let mut people = rows.iter().map(person).collect::<Result<Vec<_>, _>>()?;
    if people.is_empty() {
        return Ok(people);
    }
    let (places, params) = list_of(people.iter().map(|person| person.identity_id.as_str()));
    let sql = format!(
        "SELECT identity_id, group_id FROM person_group WHERE identity_id IN ({places}) ORDER BY identity_id, group_id"
    );
    let mut groups: BTreeMap<String, Vec<GroupId>> = BTreeMap::new();
    for row in tx.query(&sql, &params)? {
        groups.entry(row.text("identity_id")?).or_default().push(GroupId::new(row.text("group_id")?));
    }
    let mut tags = person_label::tags_of(tx, &places, &params)?;
    for person in &mut people {
        person.labels.tags = tags.remove(person.identity_id.as_str()).unwrap_or_default();
        person.fields.groups = groups.remove(person.identity_id.as_str()).unwrap_or_default();
    }
    Ok(people)
}

fn person(row: &Row) -> Result<Person, DbError> {
    Ok(Person {
        identity_id: IdentityId::new(row.text("identity_id")?),
        fields: Fields {
            name: row.text("name")?,
            kind: row.int("kind")?,
            info: row.json("info")?,
            valid_from: row.opt_int("valid_from")?,
            valid_until: row.opt_int("valid_until")?,
            groups: Vec::new(),
        },
        labels: Labels { department: row.text("department")?, tags: Vec::new() },
        photo_key: row.opt_text("photo_key")?,
        photo_at: row.opt_int("photo_at")?,
        revision: row.int("revision")?,
        created_at: row.int("created_at")?,
        updated_at: row.int("updated_at")?,
    })
}
