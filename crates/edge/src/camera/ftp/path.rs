//! Where a file lies for those who upload it: a path that exists in the protocol only. On disk every file has a name made
//! here, so no path from outside ever reaches the file system.

use std::fmt::{self, Write as _};

/// Folders within folders at most.
const DEEPEST: usize = 16;
/// The longest name on disk that a path may become.
const LONGEST: usize = 200;
/// Ends of names under which a file is still being written.
const TEMPORARY: [&str; 11] = [
    ".tmp",
    ".temp",
    ".part",
    ".partial",
    ".filepart",
    ".upload",
    ".uploading",
    ".crdownload",
    ".swp",
    "~",
    "_",
];

/// A path below the root of an account; empty: the root.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Path(Vec<String>);

impl Path {
    /// `told`, seen from here. The error says what is wrong with it.
    pub(super) fn join(&self, told: &str) -> Result<Self, &'static str> {
        let told = told.replace('\\', "/");
        let mut parts = if told.starts_with('/') { Vec::new() } else { self.0.clone() };
        for part in told.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop().ok_or("outside of what this account may see")?;
                }
                name if name.chars().any(char::is_control) => return Err("a name with control characters"),
                name => parts.push(name.to_owned()),
            }
        }
        let path = Self(parts);
        if path.0.len() > DEEPEST || path.on_disk().len() > LONGEST {
            return Err("too long or too deep");
        }
        Ok(path)
    }

    /// A path of one name, whatever is in it; `None` when that is too long for a file system.
    pub(super) fn of_name(name: &str) -> Option<Self> {
        let path = Self(vec![name.to_owned()]);
        (path.on_disk().len() <= LONGEST).then_some(path)
    }

    pub(super) fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The folder above; the root is above itself.
    pub(super) fn parent(&self) -> Self {
        Self(self.0[..self.0.len().saturating_sub(1)].to_vec())
    }

    /// What is left of this path below `folder`; `None` when it is not below it.
    pub(super) fn below(&self, folder: &Self) -> Option<Self> {
        self.0.strip_prefix(folder.0.as_slice()).map(|rest| Self(rest.to_vec()))
    }

    /// The first name in it.
    pub(super) fn first(&self) -> Option<&str> {
        self.0.first().map(String::as_str)
    }

    /// The last name in it.
    pub(super) fn name(&self) -> &str {
        self.0.last().map_or("", String::as_str)
    }

    /// Whether its name says that it is not finished.
    pub(super) fn is_temporary(&self) -> bool {
        let name = self.name().to_ascii_lowercase();
        name.starts_with('.') || TEMPORARY.iter().any(|mark| name.ends_with(mark))
    }

    /// Whether it is what a capture machine wrote about a picture.
    pub(super) fn is_note(&self) -> bool {
        self.name().to_ascii_lowercase().ends_with(".json")
    }

    /// Whether this note is about `picture`: beside it, `face.json` or `face.jpg.json` for `face.jpg`.
    pub(super) fn is_note_of(&self, picture: &Self) -> bool {
        if !self.is_note() || self.0.len() != picture.0.len() || self.parent() != picture.parent() {
            return false;
        }
        let (note, name) = (self.name(), picture.name());
        let about = &note[..note.len() - ".json".len()];
        about == name || name.rsplit_once('.').is_some_and(|(stem, _)| stem == about)
    }

    /// A file name that holds the whole path, and nothing but letters, digits and `._-%`.
    pub(super) fn on_disk(&self) -> String {
        let mut name = String::new();
        for byte in self.0.join("/").bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'_' | b'-' => name.push(char::from(byte)),
                other => {
                    // Writing to a string cannot fail.
                    let _ = write!(name, "%{other:02x}");
                }
            }
        }
        name
    }

    /// The path in a name made by [`Path::on_disk`].
    pub(super) fn from_disk(name: &str) -> Option<Self> {
        let mut bytes = Vec::with_capacity(name.len());
        let mut rest = name.as_bytes();
        while let [first, after @ ..] = rest {
            if *first == b'%' {
                let digits = std::str::from_utf8(after.get(..2)?).ok()?;
                bytes.push(u8::from_str_radix(digits, 16).ok()?);
                rest = &after[2..];
            } else {
                bytes.push(*first);
                rest = after;
            }
        }
        let path = Self::default().join(&String::from_utf8(bytes).ok()?).ok()?;
        (!path.is_root()).then_some(path)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("/"))
    }
}

#[cfg(test)]
mod tests {
    use super::Path;

    fn path(text: &str) -> Path {
        Path::default().join(text).unwrap()
    }

    #[test]
    fn nothing_leads_outside() {
        let here = path("2026/11");
        assert_eq!(here.join("21/a.jpg").unwrap(), path("2026/11/21/a.jpg"));
        assert_eq!(here.join("/b.jpg").unwrap(), path("b.jpg"));
        assert_eq!(here.join("..\\..\\x").unwrap(), path("x"));
        for evil in
            ["../../../etc/passwd", "/..", "..\\..\\..", "a\0b", "a\nb", &"a/".repeat(40), &"x".repeat(400)]
        {
            assert!(here.join(evil).is_err(), "{evil}");
        }
    }

    #[test]
    fn a_path_survives_the_disk() {
        for text in ["a.jpg", "2026-11-21/001/jpg/12.30.04[M][0@0].jpg", "人脸/1 %.jpg", "..jpg"] {
            let name = path(text).on_disk();
            assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-%".contains(&b)), "{name}");
            assert_eq!(Path::from_disk(&name), Some(path(text)));
        }
        assert_eq!(Path::from_disk("%2e%2e%2fx"), None);
        assert_eq!(Path::from_disk("%zz"), None);
    }

    #[test]
    fn notes_and_unfinished_files_are_known_by_their_names() {
        assert!(path("d/face.json").is_note_of(&path("d/face.jpg")));
        assert!(path("d/face.jpg.JSON").is_note_of(&path("d/face.jpg")));
        assert!(!path("face.json").is_note_of(&path("d/face.jpg")));
        assert!(!path("d/other.json").is_note_of(&path("d/face.jpg")));
        for name in ["a.jpg.tmp", "a.jpg_", ".a.jpg", "a.PART"] {
            assert!(path(name).is_temporary(), "{name}");
        }
        assert!(!path("a.jpg").is_temporary());
    }
}
