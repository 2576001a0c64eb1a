//! The box's own HTTP interface, part `SophonFogSys`: groups, libraries, people, doors, upload settings, wiping.
//!
//! Requests come as JSON bodies; lookups and deletions also as queries. Every success is wrapped in `{"data": …}` ([`Data`]), every
//! failure is an [`crate::ErrorObject`]. An empty text counts as a value where the field may be empty; a name never may.

mod doors;
mod libraries;
mod people;
mod permissions;
mod uploads;
mod wipe;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::lenient::{Fields, FromValue, deserialize_leniently, message};
use crate::read_error::ReadError;

pub use doors::{DoorMode, EventAction, EventActionReply, GateControllerMode, KEEP_OPEN, RelayAction};
pub use libraries::{
    LibraryDelete, LibraryDeleted, LibraryList, LibraryPeople, LibraryPeopleReply, LibraryQuery,
    LibraryRequest,
};
pub use people::{
    CreatedUser, StoredUser, UserCreate, UserDelete, UserDeleted, UserList, UserPatch, UserQuery, UserUpdate,
};
pub use permissions::{
    PermissionDelete, PermissionDeleted, PermissionList, PermissionQuery, PermissionRequest,
};
pub use uploads::{ContentType, EventServerUrl, HistoryEventUrl, MonitorReply, MonitorServerUrl};
pub use wipe::WipeData;

/// Path of the permission groups.
pub const PERMISSIONS_PATH: &str = "/SophonFogSys/api/permissions";
/// Path of the face libraries.
pub const GROUPS_PATH: &str = "/SophonFogSys/api/groups";
/// Path of the people in a library.
pub const GROUP_USERS_PATH: &str = "/SophonFogSys/api/GroupUsers";
/// Path of the people.
pub const USERS_PATH: &str = "/SophonFogSys/api/users";
/// Path of the gate's mode.
pub const GATE_CONTROLLER_MODE_PATH: &str = "/SophonFogSys/api/GateControllerMode";
/// Path of relay actions.
pub const EVENT_ACTION_PATH: &str = "/SophonFogSys/api/EventAction";
/// Path of the real-time receivers.
pub const EVENT_SERVER_URL_PATH: &str = "/SophonFogSys/api/EventServerUrl";
/// Path of the history receivers.
pub const HISTORY_EVENT_URL_PATH: &str = "/SophonFogSys/api/HistoryEventUrl";
/// Path of the status receiver.
pub const MONITOR_SERVER_URL_PATH: &str = "/SophonFogSys/api/MonitorServerUrl";
/// Path of wiping.
pub const WIPE_DATA_PATH: &str = "/SophonFogSys/api/WipeData";

/// The wrapper of every successful answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Data<T> {
    /// The answer proper.
    pub data: T,
}

/// The wrapper of answers that describe one group or library.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Info {
    /// The group or library.
    pub info: NameInfo,
}

/// A permission group or a face library.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NameInfo {
    /// Its id; the documented interface never tells it, ours does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its unique name.
    pub name: String,
    /// A description, possibly empty.
    pub description: String,
    /// Fields we do not know; kept.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl<T> Data<T> {
    /// Wraps an answer.
    pub fn new(data: T) -> Self {
        Self { data }
    }
}

impl<T: FromValue> FromValue for Data<T> {
    const EXPECTED: &'static str = "an answer with data";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        Fields::open(value)?.need("data").map(Self::new)
    }
}

impl FromValue for Info {
    const EXPECTED: &'static str = "an object with info";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        Ok(Self { info: Fields::open(value)?.need("info")? })
    }
}

impl FromValue for NameInfo {
    const EXPECTED: &'static str = "an object with name and description";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let mut fields = Fields::open(value)?;
        Ok(Self {
            id: fields.filled_text("id|_id")?,
            name: fields.need("name|groupname|permission_name|group_name")?,
            description: fields.text("description")?,
            rest: fields.rest(),
        })
    }
}

deserialize_leniently!(Info, NameInfo);
message!(
    Data<Info>,
    Data<PermissionList>,
    Data<PermissionDeleted>,
    Data<LibraryList>,
    Data<LibraryDeleted>,
    Data<LibraryPeopleReply>,
    Data<CreatedUser>,
    Data<StoredUser>,
    Data<UserList>,
    Data<UserDeleted>,
    Data<GateControllerMode>,
    Data<EventActionReply>,
    Data<EventServerUrl>,
    Data<HistoryEventUrl>,
    Data<MonitorReply>,
    Data<WipeData>,
);

/// Reads a name, which must be there and must not be empty.
fn name(fields: &mut Fields, key: &str) -> Result<String, ReadError> {
    fields.filled_text(key)?.ok_or_else(|| ReadError::missing("a name").under(key))
}

/// Gives requests that may also come as a query the function that reads one.
macro_rules! query {
    ($($name:ty),+ $(,)?) => {$(
        impl $name {
            /// Reads the request from a query string (without `?`).
            ///
            /// # Errors
            /// A required field is missing, or a field is of the wrong kind.
            pub fn from_query(query: &str) -> Result<Self, $crate::ReadError> {
                <$name as $crate::lenient::FromValue>::from_value($crate::form::urlencoded(query))
            }
        }
    )+};
}

use query;
