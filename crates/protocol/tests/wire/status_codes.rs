//! The document about status codes is written from the table; `MENSHEN_UPDATE=1` writes it anew.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use protocol::code::{Source, TABLE};

const HEAD: &str = "\
# Status codes

Written from the table in `crates/protocol/src/code.rs`; a test compares, and `MENSHEN_UPDATE=1 cargo test -p protocol` writes it anew.

A code that came as text (`\"40094\"`) counts as its number. Codes we do not know are failures and are kept as they came. Three pairs say
the same: 40400 and 40491, 40001 and 41591, 40071 and 40091; the second of each belongs to the box's own HTTP interface.
When deleting people, 40401 and 40095 mean that the person is gone already; 50072 and 50073 may pass when the command is sent again.

HTTP is the status an answer with this code has. Origin tells where the code is defined: the protocol's own table, only its
examples, later versions of it (both understood, never written), or the refusal of a login by our platform.

| Code | Name | HTTP | Origin | Meaning |
|---:|---|---:|---|---|
";

#[test]
fn the_document_is_the_table() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/STATUS-CODES.md");
    let mut document = HEAD.to_owned();
    for entry in TABLE {
        let origin = match entry.source {
            Source::Table => "table",
            Source::Examples => "examples",
            Source::Later => "later",
            Source::Login => "login",
        };
        let name = if entry.name.is_empty() { "(none)".to_owned() } else { format!("`{}`", entry.name) };
        writeln!(document, "| {} | {name} | {} | {origin} | {} |", entry.number, entry.http, entry.meaning)
            .unwrap();
    }
    if std::env::var_os("MENSHEN_UPDATE").is_some() {
        fs::write(&file, &document).unwrap();
    }
    let found = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        found == document,
        "docs/STATUS-CODES.md differs from the table; run with MENSHEN_UPDATE=1 and look at the difference"
    );
}

#[test]
fn numbers_are_unique_and_ascending() {
    let numbers: Vec<i64> = TABLE.iter().map(|entry| entry.number).collect();
    assert!(numbers.is_sorted() && numbers.iter().collect::<BTreeSet<_>>().len() == numbers.len());
}
