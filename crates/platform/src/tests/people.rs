//! People travel to boxes: brought, changed, refused, removed, wiped and brought up again.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use protocol::{CommandBody, WipeOptions};
use runtime::testing::wait_until;

use super::scripted::{Habits, ScriptedBox, log_in};
use super::world::{PATIENCE, World, broker, folder};
use crate::db::pairing;
use crate::reconcile::State;

const APPLIED: &str =
    "SELECT COUNT(*) FROM box_person WHERE state = 'applied' AND proved_revision = desired_revision";
const ROWS: &str = "SELECT COUNT(*) FROM box_person";
const COMMANDS: &str = "SELECT COUNT(*) FROM command";
const OPEN: &str = "SELECT COUNT(*) FROM command WHERE state IN ('queued', 'published')";

fn named(range: std::ops::Range<usize>) -> impl Iterator<Item = String> {
    range.map(|number| format!("p{number:05}"))
}

#[tokio::test]
async fn a_person_travels_to_a_box_and_leaves_it() {
    let (broker, folder) = (broker().await, folder());
    let world = World::start(folder.path(), &broker.url()).await;
    let dev_sno = world.add_box("TRAVEL0001", false).await;
    world.add_people(named(0..3)).await;
    // Nothing is written for a box that never logged in: nobody would read it.
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(world.number(COMMANDS).await, 0);

    let scripted = ScriptedBox::start(&world, &dev_sno, Habits::default()).await;
    world.until(APPLIED, 3).await;
    assert_eq!(scripted.people(), named(0..3).collect::<BTreeSet<_>>());
    assert_eq!(scripted.memory.lock().unwrap().photos, 3);
    let record = scripted.memory.lock().unwrap().people["p00000"].clone();
    assert_eq!(record["info"]["name"], "name of p00000");
    assert_eq!(record["info"]["permission_ids"][0], "0");

    world.remove_person("p00001").await;
    world.until(ROWS, 2).await;
    assert_eq!(scripted.people(), BTreeSet::from(["p00000".to_owned(), "p00002".to_owned()]));
    // Somebody else under the same id is a new person.
    world.add_people(named(1..2)).await;
    world.until(APPLIED, 3).await;
    assert_eq!(scripted.people().len(), 3);
    scripted.stop().await;
    world.stop().await;
}

#[tokio::test]
async fn large_numbers_go_in_bounded_batches() {
    let (broker, folder) = (broker().await, folder());
    let world = World::start(folder.path(), &broker.url()).await;
    let dev_sno = world.add_box("BATCH0001", false).await;
    world.add_people(named(0..350)).await;
    let scripted = ScriptedBox::start(&world, &dev_sno, Habits::default()).await;
    world.until(APPLIED, 350).await;
    assert_eq!(scripted.people().len(), 350);
    assert_eq!(world.number(COMMANDS).await, 4);
    assert_eq!(world.number("SELECT COUNT(*) FROM command WHERE state = 'done'").await, 4);
    scripted.stop().await;
    world.stop().await;
}

#[tokio::test]
async fn a_box_of_the_documented_minimum_works() {
    let (broker, folder) = (broker().await, folder());
    let world = World::start(folder.path(), &broker.url()).await;
    let dev_sno = world.add_box("MINIMUM001", false).await;
    world.add_people(named(0..5)).await;
    let refuses = BTreeMap::from([("p00002".to_owned(), (40094, u32::MAX))]);
    let habits = Habits { forgets_ids: true, texts: true, by_http: true, refuses, ..Habits::default() };
    let scripted = ScriptedBox::start(&world, &dev_sno, habits).await;
    world.until(APPLIED, 4).await;
    let refused = world.holding(&dev_sno, "p00002").await.unwrap();
    assert_eq!((refused.state, refused.code.as_deref()), (State::Failed, Some("40094")));
    world.remove_person("p00002").await;
    world.until(ROWS, 4).await;
    world.until(OPEN, 0).await;
    scripted.stop().await;
    world.stop().await;
}

#[tokio::test]
async fn passing_failures_are_retried_and_lasting_ones_are_not() {
    let (broker, folder) = (broker().await, folder());
    let world = World::start(folder.path(), &broker.url()).await;
    let dev_sno = world.add_box("FAILURES01", false).await;
    world.add_people(named(0..4)).await;
    let refuses = BTreeMap::from([
        ("p00001".to_owned(), (50073, 1)),
        ("p00002".to_owned(), (40004, 1)),
        ("p00003".to_owned(), (40006, 1)),
    ]);
    let scripted =
        ScriptedBox::start(&world, &dev_sno, Habits { refuses, stutters: true, ..Habits::default() }).await;
    // p00001 is brought again by itself after some seconds.
    world.until(APPLIED, 2).await;
    let refused = world.holding(&dev_sno, "p00002").await.unwrap();
    assert_eq!((refused.state, refused.code.as_deref()), (State::Failed, Some("40004")));
    assert_eq!(refused.next_attempt_at, None);
    let before = world.number(COMMANDS).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(world.number(COMMANDS).await, before, "a photo that was refused is not sent again");

    // Another photo is another matter.
    world
        .write(|tx| {
            let person = protocol::IdentityId::new("p00002");
            crate::db::person::touch(tx, &person, crate::clock::now())?;
            crate::db::desired::recompute_for_person(tx, &person, crate::clock::now())
        })
        .await;
    world.app.nudge();
    world.until(APPLIED, 3).await;
    assert!(!scripted.people().contains("p00003"));
    scripted.stop().await;
    world.stop().await;
}

#[tokio::test]
async fn a_wiped_box_is_brought_up_again_by_itself() {
    let (broker, folder) = (broker().await, folder());
    let world = World::start(folder.path(), &broker.url()).await;
    let dev_sno = world.add_box("WIPED00001", false).await;
    world.add_people(named(0..20)).await;
    let habits = Habits { drops_repeats: true, ..Habits::default() };
    let scripted = ScriptedBox::start(&world, &dev_sno, habits).await;
    world.until(APPLIED, 20).await;
    let wipe = CommandBody::WipeData(WipeOptions { users: true, events: false, ..WipeOptions::default() });
    let id = world.order(&dev_sno, wipe).await;
    let done = wait_until(PATIENCE, || async { world.command(&id).await.0 == "done" }).await;
    assert!(done);
    world.until(APPLIED, 20).await;
    assert_eq!(scripted.people().len(), 20);
    assert_eq!(scripted.memory.lock().unwrap().methods.len(), 3, "two batches and a wipe");

    scripted.stop().await;
    world.stop().await;
}

#[tokio::test]
async fn other_hardware_is_emptied_before_it_is_brought_up() {
    let (broker, folder) = (broker().await, folder());
    let world = World::start(folder.path(), &broker.url()).await;
    let dev_sno = world.add_box("REKEYED001", false).await;
    world.add_people(named(0..20)).await;
    let scripted = ScriptedBox::start(&world, &dev_sno, Habits::default()).await;
    world.until(APPLIED, 20).await;
    scripted.stop().await;
    // What it holds under another key of this or any platform, nobody here knows of.
    world.write(|tx| crate::db::boxes::unbind(tx, &protocol::DevSno::new("REKEYED001"))).await;
    let reply = log_in(&world, &dev_sno, Some("0xe0a50900ffff")).await;
    let habits = Habits { holds: Some("leftover".to_owned()), drops_repeats: true, ..Habits::default() };
    let other = ScriptedBox::with_reply(&world, &dev_sno, reply, habits).await;
    let emptied = wait_until(PATIENCE, || async { !other.people().contains("leftover") }).await;
    assert!(emptied, "somebody of before may pass");
    world.until(APPLIED, 20).await;
    assert_eq!(other.people().len(), 20);
    assert_eq!(other.memory.lock().unwrap().methods, ["wipe_data", "add_users_plus"]);
    // Once: the next login of the same hardware leaves it in peace.
    log_in(&world, &dev_sno, Some("0xe0a50900ffff")).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(other.memory.lock().unwrap().methods.len(), 2);
    other.stop().await;
    world.stop().await;
}

#[tokio::test]
async fn used_hardware_under_a_new_key_is_emptied_and_a_key_that_is_paired_again_proves_all_anew() {
    const MAC: Option<&str> = Some("0xe0a50900cccc");
    let (broker, folder) = (broker().await, folder());
    let world = World::start(folder.path(), &broker.url()).await;
    let (before, dev_sno) =
        (world.add_box("MOVED00001", false).await, world.add_box("MOVED00002", false).await);
    world.add_people(named(0..20)).await;
    log_in(&world, &before, MAC).await;
    let reply = log_in(&world, &dev_sno, MAC).await;
    let habits = Habits { holds: Some("leftover".to_owned()), drops_repeats: true, ..Habits::default() };
    let moved = ScriptedBox::with_reply(&world, &dev_sno, reply, habits).await;
    let of_moved = "SELECT COUNT(*) FROM box_person WHERE dev_sno = 'MOVED00002' AND state = 'applied'";
    world.until(of_moved, 20).await;
    assert_eq!(moved.people().len(), 20);
    assert_eq!(moved.memory.lock().unwrap().methods, ["wipe_data", "add_users_plus"]);

    let id = dev_sno.clone();
    world
        .write(move |tx| {
            let now = crate::clock::now();
            pairing::issue(tx, &id, "a hash", "somebody", now)?;
            pairing::redeem(tx, "a hash", "192.0.2.1", now)
        })
        .await;
    world.app.nudge();
    let told_again = || async { moved.memory.lock().unwrap().methods.len() == 3 };
    assert!(wait_until(PATIENCE, told_again).await, "what it had proved is believed no more");
    world.until(of_moved, 20).await;
    moved.stop().await;
    world.stop().await;
}

#[tokio::test]
async fn a_box_that_cannot_be_emptied_yet_is_told_again() {
    let (folder, now) = (folder(), crate::clock::now());
    let world = World::start(folder.path(), "amqp://127.0.0.1:1").await;
    let dev_sno = world.add_box("REKEYED002", false).await;
    log_in(&world, &dev_sno, Some("0xe0a50900aaaa")).await;
    world.write(|tx| crate::db::boxes::unbind(tx, &protocol::DevSno::new("REKEYED002"))).await;
    log_in(&world, &dev_sno, Some("0xe0a50900ffff")).await;
    world.until("SELECT COUNT(*) FROM command WHERE method = 'wipe_data'", 1).await;
    world
        .write(move |tx| {
            let found = crate::db::command::open_of_box(tx, &dev_sno)?;
            tx.exec("UPDATE command SET state = 'published', published_at = 1", &[])?;
            crate::db::answer::expire(tx, &found[0], now)?;
            tx.exec("UPDATE box SET empty_at = 1", &[])
        })
        .await;
    world.until("SELECT COUNT(*) FROM command WHERE method = 'wipe_data'", 2).await;
    world.stop().await;
}

#[tokio::test]
async fn a_restart_and_a_broker_outage_lose_nothing() {
    let (mut broker, folder) = (broker().await, folder());
    let url = broker.url();
    let world = World::start(folder.path(), &url).await;
    let dev_sno = world.add_box("OUTAGE0001", false).await;
    let scripted = ScriptedBox::start(&world, &dev_sno, Habits::default()).await;
    world.add_people(["p0".to_owned()]).await;
    world.until(APPLIED, 1).await;
    broker.kill();
    world.add_people(named(0..149)).await;
    world.until(OPEN, 1).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(world.number("SELECT COUNT(*) FROM command WHERE state = 'queued'").await, 1, "rows wait");
    let door = world.door.try_clone().unwrap();
    world.stop().await;

    let world = World::start_at(door, folder.path(), &url, |_| {}).await;
    assert_eq!(world.number(OPEN).await, 1);
    broker.start_again().await.unwrap();
    world.until(APPLIED, 150).await;
    assert_eq!(scripted.people().len(), 150);

    // The same again with the queue deleted under our feet.
    scripted.stop().await;
    broker.delete_queue("menshen.box.OUTAGE0001").await.unwrap();
    world.add_people(named(150..160)).await;
    world.until("SELECT COUNT(*) FROM command WHERE state = 'published'", 1).await;
    let scripted = ScriptedBox::start(&world, &dev_sno, Habits::default()).await;
    world.until(APPLIED, 160).await;
    assert_eq!(scripted.people().len(), 10, "only what the box lacked was sent");
    scripted.stop().await;
    world.stop().await;
}

#[tokio::test]
async fn a_silent_box_is_left_in_peace_until_it_is_heard_of() {
    let (broker, folder) = (broker().await, folder());
    let world = World::start(folder.path(), &broker.url()).await;
    let dev_sno = world.add_box("SILENT0001", false).await;
    let scripted = ScriptedBox::start(&world, &dev_sno, Habits { is_mute: true, ..Habits::default() }).await;
    world.add_people(named(0..2)).await;
    world.until("SELECT COUNT(*) FROM command WHERE state = 'published'", 1).await;
    // Its time is over, and nothing was heard of the box since.
    world.write(|tx| tx.exec("UPDATE box SET seen_at = 1", &[]).map(drop)).await;
    world.write(|tx| tx.exec("UPDATE command SET published_at = published_at - 700000", &[]).map(drop)).await;
    world.until("SELECT COUNT(*) FROM command WHERE state = 'expired'", 1).await;
    assert_eq!(world.holding(&dev_sno, "p00000").await.unwrap().state, State::Pending);
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(world.number(COMMANDS).await, 1);

    scripted.change(|memory| memory.habits.is_mute = false);
    let heartbeat = r#"{"gateway_ip":"192.0.2.7 ","gateway_name":"box","gateway_status":"online","gateway_sn":"S1",
        "gateway_ext_data":{"sw_version":"1"},"sub_devices":[]}"#;
    let path = format!("/device/status?token={}&dev_sno={dev_sno}", scripted.reply.token);
    assert_eq!(world.post(&path, heartbeat).await.0, 200);
    world.until(APPLIED, 2).await;
    scripted.stop().await;
    world.stop().await;
}
