//! A platform that stays away longer than the box's disk lasts: what was dropped is counted, and the platform shows the number.

use std::fs::File;
use std::io::Write as _;

use runtime::testing::make_room;
use serde_json::{Value, json};

use crate::world::{Cast, World};

/// Passages before the disk is nearly full, and after it. The box looks at its disk at every 64th event.
const BEFORE: usize = 20;
const AFTER: usize = 60;

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
    world.wait("the first events", async || (edge.own_events().len() >= BEFORE).then_some(())).await;
    leave_room(&edge.data(), 900 << 10);
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

/// Fills the file system of `directory` until `room` bytes are left.
fn leave_room(directory: &std::path::Path, room: usize) {
    let path = directory.join("ballast");
    let mut ballast = File::create(&path).unwrap();
    for size in [1 << 16, 1 << 12] {
        while ballast.write_all(&vec![0; size]).is_ok() {}
    }
    let length = ballast.metadata().unwrap().len();
    ballast.set_len(length.saturating_sub(room as u64)).unwrap();
}
