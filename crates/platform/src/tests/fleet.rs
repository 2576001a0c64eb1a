//! Large changes in small steps, receipts that survive everything, and sums of heartbeats. No broker is needed.

use std::time::Instant;

use protocol::{DevSno, DeviceStatus, GroupId, IdentityId, MessageId};

use super::world::{World, folder};
use crate::blobs::StoredPhoto;
use crate::clock;
use crate::db::boxes::{self, Settings};
use crate::db::heartbeat::{self, Beats, LONG, SHORT};
use crate::db::person::Fields;
use crate::db::{Db, DbError, Tx, desired, erasure, group, person, recompute, vals};
use crate::reconcile::{Holding, State};

const NO_BROKER: &str = "amqp://127.0.0.1:1";
const ROWS: &str = "SELECT COUNT(*) FROM box_person";
const WAITING: &str = "SELECT COUNT(*) FROM recomputation";

/// A database without a platform around it.
async fn database(folder: &std::path::Path) -> Db {
    let sqlite = || format!("sqlite:{}", folder.join("platform.db").display());
    let url = runtime::testing::database_of(&folder.join("database")).unwrap_or_else(sqlite);
    Db::open(&url).await.unwrap()
}

/// `boxes` boxes that serve the group `g`, and `people` people with a photo who belong to no group.
async fn fleet(db: &Db, boxes: usize, people: usize) {
    let group = GroupId::new("g");
    let served = group.clone();
    db.write(move |tx: &mut Tx<'_>| {
        group::insert(tx, &served, "g", "", 0)?;
        for number in 0..boxes {
            let id = DevSno::new(format!("BOX{number:04}"));
            let settings = Settings { name: String::new(), site: String::new(), legacy: false, fiqa_server: false };
            boxes::insert(tx, &id, &settings, 0)?;
            boxes::set_groups(tx, &id, std::slice::from_ref(&served))?;
        }
        for number in 0..people {
            let id = IdentityId::new(format!("p{number:05}"));
            tx.exec(
                "INSERT INTO person(identity_id, name, photo_key, created_at, updated_at) VALUES($1, 'x', 'k', 0, 0)",
                vals![id.as_str()],
            )?;
        }
        Ok::<_, DbError>(())
    })
    .await
    .unwrap();
}

async fn number(db: &Db, sql: &'static str) -> i64 {
    db.read(move |tx: &mut Tx<'_>| tx.number(sql, &[])).await.unwrap()
}

/// One group change for many boxes and people: told in one short transaction, derived in many, whatever ends in between.
#[tokio::test]
async fn a_large_change_is_derived_in_steps_and_survives_a_crash() {
    const BOXES: usize = 100;
    const PEOPLE: usize = 500;
    let folder = folder();
    let db = database(folder.path()).await;
    fleet(&db, BOXES, PEOPLE).await;
    let everybody: Vec<_> = (0..PEOPLE).map(|number| IdentityId::new(format!("p{number:05}"))).collect();
    let began = Instant::now();
    db.write(move |tx: &mut Tx<'_>| {
        let group = GroupId::new("g");
        group::add_members(tx, &group, &everybody)?;
        group::touch_members(tx, &group, 1)?;
        recompute::members_later(tx, &group, 1)
    })
    .await
    .unwrap();
    println!("the change of {PEOPLE} memberships took {:?}", began.elapsed());
    assert_eq!((number(&db, ROWS).await, number(&db, WAITING).await), (0, 500));

    let mut steps = 0;
    let step = async |db: &Db| db.write(|tx: &mut Tx<'_>| recompute::step(tx, 1)).await.unwrap();
    let before = Instant::now();
    while steps < 40 && step(&db).await {
        steps += 1;
    }
    let half = number(&db, ROWS).await;
    assert!((1..50_000).contains(&half), "{half}");
    // The process ends; another one opens the same database and goes on where it was.
    drop(db);
    let db = database(folder.path()).await;
    while step(&db).await {
        steps += 1;
    }
    println!("{steps} steps in {:?}", before.elapsed());
    assert_eq!((number(&db, ROWS).await, number(&db, WAITING).await), (50_000, 0));
    assert!(steps >= 50_000 / 400, "{steps} steps are too few: each must stay small");
    let wrong = "SELECT COUNT(*) FROM box_person WHERE desired_revision <> 2 OR state <> 'pending'";
    assert_eq!(number(&db, wrong).await, 0);

    // The way back, box by box this time: nobody was ever told, so nothing remains.
    db.write(|tx: &mut Tx<'_>| {
        for number in 0..BOXES {
            let id = DevSno::new(format!("BOX{number:04}"));
            boxes::set_groups(tx, &id, &[])?;
            recompute::box_later(tx, &id, 2)?;
        }
        Ok::<_, DbError>(())
    })
    .await
    .unwrap();
    while step(&db).await {}
    assert_eq!((number(&db, ROWS).await, number(&db, WAITING).await), (0, 0));
}

#[tokio::test]
async fn a_change_during_the_work_makes_it_begin_again() {
    let folder = folder();
    let db = database(folder.path()).await;
    fleet(&db, 1, 1_000).await;
    let id = DevSno::new("BOX0000");
    let told = id.clone();
    db.write(move |tx: &mut Tx<'_>| {
        tx.exec("INSERT INTO person_group(identity_id, group_id) SELECT identity_id, 'g' FROM person", &[])?;
        // The first part is done at once, the rest is left.
        desired::recompute_for_box(tx, &told, 1)
    })
    .await
    .unwrap();
    assert_eq!((number(&db, ROWS).await, number(&db, WAITING).await), (200, 1));
    // Somebody of the part that is done leaves, and somebody of the part that is not.
    db.write(move |tx: &mut Tx<'_>| {
        tx.exec("DELETE FROM person_group WHERE identity_id IN ('p00003', 'p00900')", &[])?;
        recompute::box_later(tx, &id, 2)
    })
    .await
    .unwrap();
    while db.write(|tx: &mut Tx<'_>| recompute::step(tx, 3)).await.unwrap() {}
    assert_eq!((number(&db, ROWS).await, number(&db, WAITING).await), (998, 0));
}

/// Who is deleted and who comes under the same id at once are two people, also on the boxes whose turn to be derived again has not
/// come between them.
#[tokio::test]
async fn whoever_comes_under_the_id_of_somebody_deleted_is_brought_to_every_box() {
    const BOXES: usize = 250;
    let folder = folder();
    let db = database(folder.path()).await;
    fleet(&db, BOXES, 0).await;
    let come = |tx: &mut Tx<'_>| {
        let id = IdentityId::new("1001");
        let fields = Fields {
            name: "somebody".to_owned(),
            kind: 1,
            info: serde_json::json!({}),
            valid_from: None,
            valid_until: None,
            groups: vec![GroupId::new("g")],
        };
        person::insert(tx, &id, &fields, 1)?;
        let photo = StoredPhoto { key: "a photo".to_owned(), hash: "0".repeat(64) };
        person::set_photo(tx, &id, &photo, 1)?;
        desired::recompute_for_person(tx, &id, 1)
    };
    db.write(come).await.unwrap();
    while db.write(|tx: &mut Tx<'_>| recompute::step(tx, 1)).await.unwrap() {}
    db.write(move |tx: &mut Tx<'_>| {
        tx.exec(
            "UPDATE box_person SET state = 'applied', proved_revision = desired_revision, touched = 1, next_attempt_at = NULL",
            &[],
        )?;
        let id = IdentityId::new("1001");
        erasure::record(tx, &id, "somebody", 2)?;
        person::delete(tx, &id)?;
        desired::recompute_for_person(tx, &id, 2)?;
        come(tx)
    })
    .await
    .unwrap();
    while db.write(|tx: &mut Tx<'_>| recompute::step(tx, 3)).await.unwrap() {}
    let to_bring =
        "SELECT COUNT(*) FROM box_person WHERE state = 'pending' AND desired_revision > proved_revision";
    assert_eq!(number(&db, to_bring).await, 250);
}

#[derive(Clone, Copy)]
enum Done {
    Doubted,
    Forgotten,
    Sent,
}

/// What is done to many rows of a box at once is what the model does to each.
#[tokio::test]
async fn rows_are_doubted_forgotten_and_sent_as_the_model_does_it() {
    let folder = folder();
    let db = database(folder.path()).await;
    fleet(&db, 1, 0).await;
    let id = DevSno::new("BOX0000");
    let mut rows = Vec::new();
    for state in [State::Pending, State::Sent, State::Applied, State::Failed] {
        for desired in [None, Some(3)] {
            for touched in [false, true] {
                let row = Holding {
                    desired,
                    proved: touched.then_some(2),
                    state,
                    touched,
                    attempts: 4,
                    next_attempt_at: None,
                    command: Some("c".to_owned()),
                    code: Some("40004".to_owned()),
                    message: Some("no face".to_owned()),
                    changed_at: 1,
                    proved_at: Some(2),
                };
                rows.push((IdentityId::new(format!("{state:?} {desired:?} {touched}")), row));
            }
        }
    }
    for done in [Done::Doubted, Done::Forgotten, Done::Sent] {
        let (dev_sno, before) = (id.clone(), rows.clone());
        let after = db.write(move |tx: &mut Tx<'_>| {
            tx.exec("DELETE FROM box_person", &[])?;
            for (person, row) in &before {
                desired::store(tx, &dev_sno, person, row.clone())?;
            }
            match done {
                Done::Doubted => drop(desired::doubt_box(tx, &dev_sno, 77)?),
                Done::Forgotten => desired::forget_box(tx, &dev_sno, 77)?,
                Done::Sent => {
                    let people = before.iter().map(|(person, _)| person);
                    desired::send_all(tx, &dev_sno, people, &MessageId::new("d"))?;
                }
            }
            before
                .iter()
                .map(|(person, _)| desired::find(tx, &dev_sno, person))
                .collect::<Result<Vec<_>, DbError>>()
        });
        for ((person, row), after) in rows.iter().zip(after.await.unwrap()) {
            let expected = match done {
                Done::Doubted => Some(row.clone().doubt(77)),
                Done::Forgotten => row.clone().forget(77),
                Done::Sent => {
                    let mut row = row.clone();
                    row.send("d");
                    Some(row)
                }
            };
            assert_eq!(after, expected, "{}", person.as_str());
        }
    }
}

#[tokio::test]
async fn a_receipt_is_settled_by_proof_alone() {
    let folder = folder();
    let world = World::start(folder.path(), NO_BROKER).await;
    let mut boxes = Vec::new();
    for name in ["WIPED", "UNTOLD", "REPLACED"] {
        boxes.push(world.add_box(name, false).await);
    }
    world.add_people(["p1".to_owned()]).await;
    let told: Vec<DevSno> = vec![boxes[0].clone(), boxes[2].clone()];
    let (wiped, replaced) = (boxes[0].clone(), boxes[2].clone());
    world
        .write(move |tx| {
            let person = IdentityId::new("p1");
            for dev_sno in &told {
                desired::send_all(tx, dev_sno, std::iter::once(&person), &MessageId::new("a command"))?;
            }
            let id = erasure::record(tx, &person, "somebody", clock::now())?;
            person::delete(tx, &person)?;
            desired::recompute_for_person(tx, &person, clock::now())?;
            let counts = erasure::find(tx, &id, None)?.unwrap().counts;
            assert_eq!(
                (counts.outstanding, counts.proved),
                (2, 0),
                "a box that was never told has nothing to prove"
            );
            desired::forget_box(tx, &wiped, clock::now())?;
            erasure::unprovable(tx, &replaced, "other hardware", clock::now())?;
            let counts = erasure::find(tx, &id, None)?.unwrap().counts;
            assert_eq!((counts.outstanding, counts.proved, counts.unprovable), (0, 1, 1));
            Ok(())
        })
        .await;
    world.stop().await;
}

#[tokio::test]
async fn heartbeats_become_hours_and_go_in_the_end() {
    let folder = folder();
    let db = database(folder.path()).await;
    fleet(&db, 1, 0).await;
    let status = |cpu: f64| {
        let text = format!(
            r#"{{"gateway_ip":"192.0.2.7","gateway_ext_data":{{"cpu_usage":{cpu},"sw_version":"1"}}}}"#
        );
        DeviceStatus::read(text.as_bytes()).unwrap()
    };
    let told = db.write(move |tx: &mut Tx<'_>| {
        let id = DevSno::new("BOX0000");
        for minute in 0..120_i64 {
            let cpu = if minute % 2 == 0 { 10.0 } else { 30.0 };
            heartbeat::add(tx, &id, SHORT, &Beats::of(&status(cpu), minute * 60_000))?;
        }
        let short = heartbeat::between(tx, &id, 0, 2 * LONG, 1_000)?;
        assert_eq!((short.len(), short[0].beats), (24, 5));
        while heartbeat::join(tx, 2 * LONG, 7)? > 0 {}
        let long = heartbeat::between(tx, &id, 0, 2 * LONG, 1_000)?;
        assert_eq!(heartbeat::prune(tx, LONG, 10)?, 1);
        assert_eq!(heartbeat::between(tx, &id, 0, 2 * LONG, 1_000)?.len(), 1);
        Ok::<_, DbError>(long)
    });
    let told = told.await.unwrap();
    assert_eq!(
        told.iter().map(|beats| (beats.begins_at, beats.beats)).collect::<Vec<_>>(),
        [(0, 60), (LONG, 60)]
    );
    assert_eq!((told[0].cpu.mean(), told[0].cpu.most), (Some(20.0), Some(30.0)));
}
