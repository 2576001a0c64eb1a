//! The four commands a platform gives over the broker.

use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::code::Code;
use crate::ids::{IdentityId, MessageId};
use crate::image::strip_prefix;
use crate::kinds::FiqaLevel;
use crate::lenient::{Fields, FromValue, body, deserialize_leniently};
use crate::limits::MAX_USERS;
use crate::person::{People, UnreadableUser, UserRecord};
use crate::read_error::ReadError;
use crate::strict;

/// Adds or replaces people.
pub const ADD_USERS_PLUS: &str = "add_users_plus";
/// Deletes people.
pub const DELETE_USERS: &str = "delete_users";
/// Erases the library, the events or both.
pub const WIPE_DATA: &str = "wipe_data";
/// Checks the quality of one picture.
pub const FIQA: &str = "fiqa";

const METHODS: [&str; 4] = [ADD_USERS_PLUS, DELETE_USERS, WIPE_DATA, FIQA];

/// One command.
#[derive(Debug, Clone, PartialEq)]
pub struct Command {
    /// Echoed in the result when given.
    pub message_id: Option<MessageId>,
    /// Addresses that go with the command.
    pub extend: ExtendParams,
    /// What to do.
    pub body: CommandBody,
    /// People of this command whose record could not be read: each is a failed user with code 40071. Never written.
    pub unreadable: Vec<UnreadableUser>,
}

/// Addresses that go with a command, and whatever else the platform put beside them.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct ExtendParams {
    /// Where the box fetches user details; absolute or relative.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Where the result is posted when there is no result queue; absolute or relative.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notify_path: Option<String>,
    /// Fields we do not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// What a command asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum CommandBody {
    /// Add or replace people.
    AddUsersPlus(Users),
    /// Delete people; ids the box does not know are skipped.
    DeleteUsers(Vec<IdentityId>),
    /// Erase data.
    WipeData(WipeOptions),
    /// Check one picture.
    Fiqa {
        /// The picture as base64, without a `data:` prefix.
        image_base64: String,
        /// How strictly.
        level: FiqaLevel,
    },
}

/// The people of an [`CommandBody::AddUsersPlus`].
#[derive(Debug, Clone, PartialEq)]
pub enum Users {
    /// Ids only; the box fetches the details.
    Ids(Vec<IdentityId>),
    /// Complete records.
    Records(Vec<UserRecord>),
}

/// What to erase. What is not said is not erased.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct WipeOptions {
    /// The face library.
    pub users: bool,
    /// The recognition events.
    pub events: bool,
    /// Reserved fields, echoed in the result.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A command that cannot be carried out, with all that is needed to answer it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct BadCommand {
    /// 50100 for an unknown method, 40071 for everything else.
    pub code: Code,
    /// The method, when one was given.
    pub method: Option<String>,
    /// The message id, when one was given.
    pub message_id: Option<MessageId>,
    /// Where the sender wants the result, when it said so.
    pub notify_path: Option<String>,
    /// What is wrong, in one sentence.
    pub message: String,
}

impl Command {
    /// Reads a command.
    ///
    /// # Errors
    /// The body is no JSON object, has no `method`, the method is unknown, or its fields are missing or of the wrong kind.
    pub fn read(command: &[u8]) -> Result<Self, BadCommand> {
        body::parse(command)
            .and_then(Fields::open)
            .map_err(|error| BadCommand::unreadable(&error))
            .and_then(Self::take)
    }

    /// The method's name on the wire.
    #[must_use]
    pub fn method(&self) -> &'static str {
        self.body.method()
    }

    /// The command in its one strict written form.
    #[must_use]
    pub fn to_json(&self) -> String {
        strict::json(self)
    }

    fn take(mut fields: Fields) -> Result<Self, BadCommand> {
        let mut bad = BadCommand::unreadable(&ReadError::missing("the name of a command").under("method"));
        bad.message_id = message_id(&mut fields);
        let extend: Result<ExtendParams, ReadError> = fields.or("extend_params", ExtendParams::default());
        bad.notify_path = extend.as_ref().ok().and_then(|extend| extend.notify_path.clone());
        let Ok(Some(method)) = fields.filled_text("method") else {
            return Err(bad);
        };
        let read = extend.and_then(|extend| Ok((extend, CommandBody::take(&method, &mut fields)?)));
        bad.method = Some(method);
        match read {
            Ok((extend, Some((body, unreadable)))) => {
                Ok(Self { message_id: bad.message_id, extend, body, unreadable })
            }
            Ok((_, None)) => {
                bad.code = Code::NOT_IMPLEMENTED;
                bad.message = format!("unknown method {:?}", bad.method.as_deref().unwrap_or_default());
                Err(bad)
            }
            Err(error) => {
                bad.message = error.to_string();
                Err(bad)
            }
        }
    }
}

impl CommandBody {
    /// The method's name on the wire.
    #[must_use]
    pub fn method(&self) -> &'static str {
        match self {
            Self::AddUsersPlus(_) => ADD_USERS_PLUS,
            Self::DeleteUsers(_) => DELETE_USERS,
            Self::WipeData(_) => WIPE_DATA,
            Self::Fiqa { .. } => FIQA,
        }
    }

    /// Reads the fields of a method; `None` when the method is unknown.
    fn take(method: &str, fields: &mut Fields) -> Result<Option<(Self, Vec<UnreadableUser>)>, ReadError> {
        let body = match method {
            ADD_USERS_PLUS => return add_users(fields).map(Some),
            DELETE_USERS => Self::DeleteUsers(fields.need_list("userid_list", MAX_USERS, "people")?),
            WIPE_DATA => Self::WipeData(fields.need("wipe_options")?),
            FIQA => fields.within("info", |info| {
                let image = info.need("image_base64_str")?;
                let level = info.or("fiqa_level", FiqaLevel::High)?;
                Ok(Self::Fiqa { image_base64: strip_prefix(image), level })
            })?,
            _ => return Ok(None),
        };
        Ok(Some((body, Vec::new())))
    }
}

impl BadCommand {
    fn unreadable(error: &ReadError) -> Self {
        Self {
            code: Code::PARAM_ERROR,
            method: None,
            message_id: None,
            notify_path: None,
            message: error.to_string(),
        }
    }
}

/// The message's id; `messageKey` was its name once, unless it holds the command's name as in results.
fn message_id(fields: &mut Fields) -> Option<MessageId> {
    let id = |value: Option<Value>| value.and_then(|value| MessageId::from_value(value).ok());
    let (own, old) = (id(fields.take("messageId|message_id")), id(fields.take("messageKey|message_key")));
    own.or(old.filter(|key| !METHODS.contains(&key.as_str())))
}

/// Complete records win over ids; an empty list of records is no list.
fn add_users(fields: &mut Fields) -> Result<(CommandBody, Vec<UnreadableUser>), ReadError> {
    let People { readable, unreadable } = fields.or("user_info_list", People::default())?;
    if !readable.is_empty() || !unreadable.is_empty() {
        return Ok((CommandBody::AddUsersPlus(Users::Records(readable)), unreadable));
    }
    let ids = fields.list("userid_list", MAX_USERS, "people")?;
    let ids = ids.ok_or_else(|| ReadError::missing("userid_list or user_info_list"))?;
    Ok((CommandBody::AddUsersPlus(Users::Ids(ids)), Vec::new()))
}

impl FromValue for ExtendParams {
    const EXPECTED: &'static str = "an object";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let mut fields = Fields::open(value)?;
        Ok(Self {
            path: fields.filled_text("path")?,
            notify_path: fields.filled_text("notify_path|notifyPath")?,
            rest: fields.rest(),
        })
    }
}

impl FromValue for WipeOptions {
    const EXPECTED: &'static str = "an object with users and events";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let mut fields = Fields::open(value)?;
        Ok(Self {
            users: fields.or("users", false)?,
            events: fields.or("events", false)?,
            rest: fields.rest(),
        })
    }
}

impl Serialize for Command {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (key, value) = match &self.body {
            CommandBody::AddUsersPlus(Users::Ids(ids)) | CommandBody::DeleteUsers(ids) => {
                ("userid_list", json!(ids))
            }
            CommandBody::AddUsersPlus(Users::Records(records)) => ("user_info_list", json!(records)),
            CommandBody::WipeData(options) => ("wipe_options", json!(options)),
            CommandBody::Fiqa { image_base64, level } => {
                ("info", json!({"image_base64_str": image_base64, "fiqa_level": level}))
            }
        };
        let message_id = self.message_id.as_ref().map(|id| ("messageId", json!(id)));
        let pairs = [("method", json!(self.method()))].into_iter().chain(message_id);
        serializer.collect_map(pairs.chain([(key, value), ("extend_params", json!(self.extend))]))
    }
}

deserialize_leniently!(ExtendParams, WipeOptions);
