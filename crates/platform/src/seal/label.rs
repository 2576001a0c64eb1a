//! What was sealed, and whose it is: part of every sealed value, so that none can be put in another's place.

/// What was sealed, and whose it is. Opening demands the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Label<'a> {
    /// What the key file is recognised by.
    Proof,
    /// The key of a person.
    PersonKey { person: &'a str, name: &'a str },
    /// The key of a day.
    DayKey(i64),
    /// The key of a file of an import, by its name.
    FileKey { import: &'a str, name: &'a str },
    /// A part of such a file, by its address.
    Part(&'a str),
    /// A blob, by its address.
    Blob(&'a str),
    /// The template of a face, by the id of what it belongs to (an event, a person).
    Template(&'a str),
    /// A secret of the platform's own, by its name.
    Secret(&'a str),
    /// What lets a box fetch a photo for a while.
    Pass,
}

impl Label<'_> {
    /// What the seal is bound to; the first number is the version of this layout.
    pub(crate) fn bytes(self) -> Vec<u8> {
        let kind = self.kind();
        match self {
            Self::Proof | Self::Pass => format!("menshen platform 1 {kind}"),
            // The name has a fixed length: no two pairs are written the same.
            Self::PersonKey { person: whose, name } | Self::FileKey { import: whose, name } => {
                format!("menshen platform 1 {kind} {name} {whose}")
            }
            Self::DayKey(day) => format!("menshen platform 1 {kind} {day}"),
            Self::Part(whose) | Self::Blob(whose) | Self::Template(whose) | Self::Secret(whose) => {
                format!("menshen platform 1 {kind} {whose}")
            }
        }
        .into_bytes()
    }

    /// For people, and part of what is bound.
    pub(crate) const fn kind(self) -> &'static str {
        match self {
            Self::Proof => "proof",
            Self::PersonKey { .. } => "person's key",
            Self::DayKey(_) => "day's key",
            Self::FileKey { .. } => "file's key",
            Self::Part(_) => "part of a file",
            Self::Blob(_) => "picture",
            Self::Template(_) => "template",
            Self::Secret(_) => "secret",
            Self::Pass => "pass",
        }
    }
}
