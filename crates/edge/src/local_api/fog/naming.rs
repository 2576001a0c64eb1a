//! What groups and libraries may be called, and what is kept beside name and description.

use protocol::Code;
use serde_json::{Map, Value};

use crate::local_api::answer::Refusal;
use crate::local_api::sent::Sent;
use crate::store::libraries::Outcome;

/// The longest name, characters.
const MAX_NAME: usize = 128;
/// The longest description, characters.
const MAX_DESCRIPTION: usize = 1024;
/// The most that is kept of further fields, bytes.
const MAX_INFO: usize = 16 << 10;

/// Refuses an empty name with the code the protocol has for it.
pub(super) fn not_blank(sent: &Sent, key: &str) -> Result<(), Refusal> {
    if sent.is_blank(key) {
        return Err(Refusal::new(Code::GROUP_NAME_ERROR, format!("{key}: a name may not be empty")));
    }
    Ok(())
}

/// A name that can stand in every list: lists are also written as one text with commas.
pub(super) fn checked(name: &str) -> Result<(), Refusal> {
    let wrong = |text: String| Err(Refusal::new(Code::GROUP_NAME_ERROR, text));
    if name.chars().count() > MAX_NAME {
        return wrong(format!("a name has at most {MAX_NAME} characters"));
    }
    if name.contains([',', '，', '、']) || name.chars().any(char::is_control) {
        return wrong("a name has no commas and no control characters".into());
    }
    Ok(())
}

/// Description and further fields, where they are given, within bounds.
pub(super) fn described(description: Option<&str>, info: &Map<String, Value>) -> Result<(), Refusal> {
    if description.is_some_and(|text| text.chars().count() > MAX_DESCRIPTION) {
        return Err(Refusal::wrong(format!("description: at most {MAX_DESCRIPTION} characters")));
    }
    if let Some(key) = ["id", "name", "description"].iter().find(|key| info.contains_key(**key)) {
        return Err(Refusal::wrong(format!("info: must not have {key}")));
    }
    if Value::Object(info.clone()).to_string().len() > MAX_INFO {
        return Err(Refusal::wrong(format!("info: at most {MAX_INFO} bytes")));
    }
    Ok(())
}

/// The refusal that goes with an outcome; `what` is "library" or "permission group".
pub(super) fn added(outcome: Outcome, what: &str, name: &str) -> Result<(), Refusal> {
    match outcome {
        Outcome::Done => Ok(()),
        Outcome::Taken => {
            Err(Refusal::new(Code::GROUP_NAME_ERROR, format!("there is a {what} called \"{name}\" already")))
        }
        Outcome::Full => Err(Refusal::new(
            Code::GROUP_LENGTH_ERROR,
            format!("this box keeps no more of them: {what} \"{name}\""),
        )),
    }
}

/// There is no such group or library.
pub(super) fn unknown(what: &str, name: &str) -> Refusal {
    Refusal::new(Code::FOG_NOT_FOUND, format!("there is no {what} called \"{name}\""))
}
