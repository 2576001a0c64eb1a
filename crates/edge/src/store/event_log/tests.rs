//! Events are told once they are complete, survive the box stopping in front of a moving door, and make room on a full disk.

use super::*;
use crate::door::{Action, Outcome};
use crate::store::events;
use crate::testing::record;

#[tokio::test]
async fn an_event_is_told_when_its_door_has_answered() {
    let directory = tempfile::tempdir().unwrap();
    let log = EventLog::open(Store::open(directory.path()).unwrap(), 10).await.unwrap();
    let (mut live, newest) = (log.live(), log.newest());
    let first = record(1, "person 1");
    let seq = log.begin(&first, Some(vec![1])).await.unwrap();
    assert!(live.try_recv().is_err() && *newest.borrow() == 0);
    log.finish(seq, &first, Some(vec![1])).await.unwrap();
    let told = live.recv().await.unwrap();
    assert_eq!((told.seq, &told.record, *newest.borrow()), (seq, &first, seq));
    assert_eq!(log.latest(1).await.unwrap()[0].spot.as_deref(), Some([1].as_slice()));
}

#[tokio::test]
async fn a_box_that_stopped_in_front_of_a_moving_door_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let log = EventLog::open(Store::open(directory.path()).unwrap(), 10).await.unwrap();
    let mut moving = record(1, "person 1");
    moving.door = Outcome::interrupted("log", Action::Open, "may pass");
    log.begin(&moving, None).await.unwrap();
    log.add(&record(2, "person 2"), None).await.unwrap();
    assert_eq!(log.after(0, 10, 1 << 20).await.unwrap().len(), 0, "nothing passes an open event");
    drop(log);
    let log = EventLog::open(Store::open(directory.path()).unwrap(), 10).await.unwrap();
    assert_eq!(log.after(0, 10, 1 << 20).await.unwrap().len(), 2);
    assert!(log.latest(2).await.unwrap()[1].record.door.result.starts_with("unknown"));
}

#[tokio::test]
async fn the_ring_keeps_what_was_not_uploaded_until_the_disk_is_full_and_counts_what_it_drops() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    store.write(|db| events::set_targets(db, &["somewhere".into()], 0)).await.unwrap();
    let log = EventLog::open(store.clone(), 3).await.unwrap();
    for n in 0..10 {
        log.add(&record(n, "person 1"), Some(vec![0; 20_000])).await.unwrap();
    }
    assert_eq!(log.ring().await.unwrap().kept, 10, "nobody has got them");
    store.write(|db| events::advance(db, "somewhere", 9, 1)).await.unwrap();
    log.add(&record(10, "person 1"), None).await.unwrap();
    assert_eq!(log.ring().await.unwrap(), Ring { kept: 3, newest: 11, dropped_unsent: 0, lost: 0 });
    // A page limit makes SQLite answer exactly as a full disk does.
    let limit = |db: &rusqlite::Connection| {
        let pages: i64 = db.query_row("PRAGMA page_count", [], |row| row.get(0))?;
        Ok(db.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |row| row.get::<_, i64>(0))?)
    };
    store.write(limit).await.unwrap();
    for n in 11..60 {
        log.add(&record(n, "person 1"), Some(vec![0; 20_000])).await.unwrap();
    }
    let ring = log.ring().await.unwrap();
    assert!(ring.newest == 60 && ring.kept >= 1 && ring.dropped_unsent > 0, "{ring:?}");
    assert_eq!(
        ring.kept + ring.dropped_unsent + 9,
        60,
        "each was accepted, is kept, or is counted: {ring:?}"
    );
}

#[tokio::test]
async fn an_event_that_finds_no_room_at_all_is_counted_for_ever() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let log = EventLog::open(store.clone(), 10).await.unwrap();
    let pages = |store: &Store, limit: &'static str| {
        let store = store.clone();
        async move {
            let set = move |db: &rusqlite::Connection| {
                let pages: i64 = db.query_row("PRAGMA page_count", [], |row| row.get(0))?;
                let limit = if limit == "now" { pages } else { i64::from(i32::MAX) };
                Ok(db
                    .query_row(&format!("PRAGMA max_page_count = {limit}"), [], |row| row.get::<_, i64>(0))?)
            };
            store.write(set).await.unwrap();
        }
    };
    pages(&store, "now").await;
    for n in 0..2 {
        let full = log.add(&record(n, "person 1"), Some(vec![0; 200_000])).await;
        assert!(matches!(full, Err(StoreError::Full)), "{full:?}");
        log.count_lost();
    }
    assert_eq!(log.ring().await.unwrap(), Ring { kept: 0, newest: 0, dropped_unsent: 0, lost: 2 });
    pages(&store, "none").await;
    log.add(&record(3, "person 1"), Some(vec![0; 200_000])).await.unwrap();
    drop((log, store));
    let log = EventLog::open(Store::open(directory.path()).unwrap(), 10).await.unwrap();
    assert_eq!(log.ring().await.unwrap(), Ring { kept: 1, newest: 1, dropped_unsent: 0, lost: 2 });
}

#[tokio::test]
async fn an_event_whose_end_found_no_room_is_ended_with_the_next() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let log = EventLog::open(store.clone(), 10).await.unwrap();
    let seq = log.begin(&record(1, "person 1"), None).await.unwrap();
    log.owed().unfinished.push((seq, serde_json::to_string(&record(1, "person 2")).unwrap().into()));
    assert_eq!(log.after(0, 10, 1 << 20).await.unwrap().len(), 0, "nothing passes an open event");
    log.add(&record(2, "person 3"), None).await.unwrap();
    let all = log.latest(10).await.unwrap();
    assert_eq!(
        all.iter().map(|event| event.record.identity_id.as_str()).collect::<Vec<_>>(),
        ["person 3", "person 2"]
    );
    assert_eq!(log.after(0, 10, 1 << 20).await.unwrap().len(), 2);
    assert!(log.owed().unfinished.is_empty());
}
