//! A person as travelling to a box, and the request and reply by which a box fetches people's details.

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::address::is_absolute;
use crate::error::Refusal;
use crate::ids::{GroupId, IdentityId};
use crate::image::strip_prefix;
use crate::kinds::{PersonType, RegisterType};
use crate::lenient::{Fields, FromValue, Words, body, deserialize_leniently, list_of, message};
use crate::limits::MAX_USERS;
use crate::read_error::ReadError;
use crate::strict;

/// One person with everything a box needs to enrol them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UserRecord {
    /// The person's unique number.
    pub identity_id: IdentityId,
    /// The registration photo, or where it is; `None` when the sender gave none (the box answers with 40003).
    #[serde(flatten)]
    pub photo: Option<Photo>,
    /// How the person is enrolled, and so how strictly the photo is checked.
    pub register_type: RegisterType,
    /// Name, type, groups and whatever else the platform keeps.
    pub info: PersonInfo,
}

/// What is known about a person.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PersonInfo {
    /// Permission groups; never empty when read: without any, group `"0"`.
    pub permission_ids: Vec<GroupId>,
    /// The name.
    pub name: String,
    /// Employee, visitor…
    #[serde(rename = "type")]
    pub kind: PersonType,
    /// Fields we do not know; kept and returned by queries.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A registration photo or its address. `Debug` does not show the picture.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub enum Photo {
    /// The picture itself as base64, without a `data:` prefix.
    #[serde(rename = "reg_photo")]
    Base64(String),
    /// A complete URL.
    #[serde(rename = "reg_url")]
    Url(String),
    /// A path below the image server, or below the platform when it names none.
    #[serde(rename = "relative_pic_url")]
    Relative(String),
}

/// A person in a list whose record could not be read; the others can. Each one is answered with code 40071.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadableUser {
    /// The person's number, when at least that could be read.
    pub identity_id: Option<IdentityId>,
    /// What is wrong.
    pub error: ReadError,
}

/// The ids a box asks the platform about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UserListRequest {
    /// At most [`MAX_USERS`] ids.
    pub userid_list: Vec<IdentityId>,
}

/// The details the platform answers with. People it does not know are simply not in it.
#[derive(Debug, Clone, PartialEq)]
pub struct UserListReply {
    /// The people, in the platform's order.
    pub users: Vec<UserRecord>,
    /// People whose record could not be read; never written.
    pub unreadable: Vec<UnreadableUser>,
}

impl UserListRequest {
    /// Reads the ids from a query with repeated `userid` (or `userid_list`, also with commas), as boxes before protocol 1.0.1 ask.
    ///
    /// # Errors
    /// There are more than [`MAX_USERS`].
    pub fn from_query(query: &str) -> Result<Self, ReadError> {
        let named = url::form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| {
            ["userid", "userid_list"].iter().any(|known| name.eq_ignore_ascii_case(known))
        });
        let ids: Vec<IdentityId> = named
            .flat_map(|(_, value)| crate::lenient::words_of(&value))
            .map(IdentityId::new)
            .take(MAX_USERS + 1)
            .collect();
        if ids.len() > MAX_USERS {
            return Err(ReadError::too_many("people", MAX_USERS).under("userid_list"));
        }
        Ok(Self { userid_list: ids })
    }
}

impl UserListReply {
    /// A reply with these people.
    #[must_use]
    pub fn new(users: Vec<UserRecord>) -> Self {
        Self { users, unreadable: Vec::new() }
    }

    /// Reads the platform's answer: any 2xx without an `error` object.
    ///
    /// # Errors
    /// [`Refusal`] with the platform's code and text, or with 50073 (no reason given) or 50074 (not readable).
    pub fn read(http_status: u16, answer: &[u8]) -> Result<Self, Refusal> {
        Refusal::judge(http_status, answer, (200..300).contains(&http_status))?;
        body::read(answer).map_err(|error| Refusal::unreadable(http_status, &error))
    }

    /// The reply in its one strict written form.
    #[must_use]
    pub fn to_json(&self) -> String {
        strict::json(self)
    }
}

/// A list of people, read so that one bad record does not spoil the others.
#[derive(Default)]
pub(crate) struct People {
    pub(crate) readable: Vec<UserRecord>,
    pub(crate) unreadable: Vec<UnreadableUser>,
}

impl FromValue for People {
    const EXPECTED: &'static str = "a list of people";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let mut people = Self::default();
        for (index, value) in list_of::<Value>(value, MAX_USERS, "people")?.into_iter().enumerate() {
            let identity_id =
                value.get("identity_id").cloned().and_then(|id| IdentityId::from_value(id).ok());
            match UserRecord::from_value(value) {
                Ok(user) => people.readable.push(user),
                Err(error) => people.unreadable.push(UnreadableUser { identity_id, error: error.at(index) }),
            }
        }
        Ok(people)
    }
}

impl FromValue for UserRecord {
    const EXPECTED: &'static str = "a person";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let mut fields = Fields::open(value)?;
        Ok(Self {
            identity_id: fields.need("identity_id|identityId|userid")?,
            photo: Photo::take(&mut fields)?,
            register_type: fields.or("register_type", RegisterType::Ordinary)?,
            info: fields.need("info")?,
        })
    }
}

impl FromValue for PersonInfo {
    const EXPECTED: &'static str = "an object with name, type and permission_ids";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let mut fields = Fields::open(value)?;
        Ok(Self {
            permission_ids: permission_ids(&mut fields)?.unwrap_or_else(|| vec![GroupId::default_group()]),
            name: fields.need("name")?,
            kind: fields.or("type", PersonType::Employee)?,
            rest: fields.rest(),
        })
    }
}

/// Reads permission groups; absent, null and empty are all `None`.
pub(crate) fn permission_ids(fields: &mut Fields) -> Result<Option<Vec<GroupId>>, ReadError> {
    let words = fields.get::<Words>("permission_ids")?;
    Ok(words
        .filter(|Words(list)| !list.is_empty())
        .map(|Words(list)| list.into_iter().map(GroupId::new).collect()))
}

impl Photo {
    /// Takes the photo in the order of preference: the picture itself, a URL, a relative path. Empty texts are no photo.
    fn take(fields: &mut Fields) -> Result<Option<Self>, ReadError> {
        let picture =
            fields.get::<String>("reg_photo")?.map(strip_prefix).filter(|text| !text.trim().is_empty());
        let address = fields.filled_text("reg_url")?.or(fields.filled_text("relative_pic_url")?);
        Ok(picture.map(Self::Base64).or(address.map(Self::from_address)))
    }

    /// A photo behind an address, absolute or relative.
    #[must_use]
    pub fn from_address(address: String) -> Self {
        if is_absolute(&address) { Self::Url(address) } else { Self::Relative(address) }
    }
}

impl fmt::Debug for Photo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Base64(text) => write!(f, "Base64({} bytes)", text.len()),
            Self::Url(url) => write!(f, "Url({url:?})"),
            Self::Relative(path) => write!(f, "Relative({path:?})"),
        }
    }
}

impl FromValue for UserListRequest {
    const EXPECTED: &'static str = "a request with userid_list";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        Ok(Self { userid_list: Fields::open(value)?.need_list("userid_list", MAX_USERS, "people")? })
    }
}

impl FromValue for UserListReply {
    const EXPECTED: &'static str = "a reply with data.user_list";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let people = Fields::open(value)?.within("data", |data| data.need("user_list"))?;
        let People { readable: users, unreadable } = people;
        Ok(Self { users, unreadable })
    }
}

impl Serialize for UserListReply {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        json!({"data": {"user_list": self.users}}).serialize(serializer)
    }
}

message!(UserListRequest);
deserialize_leniently!(UserRecord, PersonInfo, UserListReply);
