//! Every byte of a log may be damaged: what was acknowledged is never forgotten without a word. And a file that is damaged anywhere.

use std::path::Path;

use super::log::look;
use super::*;
use crate::store::{Store, events, settings};

/// A directory as `kill -9` leaves it, with `count` transactions in the log.
async fn killed(count: usize) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    for n in 0..count {
        store.write(move |db| settings::set(db, &format!("n{n}"), &"x".repeat(3000))).await.unwrap();
    }
    let copy = tempfile::tempdir().unwrap();
    for name in ["box.db", "box.db-wal", "box.key"] {
        std::fs::copy(directory.path().join(name), copy.path().join(name)).unwrap();
    }
    copy
}

fn kept(directory: &Path) -> Result<i64, StoreError> {
    let store = Store::open(directory)?;
    drop(store);
    let db = connect(&directory.join("box.db"))?;
    Ok(db.query_row("SELECT count(*) FROM setting", [], |row| row.get(0))?)
}

#[tokio::test]
async fn a_log_that_ends_anywhere_is_taken_as_it_is() {
    let directory = killed(6).await;
    let path = directory.path().join("box.db-wal");
    let log = std::fs::read(&path).unwrap();
    assert!(look(&mut log.as_slice()).unwrap().is_none());
    for length in (0..log.len()).step_by(509) {
        assert_eq!(look(&mut &log[..length]).unwrap(), None, "cut at {length}");
    }
    assert_eq!(kept(directory.path()).unwrap(), 6);
}

#[tokio::test]
async fn a_log_damaged_before_its_last_transactions_is_refused() {
    let directory = killed(6).await;
    let path = directory.path().join("box.db-wal");
    let log = std::fs::read(&path).unwrap();
    let (mut refused, mut kept_all) = (0, 0);
    for at in (0..log.len()).step_by(997) {
        let mut damaged = log.clone();
        damaged[at] ^= 0x10;
        if look(&mut damaged.as_slice()).unwrap().is_some() {
            refused += 1;
            continue;
        }
        // Only the last two transactions can be taken for the torn end of a log.
        let copy = tempfile::tempdir().unwrap();
        for name in ["box.db", "box.key"] {
            std::fs::copy(directory.path().join(name), copy.path().join(name)).unwrap();
        }
        std::fs::write(copy.path().join("box.db-wal"), &damaged).unwrap();
        assert!(kept(copy.path()).unwrap() >= 4, "byte {at}");
        kept_all += 1;
    }
    assert!(refused > 3 * kept_all, "{refused} refused, {kept_all} taken");
    let mut damaged = log;
    damaged[200] ^= 1;
    std::fs::write(&path, &damaged).unwrap();
    let error = Store::open(directory.path()).unwrap_err();
    assert!(matches!(&error, StoreError::Damaged(text) if text.contains("box.db-wal")), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), damaged, "it is left for whoever looks into it");
}

#[tokio::test]
async fn a_damaged_database_is_refused_and_left_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    for n in 0..300 {
        store.write(move |db| settings::set(db, &format!("n{n}"), &"x".repeat(900))).await.unwrap();
    }
    drop(store);
    let path = directory.path().join("box.db");
    let whole = std::fs::read(&path).unwrap();
    let zeroed = |from: usize, length: usize| {
        let mut bytes = whole.clone();
        bytes[from..from + length].fill(0xa5);
        bytes
    };
    let pages = whole.len() / 4096;
    let cases = [
        ("header", zeroed(0, 100)),
        ("schema", zeroed(100, 3000)),
        ("a middle page", zeroed(pages / 2 * 4096, 4096)),
        ("truncated", whole[..pages / 2 * 4096].to_vec()),
        ("truncated within a page", whole[..pages / 2 * 4096 + 100].to_vec()),
        ("text", b"this is no database\n".repeat(500)),
    ];
    for (what, bytes) in cases {
        std::fs::write(&path, &bytes).unwrap();
        let outcome = match Store::open(directory.path()) {
            Ok(store) => store.checked().await,
            Err(error) => Err(error),
        };
        let text = outcome.unwrap_err().to_string();
        assert!(text.contains("damaged") && text.contains("from a backup"), "{what}: {text}");
        assert!(std::fs::read(&path).unwrap() == bytes, "{what}: the file was changed");
    }
    std::fs::write(&path, &whole).unwrap();
    Store::open(directory.path()).unwrap().checked().await.unwrap();
}

#[tokio::test]
async fn what_the_start_did_not_wait_for_is_read_on_and_a_damage_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("box.db");
    let store = Store::open(directory.path()).unwrap();
    let sealer = store.sealer();
    for n in 0..60 {
        let sealer = sealer.clone();
        let event =
            events::NewEvent { taken_at: n, body: "{}".into(), spot: Some(vec![7; 20_000]), open: false };
        store.write(move |db| events::insert(db, &sealer, &event)).await.unwrap();
    }
    drop(store);
    let none = Check::within(path.clone(), Duration::ZERO).unwrap();
    none.outcome().await.unwrap();
    let mut state = none.state.clone();
    state.wait_for(|state| *state == State::Whole).await.unwrap();

    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 4096 / 2 * 4096;
    bytes[middle..middle + 4096].fill(0xa5);
    std::fs::write(&path, &bytes).unwrap();
    let check = Check::within(path.clone(), Duration::ZERO).unwrap();
    let text = check.damage().await.to_string();
    assert!(text.contains("damaged") && text.contains("from a backup"), "{text}");
    assert!(std::fs::read(&path).unwrap() == bytes, "the file was changed");
}
