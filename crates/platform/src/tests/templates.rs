//! Templates follow the photos and the model pack in use.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use protocol::{GroupId, IdentityId};
use serde_json::json;

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

#[tokio::test]
async fn photos_that_came_without_an_engine_get_their_template_when_there_is_one() {
    let folder = folder();
    let world = World::start(folder.path(), NOWHERE).await;
    let ids = ["1", "2", "3"].map(IdentityId::new);
    let people = ids.clone();
    world
        .write(move |tx| {
            for id in &people {
                let fields = Fields {
                    name: format!("name of {id}"),
                    kind: 1,
                    info: json!({}),
                    valid_from: None,
                    valid_until: None,
                    groups: vec![GroupId::default_group()],
                };
                person::insert(tx, id, &fields, clock::now())?;
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
