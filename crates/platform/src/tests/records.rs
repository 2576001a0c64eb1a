//! Events arrive: once per capture, whatever way and however often.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::scripted::log_in;
use super::world::{World, folder};

const NO_BROKER: &str = "amqp://127.0.0.1:1";
const EVENTS: &str = "SELECT COUNT(*) FROM event";

fn event(person: &str, taken_at: i64) -> Value {
    json!({
        "identity_id": person, "identity_name": "Zhang San", "group_name": "default_group", "timestamp": taken_at, "score": 0.62,
        "ext_data": {"device_ip": "192.0.2.9", "ep_id": "EVENTS0001__192.0.2.9", "person_type": 1, "device_type": "2",
            "grab_fiqa_info": {}, "box_fiqa_info": {}, "menshen": {"verdict": "let_in"}},
    })
}

async fn world() -> (tempfile::TempDir, World, String) {
    let folder = folder();
    let world = World::start(folder.path(), NO_BROKER).await;
    let dev_sno = world.add_box("EVENTS0001", false).await;
    let token = log_in(&world, &dev_sno, None).await.token;
    (folder, world, token)
}

#[tokio::test]
async fn the_same_capture_by_both_ways_is_one_event() {
    let (_folder, world, token) = world().await;
    let (realtime, records) =
        (format!("/device/realtime?token={token}"), format!("/device/records?token={token}"));
    let mut live = world.app.live.subscribe();
    // Real time may know the camera by its address only.
    let mut at_once = event("p1", 1_566_016_554_020);
    at_once["ext_data"].as_object_mut().unwrap().remove("ep_id");
    assert_eq!(
        world.post(&realtime, at_once.to_string()).await,
        (200, json!({"status": 0, "message": "ok", "data": null}))
    );
    let by_camera = "SELECT COUNT(*) FROM event WHERE ep_id = 'EVENTS0001__192.0.2.9'";
    assert_eq!(world.number(by_camera).await, 1);
    let picture = BASE64_STANDARD.encode([0xff, 0xd8, 0xff, 0xe0]);
    let mut later = event("p1", 1_566_016_554_020);
    later["ext_data"]["spot_pic"] = json!(format!("data:image/jpeg;base64,{picture}"));
    let batch = json!([later, event("p2", 1_566_016_554_020), event("p1", 1_566_016_554_021)]);
    assert_eq!(world.post(&records, batch.to_string()).await.0, 200);
    assert_eq!(world.number(EVENTS).await, 3);
    let both =
        "SELECT COUNT(*) FROM event WHERE realtime_at IS NOT NULL AND history_at IS NOT NULL AND repeats = 0
        AND spot_key IS NOT NULL AND ep_id IS NOT NULL";
    assert_eq!(world.number(both).await, 1);
    // An answer that got lost: the box repeats the whole batch.
    assert_eq!(world.post(&records, batch.to_string()).await.0, 200);
    assert_eq!(world.number(EVENTS).await, 3);
    assert_eq!(world.number("SELECT CAST(SUM(repeats) AS BIGINT) FROM event").await, 3);
    let mut told = Vec::new();
    while told.len() < 3 {
        let next = tokio::time::timeout(super::world::PATIENCE, live.recv()).await.unwrap().unwrap();
        told.extend((next.head.kind == "event").then_some(next));
    }
    assert_eq!(told[0].head.identity_id.as_deref(), Some("p1"));
    assert_eq!(
        world.number("SELECT COUNT(*) FROM feed WHERE kind = 'event'").await,
        3,
        "told once per capture"
    );
    world.stop().await;
}

#[tokio::test]
async fn every_documented_envelope_is_read() {
    let (_folder, world, token) = world().await;
    let path = format!("/device/records?token={token}");
    let mut time = 1_566_016_554_020;
    let mut next = || {
        time += 1;
        event("p1", time)
    };
    let shapes = [
        next(),
        json!([next(), next()]),
        json!({"events": [next()]}),
        json!({"data": [next()]}),
        json!({"records": [next()]}),
        json!({"event_list": [next()]}),
        json!({"list": [next()]}),
    ];
    for shape in shapes {
        let (status, answer) = world.post(&path, shape.to_string()).await;
        assert_eq!(status, 200, "{shape}: {answer}");
    }
    assert_eq!(world.number(EVENTS).await, 8);
    let form = [
        ("identity_id", "p9".to_owned()),
        ("timestamp", "1566016554999".to_owned()),
        ("ext_data", next()["ext_data"].to_string()),
    ];
    let request = world.http.post(format!("{}{path}", world.base)).form(&form);
    assert_eq!(request.send().await.unwrap().status(), 200);
    let parts = form.into_iter().fold(reqwest::multipart::Form::new(), |parts, (name, value)| {
        parts.text(name, value.replace("p9", "p10"))
    });
    let request = world.http.post(format!("{}{path}", world.base)).multipart(parts);
    assert_eq!(request.send().await.unwrap().status(), 200);
    assert_eq!(world.number(EVENTS).await, 10);
    world.stop().await;
}

#[tokio::test]
async fn one_event_nobody_can_read_does_not_hold_up_the_others() {
    let (_folder, world, token) = world().await;
    let path = format!("/device/records?token={token}");
    let batch =
        json!([event("p1", 1_566_016_554_020), {"identity_id": "p2"}, event("p3", 1_566_016_554_020)]);
    assert_eq!(world.post(&path, batch.to_string()).await.0, 200);
    assert_eq!(world.number(EVENTS).await, 2);
    assert_eq!(world.app.counts.events_unreadable.get(), 1);
    // Alone, it is refused with the reason.
    let (status, answer) = world.post(&path, r#"{"identity_id": "p2"}"#).await;
    assert_eq!((status, &answer["error"]["code"]), (400, &json!(40071)));
    // A text the database cannot hold is such an event too.
    let batch = json!([event("p\0", 1_566_016_554_020), event("p3", 1_566_016_554_021)]);
    assert_eq!(world.post(&path, batch.to_string()).await.0, 200);
    assert_eq!((world.number(EVENTS).await, world.app.counts.events_unreadable.get()), (3, 2));
    let mut named = event("p2", 1_566_016_554_020);
    named["identity_name"] = json!("Zhang\0San");
    let (status, answer) = world.post(&path, named.to_string()).await;
    assert_eq!((status, &answer["error"]["code"]), (400, &json!(40071)));
    // A picture that is none does not take the recognition with it.
    let mut unreadable = event("p4", 1_566_016_554_020);
    unreadable["ext_data"]["spot_pic"] = json!("***");
    assert_eq!(world.post(&path, unreadable.to_string()).await.0, 200);
    assert_eq!(world.number(EVENTS).await, 4);
    assert_eq!(world.app.counts.pictures_unreadable.get(), 1);
    world.stop().await;
}

#[tokio::test]
async fn limits_are_told() {
    let (_folder, world, token) = world().await;
    let path = format!("/device/records?token={token}");
    let many =
        |count: i64| Value::Array((0..count).map(|number| event("p1", 1_566_016_554_020 + number)).collect());
    assert_eq!(world.post(&path, many(1_000).to_string()).await.0, 200);
    assert_eq!(world.number(EVENTS).await, 1_000);
    let (status, answer) = world.post(&path, many(1_001).to_string()).await;
    assert_eq!((status, &answer["error"]["code"]), (413, &json!(41300)));
    let huge = vec![b' '; 33 * 1024 * 1024];
    let url = format!("{}{path}", world.base);
    // The refusal may arrive as an answer or as a connection closed on us while we still send.
    if let Ok(response) = world.http.post(url).body(huge).send().await {
        assert_eq!(response.status(), 413);
    }
    assert_eq!(world.post(&path, event("p2", 1).to_string()).await.0, 200, "the next message works");
    world.stop().await;
}

#[tokio::test]
async fn many_boxes_at_once_share_commits() {
    let (_folder, world, token) = world().await;
    let path = format!("/device/records?token={token}");
    let world = std::sync::Arc::new(world);
    let senders = (0..16_i64).map(|sender| {
        let (world, path) = (std::sync::Arc::clone(&world), path.clone());
        tokio::spawn(async move {
            for number in 0..25 {
                // Every capture is sent by two senders at the same time.
                let body = event("p1", 1_566_016_554_000 + sender / 2 * 100 + number).to_string();
                assert_eq!(world.post(&path, body).await.0, 200);
            }
        })
    });
    for sender in senders.collect::<Vec<_>>() {
        sender.await.unwrap();
    }
    assert_eq!(world.number(EVENTS).await, 200);
    assert_eq!(world.number("SELECT CAST(SUM(repeats) AS BIGINT) FROM event").await, 200);
}

#[tokio::test]
async fn cameras_and_heartbeats_are_remembered() {
    let (_folder, world, token) = world().await;
    let query = format!("?token={token}");
    let operate = json!({"actionType": 1, "deviceInfo": {"epId": "EVENTS0001__192.0.2.9", "devSno": "EVENTS0001", "direction": 1,
        "epType": "2", "epName": "front", "epIp": "192.0.2.9", "epStatus": "1", "privilegeGroupKey": "0"}});
    assert_eq!(world.post(&format!("/device/cameras{query}"), operate.to_string()).await.0, 200);
    let status = json!({"gateway_ip": "192.0.2.7", "gateway_name": "box", "gateway_status": "online", "gateway_sn": "S1",
        "gateway_ext_data": {"sw_version": "1"}, "sub_devices": [
            {"ep_id": "EVENTS0001__192.0.2.9", "ep_ip": "192.0.2.9", "ep_status": "offline", "ep_type": "2"},
            {"ep_id": "EVENTS0001__192.0.2.10", "ep_name": "back", "ep_ip": "192.0.2.10", "ep_status": "online", "ep_type": "1"}]});
    assert_eq!(world.post(&format!("/device/status{query}"), status.to_string()).await.0, 200);
    assert_eq!(world.number("SELECT COUNT(*) FROM camera WHERE state = 'online'").await, 1);
    let kept = "SELECT COUNT(*) FROM camera WHERE name = 'front' AND direction = 'out' AND state = 'offline' AND group_id = '0'";
    assert_eq!(world.number(kept).await, 1, "a heartbeat keeps what only the report knew");
    assert_eq!(world.number("SELECT COUNT(*) FROM box WHERE heartbeat_at IS NOT NULL").await, 1);
    let other = json!({"actionType": 1, "deviceInfo": {"epId": "4f0c__192.0.2.11", "devSno": "EVENTS0001", "epIp": "192.0.2.11"}});
    assert_eq!(world.post(&format!("/device/cameras{query}"), other.to_string()).await.0, 200);
    let mut seen = event("p1", 1_566_016_554_020);
    let told = seen["ext_data"].as_object_mut().unwrap();
    told.remove("ep_id");
    told.insert("device_ip".to_owned(), json!("192.0.2.11"));
    assert_eq!(world.post(&format!("/device/realtime{query}"), seen.to_string()).await.0, 200);
    let of_reported = "SELECT COUNT(*) FROM event WHERE ep_id = '4f0c__192.0.2.11'";
    assert_eq!(world.number(of_reported).await, 1, "its camera is the one the box reports at that address");
    let gone =
        json!({"actiontype": 2, "deviceInfo": {"epId": "EVENTS0001__192.0.2.9", "devSno": "EVENTS0001"}});
    assert_eq!(world.post(&format!("/device/cameras{query}"), gone.to_string()).await.0, 200);
    assert_eq!(world.number("SELECT COUNT(*) FROM camera").await, 2);
    world.stop().await;
}
