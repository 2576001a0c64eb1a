//! What the crate is made of: no network, no clock, no randomness, no task. The list is a golden file; a new crate is a visible
//! difference. `MENSHEN_UPDATE=1` writes it anew.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn depends_on_nothing_that_does_anything() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--package",
            "protocol",
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--format",
            "{p}",
            "--offline",
            "--locked",
        ])
        .current_dir(root)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let names: BTreeSet<&str> = text.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let found: String = names.iter().map(|name| format!("{name}\n")).collect();

    for forbidden in [
        "tokio",
        "mio",
        "reqwest",
        "hyper",
        "rand",
        "getrandom",
        "jiff",
        "chrono",
        "time",
        "socket2",
        "rusqlite",
    ] {
        assert!(!names.contains(forbidden), "{forbidden} has no place under protocol");
    }
    let golden = root.join("tests/closure.txt");
    if std::env::var_os("MENSHEN_UPDATE").is_some() {
        fs::write(&golden, &found).unwrap();
    }
    let expected = fs::read_to_string(&golden).unwrap_or_default();
    assert!(expected == found, "tests/closure.txt lists\n{expected}\nbut the crate depends on\n{found}");
}
