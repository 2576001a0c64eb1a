//! A model of the cursor: whatever the receiver does and wherever the process ends, everything wanted is told that was not refused for
//! long, in order where the receiver answers, and nothing is told twice without a crash. A replay is told whole, whatever happens
//! meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use runtime::CancellationToken;
use serde_json::json;
use tokio::sync::Notify;

use super::batch::Job;
use super::progress::{Answer, GIVE_UP, Reply};
use super::worker::{Pause, Way, Worker};
use crate::db::webhook::{self, Settings};
use crate::db::{Db, DbError, Tx, delivery, feed};
use crate::follow::Term;

const HOOK: &str = "hook";
const NEVER: i64 = i64::MAX / 2;
const DAY: i64 = 24 * 3_600_000;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Mood {
    Takes,
    Refuses,
    IsSilent,
}

#[derive(Debug, Clone)]
enum Step {
    /// So many entries, every third of which nobody wants.
    Happens(u8),
    Becomes(Mood),
    Works,
    /// The process ends while the so-manieth entry of a round is being told: before the receiver has it, or after.
    Dies(u8, bool),
    Passes(u32),
}

#[derive(Default)]
struct Seen {
    now: i64,
    taken: Vec<i64>,
    /// Entries that were refused, when first and when last: these lose their place.
    refused: BTreeMap<i64, (i64, i64)>,
    dies_at: Option<(u8, bool)>,
    /// The work is asked to end while the next entry is being told.
    stops: Option<CancellationToken>,
}

struct Receiver {
    mood: Mutex<Mood>,
    seen: Mutex<Seen>,
    died: Notify,
}

struct Line(Arc<Receiver>);

impl Way for Line {
    async fn tell(&self, job: &Job) -> Reply {
        let mood = *self.0.mood.lock().unwrap();
        let dies = {
            let mut seen = self.0.seen.lock().unwrap();
            if let Some(stop) = seen.stops.take() {
                stop.cancel();
            }
            let dies = match &mut seen.dies_at {
                Some((0, arrives)) => Some(*arrives),
                Some((left, _)) => {
                    *left -= 1;
                    None
                }
                None => None,
            };
            if dies != Some(false) && mood == Mood::Takes {
                seen.taken.push(job.entry.seq);
            }
            if mood == Mood::Refuses {
                let now = seen.now;
                seen.refused.entry(job.entry.seq).or_insert((now, now)).1 = now;
            }
            dies
        };
        if dies.is_some() {
            self.0.died.notify_one();
            std::future::pending::<()>().await;
        }
        let (answer, status) = match mood {
            Mood::Takes => (Answer::Taken, Some(200)),
            Mood::Refuses => (Answer::Refused, Some(500)),
            Mood::IsSilent => (Answer::Silent, None),
        };
        Reply { answer, status, took_ms: 0, body: String::new(), error: None, retry_after: None }
    }
}

async fn world() -> (tempfile::TempDir, Db, Term) {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open(&format!("sqlite:{}", folder.path().join("p.db").display())).await.unwrap();
    let settings = Settings {
        description: String::new(),
        url: Vec::new(),
        secret: Vec::new(),
        filter: json!({"kinds": ["box"], "boxes": ["B1"]}),
        pictures: "none".to_owned(),
        enabled: true,
    };
    db.write(move |tx: &mut Tx<'_>| webhook::insert(tx, HOOK, &settings, 0, 0)).await.unwrap();
    let term = Term::for_test(&db, "webhooks").await;
    (folder, db, term)
}

async fn begin(db: &Db, term: &Term, receiver: &Arc<Receiver>, disable_after: i64) -> Worker<Line> {
    begin_until(CancellationToken::new(), db, term, receiver, disable_after).await
}

async fn begin_until(
    stop: CancellationToken,
    db: &Db,
    term: &Term,
    receiver: &Arc<Receiver>,
    disable_after: i64,
) -> Worker<Line> {
    let found = db.read(|tx: &mut Tx<'_>| webhook::find(tx, HOOK)).await.unwrap().unwrap();
    let way = Line(Arc::clone(receiver));
    Worker::new(db.clone(), term.clone(), way, &found, disable_after, stop)
}

/// Works until there is nothing more to be told.
async fn finish(worker: &mut Worker<Line>) {
    loop {
        match worker.round(1).await.unwrap() {
            Pause::Idle(None) => return,
            pause => assert_eq!(pause, Pause::None),
        }
    }
}

/// Works on as time passes, until there is nothing more to be told.
async fn finish_in_time(worker: &mut Worker<Line>, receiver: &Receiver, mut now: i64) {
    for _ in 0..1_000 {
        receiver.seen.lock().unwrap().now = now;
        match worker.round(now).await.unwrap() {
            Pause::None => {}
            Pause::Idle(None) => return,
            Pause::Idle(Some(at)) | Pause::Until(at) => now = now.max(at),
            Pause::Ended => panic!("nobody ended it"),
        }
    }
    panic!("it never ends");
}

/// The numbers of the entries that stand in the log in a state.
async fn logged(db: &Db, state: &'static str) -> BTreeSet<i64> {
    let found = db.read(move |tx: &mut Tx<'_>| delivery::list(tx, HOOK, Some(state), None, 100_000)).await;
    found.unwrap().into_iter().filter_map(|delivery| delivery.seq).collect()
}

/// The replay in progress, as it is kept.
async fn replaying(db: &Db) -> Option<(i64, i64)> {
    db.read(|tx: &mut Tx<'_>| webhook::find(tx, HOOK)).await.unwrap().unwrap().replay
}

fn receiver() -> Arc<Receiver> {
    Arc::new(Receiver { mood: Mutex::new(Mood::Takes), seen: Mutex::default(), died: Notify::new() })
}

/// Adds entries; answers the numbers of those that are wanted.
async fn happen(db: &Db, count: u8, now: i64) -> Vec<i64> {
    db.write(move |tx: &mut Tx<'_>| {
        let mut wanted = Vec::new();
        for _ in 0..count {
            let unwanted = (feed::newest(tx)? + 1) % 3 == 0;
            let seq = feed::append(tx, feed::BOX, if unwanted { "B2" } else { "B1" }, &json!({}), now)?;
            if !unwanted {
                wanted.push(seq);
            }
        }
        Ok::<_, DbError>(wanted)
    })
    .await
    .unwrap()
}

async fn play(steps: Vec<Step>) {
    let (_folder, db, term) = world().await;
    let receiver = receiver();
    let mut worker = begin(&db, &term, &receiver, NEVER).await;
    let (mut now, mut wanted, mut deaths) = (1_i64, Vec::new(), 0);
    for step in steps {
        match step {
            Step::Happens(count) => wanted.extend(happen(&db, count, now).await),
            Step::Becomes(mood) => *receiver.mood.lock().unwrap() = mood,
            Step::Passes(ms) => {
                now += i64::from(ms);
                receiver.seen.lock().unwrap().now = now;
            }
            Step::Works => drop(worker.round(now).await.unwrap()),
            Step::Dies(after, arrives) => {
                receiver.seen.lock().unwrap().dies_at = Some((after, arrives));
                tokio::select! {
                    worked = worker.round(now) => drop(worked.unwrap()),
                    () = receiver.died.notified() => deaths += 1,
                }
                receiver.seen.lock().unwrap().dies_at = None;
                worker = begin(&db, &term, &receiver, NEVER).await;
            }
        }
    }
    // In the end the receiver takes everything, and time passes.
    *receiver.mood.lock().unwrap() = Mood::Takes;
    finish_in_time(&mut worker, &receiver, now).await;
    assert_eq!(logged(&db, delivery::WAITING).await, BTreeSet::new());
    let given_up = logged(&db, delivery::FAILED).await;
    let seen = receiver.seen.lock().unwrap();
    for seq in &given_up {
        let (first, last) = seen.refused.get(seq).unwrap_or_else(|| panic!("{seq} was never refused"));
        assert!(last - first >= GIVE_UP, "{seq} was given up after {} ms", last - first);
    }
    let told: BTreeSet<i64> = seen.taken.iter().copied().collect();
    let expected: BTreeSet<i64> = wanted.iter().copied().filter(|seq| !given_up.contains(seq)).collect();
    assert_eq!(told, expected, "everything wanted is told, and nothing else");
    if deaths == 0 {
        assert_eq!(seen.taken.len(), told.len(), "nothing is told twice without a crash");
    }
    let mut first_time = Vec::new();
    for seq in &seen.taken {
        if !first_time.contains(seq) && !seen.refused.contains_key(seq) {
            first_time.push(*seq);
        }
    }
    assert!(first_time.is_sorted(), "what was never refused is told in order: {first_time:?}");
}

fn step() -> impl Strategy<Value = Step> {
    let mood = prop_oneof![Just(Mood::Takes), Just(Mood::Refuses), Just(Mood::IsSilent)];
    prop_oneof![
        4 => (1_u8..40).prop_map(Step::Happens),
        2 => mood.prop_map(Step::Becomes),
        4 => Just(Step::Works),
        2 => (0_u8..36, any::<bool>()).prop_map(|(after, arrives)| Step::Dies(after, arrives)),
        2 => (1_u32..400_000).prop_map(Step::Passes),
        1 => (1_u32..3 * DAY as u32).prop_map(Step::Passes),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn everything_is_told_whatever_happens(steps in proptest::collection::vec(step(), 1..24)) {
        tokio::runtime::Runtime::new().unwrap().block_on(play(steps));
    }
}

#[tokio::test]
async fn who_is_away_for_days_is_told_everything_in_order_afterwards() {
    let (_folder, db, term) = world().await;
    let receiver = receiver();
    *receiver.mood.lock().unwrap() = Mood::IsSilent;
    let wanted = happen(&db, 9, 0).await;
    let mut worker = begin(&db, &term, &receiver, 5 * DAY).await;
    for hour in 0..4 * 24 {
        if hour % 10 == 0 {
            worker = begin(&db, &term, &receiver, 5 * DAY).await;
        }
        assert!(matches!(worker.round(hour * DAY / 24).await.unwrap(), Pause::Until(_)), "{hour}");
    }
    *receiver.mood.lock().unwrap() = Mood::Takes;
    finish_in_time(&mut worker, &receiver, 4 * DAY).await;
    assert_eq!(receiver.seen.lock().unwrap().taken, wanted);
    assert_eq!(logged(&db, delivery::FAILED).await, BTreeSet::new());
}

#[tokio::test]
async fn a_webhook_that_takes_nothing_for_days_is_disabled_and_says_so() {
    let (_folder, db, term) = world().await;
    let receiver = receiver();
    *receiver.mood.lock().unwrap() = Mood::IsSilent;
    happen(&db, 1, 0).await;
    let mut worker = begin(&db, &term, &receiver, 2 * DAY).await;
    assert!(matches!(worker.round(1).await.unwrap(), Pause::Until(_)));
    // A restart does not forget since when.
    let mut worker = begin(&db, &term, &receiver, 2 * DAY).await;
    assert!(matches!(worker.round(2 * DAY).await.unwrap(), Pause::Until(_)));
    happen(&db, 1, 0).await;
    assert_eq!(worker.round(2 * DAY + 1).await.unwrap(), Pause::Ended);
    let found = db.read(|tx: &mut Tx<'_>| webhook::find(tx, HOOK)).await.unwrap().unwrap();
    assert!(!found.settings.enabled);
    assert!(found.disabled_reason.unwrap().contains("for 2 days"));
    let last = db.read(|tx: &mut Tx<'_>| feed::find(tx, 3)).await.unwrap().unwrap();
    assert_eq!((last.kind.as_str(), last.subject.as_str()), (feed::WEBHOOK, HOOK));
    let audited = "SELECT COUNT(*) FROM audit WHERE action = 'webhook.disable' AND actor = 'system'";
    assert_eq!(db.read(|tx: &mut Tx<'_>| tx.number(audited, &[])).await.unwrap(), 1);
}

#[tokio::test]
async fn who_has_lost_the_lease_writes_nothing() {
    let (_folder, db, term) = world().await;
    let receiver = receiver();
    let wanted = happen(&db, 5, 0).await;
    let mut asleep = begin(&db, &term, &receiver, NEVER).await;
    db.write(|tx: &mut Tx<'_>| tx.exec("UPDATE lease SET holder = 'another'", &[])).await.unwrap();
    assert_eq!(asleep.round(1).await.unwrap(), Pause::Ended);
    let found = db.read(|tx: &mut Tx<'_>| webhook::find(tx, HOOK)).await.unwrap().unwrap();
    assert_eq!(found.told_until, 0, "the cursor is another's");
    assert_eq!(receiver.seen.lock().unwrap().taken, wanted);
}

#[tokio::test]
async fn what_the_feed_has_forgotten_is_counted() {
    let (_folder, db, term) = world().await;
    let receiver = receiver();
    happen(&db, 10, 0).await;
    db.write(|tx: &mut Tx<'_>| feed::trim(tx, 1, i64::MAX, 4)).await.unwrap();
    let mut worker = begin(&db, &term, &receiver, NEVER).await;
    assert_eq!(worker.round(1).await.unwrap(), Pause::None);
    let found = db.read(|tx: &mut Tx<'_>| webhook::find(tx, HOOK)).await.unwrap().unwrap();
    assert_eq!((found.missed, found.told_until), (4, 10));
    assert_eq!(receiver.seen.lock().unwrap().taken, [5, 7, 8, 10]);
}

#[tokio::test]
async fn a_replay_waits_for_what_is_new_and_goes_on() {
    let (_folder, db, term) = world().await;
    let receiver = receiver();
    // More than one page.
    let old = [happen(&db, 100, 0).await, happen(&db, 100, 0).await].concat();
    finish(&mut begin(&db, &term, &receiver, NEVER).await).await;
    db.write(|tx: &mut Tx<'_>| webhook::replay(tx, HOOK, 0, 200)).await.unwrap();
    let mut worker = begin(&db, &term, &receiver, NEVER).await;
    assert_eq!(worker.round(1).await.unwrap(), Pause::None);
    assert_eq!(replaying(&db).await, Some((64, 200)));
    let new = happen(&db, 3, 0).await;
    finish(&mut worker).await;
    let first_page: Vec<i64> = old.iter().copied().filter(|seq| *seq <= 64).collect();
    let rest: Vec<i64> = old.iter().copied().filter(|seq| *seq > 64).collect();
    assert_eq!(receiver.seen.lock().unwrap().taken, [old, first_page, new, rest].concat());
    assert_eq!(replaying(&db).await, None);
}

#[tokio::test]
async fn a_replay_of_what_nobody_wants_ends() {
    let (_folder, db, term) = world().await;
    let receiver = receiver();
    happen(&db, 3, 0).await;
    finish(&mut begin(&db, &term, &receiver, NEVER).await).await;
    db.write(|tx: &mut Tx<'_>| webhook::replay(tx, HOOK, 2, 3)).await.unwrap();
    finish(&mut begin(&db, &term, &receiver, NEVER).await).await;
    assert_eq!(replaying(&db).await, None);
    assert_eq!(receiver.seen.lock().unwrap().taken, [1, 2]);
}

#[tokio::test]
async fn a_replay_that_is_stopped_goes_on_where_it_stood() {
    let (_folder, db, term) = world().await;
    let receiver = receiver();
    happen(&db, 2, 0).await;
    finish(&mut begin(&db, &term, &receiver, NEVER).await).await;
    db.write(|tx: &mut Tx<'_>| webhook::replay(tx, HOOK, 0, 2)).await.unwrap();
    let stop = CancellationToken::new();
    receiver.seen.lock().unwrap().stops = Some(stop.clone());
    let mut worker = begin_until(stop, &db, &term, &receiver, NEVER).await;
    assert_eq!(worker.round(1).await.unwrap(), Pause::Ended);
    assert_eq!(replaying(&db).await, Some((1, 2)));
    finish(&mut begin(&db, &term, &receiver, NEVER).await).await;
    assert_eq!(receiver.seen.lock().unwrap().taken, [1, 2, 1, 2]);
    assert_eq!(replaying(&db).await, None);
}

#[tokio::test]
async fn the_first_entry_of_a_time_is_found() {
    let (_folder, db, _term) = world().await;
    for at in [10, 10, 20, 30] {
        happen(&db, 1, at).await;
    }
    for (at, expected) in [(0, 1), (10, 1), (11, 3), (20, 3), (30, 4), (31, 5)] {
        let found = db.read(move |tx: &mut Tx<'_>| feed::first_at(tx, at)).await.unwrap();
        assert_eq!(found, expected, "{at}");
    }
}
