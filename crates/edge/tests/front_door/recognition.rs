use reqwest::Method;
use runtime::testing::wait_until;
use serde_json::{Value, json};

use crate::support::photos::photo;
use crate::support::{Agent, PATIENCE, World};

/// A joined box with person 1 enrolled and a camera over a folder.
async fn place(world: &World) -> Agent {
    world.platform.person("1", &photo(0, 0));
    let agent = world.joined_box().await;
    let command =
        json!({"method": "add_users_plus", "userid_list": ["1"], "extend_params": {"path": "/details"}});
    assert_eq!(world.execute(command).await["success"], true);
    let camera =
        json!({"name": "front", "kind": "file", "path": agent.frames.path(), "door": {"kind": "log"}});
    let (status, reply) = call(&agent, Method::POST, "/api/v1/cameras", &camera).await;
    assert_eq!(status, 201, "{reply}");
    agent
}

async fn call(agent: &Agent, method: Method, path: &str, body: &Value) -> (u16, Value) {
    let request = agent.request(|client, url| client.request(method, url), path);
    let request = if body.is_null() { request } else { request.json(body) };
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}

async fn get(agent: &Agent, path: &str) -> Value {
    let (status, body) = call(agent, Method::GET, path, &Value::Null).await;
    assert_eq!(status, 200, "{path}: {body}");
    body
}

fn show(agent: &Agent, name: &str, photo: &[u8]) {
    let frames = agent.frames.path();
    std::fs::write(frames.join(format!("{name}.tmp")), photo).unwrap();
    std::fs::rename(frames.join(format!("{name}.tmp")), frames.join(format!("{name}.jpg"))).unwrap();
}

/// Waits until so many events are kept; newest first.
async fn events(agent: &Agent, number: usize) -> Vec<Value> {
    let enough = || async { get(agent, "/api/v1/events").await["items"].as_array().unwrap().len() >= number };
    assert!(wait_until(PATIENCE, enough).await, "never {number} events: {}", agent.status().await);
    get(agent, "/api/v1/events").await["items"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_can_be_asked_why() {
    let world = World::start().await;
    let agent = place(&world).await;
    show(&agent, "known", &photo(0, 1));
    events(&agent, 1).await;
    show(&agent, "stranger", &photo(1, 0));
    let list = events(&agent, 2).await;
    assert_eq!(list[0]["verdict"], "stranger");
    assert_eq!((&list[1]["verdict"], &list[1]["identity_id"]), (&json!("let_in"), &json!("1")));
    let seq = list[1]["seq"].as_i64().unwrap();

    let one = get(&agent, &format!("/api/v1/events/{seq}")).await;
    assert_eq!(one["trace"]["candidates"][0]["band"], "door");
    assert_eq!(one["trace"]["steps"].as_array().unwrap().len(), 6);
    assert_eq!(one["names"]["1"], "person 1");
    assert_eq!(one["trace"]["liveness"], Value::Null);
    let why = one["why"].as_array().unwrap();
    assert!(why.iter().any(|line| line.as_str().unwrap().contains("resembles person 1 most")), "{why:?}");
    for name in ["spot", "registration"] {
        let path = one["photos"][name].as_str().unwrap();
        let answer = agent.request(|client, url| client.get(url), path).send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "image/jpeg");
        assert!(answer.bytes().await.unwrap().starts_with(&[0xff, 0xd8]), "{name}");
    }
    let stranger = list[0]["seq"].as_i64().unwrap();
    assert_eq!(
        get(&agent, &format!("/api/v1/events/{stranger}")).await["photos"]["registration"],
        Value::Null
    );

    let pages = [
        ("person=1", 1),
        ("person=", 1),
        ("who=1", 1),
        ("who=somebody%20else", 0),
        ("library=default_group", 1),
        ("library=elsewhere", 0),
        ("verdict=stranger", 1),
        ("camera=front", 2),
        ("camera=back", 0),
        ("to=1", 0),
        ("from=1&limit=1", 1),
    ];
    for (query, number) in pages {
        let page = get(&agent, &format!("/api/v1/events?{query}")).await;
        assert_eq!(page["items"].as_array().unwrap().len(), number, "{query}");
    }
    let first = get(&agent, "/api/v1/events?limit=1").await;
    let second = get(&agent, &format!("/api/v1/events?limit=1&cursor={}", first["next"])).await;
    assert_eq!(second["items"][0]["seq"], json!(seq));
    for (path, status) in [
        ("/api/v1/events?verdict=maybe", 400),
        ("/api/v1/events?limit=many", 400),
        ("/api/v1/events?colour=red", 400),
        ("/api/v1/events/999999", 404),
        ("/api/v1/events/x", 404),
        ("/api/v1/events/1/photos/portrait", 404),
    ] {
        let (found, body) = call(&agent, Method::GET, path, &Value::Null).await;
        assert_eq!(found, status, "{path}: {body}");
        assert!(body["error"]["message"].is_string(), "{path}: {body}");
    }
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_are_changed_at_once_kept_and_shown_with_what_they_lead_to() {
    let world = World::start().await;
    let agent = place(&world).await;
    let path = "/api/v1/recognition";
    let before = get(&agent, path).await;
    assert_eq!((&before["set"], &before["settings"]["quality"]), (&json!([]), &json!("middle")));
    assert_eq!(before["thresholds"]["enrolled"], 1);
    assert!(before["expected"]["false_names_per_day"].is_number());

    let strict = json!({"threshold": 0.999, "duplicate_interval": 0});
    let (status, preview) = call(&agent, Method::PUT, "/api/v1/recognition?preview=true", &strict).await;
    assert_eq!((status, &preview["thresholds"]["door"]), (200, &json!(0.999)), "{preview}");
    assert!(preview["thresholds"]["warning"].is_string());
    assert_eq!(get(&agent, path).await, before, "a preview changes nothing");
    let (status, after) = call(&agent, Method::PUT, path, &strict).await;
    assert_eq!((status, &after["set"]), (200, &json!(["duplicate_interval", "threshold"])), "{after}");
    show(&agent, "known", &photo(0, 1));
    assert_ne!(events(&agent, 1).await[0]["verdict"], "let_in");

    for (body, word) in [
        (json!({"door_rate": 2}), "door_rate"),
        (json!({"speed": 2}), "speed"),
        (json!({"quality": null, "threshold": "high"}), "threshold"),
        (json!([1]), "expected"),
    ] {
        let (status, reply) = call(&agent, Method::PUT, path, &body).await;
        let message = reply["error"]["message"].as_str().unwrap_or_default();
        assert!(status == 400 && message.contains(word), "{body}: {status} {reply}");
    }
    let agent = agent.again().await;
    assert_eq!(get(&agent, path).await["settings"]["threshold"], json!(0.999), "kept over a restart");
    let (_, back) = call(&agent, Method::PUT, path, &json!({"threshold": null})).await;
    assert_eq!(
        (&back["settings"]["threshold"], &back["set"]),
        (&Value::Null, &json!(["duplicate_interval"]))
    );
    show(&agent, "known-again", &photo(0, 1));
    assert_eq!(events(&agent, 2).await[0]["verdict"], "let_in");
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_photo_is_tried_without_event_and_door() {
    let world = World::start().await;
    let agent = place(&world).await;
    let try_ = |path: &str, photo: Vec<u8>| {
        let request = agent.request(|client, url| client.post(url), path).body(photo);
        async move {
            let answer = request.send().await.unwrap();
            (answer.status().as_u16(), answer.json::<Value>().await.unwrap_or_default())
        }
    };
    for path in ["/api/v1/recognition/try", "/api/v1/recognition/try?camera=front"] {
        let (status, tried) = try_(path, photo(0, 1)).await;
        assert_eq!(status, 200, "{tried}");
        let face = &tried["faces"][0];
        assert_eq!((&face["verdict"], &face["identity_id"]), (&json!("let_in"), &json!("1")), "{face}");
        assert_eq!(face["door"]["action"], "none");
        assert!(face["trace"]["steps"].as_array().unwrap().iter().all(|step| step["open"] == true), "{face}");
    }
    let (status, tried) = try_("/api/v1/recognition/try", crate::support::photos::scenery()).await;
    assert_eq!((status, &tried["faces"]), (200, &json!([])));
    for (path, body, status) in [
        ("/api/v1/recognition/try", b"no picture".to_vec(), 400),
        ("/api/v1/recognition/try", Vec::new(), 400),
        ("/api/v1/recognition/try", vec![0; 11 << 20], 413),
        ("/api/v1/recognition/try?camera=nowhere", photo(0, 1), 404),
        ("/api/v1/recognition/try?door=1", photo(0, 1), 400),
    ] {
        let (found, reply) = try_(path, body).await;
        assert_eq!(found, status, "{path}: {reply}");
    }
    assert!(get(&agent, "/api/v1/events").await["items"].as_array().unwrap().is_empty());
    assert_eq!(agent.status().await["recognition"]["faces"], 0);
    agent.stop().await;
}
