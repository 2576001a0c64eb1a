//! A box speaks for its own cameras alone, and can only make the platform keep so many. No broker is needed.

use protocol::DevSno;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::scripted::log_in;
use super::world::{World, folder};
use crate::clock;

const NO_BROKER: &str = "amqp://127.0.0.1:1";
const CAMERAS: &str = "SELECT COUNT(*) FROM camera";

/// A platform with two boxes; answers the queries their requests are known by.
async fn two_boxes() -> (TempDir, World, [String; 2]) {
    let folder = folder();
    let world = World::start(folder.path(), NO_BROKER).await;
    let mut queries = Vec::new();
    for name in ["HONEST", "FORGER"] {
        let dev_sno: DevSno = world.add_box(name, false).await;
        queries.push(format!("?token={}", log_in(&world, &dev_sno, None).await.token));
    }
    (folder, world, queries.try_into().unwrap())
}

fn camera(ep_id: &str, dev_sno: &str, name: &str) -> Value {
    json!({"epId": ep_id, "devSno": dev_sno, "direction": 0, "epType": "2", "epName": name, "epIp": "192.0.2.1",
        "epStatus": "1", "privilegeGroupKey": "0"})
}

async fn tell(world: &World, query: &str, body: Value) {
    assert_eq!(world.post(&format!("/device/cameras{query}"), body.to_string()).await.0, 200);
}

async fn beat(world: &World, query: &str, cameras: Value) {
    let status = json!({"gateway_ip": "192.0.2.7", "gateway_name": "box", "gateway_status": "online", "gateway_sn": "S1",
        "gateway_ext_data": {"sw_version": "1"}, "sub_devices": cameras});
    assert_eq!(world.post(&format!("/device/status{query}"), status.to_string()).await.0, 200);
}

fn beaten(ep_id: &str) -> Value {
    json!({"ep_id": ep_id, "ep_name": "forged", "ep_ip": "192.0.2.66", "ep_status": "offline", "ep_type": "1"})
}

#[tokio::test]
async fn a_box_cannot_take_rename_or_remove_a_camera_of_another() {
    let (_folder, world, [honest, forger]) = two_boxes().await;
    let ids = ["HONEST__192.0.2.1", "00:11:22:33:44:55__rtsp://192.0.2.1/1", "192.0.2.1"];
    let told: Vec<Value> = ids.iter().map(|id| camera(id, "HONEST", "front")).collect();
    tell(&world, &honest, json!({"actionType": 1, "deviceInfo": told[0]})).await;
    beat(
        &world,
        &honest,
        json!(
            ids.map(
                |id| json!({"ep_id": id, "ep_name": "front", "ep_ip": "192.0.2.1", "ep_status": "online"})
            )
        ),
    )
    .await;
    let untouched =
        "SELECT COUNT(*) FROM camera WHERE dev_sno = 'HONEST' AND name = 'front' AND state = 'online'";
    assert_eq!(world.number(untouched).await, 3);

    for id in ids {
        beat(&world, &forger, json!([beaten(id)])).await;
        let forged = camera(id, "FORGER", "forged");
        tell(&world, &forger, json!({"actionType": 1, "deviceInfo": forged})).await;
        tell(&world, &forger, json!({"actionType": 2, "deviceInfo": forged})).await;
    }
    let list = json!({"devSno": "FORGER", "deviceList": [camera("HONEST__192.0.2.2", "FORGER", "new")]});
    tell(&world, &forger, list).await;
    assert_eq!((world.number(untouched).await, world.number(CAMERAS).await), (3, 3));

    // A camera that moved belongs to whoever reports it when its box has not for a day; what bears a box's key, to that box at once.
    world.write(|tx| tx.exec("UPDATE camera SET seen_at = seen_at - 90000000", &[])).await;
    beat(&world, &forger, json!([beaten(ids[1]), beaten(ids[0])])).await;
    assert_eq!(world.number("SELECT COUNT(*) FROM camera WHERE dev_sno = 'FORGER'").await, 1);
    world.write(|tx| tx.exec("UPDATE camera SET dev_sno = 'FORGER' WHERE ep_id LIKE 'HONEST%'", &[])).await;
    beat(&world, &honest, json!([beaten(ids[0])])).await;
    assert_eq!(world.number("SELECT COUNT(*) FROM camera WHERE dev_sno = 'FORGER'").await, 1);
    world.stop().await;
}

#[tokio::test]
async fn a_box_has_only_so_many_cameras_however_it_tells_of_them() {
    let (_folder, world, [honest, forger]) = two_boxes().await;
    let fresh = |batch: usize| (0..200).map(|n| beaten(&format!("FORGER__{batch}.{n}"))).collect::<Vec<_>>();
    for batch in 0..3 {
        beat(&world, &forger, json!(fresh(batch))).await;
    }
    assert_eq!(world.number(CAMERAS).await, 256);
    tell(
        &world,
        &forger,
        json!({"actionType": 1, "deviceInfo": camera("FORGER__9.9", "FORGER", "one more")}),
    )
    .await;
    assert_eq!(world.number(CAMERAS).await, 256);
    // Those that are kept are still followed, and other boxes have their own.
    tell(
        &world,
        &forger,
        json!({"actionType": 1, "deviceInfo": camera("FORGER__0.0", "FORGER", "followed")}),
    )
    .await;
    assert_eq!(world.number("SELECT COUNT(*) FROM camera WHERE name = 'followed'").await, 1);
    beat(&world, &honest, json!([beaten("HONEST__192.0.2.1")])).await;
    assert_eq!(world.number("SELECT COUNT(*) FROM camera WHERE dev_sno = 'HONEST'").await, 1);
    // A complete list makes room.
    tell(
        &world,
        &forger,
        json!({"devSno": "FORGER", "deviceList": [camera("FORGER__new", "FORGER", "new")]}),
    )
    .await;
    assert_eq!(world.number("SELECT COUNT(*) FROM camera WHERE dev_sno = 'FORGER'").await, 1);
    assert!(world.number("SELECT MAX(seen_at) FROM camera").await <= clock::now());
    world.stop().await;
}
