//! Whatever comes in: a clear refusal, counted and logged, nothing lost, nothing grown, and the next message works.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use runtime::Lifecycle;
use runtime::amqp::{LinkState, Publisher, Session};
use serde_json::{Value, json};

use crate::world::{Cast, EdgeBox, Picture, World};

/// Bodies that are no message of anybody, with their names.
fn rubbish() -> Vec<(&'static str, Vec<u8>)> {
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    vec![
        ("nothing", Vec::new()),
        ("random bytes", (0..2000u32).map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()[3]).collect()),
        ("truncated", br#"{"method": "add_users_plus", "user_info_list": [{"identity_id": "7", "#.to_vec()),
        ("deep", deep.into_bytes()),
        (
            "deep in a known field",
            format!(r#"{{"method": "delete_users", "userid_list": {}"#, "[".repeat(50_000)).into_bytes(),
        ),
        ("another type", br#""just text""#.to_vec()),
        ("null", b"null".to_vec()),
        ("wrong types", br#"{"method": 7, "userid_list": {"a": 1}, "extend_params": []}"#.to_vec()),
        ("huge", [br#"{"x": ""#.to_vec(), vec![b'x'; 5 * 1024 * 1024], br#""}"#.to_vec()].concat()),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn rubbish_at_the_endpoints_of_boxes() {
    let world = World::start().await;
    let dev_sno = world.register(json!({})).await;
    let (status, login) =
        world.api.call("GET", &format!("/device/login?dev_sno={dev_sno}&hex_mac=0xe0a50900062b"), None).await;
    assert_eq!(status, 200, "{login}");
    let query = format!("token={}&dev_sno={dev_sno}", login["token"].as_str().unwrap());
    for endpoint in ["persons", "records", "realtime", "cameras", "status", "results"] {
        for (name, body) in rubbish() {
            if (endpoint, name) == ("status", "wrong types") {
                // Any object whose sender is known is a sign of life.
                continue;
            }
            let path = format!("/device/{endpoint}?{query}");
            let (status, answer) = world.api.send("POST", &path, "application/json", body).await;
            assert!(is_refusal(status, name), "{endpoint}, {name}: {status} {answer}");
            let why = answer.pointer("/error/message").is_some_and(Value::is_string);
            assert!(why || status == 0, "{endpoint}, {name}: {answer}");
        }
    }
    for path in [
        "/device/login",
        "/device/login?dev_sno=",
        "/device/login?dev_sno=nobody&hex_mac=zz",
        "/device/photos/..%2f..%2fetc",
    ] {
        let (status, answer) = world.api.call("GET", path, None).await;
        assert!((400..500).contains(&status), "{path}: {status} {answer}");
    }
    let (status, answer) =
        world.api.send("POST", "/device/records?token=wrong&dev_sno=x", "application/json", vec![]).await;
    assert!((400..500).contains(&status), "{status} {answer}");

    // The next message works.
    let event = json!({
        "identity_id": "7", "identity_name": "Zhang San", "group_name": "default_group", "reg_pic": "",
        "timestamp": 1_790_000_000_000_i64, "score": 0.9,
        "ext_data": {"device_ip": "192.168.1.7", "person_type": 1, "device_type": "1", "spot_pic": "!!", "dev_sno": dev_sno,
            "grab_fiqa_info": {}, "box_fiqa_info": {}}
    });
    let (status, answer) = world.api.call("POST", &format!("/device/records?{query}"), Some(&event)).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(world.events().await.len(), 1);
    let counted = world.api.get("/api/v1/stats").await["counters"].clone();
    println!("{counted}");
    assert!(counted["device_requests_unreadable"].as_u64().unwrap() >= 20, "{counted}");
    assert!(counted["device_requests_unauthenticated"].as_u64().unwrap() >= 1, "{counted}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rubbish_at_the_operators_api() {
    let world = World::start().await;
    for path in ["/api/v1/people", "/api/v1/groups", "/api/v1/boxes", "/api/v1/session", "/api/v1/operators"]
    {
        for (name, body) in rubbish() {
            let (status, answer) = world.api.send("POST", path, "application/json", body).await;
            assert!(is_refusal(status, name), "{path}, {name}: {status} {answer}");
        }
    }
    let person = json!({"identity_id": "1", "name": "Zhang San", "groups": ["0"]});
    world.api.must("POST", "/api/v1/people", &person).await;
    let garbage = Picture { bytes: vec![0x5a; 3000], extension: "jpg" };
    let photos = [("60000", Picture::that_lies_about_its_size()), ("not a JPEG", garbage)];
    for (reason, photo) in photos {
        let (status, answer) = world.api.put_photo("1", &photo).await;
        assert_eq!(status, 422, "{answer}");
        let message = answer.pointer("/error/message").and_then(Value::as_str).unwrap();
        println!("{message}");
        assert!(message.contains(reason), "{message}");
    }
    let (status, _) =
        world.api.put_photo("1", &Picture { bytes: vec![0; 40 * 1024 * 1024], extension: "jpg" }).await;
    // The server may close the line before it has read all of it.
    assert!(status == 413 || status == 0, "{status}");
    assert!(world.api.get("/api/v1/people/1").await["photo"].is_null());
    let (status, answer) = world.api.put_photo("1", &Cast::gather().one.photo).await;
    assert_eq!(status, 200, "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rubbish_in_the_queues() {
    let (world, cast) = (World::start().await, Cast::gather());
    let edge = world.add_box(json!({"fiqa_server": true})).await;
    let (life, publisher) = somebody_else(&world).await;
    let box_queue = format!("menshen.box.{}", edge.dev_sno);
    let queues = [box_queue.as_str(), "menshen.fiqa", "menshen.results", "menshen.fiqa.results"];
    for queue in queues {
        for (name, body) in rubbish() {
            publisher
                .publish("", queue, body)
                .await
                .unwrap_or_else(|error| panic!("{queue}, {name}: {error}"));
        }
    }
    let unknown = json!({"success": true, "code": 0, "message": "", "dev_sno": edge.dev_sno,
        "messageKey": "delete_users", "messageId": "no-such-command", "result": {}});
    for method in ["add_users_plus", "delete_users", "wipe_data", "fiqa", "reboot"] {
        let odd =
            json!({"method": method, "messageId": 9, "userid_list": "1,2", "info": 3, "extend_params": null});
        publisher.publish("", &box_queue, odd.to_string().into_bytes()).await.unwrap();
    }
    publisher.publish("", "menshen.results", unknown.to_string().into_bytes()).await.unwrap();
    drained(&world, &queues).await;

    // What was handed out may still be looked at.
    world
        .wait("rubbish to be counted", async || {
            let counted = world.api.get("/api/v1/stats").await["counters"].clone();
            let of = |name: &str| counted[name].as_u64().unwrap();
            (of("results_unreadable") >= 8 && of("results_foreign") >= 1).then_some(())
        })
        .await;
    assert_eq!(edge.own_people(), 0);

    the_same_message_twice_has_one_effect(&world, &edge, &publisher, &cast, &box_queue).await;
    world.enrol("1001", "Zhang San", &["0"], &cast.one.photo).await;
    world.proved(&edge.dev_sno, "1001").await;
    assert!(edge.server.is_as_wanted());
    assert!(life.finish().await.is_empty());
}

async fn the_same_message_twice_has_one_effect(
    world: &World,
    edge: &EdgeBox,
    publisher: &Publisher,
    cast: &Cast,
    queue: &str,
) {
    let record = json!({"identity_id": "77", "register_type": 1, "reg_photo": BASE64_STANDARD.encode(&cast.two.photo.bytes),
        "info": {"name": "Wang Wu", "type": 1, "permission_ids": ["0"]}});
    let command = json!({"method": "add_users_plus", "messageId": "twice", "user_info_list": [record], "extend_params": {}});
    for _ in 0..2 {
        publisher.publish("", queue, command.to_string().into_bytes()).await.unwrap();
    }
    drained(world, &[queue]).await;
    world.wait("the person to be held", async || (edge.own_people() == 1).then_some(())).await;
    // Two results for a command that is not the platform's own change nothing there.
    assert!(world.held(&edge.dev_sno, "77").await.is_none());
    let delete = json!({"method": "delete_users", "userid_list": ["77", "nobody"], "extend_params": {}});
    let done = world.raw(&edge.dev_sno, &delete).await;
    println!("{}", done["result"]);
    assert_eq!(edge.own_people(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_about_ten_thousand_people() {
    let world = World::start().await;
    let edge = world.add_box(json!({})).await;
    let ids: Vec<String> = (0..10_000).map(|number| format!("nobody-{number}")).collect();
    let began = std::time::Instant::now();
    let delete = json!({"method": "delete_users", "userid_list": ids, "extend_params": {}});
    let done = world.raw(&edge.dev_sno, &delete).await;
    println!("10,000 deletions answered after {:?}: {} {}", began.elapsed(), done["state"], done["code"]);
    assert_ne!(done["state"], "expired", "{}", done["message"]);
    let began = std::time::Instant::now();
    let add =
        json!({"method": "add_users_plus", "userid_list": ids, "extend_params": {"path": "/device/persons"}});
    let done = world.raw(&edge.dev_sno, &add).await;
    println!(
        "10,000 unknown people answered after {:?}: {} {}",
        began.elapsed(),
        done["state"],
        done["code"]
    );
    assert_ne!(done["state"], "expired", "{}", done["message"]);
    assert_eq!(edge.own_people(), 0);
    assert_eq!(world.broker.waiting(&format!("menshen.box.{}", edge.dev_sno)).await.unwrap(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn rubbish_in_front_of_the_camera() {
    let (world, cast) = (World::start().await, Cast::gather());
    let edge = world.add_box(json!({})).await;
    edge.see(&Picture { bytes: vec![0x5a; 3000], extension: "jpg" });
    edge.see(&Picture { bytes: Vec::new(), extension: "jpg" });
    edge.see(&Picture::that_lies_about_its_size());
    let truncated = cast.one.photo.bytes.get(..2000).unwrap().to_vec();
    edge.see(&Picture { bytes: truncated, extension: "jpg" });
    edge.see(&Picture::without_face());
    edge.see(&cast.one.look);
    let events = world
        .wait("the event after the rubbish", async || {
            let events = world.events().await;
            (!events.is_empty()).then_some(events)
        })
        .await;
    assert_eq!(events.len(), 1, "{events:?}");
    assert!(edge.server.is_as_wanted());
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_configuration_is_named() {
    let dir = tempfile::tempdir().unwrap();
    for (role, text, expected) in [
        ("platform", "[http]\nlisen = \"127.0.0.1:0\"\n", "http.listen"),
        ("platform", "http.listen = \"127.0.0.1:0\"\nhttp.tls.cert = \"/nonexistent\"\n", "http.tls.key"),
        ("edge", "[box]\ndev_no = \"x\"\n", "box.dev_sno"),
        ("edge", "[recognition]\ndoor_rate = 7\n", "recognition.door_rate"),
        ("platform", "[http\n", "line 1"),
    ] {
        let file = dir.path().join("bad.toml");
        std::fs::write(&file, text).unwrap();
        let done = std::process::Command::new(env!("CARGO_BIN_EXE_menshen"))
            .args([role, "--config", file.to_str().unwrap()])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert_eq!(done.status.code(), Some(2), "{role}: {said}");
        assert!(
            said.contains(expected)
                && (said.contains("bad.toml") || said.contains("door_rate") || said.contains("http.tls")),
            "{role}: {said}"
        );
    }
}

/// A body that is too long is refused before it is read; a client that goes on writing may find the line closed before
/// it reads why.
fn is_refusal(status: u16, name: &str) -> bool {
    (400..500).contains(&status) || (status == 0 && name == "huge")
}

/// A client of the broker that is neither platform nor box.
async fn somebody_else(world: &World) -> (Lifecycle, Publisher) {
    let life = Lifecycle::new(std::time::Duration::from_secs(5));
    let session = Session::start(&life, "somebody else", world.broker.broker_address(), vec![]);
    session.state().wait_for(LinkState::is_up).await.unwrap();
    (life, session.publisher())
}

/// Waits until nothing waits.
async fn drained(world: &World, queues: &[&str]) {
    for queue in queues {
        world
            .wait(&format!("queue {queue} to be empty"), async || {
                (world.broker.waiting(queue).await.unwrap() == Some(0)).then_some(())
            })
            .await;
    }
}
