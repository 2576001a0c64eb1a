use std::pin::pin;

use futures_util::FutureExt as _;
use tempfile::TempDir;

use super::*;
use crate::store::Store;
use crate::testing::record;

/// A log with events of so many milliseconds.
async fn log(events: i64) -> (TempDir, EventLog) {
    let directory = tempfile::tempdir().unwrap();
    let log = EventLog::open(Store::open(directory.path()).unwrap(), 10_000).await.unwrap();
    add(&log, 0..events).await;
    (directory, log)
}

async fn add(log: &EventLog, moments: std::ops::Range<i64>) {
    for n in moments {
        log.add(&record(n, "7"), Some(vec![1])).await.unwrap();
    }
}

/// The next that is told: its name, and its id or what it says.
async fn next(told: &mut (impl Stream<Item = Event> + Unpin)) -> (&'static str, i64) {
    let text = format!("{:?}", told.next().await.unwrap());
    let of = |field: &str| {
        let rest = text.split_once(field)?.1;
        rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    };
    match () {
        () if text.contains("event: event") => ("event", of("id: ").unwrap()),
        () if text.contains("event: hello") => ("hello", of("id: ").unwrap()),
        () => ("missed", of("data: ").unwrap()),
    }
}

#[tokio::test]
async fn a_listener_is_told_everything_once_and_in_order() {
    let (_directory, log) = log(3).await;
    let mut told = pin!(Listener::begin(log.clone(), Some(1)).await.unwrap().told());
    let mut now = pin!(Listener::begin(log.clone(), None).await.unwrap().told());
    assert_eq!(next(&mut told).await, ("hello", 1));
    assert_eq!(next(&mut now).await, ("hello", 3));
    for seq in 2..=3 {
        assert_eq!(next(&mut told).await, ("event", seq));
    }
    // A door moves while others pass elsewhere.
    let open = log.begin(&record(3, "7"), None).await.unwrap();
    add(&log, 4..6).await;
    assert!(told.next().now_or_never().is_none(), "they wait for the one before them");
    let mut later = pin!(Listener::begin(log.clone(), None).await.unwrap().told());
    assert_eq!(next(&mut later).await, ("hello", 3));
    log.finish(open, &record(3, "7"), None).await.unwrap();
    // And many pass while nobody reads.
    add(&log, 6..300).await;
    for seq in 4..=300 {
        assert_eq!(next(&mut told).await, ("event", seq));
        assert_eq!(next(&mut now).await, ("event", seq));
        assert_eq!(next(&mut later).await, ("event", seq));
    }
    assert!(told.next().now_or_never().is_none());
    add(&log, 300..301).await;
    assert_eq!(next(&mut told).await, ("event", 301));
}

#[tokio::test]
async fn what_is_not_kept_any_more_is_counted() {
    let (_directory, log) = log(5).await;
    log.wipe().await.unwrap();
    add(&log, 5..6).await;
    let mut told = pin!(Listener::begin(log.clone(), Some(2)).await.unwrap().told());
    for wanted in [("hello", 2), ("missed", 3), ("event", 6)] {
        assert_eq!(next(&mut told).await, wanted);
    }
    // A number that this box never gave.
    let mut told = pin!(Listener::begin(log.clone(), Some(7)).await.unwrap().told());
    assert_eq!(next(&mut told).await, ("hello", 6));
    assert_eq!(next(&mut told).await, ("missed", 6));
    add(&log, 6..7).await;
    assert_eq!(next(&mut told).await, ("event", 7));
}

#[test]
fn only_numbers_say_what_was_told_last() {
    let of = |text: &str| {
        told_last(&HeaderMap::from_iter([(
            header::HeaderName::from_static(LAST_EVENT_ID),
            text.parse().unwrap(),
        )]))
    };
    assert_eq!(told_last(&HeaderMap::new()).unwrap(), None);
    assert_eq!((of("").unwrap(), of(" 17 ").unwrap()), (None, Some(17)));
    for text in ["x", "-1", "1.5", "99999999999999999999"] {
        assert!(of(text).is_err(), "{text}");
    }
}
