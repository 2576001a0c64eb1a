//! The addresses of blobs. They tell whose key opens a blob and nothing about what is in it.
//!
//! * `person/<2>/<32>-<32>`: sealed with a person's key. The name of that key (its first two digits are the folder), then random digits.
//! * `event/<day>/<64>`: sealed with a day's key. Days since 1970; a name that only holders of the key can compute from the content.
//! * `import/<import>-<32>-<part>`: sealed with the key of a file of an import. The import's id, the file's name (32 digits), the number
//!   of the part from 0. They are no pictures: no row but the file's own leads to them, and [`owner`] does not know them.
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

/// What the addresses of parts of files of imports begin with.
pub(super) const IMPORTS: &str = "import";

/// The address of a part of a file of an import; parts are counted from 0.
pub(crate) fn of_part(import: &str, file: &str, number: i64) -> String {
    format!("{IMPORTS}/{import}-{file}-{number}")
}

/// The name of the file that the part at an address belongs to; `None` when no part can be there.
pub(crate) fn file_of(address: &str) -> Option<&str> {
    let (front, number) = address.strip_prefix(IMPORTS)?.strip_prefix('/')?.rsplit_once('-')?;
    let (import, file) = front.rsplit_once('-')?;
    let is_file = file.len() == 32 && file.bytes().all(is_hex);
    (is_file && !import.contains('/') && number.parse::<u32>().is_ok()).then_some(file)
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
    fn parts_of_files_tell_their_file_and_are_nobody_s_picture() {
        let file = "ab".repeat(16);
        let part = of_part("01890a5d-ac96-774b-bcce-b302099a8057", &file, 17);
        assert_eq!(part, format!("import/01890a5d-ac96-774b-bcce-b302099a8057-{file}-17"));
        assert_eq!((file_of(&part), owner(&part)), (Some(file.as_str()), None));
        for none in ["import", "import/x-1", &format!("import/7/{file}-1"), &format!("event/7-{file}-1")] {
            assert_eq!(file_of(none), None, "{none}");
        }
    }

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
