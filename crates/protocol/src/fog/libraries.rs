//! Face libraries (`group_name` on the wire): whom a face is compared with.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{NameInfo, name, query};
use crate::ids::IdentityId;
use crate::lenient::{Fields, FromValue, Words, deserialize_leniently, message};
use crate::read_error::ReadError;

/// Creates or changes a face library.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LibraryRequest {
    /// Its unique name, not empty.
    pub group_name: String,
    /// A description, possibly empty; `None` leaves it as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Reserved fields.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub info: Map<String, Value>,
}

/// Asks for one face library, or for all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LibraryQuery {
    /// The one; `None` for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_name: Option<String>,
}

/// The face libraries asked for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LibraryList {
    /// In the box's order.
    pub groups_list: Vec<NameInfo>,
}

/// Deletes a face library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LibraryDelete {
    /// Its name.
    pub group_name: String,
    /// Whether its people and their faces go with it.
    pub user_recursive_delete: bool,
}

/// A face library was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LibraryDeleted {
    /// Its name.
    pub group_name: String,
    /// What happened to its people.
    pub message: String,
}

/// Adds people to a library or takes them out of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LibraryPeople {
    /// The library's name.
    pub group_name: String,
    /// The people.
    pub identity_id: Vec<IdentityId>,
    /// Whether the answer lists everybody in the library afterwards.
    pub with_identity_id: bool,
}

/// People were added to a library or taken out of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LibraryPeopleReply {
    /// The library's name.
    pub group_name: String,
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Everybody in the library now, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity_id: Option<Vec<IdentityId>>,
}

impl FromValue for LibraryRequest {
    const EXPECTED: &'static str = "an object with group_name";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let mut fields = Fields::open(value)?;
        Ok(Self {
            group_name: name(&mut fields, "group_name")?,
            description: fields.get("description")?,
            info: fields.or("info", Map::new())?,
        })
    }
}

impl FromValue for LibraryQuery {
    const EXPECTED: &'static str = "a query";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        Ok(Self { group_name: Fields::open(value)?.filled_text("group_name")? })
    }
}

impl FromValue for LibraryList {
    const EXPECTED: &'static str = "an object with groups_list";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        Ok(Self { groups_list: Fields::open(value)?.need("groups_list")? })
    }
}

impl FromValue for LibraryDelete {
    const EXPECTED: &'static str = "an object with group_name";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let mut fields = Fields::open(value)?;
        Ok(Self {
            group_name: name(&mut fields, "group_name")?,
            user_recursive_delete: fields.or("user_recursive_delete", false)?,
        })
    }
}

impl FromValue for LibraryDeleted {
    const EXPECTED: &'static str = "an object with group_name";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let mut fields = Fields::open(value)?;
        Ok(Self { group_name: fields.text("group_name")?, message: fields.text("message")? })
    }
}

impl FromValue for LibraryPeople {
    const EXPECTED: &'static str = "an object with group_name and identity_id";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let mut fields = Fields::open(value)?;
        let Words(people) = fields.need("identity_id")?;
        Ok(Self {
            group_name: name(&mut fields, "group_name")?,
            identity_id: people.into_iter().map(IdentityId::new).collect(),
            with_identity_id: fields.or("with_identity_id", false)?,
        })
    }
}

impl FromValue for LibraryPeopleReply {
    const EXPECTED: &'static str = "an object with group_name";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let mut fields = Fields::open(value)?;
        Ok(Self {
            group_name: fields.text("group_name")?,
            message: fields.get("message")?,
            identity_id: fields.get("identity_id")?,
        })
    }
}

message!(LibraryRequest, LibraryDelete, LibraryPeople);
query!(LibraryQuery, LibraryDelete, LibraryPeople);
deserialize_leniently!(LibraryQuery, LibraryList, LibraryDeleted, LibraryPeopleReply);
