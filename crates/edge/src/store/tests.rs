use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::*;

fn store() -> (tempfile::TempDir, Store) {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    (directory, store)
}

async fn value(store: &Store, name: &'static str) -> Option<String> {
    store.read(move |db| settings::get(db, name)).await.unwrap()
}

#[tokio::test]
async fn what_was_written_is_there_after_opening_again() {
    let (directory, store) = store();
    store.write(|db| settings::set(db, "a", "1")).await.unwrap();
    assert!(matches!(Store::open(directory.path()), Err(StoreError::InUse(_))));
    drop(store);
    let again = Store::open(directory.path()).unwrap();
    assert_eq!(value(&again, "a").await.as_deref(), Some("1"));
}

#[tokio::test]
async fn a_failing_or_panicking_write_leaves_its_neighbours_alone() {
    let (_directory, store) = store();
    let mut jobs = Vec::new();
    for n in 0..60_u32 {
        let store = store.clone();
        jobs.push(tokio::spawn(async move {
            store
                .write(move |db| {
                    settings::set(db, &format!("n{n}"), "written")?;
                    assert!(n % 3 != 1, "panic of {n}");
                    if n % 3 == 2 { Err(StoreError::Refused(crate::reason::table::empty())) } else { Ok(n) }
                })
                .await
        }));
    }
    for (n, job) in jobs.into_iter().enumerate() {
        match (n % 3, job.await.unwrap()) {
            (0, Ok(_)) | (1, Err(StoreError::Panicked(_))) | (2, Err(StoreError::Refused(_))) => {}
            (_, other) => panic!("{n}: {other:?}"),
        }
    }
    let kept: i64 = store
        .read(|db| Ok(db.query_row("SELECT count(*) FROM setting", [], |row| row.get(0))?))
        .await
        .unwrap();
    assert_eq!(kept, 20);
}

#[tokio::test]
async fn memory_follows_in_commit_order() {
    let (_directory, store) = store();
    let order = Arc::new(Mutex::new(Vec::new()));
    let ticket = Arc::new(AtomicU64::new(0));
    let jobs: Vec<_> = (0..200)
        .map(|_| {
            let (store, order, ticket) = (store.clone(), Arc::clone(&order), Arc::clone(&ticket));
            tokio::spawn(async move {
                let job = move |_: &Connection| Ok(ticket.fetch_add(1, Ordering::SeqCst));
                store.write_then(job, move |n| order.lock().unwrap().push(*n)).await.unwrap();
            })
        })
        .collect();
    for job in jobs {
        job.await.unwrap();
    }
    assert_eq!(*order.lock().unwrap(), (0..200).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_read_cannot_write_and_its_panic_is_contained() {
    let (_directory, store) = store();
    assert!(store.read(|db| settings::set(db, "a", "1")).await.is_err());
    let outcome = store.read::<(), _>(|_| panic!("a reader's panic")).await;
    assert!(matches!(outcome, Err(StoreError::Panicked(text)) if text == "a reader's panic"));
    assert_eq!(value(&store, "a").await, None);
}

#[tokio::test]
async fn a_full_disk_is_said_and_the_next_write_works() {
    let (_directory, store) = store();
    let limit = |pages: i64| {
        move |db: &Connection| {
            // A page limit makes SQLite answer exactly as a full disk does.
            Ok(db.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |row| row.get::<_, i64>(0))?)
        }
    };
    store.write(limit(40)).await.unwrap();
    let big = "x".repeat(1 << 20);
    let refused = store.write(move |db| settings::set(db, "big", &big)).await;
    assert!(matches!(refused, Err(StoreError::Full)), "{refused:?}");
    store.write(limit(1 << 20)).await.unwrap();
    store.write(|db| settings::set(db, "small", "1")).await.unwrap();
    assert_eq!(value(&store, "big").await, None);
    assert_eq!(value(&store, "small").await.as_deref(), Some("1"));
}

#[test]
fn a_database_of_a_newer_version_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    drop(Store::open(directory.path()).unwrap());
    let connection = Connection::open(directory.path().join("box.db")).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let refused = Store::open(directory.path());
    assert!(matches!(refused, Err(StoreError::Newer { found: 99, .. })), "{refused:?}");
}

#[test]
fn a_directory_that_cannot_be_made_is_named() {
    let refused = Store::open(Path::new("/proc/no/such/place")).unwrap_err();
    assert!(refused.to_string().contains("/proc/no/such/place"), "{refused}");
}
