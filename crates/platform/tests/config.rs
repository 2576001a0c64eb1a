//! The shipped example is the default configuration, and what it leaves as comments are keys that exist.

#![allow(clippy::unwrap_used, missing_docs)]

use std::path::Path;

use platform::Config;

fn example() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/platform.example.toml");
    std::fs::read_to_string(path).unwrap()
}

fn load(text: &str) -> Result<Config, runtime::config::ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("platform.toml");
    std::fs::write(&path, text).unwrap();
    runtime::config::load(Some(&path))
}

#[test]
fn the_example_is_the_default() {
    let read = serde_json::to_value(load(&example()).unwrap()).unwrap();
    assert_eq!(read, serde_json::to_value(Config::default()).unwrap());
}

#[test]
fn every_commented_key_exists() {
    let uncommented: String = example()
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(key) if key.split_once(" = ").is_some_and(|(name, _)| !name.contains(' ')) => {
                format!("{key}\n")
            }
            _ => format!("{line}\n"),
        })
        .collect();
    let read = load(&uncommented).unwrap();
    assert_eq!(read.database_url(), "sqlite:data/platform.db");
    assert_eq!(read.broker.public_port, Some(5672));
    assert_eq!(read.broker.tls, Some(true));
    assert!(read.broker.management_url.is_some());
    assert!(read.http.public_url.is_some() && read.auth.admin_password.is_some());
}

#[test]
fn unknown_keys_are_refused_and_secrets_are_not_shown() {
    let error = load("[http]\nlisten_on = \"x\"").unwrap_err().to_string();
    assert!(error.contains("http.listen_on") && error.contains("http.listen\""), "{error}");
    let shown = format!("{:?}", Config::default());
    assert!(!shown.contains("guest"), "{shown}");
}
