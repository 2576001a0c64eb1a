//! What is shipped beside the binary can be read, and names what exists.

#![allow(clippy::unwrap_used, missing_docs)]

use std::path::{Path, PathBuf};
use std::process::Command;

fn packaging() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packaging")
}

/// Every unit that is shipped.
const UNITS: [&str; 4] =
    ["menshen-platform.service", "menshen-edge.service", "menshen-backup.service", "menshen-backup.timer"];

/// The subcommands and options a unit starts exist.
#[test]
fn units_start_what_exists() {
    for (role, command) in
        [("platform", "platform"), ("edge", "edge"), ("backup", "platform backup /var/backups/menshen")]
    {
        let unit =
            std::fs::read_to_string(packaging().join(format!("systemd/menshen-{role}.service"))).unwrap();
        let start = unit.lines().find_map(|line| line.strip_prefix("ExecStart=")).unwrap();
        assert!(start.starts_with(&format!("/usr/local/bin/menshen {command} --config ")), "{start}");
        let words = command.split(' ').chain(["--help"]);
        let help = Command::new(env!("CARGO_BIN_EXE_menshen")).args(words).output().unwrap();
        let help = String::from_utf8(help.stdout).unwrap();
        for option in start.split_whitespace().filter(|word| word.starts_with("--")) {
            assert!(help.contains(option), "{role} has no {option}");
        }
        for hardening in
            ["NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet=", "UMask=0077"]
        {
            assert!(unit.lines().any(|line| line == hardening), "{role}: {hardening}");
        }
    }
}

/// systemd itself reads the units without complaint, where it is installed.
#[test]
fn units_are_well_formed() {
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        println!("left out: systemd-analyze is not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for name in UNITS {
        let unit = std::fs::read_to_string(packaging().join("systemd").join(name)).unwrap();
        // The program need not be installed where this runs.
        let unit = unit.replace("/usr/local/bin/menshen", "/bin/true");
        std::fs::write(folder.path().join(name), unit).unwrap();
    }
    for name in UNITS {
        let read =
            Command::new("systemd-analyze").arg("verify").arg(folder.path().join(name)).output().unwrap();
        let said = String::from_utf8_lossy(&read.stderr).into_owned();
        assert!(!said.contains("menshen-"), "{name}: {said}");
    }
}

/// Nothing lies among the units that no test looks at.
#[test]
fn every_unit_is_looked_at() {
    let found = std::fs::read_dir(packaging().join("systemd")).unwrap();
    let mut found: Vec<_> = found.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let mut known = UNITS.to_vec();
    found.sort();
    known.sort_unstable();
    assert_eq!(found, known);
}

/// No box gets the account that administers the broker.
#[test]
fn the_compose_file_gives_each_box_a_broker_account_of_its_own() {
    let compose = std::fs::read_to_string(packaging().join("compose/compose.yaml")).unwrap();
    assert!(compose.contains("image: rabbitmq:") && compose.contains("-management"), "{compose}");
    assert!(compose.contains("MENSHEN_BROKER__MANAGEMENT_URL: "), "{compose}");
}

/// What the compose file builds is a stage of the image, and the packs are fetched where their clients are.
#[test]
fn the_compose_file_builds_stages_that_exist() {
    let compose = std::fs::read_to_string(packaging().join("compose/compose.yaml")).unwrap();
    let image = std::fs::read_to_string(packaging().join("compose/Dockerfile")).unwrap();
    let targets: Vec<&str> =
        compose.lines().filter_map(|line| line.trim().strip_prefix("target: ")).collect();
    assert_eq!(targets, ["models"]);
    let stage =
        image.split("\nFROM ").find(|stage| stage.lines().next().unwrap().ends_with(" AS models")).unwrap();
    assert!(stage.starts_with("node:") && stage.contains("python3-pip"), "{stage}");
}

/// The compose file is YAML as far as it goes (indentation in twos, no tabs), and sets only keys the platform knows.
#[test]
fn the_compose_file_sets_keys_that_exist() {
    let text = std::fs::read_to_string(packaging().join("compose/compose.yaml")).unwrap();
    let example = std::fs::read_to_string(packaging().join("compose/example.env")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_menshen"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("MENSHEN_") {
            command.env_remove(name);
        }
    }
    let mut set = 0;
    for line in text.lines() {
        assert!(!line.contains('\t'), "{line:?}");
        let indent = line.len() - line.trim_start().len();
        assert_eq!(indent % 2, 0, "{line:?}");
        if let Some((name, value)) =
            line.trim().split_once(": ").filter(|(name, _)| name.starts_with("MENSHEN_"))
        {
            command.env(name, filled(value));
            set += 1;
        }
        for variable in line.split("${").skip(1) {
            let name = variable.split([':', '}']).next().unwrap();
            assert!(example.contains(&format!("{name}=")), "{name} is not in example.env");
        }
    }
    assert!(set >= 6, "{set}");
    // An unknown key would be refused before anything is looked at.
    let folder = tempfile::tempdir().unwrap();
    command.env("MENSHEN_DATA_DIR", folder.path()).env("MENSHEN_HTTP__LISTEN", "127.0.0.1:0");
    let done = command.args(["doctor", "platform", "--json"]).current_dir(folder.path()).output().unwrap();
    assert_ne!(done.status.code(), Some(2), "{}", String::from_utf8_lossy(&done.stderr));
}

/// A value with something in the place of every variable.
fn filled(value: &str) -> String {
    let mut parts = value.split("${");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |text, part| text + "menshen.invalid" + part.split_once('}').unwrap().1)
}
