//! People on the box itself: create, look up, change, delete.

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};

use super::query;
use crate::ids::{GroupId, IdentityId};
use crate::image::strip_prefix;
use crate::kinds::PersonType;
use crate::lenient::{Fields, FromValue, Words, deserialize_leniently, message};
use crate::limits::MAX_LIST;
use crate::person::{PersonInfo, permission_ids};
use crate::read_error::ReadError;
use crate::strict;

/// People in one answer unless the query says otherwise.
const LIMIT: usize = 10;

/// Creates a person. `Debug` does not show the photo.
#[derive(Clone, PartialEq, Serialize)]
pub struct UserCreate {
    /// The person's unique number.
    pub identity_id: IdentityId,
    /// The photo as base64, without a `data:` prefix.
    pub reg_photo: String,
    /// The libraries to put them in; one text with commas on the wire.
    #[serde(rename = "group_name", serialize_with = "strict::joined")]
    pub group_names: Vec<String>,
    /// Whether an existing person is updated instead of refused.
    pub ignore_exist: bool,
    /// Whether unknown permission groups are created (the wire's key is misspelt).
    #[serde(rename = "create_no_exit_permission")]
    pub create_permissions: bool,
    /// Name, type, groups and whatever else is kept.
    pub info: PersonInfo,
}

/// A person as the box answers after creating them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CreatedUser {
    /// The person's number.
    pub identity_id: IdentityId,
    /// The photo, possibly empty.
    pub reg_photo: String,
    /// The libraries; one text with commas on the wire.
    #[serde(rename = "group_name", serialize_with = "strict::joined")]
    pub group_names: Vec<String>,
    /// What is kept; has `user_id` beside the documented fields.
    pub info: PersonInfo,
}

/// A person as the box answers to queries and changes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StoredUser {
    /// The person's number.
    pub identity_id: IdentityId,
    /// The photo; only in answers to queries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reg_photo: Option<String>,
    /// The photo's id; only in answers to changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_id: Option<String>,
    /// The libraries; a list on the wire.
    #[serde(rename = "group_name")]
    pub group_names: Vec<String>,
    /// What is kept.
    pub info: PersonInfo,
}

/// Asks for one person, or for a page of a library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UserQuery {
    /// One person; wins over the library.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity_id: Option<IdentityId>,
    /// A library.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_name: Option<String>,
    /// Most people in the answer, 1 to [`MAX_LIST`]; 10 when not given.
    pub limit: usize,
    /// People to skip, not pages.
    pub skip_num: usize,
}

/// The people asked for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UserList {
    /// In the box's order.
    pub identities_list: Vec<StoredUser>,
}

/// Changes a person. `Debug` does not show the photo.
#[derive(Clone, PartialEq, Serialize)]
pub struct UserUpdate {
    /// The person; the number itself cannot be changed.
    pub identity_id: IdentityId,
    /// A new photo as base64; `None` and an empty text keep the old one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reg_photo: Option<String>,
    /// What changes.
    pub info: UserPatch,
}

/// Fields of a person to change; what is `None` stays, and keys we do not know are merged into those kept.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct UserPatch {
    /// The name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Employee, visitor…
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<PersonType>,
    /// Permission groups; the documentation has `["0"]` take the place of a list that was not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permission_ids: Option<Vec<GroupId>>,
    /// Everything else.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Deletes a person with their faces and memberships.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UserDelete {
    /// The person.
    pub identity_id: IdentityId,
}

/// A person was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UserDeleted {
    /// The person.
    pub identity_id: IdentityId,
    /// The libraries they were in.
    #[serde(rename = "group_name")]
    pub group_names: Vec<String>,
    /// For people.
    pub message: String,
}

/// Library names as a list or as one text with commas.
fn group_names(fields: &mut Fields) -> Result<Vec<String>, ReadError> {
    Ok(fields.get::<Words>("group_name|group_names")?.map_or_else(Vec::new, |Words(list)| list))
}

impl FromValue for UserCreate {
    const EXPECTED: &'static str = "a person to create";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let mut fields = Fields::open(value)?;
        let identity_id = fields.need("identity_id")?;
        let group_names = group_names(&mut fields)?;
        if group_names.is_empty() {
            return Err(ReadError::missing("a library's name").under("group_name"));
        }
        Ok(Self {
            identity_id,
            reg_photo: strip_prefix(fields.need("reg_photo")?),
            group_names,
            ignore_exist: fields.or("ignore_exist", false)?,
            create_permissions: fields.or("create_no_exit_permission|create_no_exist_permission", false)?,
            info: fields.need("info")?,
        })
    }
}

impl FromValue for CreatedUser {
    const EXPECTED: &'static str = "a person";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let mut fields = Fields::open(value)?;
        Ok(Self {
            identity_id: fields.need("identity_id")?,
            reg_photo: fields.text("reg_photo")?,
            group_names: group_names(&mut fields)?,
            info: fields.need("info")?,
        })
    }
}

impl FromValue for StoredUser {
    const EXPECTED: &'static str = "a person";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let mut fields = Fields::open(value)?;
        Ok(Self {
            identity_id: fields.need("identity_id")?,
            reg_photo: fields.get("reg_photo")?,
            image_id: fields.get("image_id")?,
            group_names: group_names(&mut fields)?,
            info: fields.need("info")?,
        })
    }
}

impl FromValue for UserQuery {
    const EXPECTED: &'static str = "a query with identity_id or group_name";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let mut fields = Fields::open(value)?;
        let identity_id = fields.get("identity_id")?;
        let group_name = fields.filled_text("group_name")?;
        if identity_id.is_none() && group_name.is_none() {
            return Err(ReadError::missing("identity_id or group_name"));
        }
        let limit = fields.get::<i64>("limit")?.map_or(LIMIT, |limit| usize::try_from(limit).unwrap_or(1));
        let skip = fields.or::<i64>("skip_num", 0)?;
        Ok(Self {
            identity_id,
            group_name,
            limit: limit.clamp(1, MAX_LIST),
            skip_num: usize::try_from(skip).unwrap_or(0),
        })
    }
}

impl FromValue for UserList {
    const EXPECTED: &'static str = "an object with identities_list";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        Ok(Self { identities_list: Fields::open(value)?.need("identities_list")? })
    }
}

impl FromValue for UserUpdate {
    const EXPECTED: &'static str = "a person to change";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let mut fields = Fields::open(value)?;
        let photo = fields.get::<String>("reg_photo")?.map(strip_prefix);
        Ok(Self {
            identity_id: fields.need("identity_id")?,
            reg_photo: photo.filter(|text| !text.trim().is_empty()),
            info: fields.or("info", UserPatch::default())?,
        })
    }
}

impl FromValue for UserPatch {
    const EXPECTED: &'static str = "an object";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let mut fields = Fields::open(value)?;
        Ok(Self {
            name: fields.get("name")?,
            kind: fields.get("type")?,
            permission_ids: permission_ids(&mut fields)?,
            rest: fields.rest(),
        })
    }
}

impl FromValue for UserDelete {
    const EXPECTED: &'static str = "an object with identity_id";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        Ok(Self { identity_id: Fields::open(value)?.need("identity_id")? })
    }
}

impl FromValue for UserDeleted {
    const EXPECTED: &'static str = "an object with identity_id";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let mut fields = Fields::open(value)?;
        Ok(Self {
            identity_id: fields.need("identity_id")?,
            group_names: group_names(&mut fields)?,
            message: fields.text("message")?,
        })
    }
}

message!(UserCreate, UserUpdate, UserDelete);
query!(UserQuery, UserDelete);
deserialize_leniently!(CreatedUser, StoredUser, UserQuery, UserList, UserPatch, UserDeleted);

impl fmt::Debug for UserCreate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserCreate")
            .field("identity_id", &self.identity_id)
            .field("group_names", &self.group_names)
            .field("ignore_exist", &self.ignore_exist)
            .field("create_permissions", &self.create_permissions)
            .field("info", &self.info)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for UserUpdate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserUpdate")
            .field("identity_id", &self.identity_id)
            .field("info", &self.info)
            .finish_non_exhaustive()
    }
}
