//! People come onto boxes when their time begins and leave when it ends, while nobody touches them.

use std::collections::BTreeSet;

use runtime::testing::wait_until;

use super::scripted::{Habits, ScriptedBox};
use super::world::{PATIENCE, World, broker, folder};
use crate::clock;
use crate::db::{desired, vals};

/// Sets the time somebody is valid as a change by an operator does.
async fn valid(world: &World, id: &'static str, from: Option<i64>, until: Option<i64>) {
    world
        .write(move |tx| {
            let sql = "UPDATE person SET valid_from = $1, valid_until = $2, revision = revision + 1 WHERE identity_id = $3";
            tx.exec(sql, vals![from, until, id])?;
            desired::recompute_for_person(tx, &protocol::IdentityId::new(id), clock::now())
        })
        .await;
    world.app.nudge();
}

async fn holds(world: &World, scripted: &ScriptedBox, wanted: &[&str]) {
    let wanted: BTreeSet<String> = wanted.iter().map(|id| (*id).to_owned()).collect();
    let reached = wait_until(PATIENCE, async || scripted.people() == wanted).await;
    let rows = world.number("SELECT COUNT(*) FROM box_person").await;
    assert!(reached, "expected {wanted:?}, found {:?}, {rows} rows", scripted.people());
}

#[tokio::test]
async fn people_come_and_go_with_their_validity() {
    let (broker, folder) = (broker().await, folder());
    let world = World::start(folder.path(), &broker.url()).await;
    let dev_sno = world.add_box("VALID00001", false).await;
    world.add_people(["stays", "comes", "goes"].map(str::to_owned)).await;
    valid(&world, "comes", Some(clock::now() + 3_600_000), None).await;
    let scripted = ScriptedBox::start(&world, &dev_sno, Habits::default()).await;
    holds(&world, &scripted, &["stays", "goes"]).await;

    let soon = clock::now() + 1_000;
    valid(&world, "comes", Some(soon), None).await;
    valid(&world, "goes", None, Some(soon)).await;
    holds(&world, &scripted, &["stays", "comes"]).await;
    assert!(clock::now() >= soon, "not before their time");

    // A change whose commit comes after the look its time fell into: when it was derived it was still valid.
    let late = "UPDATE person SET valid_until = $1 WHERE identity_id = 'stays'";
    world.write(move |tx| tx.exec(late, vals![clock::now() - 20_000])).await;
    holds(&world, &scripted, &["comes"]).await;
    world.until("SELECT COUNT(*) FROM box_person WHERE state = 'applied'", 1).await;
    world.until("SELECT COUNT(*) FROM recomputation", 0).await;
    scripted.stop().await;
    world.stop().await;
}
