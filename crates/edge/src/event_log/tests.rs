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
    limit(&store, true).await;
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
    limit(&store, true).await;
    for n in 0..2 {
        let full = log.add(&record(n, "person 1"), Some(vec![0; 200_000])).await;
        assert!(matches!(full, Err(StoreError::Full)), "{full:?}");
        log.count_lost();
    }
    assert_eq!(log.ring().await.unwrap(), Ring { kept: 0, newest: 0, dropped_unsent: 0, lost: 2 });
    limit(&store, false).await;
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
    log.owed().unfinished.push(Arc::new(Recorded { seq, record: record(1, "person 2"), spot: None }));
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

/// A page limit makes SQLite answer exactly as a full disk does.
async fn limit(store: &Store, full: bool) {
    let set = move |db: &Connection| {
        let pages: i64 = db.query_row("PRAGMA page_count", [], |row| row.get(0))?;
        let limit = if full { pages } else { i64::from(i32::MAX) };
        Ok(db.query_row(&format!("PRAGMA max_page_count = {limit}"), [], |row| row.get::<_, i64>(0))?)
    };
    store.write(set).await.unwrap();
}

/// An event whose end takes more room than there is; and the record it ends with.
async fn unfinished(log: &EventLog) -> (i64, Record) {
    let first = record(1, "person 1");
    let seq = log.begin(&first, Some(vec![1])).await.unwrap();
    limit(log.store(), true).await;
    let end = Record { reason: "may pass ".repeat(20_000), ..first };
    assert!(matches!(log.finish(seq, &end, Some(vec![1])).await, Err(StoreError::Full)));
    (seq, end)
}

#[tokio::test]
async fn a_match_whose_end_found_no_room_is_told_with_the_next_event_and_once() {
    let directory = tempfile::tempdir().unwrap();
    let log = EventLog::open(Store::open(directory.path()).unwrap(), 10).await.unwrap();
    let (mut live, newest) = (log.live(), log.newest());
    let (seq, end) = unfinished(&log).await;
    assert!(live.try_recv().is_err() && *newest.borrow() == 0, "it is not complete");
    assert!(log.pay().await.is_err() && live.try_recv().is_err(), "there is no room yet");
    limit(log.store(), false).await;
    let next = log.add(&record(2, "person 2"), None).await.unwrap();
    let told = live.recv().await.unwrap();
    assert_eq!((told.seq, &told.record, told.spot.as_deref()), (seq, &end, Some([1].as_slice())));
    assert_eq!(live.recv().await.unwrap().seq, next, "in their order");
    log.pay().await.unwrap();
    assert!(live.try_recv().is_err(), "once");
    assert_eq!(*newest.borrow(), next);
}

#[tokio::test]
async fn a_match_whose_end_found_no_room_is_told_when_there_is_room_although_nobody_comes() {
    let directory = tempfile::tempdir().unwrap();
    let log = EventLog::open(Store::open(directory.path()).unwrap(), 10).await.unwrap();
    let stop = runtime::CancellationToken::new();
    let keeping = tokio::spawn(log.clone().keep(stop.clone()));
    let mut live = log.live();
    let (seq, end) = unfinished(&log).await;
    limit(log.store(), false).await;
    let told = live.recv().await.unwrap();
    assert_eq!((told.seq, &told.record), (seq, &end));
    assert_eq!(log.after(0, 10, 1 << 20).await.unwrap().len(), 1, "it holds up no other");
    stop.cancel();
    keeping.await.unwrap();
}

#[tokio::test]
async fn what_was_wiped_before_its_end_could_be_written_is_told_to_nobody() {
    let directory = tempfile::tempdir().unwrap();
    let log = EventLog::open(Store::open(directory.path()).unwrap(), 10).await.unwrap();
    let mut live = log.live();
    unfinished(&log).await;
    limit(log.store(), false).await;
    log.wipe().await.unwrap();
    log.pay().await.unwrap();
    assert!(live.try_recv().is_err() && log.owed().is_nothing());
}

#[tokio::test]
async fn a_backlog_that_was_delivered_leaves_in_steps_of_which_none_is_long() {
    const BACKLOG: i64 = 3000;
    const KEEP: usize = 100;
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let log = EventLog::open(store.clone(), KEEP).await.unwrap();
    let (body, sealer) = (serde_json::to_string(&record(1, "person 1")).unwrap(), store.sealer());
    let outage = move |db: &Connection| {
        events::set_targets(db, &["somewhere".into()], 0)?;
        for taken_at in 0..BACKLOG {
            let spot = Some(vec![0; 500]);
            events::insert(db, &sealer, &NewEvent { taken_at, body: body.clone(), spot, open: false })?;
        }
        events::advance(db, "somewhere", BACKLOG, 1)
    };
    store.write(outage).await.unwrap();
    let kept = async || usize::try_from(log.ring().await.unwrap().kept).unwrap();
    // The next person waits for the removal of a few only.
    let before = kept().await;
    log.begin(&record(2, "person 2"), None).await.unwrap();
    assert_eq!(kept().await, before + 1 - LEAVE_AT_ONCE);
    // The rest leaves although nobody comes; one step, one transaction.
    let mut left = vec![log.shrink().await.unwrap()];
    assert_eq!(left, [LEAVE_AT_ONCE], "one step");
    while left.last() > Some(&0) {
        left.push(log.shrink().await.unwrap());
    }
    assert!(left.iter().all(|step| *step <= LEAVE_AT_ONCE), "{left:?}");
    assert_eq!(kept().await, KEEP, "what is not needed has left, and nothing else");
}

#[tokio::test]
async fn the_ring_gets_small_by_itself() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    store.write(|db| events::set_targets(db, &["somewhere".into()], 0)).await.unwrap();
    let log = EventLog::open(store.clone(), 3).await.unwrap();
    let stop = runtime::CancellationToken::new();
    let keeping = tokio::spawn(log.clone().keep(stop.clone()));
    for n in 0..100 {
        log.add(&record(n, "person 1"), None).await.unwrap();
    }
    store.write(|db| events::advance(db, "somewhere", 100, 1)).await.unwrap();
    log.delivered();
    let small = || async { log.ring().await.unwrap().kept == 3 };
    assert!(runtime::testing::wait_until(std::time::Duration::from_secs(30), small).await);
    stop.cancel();
    keeping.await.unwrap();
}
