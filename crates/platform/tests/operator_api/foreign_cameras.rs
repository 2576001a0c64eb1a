//! An event is its sender's, whatever camera it names: one of another box is not believed, and the event is kept.

use serde_json::{Value, json};

use crate::events::{START, event, joined, upload};
use crate::harness::{Platform, User, eventually};
use crate::stream::Viewer;

/// What a box reports of its cameras.
async fn reports(platform: &Platform, dev_sno: &str, query: &str, cameras: &[&str]) {
    let one = |ep_id: &&str| json!({"ep_id": ep_id, "ep_name": "vault", "ep_ip": "192.0.2.1", "ep_status": "online"});
    let cameras: Vec<Value> = cameras.iter().map(one).collect();
    let beat = json!({"devSno": dev_sno, "gateway_status": "online", "sub_devices": cameras});
    upload(platform, "/device/status", query, &beat).await;
}

/// An event that names this camera, and an address only when there is one.
fn at(camera: &str, person: &str, taken_at: i64, device_ip: &str) -> Value {
    let mut event = event(person, taken_at, 1);
    event["ext_data"]["ep_id"] = json!(camera);
    event["ext_data"]["device_ip"] = json!(device_ip);
    event
}

async fn listed(admin: &User, query: &str) -> Vec<Value> {
    let page = admin.get(&format!("/api/v1/events?{query}")).await.expect(200);
    page["items"].as_array().unwrap().clone()
}

/// The next event a viewer is told.
async fn told(viewer: &mut Viewer) -> Value {
    loop {
        let frame = viewer.next().await;
        if frame.kind == "event" {
            return frame.data;
        }
    }
}

#[tokio::test]
async fn an_event_that_names_another_boxs_camera_is_kept_as_its_senders_without_it() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let (honest, honest_query) = joined(&platform, &admin).await;
    let (forger, forger_query) = joined(&platform, &admin).await;
    let (keyed, unkeyed) = (format!("{honest}__192.0.2.1"), "00:11:22:33:44:55__192.0.2.1");
    reports(&platform, &honest, &honest_query, &[&keyed, unkeyed]).await;
    let mut watching = Viewer::open(&admin, &format!("?kind=event&ep_id={keyed}"), None).await;
    let mut everything = Viewer::open(&admin, "?kind=event", None).await;

    // As the protocol writes ids, of a camera nobody has reported, and as other makers write them; by both ways, one with a repeat.
    let never_reported = format!("{honest}__192.0.2.9");
    let forged = [
        at(&keyed, "1001", START, "192.0.2.1"),
        at(&never_reported, "1002", START + 1, ""),
        at(unkeyed, "1003", START + 2, "192.0.2.1"),
    ];
    upload(&platform, "/device/records", &forger_query, &json!(forged)).await;
    upload(&platform, "/device/realtime", &forger_query, &forged[0]).await;
    upload(&platform, "/device/realtime", &forger_query, &forged[1]).await;
    upload(&platform, "/device/records", &honest_query, &json!([at(&keyed, "1004", START + 3, "192.0.2.1")]))
        .await;

    let sent = listed(&admin, &format!("dev_sno={forger}")).await;
    let cameras: Vec<_> =
        sent.iter().rev().map(|row| (&row["ep_id"], &row["detail"]["foreign_ep_id"])).collect();
    let said = [keyed.as_str(), &never_reported, unkeyed].map(Value::from);
    assert_eq!(cameras, said.each_ref().map(|said| (&Value::Null, said)), "{sent:?}");
    // What else was said, and that the two ways told of one capture, is as always.
    assert!(sent.iter().all(|row| row["verdict"] == "let_in" && row["box_name"] == "front door"), "{sent:?}");
    let by_both = sent.iter().filter(|row| row["realtime_at"].is_i64() && row["history_at"].is_i64());
    assert_eq!(by_both.count(), 2, "{sent:?}");

    let shown = listed(&admin, &format!("ep_id={keyed}")).await;
    assert_eq!((shown.len(), &shown[0]["identity_id"]), (1, &json!("1004")), "{shown:?}");
    assert_eq!(listed(&admin, &format!("ep_id={unkeyed}")).await, Vec::<Value>::new());
    // Whoever watches the camera is told of its own event alone.
    let frame = told(&mut watching).await;
    assert_eq!((&frame["identity_id"], &frame["dev_sno"]), (&json!("1004"), &json!(honest)));
    for person in ["1001", "1002", "1003", "1004"] {
        assert_eq!(told(&mut everything).await["identity_id"], person);
    }
    eventually(async || {
        let text = admin.raw("/metrics").await.text().await.unwrap();
        text.contains("menshen_event_cameras_foreign_total 5\n").then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_id_that_tells_nothing_is_whoevers_who_reports_it_at_present() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let (first, first_query) = joined(&platform, &admin).await;
    let (second, second_query) = joined(&platform, &admin).await;
    let camera = "3714be15-09b3-41ec-b9ce-62b668e5fa32__192.0.2.1";
    let seen = async |query: &str, person: &str, taken_at: i64| {
        upload(&platform, "/device/records", query, &at(camera, person, taken_at, "192.0.2.1")).await;
        listed(&admin, &format!("identity_id={person}")).await[0]["ep_id"].clone()
    };
    // Nobody has reported it: it is taken for the sender's.
    assert_eq!(seen(&second_query, "1", START).await, camera);
    reports(&platform, &first, &first_query, &[camera]).await;
    assert_eq!(seen(&first_query, "2", START + 1).await, camera);
    assert_eq!(seen(&second_query, "3", START + 2).await, Value::Null);
    // It moved: its box has not reported it for a day, and the other one does.
    assert_eq!(platform.tamper("UPDATE camera SET seen_at = seen_at - 90000000").await, 1);
    reports(&platform, &second, &second_query, &[camera]).await;
    assert_eq!(seen(&second_query, "4", START + 3).await, camera);
    assert_eq!(seen(&first_query, "5", START + 4).await, Value::Null);
    // A box that was removed owns nothing any more.
    admin.delete(&format!("/api/v1/boxes/{second}")).await;
    assert_eq!(seen(&first_query, "6", START + 5).await, camera);
}
