//! A database that is not what was written, as whoever runs a box meets it: the box does not start, says what to do, and leaves the file.
#![allow(clippy::unwrap_used, missing_docs)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use runtime::testing::wait_until;
use rusqlite::Connection;

const LONG: Duration = Duration::from_secs(90);

fn models() -> PathBuf {
    let given = std::env::var_os("MENSHEN_MODELS").map(PathBuf::from);
    let models = given.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models"));
    std::fs::canonicalize(models).expect("no models: run scripts/setup")
}

/// `menshen edge` on `directory/data`.
fn edge(directory: &Path) -> Command {
    let file = directory.join("edge.toml");
    let text = format!(
        "data_dir = {:?}\n[vision]\nmodels = {:?}\n[local_api]\nlisten = \"127.0.0.1:0\"\n\
         [console]\nlisten = \"127.0.0.1:0\"\n[ftp]\nlisten = \"127.0.0.1:0\"\n",
        directory.join("data"),
        models()
    );
    std::fs::write(&file, text).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_menshen"));
    command.args(["edge", "--config"]).arg(file);
    command
}

/// Lets a box run until it listens, and stops it.
async fn ran(directory: &Path) {
    let log = std::fs::File::create(directory.join("log")).unwrap();
    let mut child = edge(directory).stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
    let there = wait_until(LONG, || async { directory.join("data/local_api.addr").exists() }).await;
    let _ = Command::new("/bin/kill").arg(child.id().to_string()).status();
    let status = child.wait().unwrap();
    let log = std::fs::read_to_string(directory.join("log")).unwrap();
    assert!(there && status.success(), "{status}: {log}");
}

fn refuses(directory: &Path) -> String {
    let Output { status, stdout, stderr } = edge(directory).output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert_eq!(status.code(), Some(1), "{said}");
    said
}

#[tokio::test]
async fn a_damaged_page_keeps_the_box_from_starting_and_it_says_what_to_do() {
    let directory = tempfile::tempdir().unwrap();
    ran(directory.path()).await;
    let path = directory.path().join("data/box.db");
    let db = Connection::open(&path).unwrap();
    let fill = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
                INSERT INTO event (taken_at, body) SELECT i, json_object('identity_id', '', 'text', hex(zeroblob(400))) FROM n";
    db.execute(fill, []).unwrap();
    let _: i64 = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).unwrap();
    drop(db);
    let mut bytes = std::fs::read(&path).unwrap();
    // Events fill most of the file.
    let at = bytes.len() / 4096 * 3 / 4 * 4096;
    bytes[at..at + 4096].fill(0xa5);
    std::fs::write(&path, &bytes).unwrap();
    let said = refuses(directory.path());
    for words in
        ["the database is damaged", "put box.db back from a backup", "remove box.db-wal and box.db-shm"]
    {
        assert!(said.contains(words), "{said}");
    }
    assert!(std::fs::read(&path).unwrap() == bytes, "the file was changed");
}
