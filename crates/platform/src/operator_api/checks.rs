//! What values from outside may look like: lengths, characters and ranges, each refusal naming the field.

use std::ops::RangeInclusive;

use protocol::{DevSno, GroupId, IdentityId};
use serde_json::Value;

use crate::db::{Tx, group};
use crate::refusal::Refusal;

/// Longest id of a person, a group or a box, in characters.
const ID: usize = 64;
/// Longest name, in characters.
const NAME: usize = 64;
/// Longest description, in characters.
const TEXT: usize = 500;
/// Most groups of one person or box.
const GROUPS: usize = 64;
/// Longest tag, in characters.
const TAG: usize = 32;
/// Most tags of one person.
const TAGS: usize = 32;
/// What separates values in a cell of a list; ids and tags hold none of it.
pub(crate) const SEPARATORS: [char; 6] = [';', '|', ',', '、', '，', '；'];
/// Words that follow `/people/` in addresses, and so are nobody's id.
const ADDRESSES: [&str; 5] = ["bulk", "departments", "export", "imports", "tags"];
/// Longest free information about a person, in bytes of JSON.
const INFO: usize = 8192;
/// What the protocol itself says about a person; free information must not contradict it.
const RESERVED: [&str; 3] = ["name", "permission_ids", "type"];

/// A name: 1 to 64 characters, none of them a control character, without blanks around it.
pub(crate) fn name(field: &str, text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > NAME || text.chars().any(char::is_control) {
        return Err(Refusal::invalid(
            field,
            format!("must be 1 to {NAME} characters without control characters"),
        ));
    }
    Ok(text.to_owned())
}

/// A text that may be empty.
pub(crate) fn text(field: &str, text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    if text.chars().count() > TEXT || text.chars().any(|c| c.is_control() && c != '\n') {
        return Err(Refusal::invalid(
            field,
            format!("must be at most {TEXT} characters without control characters"),
        ));
    }
    Ok(text.to_owned())
}

/// A person's id: it travels in URLs, in comma-separated lists and to boxes of other makers, so it is plain.
pub(crate) fn identity_id(text: &str) -> Result<IdentityId, Refusal> {
    if ADDRESSES.contains(&text) {
        return Err(Refusal::invalid("identity_id", "is a word of the API; no person can have it as an id"));
    }
    plain_id("identity_id", text).map(IdentityId::new)
}

/// A group's id.
pub(crate) fn group_id(field: &str, text: &str) -> Result<GroupId, Refusal> {
    plain_id(field, text).map(GroupId::new)
}

/// A licence key. Two underscores separate it from an address in a camera's id, so it holds none in a row.
pub(crate) fn dev_sno(text: &str) -> Result<DevSno, Refusal> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if text.is_empty() || text.len() > ID || !text.chars().all(fits) || text.contains("__") {
        return Err(Refusal::invalid(
            "dev_sno",
            format!("must be 1 to {ID} letters, digits, '-' or single '_'"),
        ));
    }
    Ok(DevSno::new(text))
}

fn plain_id(field: &str, text: &str) -> Result<String, Refusal> {
    let fits = |c: char| c.is_alphanumeric() || "-_.@:+".contains(c);
    let dots = text.chars().all(|c| c == '.');
    if text.is_empty() || text.chars().count() > ID || dots || !text.chars().all(fits) {
        let rule = format!("must be 1 to {ID} letters, digits or any of - _ . @ : +");
        return Err(Refusal::invalid(field, rule));
    }
    Ok(text.to_owned())
}

/// A person's type: 1 employee, 2 visitor, 3 blacklist, 4 stranger, 5 VIP.
pub(crate) fn person_type(number: i64) -> Result<i64, Refusal> {
    if (1..=5).contains(&number) {
        return Ok(number);
    }
    let rule = "must be 1 (employee), 2 (visitor), 3 (blacklist), 4 (stranger) or 5 (VIP)";
    Err(Refusal::invalid("type", rule))
}

/// Free information about a person: a small JSON object.
pub(crate) fn info(value: Value) -> Result<Value, Refusal> {
    let Value::Object(fields) = &value else { return Err(Refusal::invalid("info", "must be an object")) };
    if let Some(name) = RESERVED.iter().find(|name| fields.contains_key(**name)) {
        return Err(Refusal::invalid(format!("info.{name}"), "is a field of the person itself"));
    }
    if value.to_string().len() > INFO {
        return Err(Refusal::invalid("info", format!("must be at most {INFO} bytes of JSON")));
    }
    Ok(value)
}

/// Milliseconds that a person's validity may begin or end at. Seconds instead of milliseconds would be some day in 1970: refused rather
/// than believed.
pub(crate) const MOMENTS: RangeInclusive<i64> = 100_000_000_000..=9_999_999_999_999;

/// A span of validity: a beginning before its end.
pub(crate) fn validity(from: Option<i64>, until: Option<i64>) -> Result<(), Refusal> {
    for (field, at) in [("valid_from", from), ("valid_until", until)] {
        if at.is_some_and(|at| !MOMENTS.contains(&at)) {
            return Err(Refusal::invalid(field, "must be milliseconds since 1970, UTC"));
        }
    }
    match (from, until) {
        (Some(from), Some(until)) if until <= from => {
            Err(Refusal::invalid("valid_until", "must be after valid_from"))
        }
        _ => Ok(()),
    }
}

/// A department: one text, empty for none.
pub(crate) fn department(text: &str) -> Result<String, Refusal> {
    if text.trim().is_empty() {
        return Ok(String::new());
    }
    name("department", text)
}

/// Tags: short words, sorted, without repetition, not too many.
pub(crate) fn tags(words: &[String]) -> Result<Vec<String>, Refusal> {
    if words.len() > TAGS {
        return Err(Refusal::invalid("tags", format!("must be at most {TAGS}")));
    }
    let mut tags = words.iter().map(|word| tag(word)).collect::<Result<Vec<_>, _>>()?;
    tags.sort();
    tags.dedup();
    Ok(tags)
}

fn tag(word: &str) -> Result<String, Refusal> {
    let word = word.trim();
    let fits = |c: char| !c.is_control() && !SEPARATORS.contains(&c);
    if word.is_empty() || word.chars().count() > TAG || !word.chars().all(fits) {
        let rule = format!("must each be 1 to {TAG} characters, none of them a comma, a semicolon or '|'");
        return Err(Refusal::invalid("tags", rule));
    }
    Ok(word.to_owned())
}

/// A list of group ids: sorted, without repetition, not too many.
pub(crate) fn groups(ids: &[String]) -> Result<Vec<GroupId>, Refusal> {
    if ids.len() > GROUPS {
        return Err(Refusal::invalid("groups", format!("must be at most {GROUPS}")));
    }
    let mut groups = ids.iter().map(|id| group_id("groups", id)).collect::<Result<Vec<_>, _>>()?;
    groups.sort();
    groups.dedup();
    Ok(groups)
}

/// Refuses groups that do not exist.
pub(crate) fn groups_exist(tx: &mut Tx<'_>, ids: &[GroupId]) -> Result<(), Refusal> {
    match group::missing(tx, ids)? {
        None => Ok(()),
        Some(id) => Err(Refusal::invalid("groups", format!("there is no group {:?}", id.as_str()))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn ids_are_plain() {
        for good in ["1001", "E-7", "a@b.c", "张三", "440101199001011234"] {
            assert!(identity_id(good).is_ok(), "{good}");
        }
        let long = "x".repeat(65);
        for bad in ["", " ", "a b", "a/b", "..", "a,b", "a%2f", "a\u{0}", "a?b", long.as_str()] {
            assert!(identity_id(bad).is_err(), "{bad:?}");
        }
        assert!(identity_id("imports").is_err());
        assert!(dev_sno("TJGSDX000120190726103455").is_ok());
        assert!(dev_sno("A__B").is_err() && dev_sno("A B").is_err() && dev_sno("").is_err());
    }

    #[test]
    fn values_have_bounds() {
        assert_eq!(name("name", "  Wang Wu ").unwrap(), "Wang Wu");
        assert!(
            name("name", " ").is_err()
                && name("name", "a\nb").is_err()
                && name("name", &"x".repeat(65)).is_err()
        );
        assert!(person_type(0).is_err() && person_type(6).is_err() && person_type(3).is_ok());
        assert!(info(json!({"phone": "1"})).is_ok());
        assert!(info(json!([])).is_err() && info(json!({"type": 2})).is_err());
        assert!(info(json!({"x": "y".repeat(9000)})).is_err());
        assert!(validity(Some(1_790_000_000_000), None).is_ok());
        assert!(validity(Some(1_790_000_000), None).is_err());
        assert!(validity(Some(1_790_000_000_001), Some(1_790_000_000_000)).is_err());
        let words = |words: &[&str]| tags(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        assert_eq!(words(&["b", " a ", "b"]).unwrap(), ["a", "b"]);
        assert!(words(&["a;b"]).is_err() && words(&[""]).is_err() && words(&["x"; 33]).is_err());
        assert!(department(" ").unwrap().is_empty() && department("a\tb").is_err());
        let sorted = groups(&["2".to_owned(), "0".to_owned(), "2".to_owned()]).unwrap();
        assert_eq!(sorted, [GroupId::new("0"), GroupId::new("2")]);
        assert!(groups(&vec!["x".to_owned(); 65]).is_err());
    }
}
