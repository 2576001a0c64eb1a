//! Full disks. The platform says so, keeps answering, and loses nothing that a box still holds; a box counts what it must drop, and
//! the platform shows the number.

use runtime::testing::{leave_room, make_room, small_disk};
use serde_json::{Value, json};

use crate::world::{Cast, World};

/// Passages before the disk is nearly full, and after it. The box looks at its disk at every 64th event.
const BEFORE: usize = 20;
const AFTER: usize = 60;

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
async fn events_dropped_for_want_of_room_are_counted_on_the_platform() {
    let (world, cast) = (World::start().await, Cast::gather());
    let dev_sno = world.register(json!({})).await;
    let Some(edge) = world.start_edge_on_small_disk(&dev_sno, "24m") else { return };
    world.online(&dev_sno).await;
    let look = cast.two.look.shrunk(480);
    world.platform.kill();
    for number in 0..BEFORE {
        edge.see(&look.numbered(number));
    }
    // SQLite follows links and so never reaches a file among another process's mounts: the box itself is asked.
    world
        .wait("the first events", async || {
            let (_, status) = edge.own_call("GET", "/api/v1/status", &Value::Null).await;
            (status["events"]["kept"].as_u64()? >= BEFORE as u64).then_some(())
        })
        .await;
    leave_room(&edge.data(), 900 << 10).unwrap();
    for number in 0..AFTER {
        edge.see(&look.numbered(BEFORE + number));
    }
    world
        .wait("events to be dropped", async || {
            edge.server.log().contains("events were dropped").then_some(())
        })
        .await;
    make_room(&edge.data()).unwrap();
    world.platform.start_again();
    world.until_ready().await;
    let ring = world
        .wait("the number of dropped events", async || {
            let shown = world.api.get(&format!("/api/v1/boxes/{dev_sno}")).await;
            let ring = shown["heartbeat"]["gateway_ext_data"]["menshen"]["events"].clone();
            let dropped = ring["dropped_unsent"].as_i64()?;
            let told = i64::try_from(world.events().await.len()).ok()?;
            // Whatever was not dropped arrives.
            (dropped > 0 && told + dropped == ring["newest"].as_i64()?).then_some(ring)
        })
        .await;
    assert_ne!(ring["newest"], Value::from(0));
    println!("{ring}");
}
