//! Templates follow the photos and the model pack in use.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use protocol::{GroupId, IdentityId};
use serde_json::json;

use super::scripted::log_in;
use super::world::{World, folder};
use crate::db::person::{self, Fields};
use crate::look_alikes::LookAlikes;
use crate::{clock, photos};

/// Nothing listens there; nothing here needs a broker.
const NOWHERE: &str = "amqp://guest:guest@127.0.0.1:1/%2f";

pub(super) fn models() -> PathBuf {
    let set_up = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    std::env::var_os("MENSHEN_MODELS").map_or_else(set_up, PathBuf::from)
}

pub(super) fn portrait() -> Bytes {
    let shared = std::env::var_os("MENSHEN_FACES").map(PathBuf::from);
    let file = shared.map_or_else(
        || models().join("test-photos/obama.jpg"),
        |faces| faces.join("portraits/actor_a/img1.jpg"),
    );
    std::fs::read(&file)
        .unwrap_or_else(|error| panic!("{}: {error}; run scripts/setup", file.display()))
        .into()
}

/// Everything stored of an area, oldest first.
fn stored(folder: &Path, area: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.join("blobs").join(area)];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).unwrap().map(Result::unwrap) {
            match entry.file_type().unwrap().is_dir() {
                true => folders.push(entry.path()),
                false => found.push(entry.path()),
            }
        }
    }
    found.sort_by_key(|file| file.metadata().unwrap().modified().unwrap());
    found
}

/// As a failing disk would.
fn damage(file: &Path) {
    let mut bytes = std::fs::read(file).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(file, bytes).unwrap();
}

fn somebody(id: &IdentityId) -> Fields {
    Fields {
        name: format!("name of {id}"),
        kind: 1,
        info: json!({}),
        valid_from: None,
        valid_until: None,
        groups: vec![GroupId::default_group()],
    }
}

/// Adds somebody with a photo, with its template where there is an engine.
async fn add(world: &World, id: &IdentityId) {
    let added = id.clone();
    world.write(move |tx| person::insert(tx, &added, &somebody(&added), clock::now())).await;
    let face = world.app.judge.template_in_turn(portrait()).await.ok().flatten();
    let kept = photos::keep(&world.app, id, portrait(), face.as_ref()).await.unwrap();
    let id = id.clone();
    world.write(move |tx| kept.set(tx, &id, clock::now())).await;
}

#[tokio::test]
async fn a_photo_that_cannot_be_opened_holds_nobody_up() {
    let folder = folder();
    let world = World::start(folder.path(), NOWHERE).await;
    for id in ["1", "2"] {
        add(&world, &IdentityId::new(id)).await;
    }
    world.stop().await;
    damage(&stored(folder.path(), "person")[0]);
    let world = World::start_with(folder.path(), NOWHERE, |config| config.vision.models = models()).await;
    world.until("SELECT COUNT(*) FROM person_template", 2).await;
    assert_eq!(world.number("SELECT COUNT(*) FROM person_template WHERE sealed IS NULL").await, 1);
    assert_eq!(
        world
            .number("SELECT COUNT(*) FROM person_template WHERE identity_id = '2' AND sealed IS NOT NULL")
            .await,
        1
    );
    world.stop().await;
}

#[tokio::test]
async fn a_picture_that_cannot_be_opened_holds_no_other_up() {
    let folder = folder();
    let world = World::start(folder.path(), NOWHERE).await;
    let dev_sno = world.add_box("PICTURES01", false).await;
    let token = log_in(&world, &dev_sno, None).await.token;
    // The newest is looked at first. What follows the end of a picture is no part of it.
    for (taken_at, end) in [(clock::now() - 60_000, "a"), (clock::now() - 30_000, "b")] {
        let picture = BASE64_STANDARD.encode([&portrait()[..], end.as_bytes()].concat());
        let event = json!([{
            "identity_id": "9", "identity_name": "", "timestamp": taken_at, "score": 0.1,
            "ext_data": {"device_ip": "192.0.2.9", "person_type": 4, "spot_pic": picture},
        }]);
        assert_eq!(world.post(&format!("/device/records?token={token}"), event.to_string()).await.0, 200);
    }
    world.stop().await;
    damage(&stored(folder.path(), "event")[1]);
    let world = World::start_with(folder.path(), NOWHERE, |config| {
        config.vision.models = models();
        config.search.by_face = true;
    })
    .await;
    world.until("SELECT COUNT(*) FROM event_template", 1).await;
    let oldest = "SELECT COUNT(*) FROM event_template t JOIN event e ON e.id = t.event_id
                  WHERE e.taken_at = (SELECT MIN(taken_at) FROM event)";
    assert_eq!(world.number(oldest).await, 1);
    world.stop().await;
}

#[tokio::test]
async fn whoever_comes_after_the_last_one_has_gone_is_compared_too() {
    let folder = folder();
    let world = World::start_with(folder.path(), NOWHERE, |config| config.vision.models = models()).await;
    let [one, two, three] = ["1", "2", "3"].map(IdentityId::new);
    add(&world, &one).await;
    assert_eq!(alike(&world, &one).await, Vec::<String>::new());
    // The wrong id: deleted, and added again under another.
    world.remove_person("1").await;
    add(&world, &two).await;
    add(&world, &three).await;
    assert_eq!(alike(&world, &three).await, ["2"]);
    world.stop().await;
}

async fn alike(world: &World, id: &IdentityId) -> Vec<String> {
    let found = LookAlikes::of(&world.app, id).await.unwrap().unwrap();
    found.into_iter().map(|other| other.identity_id).collect()
}

#[tokio::test]
async fn photos_that_came_without_an_engine_get_their_template_when_there_is_one() {
    let folder = folder();
    let world = World::start(folder.path(), NOWHERE).await;
    let ids = ["1", "2", "3"].map(IdentityId::new);
    let people = ids.clone();
    world
        .write(move |tx| {
            for id in &people {
                person::insert(tx, id, &somebody(id), clock::now())?;
            }
            Ok(())
        })
        .await;
    for (id, photo) in ids.iter().zip([portrait(), portrait(), Bytes::from_static(b"no picture")]) {
        let kept = photos::keep(&world.app, id, photo, None).await.unwrap();
        let id = id.clone();
        world.write(move |tx| kept.set(tx, &id, clock::now())).await;
    }
    assert_eq!(world.number("SELECT COUNT(*) FROM person_template").await, 0);
    world.stop().await;

    let world = World::start_with(folder.path(), NOWHERE, |config| config.vision.models = models()).await;
    world.until("SELECT COUNT(*) FROM person_template", 3).await;
    // That nobody is recognised in a photo is remembered too, so that it is not looked at for ever.
    assert_eq!(world.number("SELECT COUNT(*) FROM person_template WHERE sealed IS NOT NULL").await, 2);
    let alike = LookAlikes::of(&world.app, &ids[0]).await.unwrap().unwrap();
    assert_eq!(alike.iter().map(|other| other.identity_id.as_str()).collect::<Vec<_>>(), ["2"]);
    assert!(alike[0].possible_duplicate);
    assert!(LookAlikes::of(&world.app, &ids[2]).await.unwrap().is_none());
    world.stop().await;
}
