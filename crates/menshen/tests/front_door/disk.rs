//! The platform's disk is full: it says so, keeps answering, and loses nothing that a box still holds.

use runtime::testing::{leave_room, make_room, small_disk};
use serde_json::json;

use crate::world::{Cast, World};

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
