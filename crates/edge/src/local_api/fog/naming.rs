//! What groups and libraries may be called, and what is kept beside name and description.

use serde_json::{Map, Value};

use crate::local_api::answer::Refusal;
use crate::local_api::sent::Sent;
use crate::reason::table as reason;
use crate::store::libraries::Outcome;

/// What is named.
#[derive(Debug, Clone, Copy)]
pub(super) enum Named {
    Library,
    Group,
}

/// The longest name, characters.
const MAX_NAME: usize = 128;
/// The longest description, characters.
const MAX_DESCRIPTION: usize = 1024;
/// The most that is kept of further fields, bytes.
const MAX_INFO: usize = 16 << 10;

/// Refuses an empty name with the code the protocol has for it.
pub(super) fn not_blank(sent: &Sent, key: &str) -> Result<(), Refusal> {
    if sent.is_blank(key) {
        return Err(reason::empty_name().of(key).into());
    }
    Ok(())
}

/// A name that can stand in every list: lists are also written as one text with commas.
pub(super) fn checked(name: &str) -> Result<(), Refusal> {
    if name.chars().count() > MAX_NAME {
        return Err(reason::long_name(MAX_NAME).into());
    }
    if name.contains([',', '，', '、']) || name.chars().any(char::is_control) {
        return Err(reason::commas_in_name().into());
    }
    Ok(())
}

/// Description and further fields, where they are given, within bounds.
pub(super) fn described(description: Option<&str>, info: &Map<String, Value>) -> Result<(), Refusal> {
    if description.is_some_and(|text| text.chars().count() > MAX_DESCRIPTION) {
        return Err(reason::at_most_characters(MAX_DESCRIPTION).of("description").into());
    }
    if let Some(key) = ["id", "name", "description"].iter().find(|key| info.contains_key(**key)) {
        return Err(reason::reserved_key(*key).of("info").into());
    }
    if Value::Object(info.clone()).to_string().len() > MAX_INFO {
        return Err(reason::at_most_bytes(MAX_INFO).of("info").into());
    }
    Ok(())
}

/// The refusal that goes with an outcome.
pub(super) fn added(outcome: Outcome, what: Named, name: &str) -> Result<(), Refusal> {
    Err(Refusal(match (outcome, what) {
        (Outcome::Done, _) => return Ok(()),
        (Outcome::Taken, Named::Library) => reason::library_exists(name),
        (Outcome::Taken, Named::Group) => reason::group_exists(name),
        (Outcome::Full, Named::Library) => reason::no_more_libraries(name),
        (Outcome::Full, Named::Group) => reason::no_more_groups(),
    }))
}

/// There is no such library.
pub(super) fn no_library(name: &str) -> Refusal {
    reason::no_library(name).into()
}

/// There is no such permission group.
pub(super) fn no_group(name: &str) -> Refusal {
    reason::no_group(name).into()
}
