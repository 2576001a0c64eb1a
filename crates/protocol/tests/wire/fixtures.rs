//! Every documented message as a file: `x.json` is read and compared with `x.expected` (what we write for it) or with
//! `x.expected_error` (why it is refused). `MENSHEN_UPDATE=1` writes the expectations anew; look at the difference then.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::kinds::{KINDS, Reading, fixtures};

#[test]
fn every_fixture_reads_as_expected() {
    let update = std::env::var_os("MENSHEN_UPDATE").is_some();
    let mut complaints = Vec::new();
    for (kind, read) in KINDS {
        let files = files(kind);
        let (mut valid, mut invalid) = (0, 0);
        for file in files {
            let outcome = read(&fs::read(&file).unwrap());
            if outcome.is_ok() {
                valid += 1;
            } else {
                invalid += 1;
            }
            if let Err(complaint) = check(&file, outcome, *read, update) {
                complaints.push(format!("{}: {complaint}", file.display()));
            }
        }
        if valid == 0 || invalid == 0 {
            complaints.push(format!(
                "{kind}: {valid} valid and {invalid} invalid files, expected at least one of each"
            ));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn every_folder_has_a_reader() {
    let mut folders: Vec<String> = fs::read_dir(fixtures())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    folders.sort();
    let mut known: Vec<&str> = KINDS.iter().map(|(kind, _)| *kind).collect();
    known.sort_unstable();
    assert_eq!(folders, known);
}

fn check(file: &Path, outcome: Result<String, String>, read: Reading, update: bool) -> Result<(), String> {
    let (good, bad) = (file.with_extension("expected"), file.with_extension("expected_error"));
    if update {
        let _ = (fs::remove_file(&good), fs::remove_file(&bad));
        match &outcome {
            Ok(written) => fs::write(&good, pretty(written)).unwrap(),
            Err(error) => fs::write(&bad, format!("{error}\n")).unwrap(),
        }
    }
    match outcome {
        Ok(written) => {
            let expected = fs::read_to_string(&good)
                .map_err(|_| format!("read as {written}, expected to be refused"))?;
            let (expected, found): (Value, Value) =
                (serde_json::from_str(&expected).unwrap(), serde_json::from_str(&written).unwrap());
            if expected != found {
                return Err(format!("expected {expected}\n   found {found}"));
            }
            // What we write, we read, and write the same again.
            match read(written.as_bytes()) {
                Ok(again) if again == written => Ok(()),
                other => Err(format!("our own {written} is read as {other:?}")),
            }
        }
        Err(error) => {
            let expected =
                fs::read_to_string(&bad).map_err(|_| format!("refused with {error}, expected to be read"))?;
            if expected.trim_end() == error {
                Ok(())
            } else {
                Err(format!("expected {expected}   found {error}"))
            }
        }
    }
}

fn files(kind: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(fixtures().join(kind)).unwrap_or_else(|error| panic!("{kind}: {error}"));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    files
}

fn pretty(json: &str) -> String {
    let value: Value = serde_json::from_str(json).unwrap();
    format!("{}\n", serde_json::to_string_pretty(&value).unwrap())
}
