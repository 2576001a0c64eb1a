//! A documented message, changed, and what we make of it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;

use protocol::Command;
use serde_json::Value;

use crate::kinds::{KINDS, fixtures};

thread_local! {
    static COVERED: RefCell<BTreeSet<&'static str>> = const { RefCell::new(BTreeSet::new()) };
}

/// The rows that had a case on this thread.
pub(crate) fn covered() -> BTreeSet<&'static str> {
    COVERED.take()
}

/// A documented message about to be changed.
pub(crate) struct Case {
    row: &'static str,
    kind: String,
    message: Value,
}

/// A case of a row, starting from a fixture.
pub(crate) fn case(row: &'static str, fixture: &str) -> Case {
    COVERED.with_borrow_mut(|covered| covered.insert(row));
    let text = fs::read_to_string(fixtures().join(format!("{fixture}.json"))).unwrap();
    let kind = fixture.split('/').next().unwrap().to_owned();
    Case { row, kind, message: serde_json::from_str(&text).unwrap() }
}

/// A case of a row that is not about one message.
pub(crate) fn row(row: &'static str, check: impl FnOnce()) {
    COVERED.with_borrow_mut(|covered| covered.insert(row));
    check();
}

impl Case {
    /// Sets a field.
    pub(crate) fn set(mut self, pointer: &str, value: Value) -> Self {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        match self.message.pointer_mut(parent).unwrap() {
            Value::Object(map) => drop(map.insert(key.to_owned(), value)),
            other => panic!("{}: {parent} is {other}", self.row),
        }
        self
    }

    /// Removes a field that is there.
    pub(crate) fn drop(mut self, pointer: &str) -> Self {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        self.message
            .pointer_mut(parent)
            .and_then(Value::as_object_mut)
            .and_then(|map| map.remove(key))
            .unwrap();
        self
    }

    fn outcome(&self) -> Result<Value, String> {
        let (_, read) = KINDS.iter().find(|(kind, _)| *kind == self.kind).unwrap();
        read(self.message.to_string().as_bytes()).map(|written| serde_json::from_str(&written).unwrap())
    }

    fn written(&self) -> Value {
        self.outcome().unwrap_or_else(|error| panic!("row {}: {error}\nin {}", self.row, self.message))
    }

    /// The message is read, and what we write for it has this value there.
    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "cases are written in one line each")]
    pub(crate) fn reads(self, pointer: &str, expected: Value) {
        let written = self.written();
        assert_eq!(
            written.pointer(pointer),
            Some(&expected),
            "row {}: {pointer} of {}",
            self.row,
            self.message
        );
    }

    /// The message is read, and what we write for it has nothing there.
    #[track_caller]
    pub(crate) fn absent(self, pointer: &str) {
        let written = self.written();
        assert_eq!(written.pointer(pointer), None, "row {}: {pointer} of {}", self.row, self.message);
    }

    /// The message is refused with an error that says this.
    #[track_caller]
    pub(crate) fn refused(self, error: &str) {
        let found = self.outcome().expect_err(self.row);
        assert!(found.contains(error), "row {}: expected {error:?}, found {found:?}", self.row);
    }

    /// The message is read, but for one person who is named with the reason.
    #[track_caller]
    pub(crate) fn unreadable(self, error: &str) {
        let command = Command::read(self.message.to_string().as_bytes()).unwrap();
        let found: Vec<String> = command.unreadable.iter().map(|user| user.error.to_string()).collect();
        assert!(
            found.len() == 1 && found[0].contains(error),
            "row {}: expected {error:?}, found {found:?}",
            self.row
        );
        assert!(command.unreadable[0].identity_id.is_some());
    }
}
