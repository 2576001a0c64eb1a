//! What a box answers to a command, over the broker or by HTTP.

use serde::Serialize;
use serde_json::{Value, json};

use crate::code::Code;
use crate::command::{ADD_USERS_PLUS, DELETE_USERS, WipeOptions};
use crate::ids::{DevSno, IdentityId, MessageId};
use crate::lenient::{Fields, FromValue, deserialize_leniently, message};
use crate::limits::MAX_USERS;
use crate::quality::FaceQuality;
use crate::read_error::ReadError;

/// One result.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CommandResult {
    /// Whether the command ran. People who failed are in the lists and do not make this false.
    pub success: bool,
    /// 0, or why the command did not run.
    pub code: Code,
    /// For people.
    pub message: String,
    /// The box; empty when it did not say (then the channel the result came by tells).
    pub dev_sno: DevSno,
    /// The command this answers.
    #[serde(rename = "messageKey")]
    pub message_key: String,
    /// The command's id, when it had one and the box echoes it.
    #[serde(rename = "messageId", skip_serializing_if = "Option::is_none")]
    pub message_id: Option<MessageId>,
    /// What came of it.
    pub result: ResultBody,
}

/// What came of a command.
#[derive(Debug, Clone, PartialEq)]
pub enum ResultBody {
    /// Per person, for adding and deleting.
    Users {
        /// Done.
        success: Vec<UserResult>,
        /// Not done, each with its reason.
        failed: Vec<UserResult>,
    },
    /// The options of a wipe, echoed.
    Wipe(WipeOptions),
    /// One verdict per face.
    Fiqa(Vec<FaceQuality>),
    /// Anything else, as it came; an empty object when there was nothing.
    Other(Value),
}

/// What came of one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UserResult {
    /// The person.
    pub userid: IdentityId,
    /// The name; only when adding.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// For people; never to be matched on.
    pub message: String,
    /// 0, or why not.
    pub code: Code,
}

impl ResultBody {
    /// A result with nothing in it.
    #[must_use]
    pub fn empty() -> Self {
        Self::Other(json!({}))
    }

    /// Reads the body by its shape, and by the command's name where it has none.
    fn read(message_key: &str, value: Option<Value>) -> Result<Self, ReadError> {
        let value = value.unwrap_or_else(|| json!({}));
        let Value::Object(map) = value else {
            return Ok(Self::Other(value));
        };
        let mut fields = Fields::open(Value::Object(map))?;
        if fields.has("success_users|failed_users") || [ADD_USERS_PLUS, DELETE_USERS].contains(&message_key) {
            let success = fields.list("success_users", MAX_USERS, "people")?.unwrap_or_default();
            let mut failed: Vec<UserResult> =
                fields.list("failed_users", MAX_USERS, "people")?.unwrap_or_default();
            // Who is in this list has failed, whether the box says why or not.
            for user in failed.iter_mut().filter(|user| user.code.is_success()) {
                user.code = Code::BAD_REQUEST;
            }
            return Ok(Self::Users { success, failed });
        }
        if fields.has("wipe_options") {
            return fields.need("wipe_options").map(Self::Wipe);
        }
        if message_key == crate::command::FIQA && fields.has("data") {
            return fields.need("data").map(Self::Fiqa);
        }
        Ok(Self::Other(Value::Object(fields.rest())))
    }
}

impl FromValue for CommandResult {
    const EXPECTED: &'static str = "a command's result";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let mut fields = Fields::open(value)?;
        let message_id: Option<MessageId> = fields.get("messageId|message_id")?;
        let message_key = fields.filled_text("messageKey|message_key")?;
        if message_key.is_none() && message_id.is_none() {
            return Err(ReadError::missing("the name of the command this answers").under("messageKey"));
        }
        let message_key = message_key.unwrap_or_default();
        let (success, code) = (fields.get::<bool>("success")?, fields.get::<Code>("code")?);
        let fallback = if success == Some(false) { Code::BAD_REQUEST } else { Code::SUCCESS };
        let code = code.unwrap_or(fallback);
        let result =
            ResultBody::read(&message_key, fields.take("result")).map_err(|error| error.under("result"))?;
        Ok(Self {
            success: success.unwrap_or_else(|| code.is_success()),
            code,
            message: fields.text("message")?,
            dev_sno: fields.get("dev_sno|devSno")?.unwrap_or_else(|| DevSno::new("")),
            message_key,
            message_id,
            result,
        })
    }
}

impl Serialize for ResultBody {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Users { success, failed } => {
                serializer.collect_map([("success_users", success), ("failed_users", failed)])
            }
            Self::Wipe(options) => serializer.collect_map([("wipe_options", options)]),
            Self::Fiqa(faces) => serializer.collect_map([("data", faces)]),
            Self::Other(value) => value.serialize(serializer),
        }
    }
}

message!(CommandResult);
deserialize_leniently!(UserResult);

impl FromValue for UserResult {
    const EXPECTED: &'static str = "a person's result";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let mut fields = Fields::open(value)?;
        Ok(Self {
            userid: fields.need("userid|identity_id|user_id")?,
            username: fields.get("username")?,
            message: fields.text("message")?,
            code: fields.or("code", Code::SUCCESS)?,
        })
    }
}
