//! The addresses of blobs. They tell whose key opens a blob and nothing about what is in it.
//!
//! * `person/<2>/<32>-<32>`: sealed with a person's key. The name of that key (its first two digits are the folder), then random digits.
//! * `event/<day>/<64>`: sealed with a day's key. Days since 1970; a name that only holders of the key can compute from the content.
//! * `person/<2>/<62>`, `event/<2>/<62>`: the SHA-256 of a plain blob, as versions before sealing wrote them.

use super::hex;
use crate::seal::{DayKey, PersonKey};

/// Whose key opens a blob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Owner {
    /// Of the person whose key has this name.
    Person(String),
    /// Captured on this day.
    Day(i64),
    /// Not sealed.
    Nobody,
}

/// What blobs show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Area {
    /// People, as they were enrolled.
    People,
    /// Captures.
    Events,
}

impl Area {
    /// What its addresses begin with.
    pub(super) const fn folder(self) -> &'static str {
        match self {
            Self::People => "person",
            Self::Events => "event",
        }
    }
}

/// A new address for a blob of a person.
pub(super) fn of_person(key: &PersonKey) -> String {
    let name = key.name();
    let folder = name.get(..2).unwrap_or(name);
    format!("person/{folder}/{name}-{}", hex(&rand::random::<[u8; 16]>()))
}

/// The address of a picture of a day.
pub(super) fn of_day(key: &DayKey, content: &[u8]) -> String {
    format!("event/{}/{}", key.day(), key.name(content))
}

/// Whose key opens the blob at an address; `None` when no blob can be there.
pub(crate) fn owner(address: &str) -> Option<Owner> {
    let mut parts = address.split('/');
    let (area, folder, rest) = (parts.next()?, parts.next()?, parts.next()?);
    let digits = |text: &str, length| text.len() == length && text.bytes().all(is_hex);
    if parts.next().is_some() {
        return None;
    }
    match (area, rest.split_once('-')) {
        ("person", Some((name, random)))
            if digits(name, 32) && digits(random, 32) && name.starts_with(folder) =>
        {
            Some(Owner::Person(name.to_owned()))
        }
        ("event", None) if digits(rest, 64) => folder.parse().ok().filter(|day| *day >= 0).map(Owner::Day),
        ("person" | "event", None) if digits(folder, 2) && digits(rest, 62) => Some(Owner::Nobody),
        _ => None,
    }
}

fn is_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_tells_whose_key_opens_the_blob() {
        let (name, hash) = ("ab".repeat(16), "cd".repeat(32));
        let person = format!("person/ab/{name}-{name}");
        assert_eq!(owner(&person), Some(Owner::Person(name.clone())));
        assert_eq!(owner(&format!("event/20000/{hash}")), Some(Owner::Day(20_000)));
        for area in ["person", "event"] {
            assert_eq!(owner(&format!("{area}/cd/{}", &hash[2..])), Some(Owner::Nobody));
        }
        for none in [
            "",
            "probe",
            "person/ab",
            "../secret",
            &format!("person/cd/{name}-{name}"),
            &format!("{person}/x"),
            &format!("event/-1/{hash}"),
            &format!("event/20000/{}", hash.to_uppercase()),
            &format!("event/../{hash}"),
            &format!("other/20000/{hash}"),
        ] {
            assert_eq!(owner(none), None, "{none}");
        }
    }
}
