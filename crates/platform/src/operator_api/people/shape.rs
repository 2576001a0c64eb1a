//! People as the API shows and reads them.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::super::extract::nullable;
use crate::clock;
use crate::db::boxes::Held;
use crate::db::person::Person;

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
    pub(super) boxes: Vec<HeldView>,
}

/// One person on one box: what should be, and what the box has proved.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HeldView {
    dev_sno: String,
    identity_id: String,
    /// Null when the person was deleted here and is not yet proved to be gone from the box.
    name: Option<String>,
    /// `pending` (to be sent), `sent` (the broker has it), `applied` (the box proved it), `failed` (the box refused).
    state: String,
    /// Whether the person should be on the box.
    wanted: bool,
    /// The revision that should be there.
    desired_revision: Option<i64>,
    /// The revision the box has proved to hold.
    proved_revision: Option<i64>,
    /// The box's status code, when it refused.
    code: Option<String>,
    /// The box's words, when it refused.
    message: Option<String>,
    attempts: i64,
    next_attempt_at: Option<i64>,
    /// The last command that carried this person there.
    command_id: Option<String>,
    /// When the wish last changed.
    changed_at: i64,
    proved_at: Option<i64>,
    /// Milliseconds since the wish last changed.
    age_ms: i64,
    /// Milliseconds from the wish to its proof, once proved.
    took_ms: Option<i64>,
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
    /// Boxes that have not yet proved that the person is gone; `GET people/{identity_id}/boxes` follows them.
    pub(super) boxes: Vec<HeldView>,
}

/// Where somebody is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Whereabouts {
    pub(super) items: Vec<HeldView>,
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

pub(super) fn views(held: Vec<Held>) -> Vec<HeldView> {
    held.into_iter().map(HeldView::from).collect()
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

impl From<Held> for HeldView {
    fn from(row: Held) -> Self {
        Self {
            dev_sno: row.dev_sno.as_str().to_owned(),
            identity_id: row.identity_id,
            name: row.name,
            state: row.state,
            wanted: row.desired_revision.is_some(),
            desired_revision: row.desired_revision,
            proved_revision: row.proved_revision,
            code: row.code,
            message: row.message,
            attempts: row.attempts,
            next_attempt_at: row.next_attempt_at,
            command_id: row.command_id,
            changed_at: row.changed_at,
            proved_at: row.proved_at,
            age_ms: (clock::now() - row.changed_at).max(0),
            took_ms: row.proved_at.filter(|at| *at >= row.changed_at).map(|at| at - row.changed_at),
        }
    }
}
