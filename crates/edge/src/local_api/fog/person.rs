//! What a person written through this API may look like, and what stands behind the groups and libraries that were named.

use protocol::{GroupId, IdentityId, PersonInfo, RegisterType, UserRecord};
use rusqlite::Connection;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::naming;
use crate::clock;
use crate::local_api::answer::Refusal;
use crate::people::PeopleError;
use crate::reason::table as reason;
use crate::store::libraries::Outcome;
use crate::store::permissions::{self, Permission};
use crate::store::roster::Entry;
use crate::store::{StoreError, libraries};

/// The longest id, characters.
const MAX_ID: usize = 128;
/// The longest name, characters.
const MAX_NAME: usize = 256;
/// The most that is kept of further fields, bytes.
const MAX_INFO: usize = 64 << 10;
/// Groups or libraries one person may name.
const MAX_GROUPS: usize = 100;
/// Keys of our answers that are not the caller's to set.
const OURS: [&str; 2] = ["user_id", "image_id"];

/// Permission groups as they were named, looked up.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Named {
    /// Their ids, each once.
    pub(super) groups: Vec<GroupId>,
    /// Those of them that do not exist.
    pub(super) unknown: Vec<String>,
}

/// Refuses what cannot be kept.
pub(super) fn check(id: &IdentityId, name: &str, rest: &Map<String, Value>) -> Result<(), Refusal> {
    if id.as_str().chars().count() > MAX_ID || id.as_str().chars().any(char::is_control) {
        return Err(reason::at_most_plain_characters(MAX_ID).of("identity_id").into());
    }
    if name.chars().count() > MAX_NAME {
        return Err(reason::at_most_characters(MAX_NAME).of("info.name").into());
    }
    if Value::Object(rest.clone()).to_string().len() > MAX_INFO {
        return Err(reason::at_most_bytes(MAX_INFO).of("info").into());
    }
    Ok(())
}

/// The libraries of these names, each once.
pub(super) fn libraries_named(
    db: &Connection,
    names: Vec<String>,
) -> Result<Result<Vec<String>, String>, StoreError> {
    let mut found: Vec<String> = Vec::new();
    for name in names {
        if libraries::find(db, &name)?.is_none() {
            return Ok(Err(name));
        }
        if !found.contains(&name) {
            found.push(name);
        }
    }
    Ok(Ok(found))
}

/// The permission groups of these names or ids. What the person `holds` already need not exist here: it may be the platform's.
pub(super) fn permissions_named(
    db: &Connection,
    names: &[GroupId],
    holds: &[String],
) -> Result<Named, StoreError> {
    let mut named = Named::default();
    for name in names {
        let id = match permissions::find(db, name.as_str())? {
            Some(group) => GroupId::new(group.id),
            None => {
                if !holds.iter().any(|held| held == name.as_str()) {
                    named.unknown.push(name.to_string());
                }
                name.clone()
            }
        };
        if !named.groups.contains(&id) {
            named.groups.push(id);
        }
    }
    Ok(named)
}

/// Refuses too many groups, and those that do not exist.
pub(super) fn known(named: &Named, may_create: bool) -> Result<(), Refusal> {
    if named.groups.len() > MAX_GROUPS {
        return Err(reason::at_most(MAX_GROUPS).of("info.permission_ids").into());
    }
    match named.unknown.first() {
        Some(name) if may_create => naming::checked(name),
        Some(name) => Err(reason::no_group_yet(name.as_str()).into()),
        None => Ok(()),
    }
}

/// Makes the groups that did not exist; each gets its id as name.
pub(super) fn create_permissions(db: &Connection, unknown: &[String]) -> Result<(), StoreError> {
    for id in unknown {
        let group =
            Permission { id: id.clone(), name: id.clone(), description: String::new(), info: Map::new() };
        if permissions::add(db, &group, clock::now())? == Outcome::Full {
            return Err(StoreError::Refused(reason::no_more_groups()));
        }
    }
    Ok(())
}

/// The record that is written.
pub(super) fn record(id: IdentityId, register_type: RegisterType, info: PersonInfo) -> UserRecord {
    UserRecord { identity_id: id, photo: None, register_type, info }
}

/// How the person was enrolled.
pub(super) fn register_type(entry: &Entry) -> RegisterType {
    if entry.register_type == RegisterType::Stranger.number() {
        RegisterType::Stranger
    } else {
        RegisterType::Ordinary
    }
}

/// What is kept of `given` beside what was kept `before`; `null` takes a key away.
pub(super) fn merged(before: &Map<String, Value>, given: Map<String, Value>) -> Map<String, Value> {
    let mut all = before.clone();
    for (key, value) in given {
        if value.is_null() {
            all.remove(&key);
        } else {
            all.insert(key, value);
        }
    }
    for key in OURS {
        all.remove(key);
    }
    all
}

/// What answers say of a person.
pub(super) fn info(entry: &Entry, image_id: Option<String>) -> PersonInfo {
    let mut rest = entry.info.clone();
    rest.insert("user_id".into(), entry.identity_id.clone().into());
    if let Some(id) = image_id {
        rest.insert("image_id".into(), id.into());
    }
    PersonInfo {
        permission_ids: entry.groups.iter().cloned().map(GroupId::new).collect(),
        name: entry.name.clone(),
        kind: entry.kind.into(),
        rest,
    }
}

/// A name for a photo: it changes when the photo does.
pub(super) fn image_id(photo: &[u8]) -> String {
    let digest: [u8; 32] = Sha256::digest(photo).into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}

/// The refusal that goes with a person who was not written.
pub(super) fn refusal(error: PeopleError) -> Refusal {
    match error {
        PeopleError::Full(people) => reason::library_full(people).into(),
        PeopleError::NoPhoto => reason::photo_needed().into(),
        PeopleError::Store(error) => error.into(),
    }
}
