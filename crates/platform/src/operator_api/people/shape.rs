//! People as the API shows and reads them.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::super::drift::{HeldView, OnBoxes};
use super::super::extract::nullable;
use crate::db::person::{Fields, Person};
use crate::db::person_label::Labels;

/// A person.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PersonView {
    identity_id: String,
    name: String,
    /// 1 employee, 2 visitor, 3 blacklist, 4 stranger, 5 VIP.
    r#type: i64,
    /// Ids of the permission groups they belong to.
    groups: Vec<String>,
    /// One text; empty: none.
    department: String,
    tags: Vec<String>,
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
    pub(super) person: PersonView,
    pub(super) on_boxes: OnBoxes,
    /// One row per box, those first that have not proved it; at most 1,000.
    pub(super) boxes: Vec<HeldView>,
}

/// A new person.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPerson {
    /// Unique: job number, phone, card number. 1 to 64 letters, digits or any of `- _ . @ : +`.
    pub(super) identity_id: String,
    /// 1 to 64 characters.
    pub(super) name: String,
    /// 1 employee (unless given), 2 visitor, 3 blacklist, 4 stranger, 5 VIP.
    #[serde(default = "employee")]
    pub(super) r#type: i64,
    /// Ids of permission groups; the default group `0` unless given.
    #[serde(default = "default_groups")]
    pub(super) groups: Vec<String>,
    /// At most 64 characters.
    #[serde(default)]
    pub(super) department: String,
    /// At most 32 short words of at most 32 characters, without commas, semicolons and `|`.
    #[serde(default)]
    pub(super) tags: Vec<String>,
    #[serde(default)]
    pub(super) valid_from: Option<i64>,
    #[serde(default)]
    pub(super) valid_until: Option<i64>,
    /// An object of at most 8 KiB.
    #[serde(default = "empty_object")]
    #[schema(value_type = Object)]
    pub(super) info: Value,
}

/// What is to change; what is left out stays. `valid_from` and `valid_until` may be null.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PersonChange {
    #[serde(default)]
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) r#type: Option<i64>,
    #[serde(default)]
    pub(super) groups: Option<Vec<String>>,
    #[serde(default)]
    pub(super) department: Option<String>,
    #[serde(default)]
    pub(super) tags: Option<Vec<String>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<i64>)]
    pub(super) valid_from: Option<Option<i64>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<i64>)]
    pub(super) valid_until: Option<Option<i64>>,
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub(super) info: Option<Value>,
}

/// What became of a removal.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Removed {
    pub(super) identity_id: String,
    /// The receipt, `GET erasures/{id}`: which boxes have proved it and which have not.
    pub(super) erasure_id: String,
    /// Boxes that have not yet proved that the person is gone, at most 1,000; `GET people/{identity_id}/boxes` follows them.
    pub(super) boxes: Vec<HeldView>,
}

/// The names of the fields that differ: all that the audit log keeps of a change, because it outlives the person.
pub(super) fn changed_fields(before: (&Fields, &Labels), after: (&Fields, &Labels)) -> Vec<&'static str> {
    let ((before, before_labels), (after, after_labels)) = (before, after);
    let fields = [
        ("name", before.name != after.name),
        ("type", before.kind != after.kind),
        ("groups", before.groups != after.groups),
        ("department", before_labels.department != after_labels.department),
        ("tags", before_labels.tags != after_labels.tags),
        ("valid_from", before.valid_from != after.valid_from),
        ("valid_until", before.valid_until != after.valid_until),
        ("info", before.info != after.info),
    ];
    fields.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
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

impl From<Person> for PersonView {
    fn from(found: Person) -> Self {
        let id = found.identity_id.as_str();
        let photo = found.photo_at.map(|at| PhotoView { url: format!("/api/v1/people/{id}/photo"), at });
        Self {
            identity_id: id.to_owned(),
            name: found.fields.name,
            r#type: found.fields.kind,
            groups: found.fields.groups.iter().map(|group| group.as_str().to_owned()).collect(),
            department: found.labels.department,
            tags: found.labels.tags,
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
