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
