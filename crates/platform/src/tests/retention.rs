//! What was kept long enough goes, and nothing else does.

use std::fs::File;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use protocol::IdentityId;
use serde_json::json;

use super::scripted::log_in;
use super::world::{World, folder};
use crate::clock;
use crate::db::{Tx, event_template, vals};

const DAY: i64 = 24 * 3_600_000;

/// An event of this person and type with a picture of its own.
async fn happened(world: &World, token: &str, person: &str, kind: i64) {
    let picture = BASE64_STANDARD.encode(format!("\u{ff}picture of {person}"));
    let event = json!({
        "identity_id": person, "identity_name": person, "timestamp": 1_566_016_554_020_i64, "score": 0.62,
        "ext_data": {"device_ip": "192.0.2.9", "person_type": kind, "spot_pic": picture},
    });
    let path = format!("/device/records?token={token}");
    assert_eq!(world.post(&path, event.to_string()).await.0, 200);
}

/// Makes an event so many days old.
async fn age(world: &World, person: &'static str, days: i64) {
    world
        .write(move |tx| {
            let at = clock::now() - days * DAY;
            tx.exec(
                "UPDATE event SET estimated_at = $1, arrived_at = $1 WHERE identity_id = $2",
                vals![at, person],
            )
        })
        .await;
}

async fn spot_of(world: &World, person: &'static str) -> Option<String> {
    let find =
        move |tx: &mut Tx<'_>| tx.first("SELECT spot_key FROM event WHERE identity_id = $1", vals![person]);
    world.app.db.read(find).await.unwrap().and_then(|row| row.opt_text("spot_key").unwrap())
}

/// Runs it once, to its end.
async fn run(world: &World, times: i64) {
    world.app.wake.retention.notify_one();
    world.until("SELECT COUNT(*) FROM retention_run WHERE finished_at IS NOT NULL", times).await;
    assert_eq!(world.number("SELECT COUNT(*) FROM retention_run WHERE error IS NOT NULL").await, 0);
}

#[tokio::test]
async fn what_is_due_goes_with_its_pictures_and_nothing_else_does() {
    let folder = folder();
    let world = World::start(folder.path(), "amqp://127.0.0.1:1").await;
    let dev_sno = world.add_box("KEEP0001", false).await;
    let token = log_in(&world, &dev_sno, None).await.token;
    // By default: events a year; pictures of known people 90 days, of strangers 7, of the black list a year.
    for (person, kind, days) in [
        ("old", 1, 400),
        ("pictured", 1, 80),
        ("unpictured", 1, 100),
        ("stranger", 4, 8),
        ("recent stranger", 4, 6),
        ("unwelcome", 3, 300),
        ("gone unwelcome", 3, 366),
    ] {
        happened(&world, &token, person, kind).await;
        age(&world, person, days).await;
    }
    // A clock that went wrong: old by its word, but it came today.
    happened(&world, &token, "odd clock", 1).await;
    let strangers = spot_of(&world, "stranger").await.unwrap();
    let welcome = spot_of(&world, "pictured").await.unwrap();
    let template = |person: &'static str| {
        move |tx: &mut Tx<'_>| {
            let row =
                tx.first("SELECT id, spot_key FROM event WHERE identity_id = $1", vals![person])?.unwrap();
            let of = event_template::Unseen {
                id: row.text("id")?,
                estimated_at: 1,
                taken_at: 1,
                spot_key: row.text("spot_key")?,
            };
            event_template::put(tx, &of, 1, "pack", b"sealed")
        }
    };
    world.write(template("stranger")).await;
    world.write(template("pictured")).await;
    assert!(world.app.blobs.get(&strangers).await.unwrap().is_some());

    run(&world, 1).await;
    assert_eq!(world.number("SELECT COUNT(*) FROM event").await, 6);
    assert_eq!(world.number("SELECT COUNT(*) FROM event WHERE identity_id LIKE '%old%'").await, 0);
    assert_eq!(world.number("SELECT COUNT(*) FROM event WHERE identity_id = 'gone unwelcome'").await, 0);
    for (person, has_picture) in [
        ("pictured", true),
        ("unpictured", false),
        ("stranger", false),
        ("recent stranger", true),
        ("unwelcome", true),
        ("odd clock", true),
    ] {
        assert_eq!(spot_of(&world, person).await.is_some(), has_picture, "{person}");
    }
    assert!(world.app.blobs.stored(&strangers).await.unwrap().is_none(), "the picture itself is gone");
    assert!(world.app.blobs.get(&welcome).await.unwrap().is_some());
    assert_eq!(
        world.number("SELECT COUNT(*) FROM event_template").await,
        1,
        "a template goes with its picture"
    );
    let counted =
        "SELECT COUNT(*) FROM retention_run WHERE events = 2 AND pictures = 4 AND bytes > 0 AND orphans = 0";
    assert_eq!(world.number(counted).await, 1);
    world.stop().await;
}

#[tokio::test]
async fn pictures_without_a_row_and_keys_without_a_picture_go_when_they_are_old() {
    let folder = folder();
    let world = World::start(folder.path(), "amqp://127.0.0.1:1").await;
    let dev_sno = world.add_box("KEEP0002", false).await;
    let token = log_in(&world, &dev_sno, None).await.token;
    happened(&world, &token, "1", 4).await;
    let kept = spot_of(&world, "1").await.unwrap();
    let put = |text: &'static str, taken_at: i64| world.app.blobs.put_event(taken_at, text.into());
    let (old, young) =
        (put("old", 1_566_016_554_020).await.unwrap(), put("young", 1_566_016_554_020).await.unwrap());
    // Of a day of which nothing is left.
    let (lonely, day) = (put("lonely", 200 * DAY).await.unwrap(), 200);
    let long_ago = SystemTime::now() - Duration::from_secs(2 * 24 * 3_600);
    for key in [&old, &kept] {
        let file = File::options().write(true).open(folder.path().join("blobs").join(key)).unwrap();
        file.set_modified(long_ago).unwrap();
    }
    run(&world, 1).await;
    let lies = async |key: &str| world.app.blobs.stored(key).await.unwrap().is_some();
    assert!(lies(&kept).await && lies(&young).await && lies(&lonely).await && !lies(&old).await);
    assert_eq!(world.number("SELECT orphans FROM retention_run").await, 1);

    // The keys are old too: the one of the lonely day goes, the other has a picture.
    world.write(|tx| tx.exec("UPDATE event_key SET made_at = 1", &[])).await;
    run(&world, 2).await;
    let days = "SELECT COUNT(*) FROM event_key";
    assert_eq!(world.number(days).await, 1);
    assert!(!lies(&lonely).await && lies(&kept).await);
    assert!(world.app.seal.day(day).await.unwrap().is_none());
    world.stop().await;
}

#[tokio::test]
async fn photos_nobody_refers_to_go_when_they_are_old() {
    let folder = folder();
    let world = World::start(folder.path(), "amqp://127.0.0.1:1").await;
    world.add_people(["1001".to_owned()]).await;
    let id = IdentityId::new("1001");
    let put = |text: &'static str| world.app.blobs.put_person(&id, text.into());
    // What is left when the platform is killed between a new photo and the row that refers to it, or the removal of the one before.
    let (old, young) = (put("old").await.unwrap().key, put("young").await.unwrap().key);
    let shown = world.write(|tx| tx.first("SELECT photo_key FROM person", &[])).await.unwrap();
    let shown = shown.text("photo_key").unwrap();
    let long_ago = SystemTime::now() - Duration::from_secs(2 * 24 * 3_600);
    for key in [&old, &shown] {
        let file = File::options().write(true).open(folder.path().join("blobs").join(key)).unwrap();
        file.set_modified(long_ago).unwrap();
    }
    run(&world, 1).await;
    let lies = async |key: &str| world.app.blobs.stored(key).await.unwrap().is_some();
    assert!(lies(&shown).await && lies(&young).await && !lies(&old).await);
    assert_eq!(world.number("SELECT orphans FROM retention_run").await, 1);
    world.stop().await;
}
