//! Permission groups: who may pass where.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{NameInfo, name, query};
use crate::lenient::{Fields, FromValue, deserialize_leniently, message};
use crate::read_error::ReadError;

/// Creates or changes a permission group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PermissionRequest {
    /// Its unique name, not empty.
    pub permission_name: String,
    /// A description, possibly empty; `None` leaves it as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Reserved fields.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub info: Map<String, Value>,
}

/// Asks for one permission group, or for all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PermissionQuery {
    /// The one; `None` for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permission_name: Option<String>,
}

/// The permission groups asked for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PermissionList {
    /// In the box's order.
    pub permissions_list: Vec<NameInfo>,
}

/// Deletes a permission group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PermissionDelete {
    /// Its name.
    pub permission_name: String,
    /// Whether its people and their faces go with it.
    pub user_recursive_delete: bool,
}

/// A permission group was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PermissionDeleted {
    /// Its name.
    pub permission_name: String,
    /// What happened to its people.
    pub message: String,
}

impl FromValue for PermissionRequest {
    const EXPECTED: &'static str = "an object with permission_name";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let mut fields = Fields::open(value)?;
        Ok(Self {
            permission_name: name(&mut fields, "permission_name")?,
            description: fields.get("description")?,
            info: fields.or("info", Map::new())?,
        })
    }
}

impl FromValue for PermissionQuery {
    const EXPECTED: &'static str = "a query";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        Ok(Self { permission_name: Fields::open(value)?.filled_text("permission_name")? })
    }
}

impl FromValue for PermissionList {
    const EXPECTED: &'static str = "an object with permissions_list";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        Ok(Self { permissions_list: Fields::open(value)?.need("permissions_list")? })
    }
}

impl FromValue for PermissionDelete {
    const EXPECTED: &'static str = "an object with permission_name";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let mut fields = Fields::open(value)?;
        Ok(Self {
            permission_name: name(&mut fields, "permission_name")?,
            user_recursive_delete: fields.or("user_recursive_delete", false)?,
        })
    }
}

impl FromValue for PermissionDeleted {
    const EXPECTED: &'static str = "an object with permission_name";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let mut fields = Fields::open(value)?;
        Ok(Self { permission_name: fields.text("permission_name")?, message: fields.text("message")? })
    }
}

message!(PermissionRequest, PermissionDelete);
query!(PermissionQuery, PermissionDelete);
deserialize_leniently!(PermissionQuery, PermissionList, PermissionDeleted);
