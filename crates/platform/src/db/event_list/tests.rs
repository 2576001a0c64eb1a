use std::collections::BTreeSet;

use super::super::event::{self, Channel, Report};
use super::*;
use crate::db::boxes::{self, Settings};
use crate::db::testing::{self, Fresh, plan};

const START: i64 = 1_600_000_000_000;

/// One database per engine, with three boxes at two sites.
async fn both() -> Vec<Fresh> {
    let found = testing::both().await;
    for Fresh { db, .. } in &found {
        db.write(|tx| {
            for (dev_sno, site) in [("B0", "north"), ("B1", "north"), ("B2", "south")] {
                let settings =
                    Settings { name: dev_sno.into(), site: site.into(), legacy: false, fiqa_server: false };
                boxes::insert(tx, &protocol::DevSno::new(dev_sno), &settings, START)?;
            }
            Ok::<_, DbError>(())
        })
        .await
        .unwrap();
    }
    found
}

/// The `n`th of many events that differ in everything that can be asked for; several share a time.
fn report(n: i64) -> Report {
    let pick = |every: i64, words: &[&'static str]| words[usize::try_from(n / every).unwrap() % words.len()];
    let (kind, has_photo) = (n % 5 + 1, n % 3 == 0);
    Report {
        channel: if n % 2 == 0 { Channel::History } else { Channel::Realtime },
        dev_sno: format!("B{}", n % 4),
        ep_id: Some(format!("B{}__192.0.2.{}", n % 4, n % 7)),
        device_ip: format!("192.0.2.{}", n % 7),
        taken_at: START + n,
        identity_id: format!("{}", n % 11),
        identity_name: format!("Name {}", pick(1, &["Ann", "Bob%", "Cy_d", "Dan", "Eve", "Fay"])),
        person_type: kind,
        device_type: "2".into(),
        group_name: format!("group {}", n % 3),
        score: if n % 6 == 0 { 92.5 } else { 0.01 * (n % 100) as f64 },
        estimated_at: START + n / 3,
        clock_offset_ms: None,
        is_late: n % 13 == 0,
        is_ahead: n % 17 == 0,
        verdict: [None, Some("let_in"), Some("refused"), Some("stranger")][usize::try_from(n % 4).unwrap()],
        gate: (n % 4 == 2).then(|| pick(4, &["group", "match", "validity"])),
        door: Some(pick(2, &["opened", "none", "failed", "alarm"])),
        spot_key: has_photo.then(|| format!("event/{n}")),
        reg_key: None,
        photo_bytes: has_photo.then_some(1_000),
        detail: "{}".into(),
        arrived_at: START,
    }
}

/// Every single thing that can be asked for, by name.
fn filters() -> Vec<(&'static str, EventFilter)> {
    let some = |text: &str| Some(text.to_owned());
    let none = EventFilter::default;
    vec![
        ("everything", none()),
        ("identity_id", EventFilter { identity_id: some("7"), ..none() }),
        ("name", EventFilter { name: some("b%"), ..none() }),
        ("dev_sno", EventFilter { dev_sno: some("B2"), ..none() }),
        ("site", EventFilter { site: some("north"), ..none() }),
        ("ep_id", EventFilter { ep_id: some("B1__192.0.2.1"), ..none() }),
        ("group", EventFilter { group: some("group 2"), ..none() }),
        ("type", EventFilter { types: vec![3], ..none() }),
        ("common type", EventFilter { types: vec![1], ..none() }),
        ("types", EventFilter { types: vec![3, 5], ..none() }),
        ("no strangers", EventFilter { other_types: vec![4], ..none() }),
        ("score", EventFilter { score: (Some(0.9), Some(0.95)), ..none() }),
        ("verdict", EventFilter { verdict: some("refused"), ..none() }),
        ("common verdict", EventFilter { verdict: some("let_in"), ..none() }),
        ("gate", EventFilter { gate: some("validity"), ..none() }),
        ("door", EventFilter { door: some("failed"), ..none() }),
        ("photo", EventFilter { photo: Some(true), ..none() }),
        ("no photo", EventFilter { photo: Some(false), ..none() }),
        ("late", EventFilter { late: Some(true), ..none() }),
        ("in time", EventFilter { late: Some(false), ..none() }),
        ("ahead", EventFilter { ahead: Some(true), ..none() }),
        ("sites", EventFilter { sites: Some(vec!["south".to_owned()].into()), ..none() }),
        ("no sites", EventFilter { sites: Some(Vec::new().into()), ..none() }),
        ("two", EventFilter { dev_sno: some("B1"), types: vec![2], late: Some(false), ..none() }),
    ]
}

/// What a filter means, said once more in plain words.
fn is_wanted(filter: &EventFilter, n: i64) -> bool {
    let event = report(n);
    let site = match event.dev_sno.as_str() {
        "B0" | "B1" => Some("north"),
        "B2" => Some("south"),
        _ => None,
    };
    let is = |wanted: &Option<String>, found: Option<&str>| {
        wanted.as_deref().is_none_or(|wanted| found == Some(wanted))
    };
    let score = if event.score > 1.0 { event.score / 100.0 } else { event.score };
    is(&filter.identity_id, Some(&event.identity_id))
        && filter.name.as_ref().is_none_or(|part| event.identity_name.to_lowercase().contains(part))
        && is(&filter.dev_sno, Some(&event.dev_sno))
        && is(&filter.site, site)
        && is(&filter.ep_id, event.ep_id.as_deref())
        && is(&filter.group, Some(&event.group_name))
        && (filter.types.is_empty() || filter.types.contains(&event.person_type))
        && !filter.other_types.contains(&event.person_type)
        && filter.score.0.is_none_or(|least| score >= least)
        && filter.score.1.is_none_or(|most| score <= most)
        && is(&filter.verdict, event.verdict)
        && is(&filter.gate, event.gate)
        && is(&filter.door, event.door)
        && filter.photo.is_none_or(|wanted| event.photo_bytes.is_some() == wanted)
        && filter.late.is_none_or(|wanted| event.is_late == wanted)
        && filter.ahead.is_none_or(|wanted| event.is_ahead == wanted)
        && filter.sites.as_ref().is_none_or(|sites| site.is_some_and(|site| sites.iter().any(|s| s == site)))
        && filter.from.is_none_or(|from| event.estimated_at >= from)
        && filter.until.is_none_or(|until| event.estimated_at < until)
}

const EVENTS: i64 = 400;

/// Every filter, alone and within a time.
fn with_times() -> Vec<(&'static str, EventFilter)> {
    let within = |(_, filter): (_, EventFilter)| {
        ("within a time", EventFilter { from: Some(START + 31), until: Some(START + 90), ..filter })
    };
    filters().into_iter().chain(filters().into_iter().map(within)).collect()
}

/// What a search finds step by step, as numbers of events; and how many are counted.
fn found(
    tx: &mut Tx<'_>,
    filter: &EventFilter,
    limit: usize,
    slice: i64,
) -> Result<(Vec<i64>, i64), DbError> {
    let (mut found, mut counted, mut place) = (Vec::new(), 0, None);
    loop {
        let step = step(tx, filter, place.as_ref(), limit, slice)?;
        found.extend(step.what.iter().map(|row| row.taken_at - START));
        place = step.reached;
        if place.is_none() {
            break;
        }
    }
    loop {
        let step = count_step(tx, filter, place.as_ref(), 1_000, slice)?;
        counted += step.what;
        place = step.reached;
        if place.is_none() {
            return Ok((found, counted));
        }
    }
}

#[tokio::test]
async fn every_search_finds_what_it_means_in_steps_of_any_size() {
    for Fresh { db, url, .. } in &both().await {
        let store =
            |tx: &mut Tx<'_>| (0..EVENTS).try_for_each(|n| event::store_all(tx, &[&report(n)]).map(drop));
        db.write(store).await.unwrap();
        for (name, filter) in with_times() {
            let mut wanted: Vec<i64> = (0..EVENTS).filter(|n| is_wanted(&filter, *n)).collect();
            // Newest first; events of the same time in the order of their ids, which grow as they are stored.
            wanted.sort_by_key(|n| std::cmp::Reverse((n / 3, *n)));
            for (limit, slice) in [(1_000, 1_000), (7, 30), (5, 11)] {
                let filter = filter.clone();
                let (found, counted) = db.read(move |tx| found(tx, &filter, limit, slice)).await.unwrap();
                assert_eq!(found, wanted, "{name}, {limit} at a time, slices of {slice}, {url}");
                assert_eq!(usize::try_from(counted).unwrap(), wanted.len(), "{name}");
            }
        }
    }
}

/// The index that leads a search.
fn led_by(name: &str) -> &'static str {
    match name {
        "identity_id" => "event_by_person",
        "dev_sno" | "two" => "event_by_box",
        "ep_id" => "event_by_camera",
        "type" => "event_by_type",
        "verdict" => "event_by_verdict",
        "gate" => "event_by_gate",
        "door" => "event_by_door",
        "photo" => "event_pictured",
        "late" => "event_late",
        "ahead" => "event_ahead",
        _ => "event_by_time",
    }
}

#[tokio::test]
async fn every_search_goes_by_an_index() {
    for Fresh { db, is_sqlite, .. } in &both().await {
        let is_sqlite = *is_sqlite;
        let mut used = BTreeSet::new();
        for (name, filter) in filters() {
            let filter = EventFilter { from: Some(START), until: Some(START + 1_000_000), ..filter };
            let place = Some((START + 900_000, "x".to_owned()));
            let end = (START + 100, "x".to_owned());
            let (whole, whole_params) = statement(&filter, place.as_ref(), Some(&end), 50);
            let whole = plan(db, is_sqlite, whole, whole_params).await;
            let mut plans = vec![whole.clone()];
            for after in [None, place.as_ref()] {
                let (sql, params) = filter.slice_sql(after, 2_000);
                plans.push(plan(db, is_sqlite, sql, params).await);
            }
            if is_sqlite {
                for plan in &plans {
                    assert!(!plan.contains("SCAN e") && plan.contains("SEARCH e USING"), "{name}: {plan}");
                }
                for slice in &plans[1..] {
                    let index = led_by(name);
                    assert!(slice.contains(&format!("{index} (")), "{name}: expected {index} in {slice}");
                    used.insert(index);
                }
                // Within a slice the engine may go by another index and sort: a slice is small.
                assert!(filter.is_sliced() || !whole.contains("B-TREE FOR ORDER BY"), "{name}: {whole}");
            } else {
                for plan in &plans {
                    // What nobody may see is not looked for at all.
                    let by_index = ["using event_", "Index Scan on event_", "One-Time Filter: false"];
                    assert!(by_index.iter().any(|way| plan.contains(way)), "{name}: {plan}");
                    assert!(!plan.contains("Seq Scan on event"), "{name}: {plan}");
                }
            }
        }
        assert!(!is_sqlite || used.len() == 11, "every index of the migration leads a search: {used:?}");
    }
}
