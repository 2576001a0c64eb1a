//! `menshen doctor platform` from the outside: what is well, and for each thing that is not, what to do.

#![allow(clippy::unwrap_used, missing_docs)]

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// What it says of a platform with these keys: the exit code and the findings.
fn examine(folder: &Path, config: &str) -> (Option<i32>, Vec<Value>) {
    let file = folder.join("platform.toml");
    std::fs::write(&file, format!("data_dir = \"{}/data\"\n{config}", folder.display())).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_menshen"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("MENSHEN_") {
            command.env_remove(name);
        }
    }
    let done = command.args(["doctor", "platform", "--json", "--config"]).arg(&file).output().unwrap();
    let text = String::from_utf8(done.stdout).unwrap();
    let report: Value = serde_json::from_str(&text).unwrap_or_default();
    (done.status.code(), report["findings"].as_array().cloned().unwrap_or_default())
}

/// Level, words and advice of a check's finding that holds this word.
fn of<'f>(findings: &'f [Value], check: &str, word: &str) -> (&'f str, &'f str) {
    let found =
        findings.iter().find(|line| line["check"] == check && line["found"].as_str().unwrap().contains(word));
    let found = found.unwrap_or_else(|| panic!("no {check} with {word:?} in {findings:#?}"));
    let advice = found["advice"].as_str().unwrap_or_default();
    assert_eq!(advice.is_empty(), found["level"] == "ok", "{found}");
    (found["level"].as_str().unwrap(), advice)
}

const NOWHERE: &str =
    "[http]\nlisten = \"127.0.0.1:0\"\n[broker]\nurl = \"amqp://guest:secret@127.0.0.1:1/%2f\"\n";

#[test]
fn before_the_first_start_it_says_what_is_missing_and_what_will_be_made() {
    let folder = tempfile::tempdir().unwrap();
    let (code, found) = examine(folder.path(), NOWHERE);
    assert_eq!(code, Some(1));
    assert_eq!(of(&found, "disk", "is made at the first start").0, "ok");
    assert_eq!(of(&found, "database", "is made at the first start").0, "ok");
    assert_eq!(of(&found, "blobs", "is made at the first start").0, "ok");
    let (level, advice) = of(&found, "broker", "cannot be used");
    assert!(level == "problem" && advice.contains("set_permissions"), "{advice}");
    assert_eq!(of(&found, "models", "").0, "warning");
    assert_eq!(of(&found, "ports", "is free").0, "ok");
    assert!(!format!("{found:?}").contains("secret"), "{found:?}");
    assert!(!folder.path().join("data").exists(), "it made something");
}

#[test]
fn what_is_ill_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::write(data.join("platform.db"), "this is no database, however long it goes on ".repeat(50))
        .unwrap();
    std::fs::write(data.join("blobs"), "in the way").unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let config = format!(
        "[http]\nlisten = \"{0}\"\npublic_url = \"http://{0}\"\n[broker]\nurl = \"http://host\"\n",
        taken.local_addr().unwrap()
    );
    let (code, found) = examine(folder.path(), &config);
    assert_eq!(code, Some(1));
    assert_eq!(of(&found, "disk", "may look into it").0, "warning");
    assert_eq!(of(&found, "database", "").0, "problem");
    assert_eq!(of(&found, "ports", "in use").0, "warning");
    assert_eq!(of(&found, "public_url", "this machine itself").0, "warning");
    assert!(of(&found, "broker", "").1.contains("amqp://"));

    let (code, _) = examine(folder.path(), "[nonsense]\n");
    assert_eq!(code, Some(2), "a wrong configuration is a failure of its own");
}
