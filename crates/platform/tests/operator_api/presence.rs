use serde_json::{Value, json};

use crate::events::{joined, upload};
use crate::harness::{Platform, eventually};
use crate::stream::Viewer;
use crate::webhooks::Receiver;

/// The next state a viewer is told of a box.
async fn told(viewer: &mut Viewer, dev_sno: &str) -> String {
    loop {
        let frame = viewer.next().await;
        if frame.kind == "box" && frame.data["dev_sno"] == dev_sno {
            return frame.data["state"].as_str().unwrap().to_owned();
        }
    }
}

#[tokio::test]
async fn a_box_whose_heartbeats_stay_away_is_told_to_be_offline_to_all_who_follow() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let (receiver, url) = Receiver::start().await;
    admin.post("/api/v1/webhooks", json!({"url": url, "filter": {"kinds": ["box"]}})).await.expect(201);
    let (dev_sno, query) = joined(&platform, &admin).await;
    let mut viewer = Viewer::open(&admin, "", None).await;
    let beat = json!({"devSno": dev_sno, "gateway_status": "online", "cpu_usage": 3.5});
    upload(&platform, "/device/status", &query, &beat).await;
    assert_eq!(told(&mut viewer, &dev_sno).await, "online");

    // Three heartbeats stay away: the last one lies a minute back.
    assert_eq!(platform.tamper("UPDATE box SET heartbeat_at = heartbeat_at - 61000").await, 1);
    let shown = admin.get(&format!("/api/v1/boxes/{dev_sno}")).await.expect(200);
    assert_eq!(shown["online"], false, "{shown}");
    assert!(shown["heartbeat_age_ms"].as_i64().unwrap() >= 61_000, "{shown}");
    assert_eq!(admin.get("/api/v1/boxes?online=true").await.expect(200)["items"], json!([]));
    assert_eq!(admin.get("/api/v1/boxes?online=false").await.expect(200)["items"][0]["dev_sno"], dev_sno);
    assert_eq!(admin.get("/api/v1/stats").await.expect(200)["boxes_online"], 0);
    assert_eq!(told(&mut viewer, &dev_sno).await, "offline");
    let states = eventually(async || {
        let bodies = receiver.bodies();
        let states: Vec<Value> = bodies.iter().map(|body| body["data"]["state"].clone()).collect();
        (states.len() >= 2).then_some(states)
    })
    .await;
    assert_eq!(states, [json!("online"), json!("offline")], "each once, in order");

    // And back.
    upload(&platform, "/device/status", &query, &beat).await;
    assert_eq!(told(&mut viewer, &dev_sno).await, "online");
}

#[tokio::test]
async fn boxes_are_measured_by_their_presence() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let (dev_sno, query) = joined(&platform, &admin).await;
    joined(&platform, &admin).await;
    let beat = json!({"devSno": dev_sno, "gateway_status": "online", "cpu_usage": 3.5});
    upload(&platform, "/device/status", &query, &beat).await;
    platform.tamper("UPDATE box SET heartbeat_at = heartbeat_at - 61000").await;
    // Measured once at the start of the process, and every quarter of a minute.
    let platform = platform.restart().await;
    let admin = platform.admin().await;
    let lines = [("online", 0), ("offline", 1), ("never_seen", 1)];
    eventually(async || {
        let text = admin.raw("/metrics").await.text().await.unwrap();
        let told = |(state, count)| text.contains(&format!("menshen_boxes{{state=\"{state}\"}} {count}\n"));
        lines.into_iter().all(told).then_some(())
    })
    .await;
}
