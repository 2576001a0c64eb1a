//! The ring and its cursors against a model, with a crash at every point where one could hurt.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use rusqlite::Connection;

use super::*;

fn database() -> (Connection, Sealer) {
    let db = Connection::open_in_memory().unwrap();
    db.execute_batch(include_str!("../migrations/0002_events.sql")).unwrap();
    db.execute_batch(include_str!("../migrations/0005_sealed.sql")).unwrap();
    let sealer = Sealer::of_a_test(&db);
    (db, sealer)
}

fn add((db, sealer): &(Connection, Sealer), open: bool) -> i64 {
    insert(db, sealer, &NewEvent { taken_at: 1, body: "{}".into(), spot: Some(vec![1, 2]), open }).unwrap()
}

#[test]
fn events_are_read_in_order_and_never_past_an_open_one() {
    let both = database();
    let (db, sealer) = &both;
    let first = add(&both, false);
    let second = add(&both, true);
    let third = add(&both, false);
    assert!(first < second && second < third);
    assert_eq!(after(db, sealer, 0, 10, 1000).unwrap().len(), 1);
    close(db, second, "{\"door\":\"ok\"}").unwrap();
    let all = after(db, sealer, 0, 10, 1000).unwrap();
    assert_eq!(all.iter().map(|row| row.seq).collect::<Vec<_>>(), [first, second, third]);
    assert_eq!(all[1].body, "{\"door\":\"ok\"}");
    assert_eq!(after(db, sealer, 0, 10, 5).unwrap().len(), 1, "one event passes whatever its size");
}

#[test]
fn numbers_are_not_used_again_after_a_wipe() {
    let both = database();
    let (db, sealer) = &both;
    add(&both, false);
    let second = add(&both, false);
    assert_eq!(wipe(db, sealer).unwrap(), 2);
    assert!(add(&both, false) > second);
    assert_eq!(ring(db).unwrap(), Ring { kept: 1, newest: second + 1, dropped_unsent: 0, lost: 0 });
}

#[test]
fn a_target_that_comes_back_goes_on_where_it_was() {
    let both = database();
    let (db, _) = &both;
    let last = (0..5).map(|_| add(&both, false)).last().unwrap();
    set_targets(db, &["a".into()], 1).unwrap();
    advance(db, "a", last, 2).unwrap();
    set_targets(db, &["b".into()], 3).unwrap();
    assert_eq!(cursors(db).unwrap(), [Cursor { target: "b".into(), seq: 0, pending: 5, set_aside: 0 }]);
    set_targets(db, &["a".into(), "b".into()], 4).unwrap();
    assert_eq!(cursor(db, "a").unwrap(), last);
    advance(db, "a", 1, 5).unwrap();
    assert_eq!(cursor(db, "a").unwrap(), last, "a cursor never moves back");
}

#[test]
fn before_a_login_has_named_them_the_targets_have_got_nothing() {
    let both = database();
    let (db, _) = &both;
    await_targets(db, &["own".into()], 1).unwrap();
    let last = (0..5).map(|_| add(&both, false)).last().unwrap();
    advance(db, "own", last, 2).unwrap();
    assert_eq!(trim(db, 1, 32).unwrap(), 0);
    let listed: Vec<String> = cursors(db).unwrap().into_iter().map(|cursor| cursor.target).collect();
    assert_eq!(listed, ["own"], "what is awaited is no receiver");
    set_targets(db, &["own".into(), "platform".into()], 3).unwrap();
    assert_eq!(trim(db, 1, 32).unwrap(), 0);
    advance(db, "platform", last, 4).unwrap();
    assert_eq!(trim(db, 1, 32).unwrap(), 4);
    await_targets(db, &["own".into()], 5).unwrap();
    let last = add(&both, false);
    advance(db, "own", last, 6).unwrap();
    assert_eq!(trim(db, 1, 32).unwrap(), 1, "those of the last login count on, and nobody else");
    set_targets(db, &[], 7).unwrap();
    shed(db, 1).unwrap();
    assert_eq!(ring(db).unwrap().dropped_unsent, 0);
    await_targets(db, &[], 8).unwrap();
    add(&both, false);
    shed(db, 1).unwrap();
    assert_eq!(ring(db).unwrap().dropped_unsent, 1, "what is dropped meanwhile is counted");
}

#[test]
fn the_oldest_leave_first_and_no_more_than_asked_for_at_a_time() {
    let both = database();
    let (db, sealer) = &both;
    set_targets(db, &["a".into()], 1).unwrap();
    let last = (0..50).map(|_| add(&both, false)).last().unwrap();
    advance(db, "a", last - 5, 2).unwrap();
    let left: Vec<_> = (0..4).map(|_| trim(db, 10, 16).unwrap()).collect();
    assert_eq!(left, [16, 16, 8, 0]);
    let kept = after(db, sealer, 0, 100, 1 << 20).unwrap();
    assert_eq!(kept.iter().map(|row| row.seq).collect::<Vec<_>>(), (last - 9..=last).collect::<Vec<_>>());
}

#[test]
fn only_so_many_old_targets_are_remembered() {
    let both = database();
    let (db, _) = &both;
    for n in 0..100 {
        set_targets(db, &[format!("t{n}")], n).unwrap();
    }
    let kept: i64 = db.query_row("SELECT count(*) FROM upload_cursor", [], |row| row.get(0)).unwrap();
    assert!(kept <= MOST_TARGETS + 1, "{kept}");
}

#[test]
fn a_new_event_takes_the_place_of_as_many_old_ones_as_it_needs() {
    let both = database();
    let (db, sealer) = &both;
    set_targets(db, &["somewhere".into()], 0).unwrap();
    let put = |bytes: usize| {
        insert(
            db,
            sealer,
            &NewEvent { taken_at: 1, body: "{}".into(), spot: Some(vec![7; bytes]), open: false },
        )
        .unwrap()
    };
    let pages = || db.pragma_query_value(None, "page_count", |row| row.get::<_, i64>(0)).unwrap();
    for _ in 0..40 {
        put(50_000);
    }
    advance(db, "somewhere", 1, 1).unwrap();
    let before = pages();
    for bytes in [50_000, 10_000, 300_000, 50_000] {
        assert!(shed_to_fit(db, bytes).unwrap() <= 1 + bytes / 40_000);
        put(bytes);
        assert_eq!(pages(), before, "the file does not grow");
    }
    let ring = ring(db).unwrap();
    assert_eq!(ring.kept + ring.dropped_unsent + 1, 44, "one had been accepted: {ring:?}");
    // Where nothing is left to drop there is an end.
    assert_eq!(shed_to_fit(db, usize::MAX).unwrap(), usize::try_from(ring.kept).unwrap());
}

#[derive(Debug, Clone)]
enum Step {
    Add {
        open: bool,
    },
    Close,
    /// Send a batch; the crash comes after the target's success, before the cursor moves.
    Send {
        target: usize,
        most: usize,
        fails: bool,
        crash: bool,
    },
    SetAside {
        target: usize,
    },
    Trim {
        keep: usize,
    },
    Shed {
        number: usize,
    },
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => any::<bool>().prop_map(|open| Step::Add { open }),
        3 => Just(Step::Close),
        6 => (0usize..2, 1usize..6, prop::bool::weighted(0.3), prop::bool::weighted(0.3))
            .prop_map(|(target, most, fails, crash)| Step::Send { target, most, fails, crash }),
        1 => (0usize..2).prop_map(|target| Step::SetAside { target }),
        3 => (0usize..8).prop_map(|keep| Step::Trim { keep }),
        1 => (0usize..4).prop_map(|number| Step::Shed { number }),
        1 => Just(Step::Restart),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn nothing_is_skipped_and_nothing_unsent_is_dropped_uncounted(steps in prop::collection::vec(step(), 1..120)) {
        let names = ["a".to_owned(), "b".to_owned()];
        let both = database();
    let (db, sealer) = &both;
        set_targets(db, &names, 0).unwrap();
        let mut added = BTreeSet::new();
        let mut open = Vec::new();
        let mut got: BTreeMap<usize, BTreeSet<i64>> = BTreeMap::from([(0, BTreeSet::new()), (1, BTreeSet::new())]);
        let mut shed_seqs = BTreeSet::new();
        for step in steps {
            match step {
                Step::Add { open: is_open } => {
                    let seq = add(&both, is_open);
                    prop_assert!(added.insert(seq) && added.last() == Some(&seq));
                    if is_open { open.push(seq); }
                }
                Step::Close => if let Some(seq) = open.pop() { close(db, seq, "{}").unwrap(); },
                Step::Send { target, most, fails, crash } => {
                    let name = &names[target];
                    let from = cursor(db, name).unwrap();
                    let batch = after(db, sealer, from, most, 1 << 20).unwrap();
                    prop_assert!(batch.iter().all(|row| row.seq > from && !open.contains(&row.seq)));
                    if fails { continue; }
                    got.entry(target).or_default().extend(batch.iter().map(|row| row.seq));
                    if crash { continue; }
                    if let Some(last) = batch.last() { advance(db, name, last.seq, 1).unwrap(); }
                }
                Step::SetAside { target } => {
                    let name = &names[target];
                    let from = cursor(db, name).unwrap();
                    if let Some(row) = after(db, sealer, from, 1, 1).unwrap().first() {
                        set_aside(db, name, row.seq, "refused", 1).unwrap();
                        advance(db, name, row.seq, 1).unwrap();
                        got.entry(target).or_default().insert(row.seq);
                    }
                }
                Step::Trim { keep } => { trim(db, keep, 3).unwrap(); }
                Step::Shed { number } => {
                    let before: BTreeSet<i64> = newest(db, sealer, 10_000).unwrap().iter().map(|row| row.seq).collect();
                    let least = names.iter().map(|name| cursor(db, name).unwrap()).min().unwrap();
                    let counted = shed(db, number).unwrap();
                    let now: BTreeSet<i64> = newest(db, sealer, 10_000).unwrap().iter().map(|row| row.seq).collect();
                    let gone: BTreeSet<i64> = before.difference(&now).copied().collect();
                    prop_assert_eq!(counted, i64::try_from(gone.iter().filter(|seq| **seq > least).count()).unwrap());
                    open.retain(|seq| !gone.contains(seq));
                    shed_seqs.extend(gone);
                }
                Step::Restart => {
                    prop_assert_eq!(close_all(db).unwrap(), open.len());
                    open.clear();
                }
            }
            let kept: BTreeSet<i64> = newest(db, sealer, 10_000).unwrap().iter().map(|row| row.seq).collect();
            prop_assert_eq!(ring(db).unwrap().kept, i64::try_from(kept.len()).unwrap());
            for (target, got) in &got {
                let place = cursor(db, &names[*target]).unwrap();
                for seq in &added {
                    let waiting = kept.contains(seq) && *seq > place;
                    prop_assert!(got.contains(seq) || waiting || shed_seqs.contains(seq),
                        "event {seq} is lost for target {target}, whose cursor is {place}");
                }
            }
        }
    }
}
