//! What the pages show beside the status: the computer, the uploads, the groups, and a camera that is tried before it is added.

use reqwest::Method;
use runtime::testing::{Codec, RtspCamera};
use serde_json::{Value, json};

use crate::support::photos::photo;
use crate::support::{Agent, World};

async fn call(agent: &Agent, method: Method, path: &str, body: Value) -> (u16, Value) {
    let request = agent.request(|client, url| client.request(method, url), path);
    let request = if body.is_null() { request } else { request.json(&body) };
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}

async fn get(agent: &Agent, path: &str) -> Value {
    let (status, body) = call(agent, Method::GET, path, Value::Null).await;
    assert_eq!(status, 200, "{path}: {body}");
    body
}

#[tokio::test]
async fn the_system_is_measured_and_can_be_given_a_name() {
    let world = World::start().await;
    let agent = world.joined_box().await;
    let system = get(&agent, "/api/v1/system").await;
    assert_eq!(system["name"], system["host_name"]);
    let storage = &system["storage"];
    assert!(storage["free_bytes"].as_u64() <= storage["size_bytes"].as_u64(), "{storage}");
    assert!(storage["database_bytes"].as_u64().unwrap() > 4096, "{storage}");
    assert!(system["memory"]["own_bytes"].as_u64().unwrap() > 1 << 20, "{system}");
    let busy = system["processor"]["busy_percent"].as_f64().unwrap();
    assert!((0.0..=100.0).contains(&busy), "{busy}");
    assert!(system["uptime_ms"].as_i64().unwrap() >= 0);
    let ahead = system["clock"]["ahead_of_platform_ms"].as_i64().unwrap();
    assert!(ahead.abs() < 60_000, "the platform of this test has the same clock: {ahead}");
    assert!(system["clock"]["compared_at"].is_i64());
    let certificate = &system["certificate"];
    assert_eq!((&certificate["own"], certificate["fingerprint"].as_str().unwrap().len()), (&json!(true), 95));

    for wrong in
        [json!({}), json!({"name": "x".repeat(65)}), json!({"name": "two\nlines"}), json!({"name": 1})]
    {
        assert_eq!(call(&agent, Method::PUT, "/api/v1/system/name", wrong.clone()).await.0, 400, "{wrong}");
    }
    let named = call(&agent, Method::PUT, "/api/v1/system/name", json!({"name": " 东门 "})).await;
    assert_eq!(named, (200, json!({"name": "东门"})));
    let agent = agent.again().await;
    assert_eq!(get(&agent, "/api/v1/system").await["name"], "东门");
    let (_, back) = call(&agent, Method::PUT, "/api/v1/system/name", json!({"name": ""})).await;
    assert_eq!(back["name"], system["host_name"]);
    agent.stop().await;
}

#[tokio::test]
async fn uploads_are_on_one_page_with_every_receivers_last_answer() {
    let agent = Agent::start(None).await;
    let nobody = "http://127.0.0.1:1/HistoryEvent";
    let wish = json!({"history_upload_event_url": [nobody], "content-type": "form-data", "reported_peroid": 1,
        "history_need_reg_pic": false});
    assert_eq!(call(&agent, Method::POST, "/SophonFogSys/api/HistoryEventUrl", wish).await.0, 200);
    let heartbeat = json!({"monitor_server_url": "http://127.0.0.1:1/DeviceStatus", "content-type": "json", "reported_peroid": 1});
    assert_eq!(call(&agent, Method::POST, "/SophonFogSys/api/MonitorServerUrl", heartbeat).await.0, 200);
    agent
        .until("a heartbeat that nobody took", |status| {
            status["uploads"].as_array().unwrap().iter().any(|lane| lane["failed"].as_u64() > Some(0))
        })
        .await;
    let uploads = get(&agent, "/api/v1/uploads").await;
    assert_eq!(
        uploads["history"],
        json!({"urls": [nobody], "photo": false, "format": "form-data", "period_s": 1, "period_is_set": true})
    );
    assert_eq!(uploads["realtime"], json!({"urls": [], "photo": true, "format": "json"}));
    let lanes = uploads["receivers"].as_array().unwrap();
    let lane = lanes.iter().find(|lane| lane["purpose"] == "status").unwrap();
    assert!(lane["last_at"].as_i64().unwrap() > 0, "{lane}");
    assert!(lane["last_answer"].as_str().unwrap().contains("127.0.0.1:1"), "{lane}");
    assert_eq!(
        (&uploads["backlog"][0]["target"], &uploads["backlog"][0]["pending"]),
        (&json!(nobody), &json!(0))
    );
    agent.stop().await;
}

#[tokio::test]
async fn groups_and_libraries_say_how_many_are_in_them_and_who() {
    let agent = Agent::start(None).await;
    let post = |path: &'static str, body: Value| call(&agent, Method::POST, path, body);
    let lab = json!({"permission_name": "Lab", "description": "second floor"});
    assert_eq!(post("/SophonFogSys/api/permissions", lab).await.0, 200);
    let night = json!({"group_name": "Night shift", "description": ""});
    assert_eq!(post("/SophonFogSys/api/groups", night).await.0, 200);
    let camera = json!({"name": "front", "kind": "pad", "password": "of the pad", "groups": ["Lab"]});
    assert_eq!(post("/api/v1/cameras", camera).await.0, 201);
    let id = get(&agent, "/api/v1/groups").await["items"][1]["id"].as_str().unwrap().to_owned();
    // One names the group by its name, the other by its id and by its name.
    for (person, (number, groups)) in
        ["1", "2"].into_iter().zip([(0, json!(["Lab"])), (1, json!([id, "Lab", "0"]))])
    {
        let sent = json!({"identity_id": person, "group_name": "Night shift", "info": {"name": person, "type": 1,
            "permission_ids": groups}, "reg_photo": protocol::image::encode_base64_photo(&photo(number, 0))});
        let (status, reply) = post("/SophonFogSys/api/users", sent).await;
        assert_eq!(status, 200, "{reply}");
    }
    let groups = get(&agent, "/api/v1/groups").await;
    assert_eq!(
        (&groups["items"][0]["id"], &groups["items"][0]["people"]),
        (&json!("0"), &json!(1)),
        "{groups}"
    );
    let lab = &groups["items"][1];
    assert_eq!(
        *lab,
        json!({"id": id, "name": "Lab", "description": "second floor", "people": 2, "cameras": ["front"]})
    );
    let libraries = get(&agent, "/api/v1/libraries").await;
    assert_eq!(libraries["items"][1], json!({"name": "Night shift", "description": "", "people": 2}));

    let ids = async |query: &str| -> Vec<String> {
        let page = get(&agent, &format!("/api/v1/people?{query}")).await;
        page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["identity_id"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(ids(&format!("group={id}")).await, ["1", "2"]);
    assert_eq!(ids("group=Lab&limit=1").await, ["1"]);
    assert_eq!(ids("group=0").await, ["2"]);
    assert_eq!(ids("library=Night+shift&q=2").await, ["2"]);
    let card = json!({"identity_id": "1", "info": {"visit_card_number": "A_4711"}});
    let (status, reply) = call(&agent, Method::PUT, "/SophonFogSys/api/users", card).await;
    assert_eq!(status, 200, "{reply}");
    assert_eq!(ids("q=a_47").await, ["1"]);
    assert_eq!(ids("q=ab47").await, Vec::<String>::new());
    assert_eq!(ids("library=default_group").await, Vec::<String>::new());
    assert_eq!(ids("recognisable=false").await, Vec::<String>::new());
    assert_eq!(ids("type=2").await, Vec::<String>::new());
    for wrong in ["type=six", "recognisable=perhaps", "limit=-1", "cursor=x"] {
        let (status, _) = call(&agent, Method::GET, &format!("/api/v1/people?{wrong}"), Value::Null).await;
        assert_eq!(status, 400, "{wrong}");
    }
    agent.stop().await;
}

#[tokio::test]
async fn a_camera_is_tried_before_it_is_added() {
    let agent = Agent::start(None).await;
    let test = |body: Value| call(&agent, Method::POST, "/api/v1/discovery/test", body);
    let nobody = json!({"name": "hall", "kind": "rtsp", "url": "rtsp://127.0.0.1:1/stream"});
    let (status, tried) = test(nobody).await;
    assert_eq!((status, &tried["ok"], &tried["picture"]), (200, &json!(false), &Value::Null), "{tried}");
    assert!(!tried["error"].as_str().unwrap().is_empty());
    for wrong in [
        json!({}),
        json!({"name": "hall", "kind": "pad"}),
        json!({"name": "hall", "kind": "rtsp", "url": "http://x"}),
    ] {
        assert_eq!(test(wrong.clone()).await.0, 400, "{wrong}");
    }
    let folder = tempfile::tempdir().unwrap();
    let shown = folder.path().join("shown.jpg");
    std::fs::write(&shown, photo(0, 0)).unwrap();
    let film = Codec::H264.film(&shown, (640, 480), 20, folder.path()).await.unwrap();
    let served =
        RtspCamera::start(Some("op:secret"), &[("hall", Codec::H264, film.as_path())]).await.unwrap();
    let camera = |password: &str| json!({"name": "hall", "kind": "rtsp", "url": served.url("hall"), "user": "op", "password": password});
    let (_, tried) = test(camera("secret")).await;
    assert_eq!((&tried["ok"], &tried["size"]), (&json!(true), &json!([640, 480])), "{tried}");
    assert!(tried["picture"].as_str().unwrap().starts_with("data:image/jpeg;base64,/9j/"), "{tried}");
    let (_, tried) = test(camera("wrong")).await;
    assert_eq!(tried["ok"], false);
    assert!(tried["error"].as_str().unwrap().contains("password"), "{tried}");
    assert_eq!(get(&agent, "/api/v1/cameras").await["items"], json!([]), "nothing was added");
    agent.stop().await;
}
