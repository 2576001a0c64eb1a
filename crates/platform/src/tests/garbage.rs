//! Whatever arrives: a clear refusal, counted, nothing lost, and the next message works.

use serde_json::json;

use runtime::testing::wait_until;

use super::commands::Voice;
use super::scripted::{Habits, ScriptedBox, log_in};
use super::world::{PATIENCE, World, broker, folder};

fn garbage() -> Vec<Vec<u8>> {
    let deep = [b"[".repeat(100_000), b"]".repeat(100_000)].concat();
    let deep_object = [b"{\"a\":".repeat(50_000), b"1".to_vec(), b"}".repeat(50_000)].concat();
    vec![
        Vec::new(),
        b"null".to_vec(),
        b"{}".to_vec(),
        b"[]".to_vec(),
        b"\"text\"".to_vec(),
        b"12".to_vec(),
        b"{\"success\":".to_vec(),
        b"\xff\xfe\x00\x01".to_vec(),
        b"not json at all".to_vec(),
        b"{\"timestamp\": {}, \"ext_data\": []}".to_vec(),
        b"{\"success\": [], \"code\": {}, \"messageKey\": 7, \"result\": [1,2]}".to_vec(),
        b"{\"userid_list\": {\"a\": 1}}".to_vec(),
        b"{\"actionType\": \"x\", \"deviceInfo\": 5}".to_vec(),
        json!({"dev_sno": "x".repeat(100_000), "messageKey": "wipe_data", "success": true, "code": 0})
            .to_string()
            .into_bytes(),
        deep,
        deep_object,
    ]
}

#[tokio::test]
async fn on_every_endpoint() {
    let folder = folder();
    let world = World::start(folder.path(), "amqp://127.0.0.1:1").await;
    let dev_sno = world.add_box("GARBAGE001", false).await;
    let token = log_in(&world, &dev_sno, None).await.token;
    let paths = ["persons", "records", "realtime", "cameras", "status", "results"];
    for path in paths {
        for body in garbage() {
            let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
            let (status, answer) =
                world.post(&format!("/device/{path}?token={token}&dev_sno={dev_sno}"), body).await;
            // Empty lists, and a result for nothing we sent, are odd but no errors.
            assert!(status == 200 || (400..500).contains(&status), "{path} {shown}: {status} {answer}");
            if status != 200 {
                assert!(
                    answer["error"]["code"].is_number() && answer["error"]["message"].is_string(),
                    "{path} {shown}: {answer}"
                );
            }
        }
    }
    for body in garbage() {
        let (status, _) = world.post("/device/login", body).await;
        assert!(status == 401 || status == 429, "{status}");
    }
    let (status, _) = world
        .post(&format!("/device/records?token={token}"), r#"{"identity_id":"1","timestamp":1566016554020}"#)
        .await;
    assert_eq!(status, 200, "the next message works");
    assert_eq!(world.number("SELECT COUNT(*) FROM event").await, 1);
    assert!(world.app.counts.requests_unreadable.get() > 20);
    world.stop().await;
}

/// A text that does not become short by being packed.
fn noise(seed: u32, length: usize) -> String {
    let mut state = seed;
    let letters = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from(b'a' + u8::try_from((state >> 16) % 26).unwrap())
    });
    letters.take(length).collect()
}

#[tokio::test]
async fn texts_that_are_too_long_cost_no_event_and_make_no_two_of_them_one() {
    let folder = folder();
    let world = World::start(folder.path(), "amqp://127.0.0.1:1").await;
    let dev_sno = world.add_box("GARBAGE003", false).await;
    let query = format!("?token={}", log_in(&world, &dev_sno, None).await.token);
    let event = |identity: &str, ip: &str, ep_id: &str, name: &str| {
        json!({"identity_id": identity, "identity_name": name, "group_name": name, "timestamp": 1_566_016_554_020_i64,
            "score": 0.6, "ext_data": {"device_ip": ip, "ep_id": ep_id, "person_type": 1, "device_type": name}})
    };
    let (long, ip, camera) = (noise(1, 50_000), "192.0.2.1", "GARBAGE003__192.0.2.1");
    let batch = json!([
        event("1", ip, camera, "one"),
        event(&format!("{long}1"), ip, camera, "one"),
        event(&format!("{long}2"), ip, camera, "one"),
        event("2", &format!("{long}1"), camera, "one"),
        event("2", &format!("{long}2"), camera, "one"),
        event("3", "", &format!("GARBAGE003__{long}1"), "one"),
        event("3", "", &format!("GARBAGE003__{long}2"), "one"),
        event("4", ip, camera, &long),
    ]);
    // As it happened, and as history: each is one event.
    for path in ["realtime", "records"] {
        let (status, answer) = world.post(&format!("/device/{path}{query}"), batch.to_string()).await;
        assert_eq!((path, status), (path, 200), "{answer}");
        assert_eq!(world.number("SELECT COUNT(*) FROM event").await, 8, "{path}");
    }
    assert_eq!(world.app.counts.reports_shortened.get(), 14);
    let longest = "SELECT MAX(LENGTH(identity_id) + LENGTH(device_ip) + LENGTH(ep_id)) FROM event";
    assert!(world.number(longest).await < 300);

    // Every report of one camera is of the same.
    let ep_id = format!("GARBAGE003__{}", noise(2, 50_000));
    let told =
        json!({"epId": ep_id, "devSno": dev_sno, "epName": long, "epIp": long, "privilegeGroupKey": long});
    let beat =
        json!({"gateway_sn": "S1", "sub_devices": [{"ep_id": ep_id, "ep_ip": long, "ep_status": "online"}]});
    let gone = json!({"actionType": 2, "deviceInfo": told});
    let bodies = [
        ("cameras", json!({"devSno": dev_sno, "deviceList": [told]}), 1),
        ("status", beat, 1),
        ("cameras", gone, 0),
    ];
    for (path, body, expected) in bodies {
        let (status, answer) = world.post(&format!("/device/{path}{query}"), body.to_string()).await;
        assert_eq!(status, 200, "{path}: {answer}");
        assert_eq!(world.number("SELECT COUNT(*) FROM camera").await, expected, "{path}");
    }
    world.stop().await;
}

#[tokio::test]
async fn on_every_queue() {
    let (broker, folder) = (broker().await, folder());
    let world = World::start(folder.path(), &broker.url()).await;
    let dev_sno = world.add_box("GARBAGE002", false).await;
    world.add_people(["p1".to_owned()]).await;
    let scripted = ScriptedBox::start(&world, &dev_sno, Habits::default()).await;
    world.until("SELECT COUNT(*) FROM box_person WHERE state = 'applied'", 1).await;
    let voice = Voice::start(broker.broker_address()).await;
    for queue in ["menshen.results", "menshen.fiqa.results"] {
        for body in garbage() {
            voice.say(queue, body).await;
        }
    }
    let expected = 2 * garbage().len() as u64;
    let seen =
        |counts: &crate::counts::Counts| counts.results_unreadable.get() + counts.results_foreign.get();
    let counted = wait_until(PATIENCE, || async { seen(&world.app.counts) == expected }).await;
    assert!(counted, "of {expected}: {:?}", world.app.counts.all());
    for queue in ["menshen.results", "menshen.fiqa.results"] {
        let none = wait_until(PATIENCE, || async { broker.waiting(queue).await.unwrap() == Some(0) }).await;
        assert!(none, "{queue}: everything is taken");
    }
    world.add_people(["p2".to_owned()]).await;
    world.until("SELECT COUNT(*) FROM box_person WHERE state = 'applied'", 2).await;
    voice.stop().await;
    scripted.stop().await;
    world.stop().await;
}
