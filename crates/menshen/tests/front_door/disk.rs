//! Full disks. The platform says so, keeps answering, and loses nothing that a box still holds; a box whose disk somebody else has
//! filled keeps the newest events, counts those it has to drop, and the platform shows the number.

use std::path::Path;

use runtime::testing::{leave_room, make_room, small_disk};
use serde_json::{Value, json};

use crate::world::{Cast, EdgeBox, World};

/// Passages before the box's disk is full, and after it.
const BEFORE: usize = 6;
const AFTER: usize = 12;

#[tokio::test(flavor = "multi_thread")]
async fn the_platform_with_a_full_disk_says_so_and_goes_on_when_there_is_room() {
    let Some(world) = World::start_through(|data| small_disk(data, "96m")).await else { return };
    let cast = Cast::gather();
    let edge = world.add_box(json!({})).await;
    world.enrol("1001", "Zhang San", &["0"], &cast.one.photo).await;
    world.proved(&edge.dev_sno, "1001").await;

    leave_room(&world.data(), 0).unwrap();
    let person = json!({"identity_id": "1002", "name": "Li Si"});
    let (status, refusal) = world.api.call("POST", "/api/v1/people", Some(&person)).await;
    assert_eq!(status, 507, "{refusal}");
    assert!(refusal["error"]["message"].as_str().unwrap().contains("disk is full"), "{refusal}");
    edge.see(&cast.one.look);
    world.wait("the box to have seen somebody", async || (!edge.own_events().is_empty()).then_some(())).await;
    world
        .wait("the platform to call itself not ready", async || {
            (world.api.call("GET", "/readyz", None).await.0 == 503).then_some(())
        })
        .await;
    assert_eq!(world.api.get("/api/v1/people/1001").await["name"], "Zhang San", "what is there can be read");
    assert_eq!(world.events().await.len(), 0);

    make_room(&world.data()).unwrap();
    world.until_ready().await;
    world.api.must("POST", "/api/v1/people", &person).await;
    let seen = world
        .wait("the event the box kept", async || {
            let events = world.events().await;
            (!events.is_empty()).then_some(events)
        })
        .await;
    assert_eq!((seen.len(), &seen[0]["identity_id"]), (1, &json!("1001")), "{seen:?}");
    assert!(world.platform.is_as_wanted(), "it never went away");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_store_with_a_full_disk_is_told_of_and_no_event_is_taken_without_its_picture() {
    let photos = |data: &Path| data.join("blobs");
    let small = |data: &Path| {
        std::fs::create_dir(photos(data)).unwrap();
        small_disk(&photos(data), "24m")
    };
    let Some(world) = World::start_through(small).await else { return };
    let (cast, photos) = (Cast::gather(), photos(&world.data()));
    let edge = world.add_box(json!({})).await;
    world.enrol("1001", "Zhang San", &["0"], &cast.one.photo).await;
    world.proved(&edge.dev_sno, "1001").await;

    leave_room(&photos, 0).unwrap();
    let person = json!({"identity_id": "1002", "name": "Wang Wu", "groups": ["0"]});
    world.api.must("POST", "/api/v1/people", &person).await;
    let (status, refusal) = world.api.put_photo("1002", &cast.two.photo).await;
    assert_eq!((status, &refusal["error"]["code"]), (507, &json!("storage_full")), "{refusal}");
    assert!(
        refusal["error"]["message"].as_str().unwrap().contains("free some space and try again"),
        "{refusal}"
    );
    edge.see(&cast.one.look);
    world.wait("the box to have seen somebody", async || (!edge.own_events().is_empty()).then_some(())).await;
    let unready = async || {
        let (status, parts) = world.api.call("GET", "/readyz", None).await;
        (status == 503).then_some(parts)
    };
    let parts = world.wait("the platform to call itself not ready", unready).await;
    assert_eq!((&parts["blobs"]["ok"], &parts["database"]["ok"]), (&json!(false), &json!(true)), "{parts}");
    assert!(world.api.get("/api/v1/people/1002").await["photo"].is_null(), "nothing half is kept");

    make_room(&photos).unwrap();
    world.until_ready().await;
    let (status, verdict) = world.api.put_photo("1002", &cast.two.photo).await;
    assert_eq!(status, 200, "{verdict}");
    world.proved(&edge.dev_sno, "1002").await;
    let event = world.wait("the event the box kept", async || world.events().await.pop()).await;
    let picture = world.api.bytes(event["photos"]["spot"].as_str().unwrap()).await;
    assert!(picture.len() > 1000, "the picture came with it: {} bytes", picture.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn events_dropped_for_want_of_room_are_counted_on_the_platform() {
    let (world, cast) = (World::start().await, Cast::gather());
    let dev_sno = world.register(json!({})).await;
    let Some(edge) = world.start_edge_on_small_disk(&dev_sno, "24m") else { return };
    world.online(&dev_sno).await;
    let look = cast.two.look.shrunk(480);
    world.platform.kill();
    let mut full = Value::Null;
    for number in 0..BEFORE {
        edge.see(&look.numbered(number));
        full = ring(&world, &edge, number + 1).await;
    }
    assert_eq!((&full["dropped_unsent"], &full["kept"]), (&json!(0), &json!(BEFORE)), "there was room");

    leave_room(&edge.data(), 0).unwrap();
    let mut own = Value::Null;
    for number in BEFORE..BEFORE + AFTER {
        edge.see(&look.numbered(number));
        own = ring(&world, &edge, number + 1).await;
    }
    let [kept, dropped] =
        ["kept", "dropped_unsent"].map(|name| usize::try_from(own[name].as_i64().unwrap()).unwrap());
    assert!(dropped > 0 && own["lost"] == 0, "the oldest go, the newest are kept: {own}");
    assert_eq!(kept + dropped, BEFORE + AFTER, "each is kept or counted: {own}");

    make_room(&edge.data()).unwrap();
    world.platform.start_again();
    world.until_ready().await;
    world
        .wait("the number of dropped events", async || {
            let shown = world.api.get(&format!("/api/v1/boxes/{dev_sno}")).await;
            (shown["heartbeat"]["gateway_ext_data"]["menshen"]["events"]["dropped_unsent"] == dropped)
                .then_some(())
        })
        .await;
    world.wait("what was not dropped", async || (world.events().await.len() == kept).then_some(())).await;
}

/// The box's own word about its events, once it has numbered this many; SQLite follows links and so never reaches a file among
/// another process's mounts, so the box itself is asked.
async fn ring(world: &World, edge: &EdgeBox, events: usize) -> Value {
    world
        .wait(&format!("{events} events"), async || {
            let (_, status) = edge.own_call("GET", "/api/v1/status", &Value::Null).await;
            (status["events"]["newest"].as_u64()? >= events as u64).then(|| status["events"].clone())
        })
        .await
}
