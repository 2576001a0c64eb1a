//! Cameras over the local API: added, changed and removed while the box runs, and still there after a restart.

use std::path::Path;
use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::agent::config;
use crate::support::{Agent, photos};

impl Agent {
    async fn cameras(&self, method: Method, name: &str, body: Value) -> (u16, Value) {
        let path =
            if name.is_empty() { "/api/v1/cameras".to_owned() } else { format!("/api/v1/cameras/{name}") };
        let request = self.request(|client, url| client.request(method, url), &path);
        let request = if body.is_null() { request } else { request.json(&body) };
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }
}

fn folder(name: &str, path: &Path) -> Value {
    json!({"name": name, "kind": "file", "path": path, "door": {"kind": "log"}})
}

fn show(folder: &Path, name: &str) {
    std::fs::write(folder.join("new.tmp"), photos::photo(0, 0)).unwrap();
    std::fs::rename(folder.join("new.tmp"), folder.join(name)).unwrap();
}

#[tokio::test]
async fn a_camera_comes_changes_survives_a_restart_and_goes() {
    let frames = tempfile::tempdir().unwrap();
    let agent = Agent::start(None).await;
    let (status, view) = agent.cameras(Method::POST, "", folder("hall", frames.path())).await;
    assert_eq!((status, &view["in_file"]), (201, &json!(false)), "{view}");
    show(frames.path(), "one.jpg");
    agent.until("judged", |status| status["recognition"]["strangers"] == 1).await;

    let change = json!({"groups": ["7"], "quality": "low", "duplicate_interval": 0.0});
    let (status, view) = agent.cameras(Method::PATCH, "hall", change).await;
    assert_eq!((status, &view["settings"]["groups"]), (200, &json!(["7"])), "{view}");
    show(frames.path(), "two.jpg");
    show(frames.path(), "three.jpg");
    // The camera was stopped meanwhile: a picture it had not put away yet is looked at again.
    let both = "each makes an event without an interval";
    agent.until(both, |status| status["recognition"]["strangers"].as_u64() >= Some(3)).await;

    let agent = agent.again().await;
    let (_, list) = agent.cameras(Method::GET, "", Value::Null).await;
    assert_eq!(list["items"][0]["settings"]["quality"], "low", "{list}");
    let unset = json!({"quality": null});
    let (_, view) = agent.cameras(Method::PATCH, "hall", unset).await;
    assert_eq!(view["settings"].get("quality"), None, "{view}");

    assert_eq!(agent.cameras(Method::DELETE, "hall", Value::Null).await.0, 204);
    assert_eq!(agent.cameras(Method::GET, "hall", Value::Null).await.0, 404);
    show(frames.path(), "four.jpg");
    tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
    assert!(frames.path().join("four.jpg").exists(), "nobody looks here any more");
    let agent = agent.again().await;
    assert_eq!(agent.cameras(Method::GET, "", Value::Null).await.1["items"], json!([]));
    agent.stop().await;
}

#[tokio::test]
async fn what_cannot_be_a_camera_is_refused_with_the_reason() {
    let frames = tempfile::tempdir().unwrap();
    let agent = Agent::start(None).await;
    assert_eq!(agent.cameras(Method::POST, "", folder("hall", frames.path())).await.0, 201);
    let address = |name: &str| json!({"name": name, "kind": "pad", "address": "10.0.0.9"});
    assert_eq!(agent.cameras(Method::POST, "", address("one")).await.0, 201);
    let http = |door: Value| json!({"name": "x", "kind": "pad", "door": door});
    for (body, word, reason, field) in [
        (folder("hall", frames.path()), "already", "camera_exists", None),
        (address("two"), "10.0.0.9", "address_taken", Some("address")),
        (json!({"name": "x", "kind": "film"}), "film", "unreadable", None),
        (json!({"name": "x", "kind": "file"}), "path", "needed_by", Some("path")),
        (json!({"name": " ", "kind": "pad"}), "name", "empty", Some("name")),
        (json!({"name": "x", "kind": "pad", "quality": "best"}), "quality", "not_one_of", Some("quality")),
        (json!({"name": "x", "kind": "pad", "rate": 1000.0}), "rate", "not_between", Some("rate")),
        (json!({"name": "x", "kind": "pad", "grops": []}), "grops", "unreadable", None),
        (json!([1]), "expected", "unreadable", None),
        (http(json!({"kind": "http", "url": "ftp://x"})), "http://", "not_a_web_address", Some("door.url")),
        (
            http(json!({"kind": "http", "url": "http://x", "headers": {"X": "(set)"}})),
            "type it",
            "secret_not_set",
            Some("door.headers.X"),
        ),
    ] {
        let (status, reply) = agent.cameras(Method::POST, "", body).await;
        let error = &reply["error"];
        assert!(status == 400 && error["message"].as_str().unwrap().contains(word), "{status} {reply}");
        assert_eq!((error["reason"].as_str(), error["field"].as_str()), (Some(reason), field), "{reply}");
    }
    let (_, taken) = agent.cameras(Method::POST, "", address("two")).await;
    assert_eq!(taken["error"]["details"], json!({"address": "10.0.0.9", "camera": "one"}));
    let rename = json!({"name": "other"});
    assert_eq!(agent.cameras(Method::PATCH, "hall", rename).await.0, 400);
    assert_eq!(agent.cameras(Method::PATCH, "hall", json!({"address": "10.0.0.9"})).await.0, 400);
    assert_eq!(agent.cameras(Method::PATCH, "nobody", json!({})).await.0, 404);
    assert_eq!(agent.cameras(Method::DELETE, "nobody", Value::Null).await.0, 404);
    let (_, view) = agent.cameras(Method::GET, "hall", Value::Null).await;
    assert_ne!(view["status"]["state"], "offline", "a refused change leaves it running: {view}");
    agent.stop().await;
}

#[tokio::test]
async fn the_boxs_own_directory_is_no_cameras() {
    let agent = Agent::start(None).await;
    let own = agent.directory.path().to_owned();
    let (elsewhere, frames) = (tempfile::tempdir().unwrap(), agent.frames.path().join("hall"));
    let link = elsewhere.path().join("link");
    std::os::unix::fs::symlink(&own, &link).unwrap();
    std::fs::create_dir(&frames).unwrap();
    assert_eq!(agent.cameras(Method::POST, "", folder("hall", &frames)).await.0, 201);
    for path in [
        own.clone(),
        own.join("box.db"),
        own.join("not/yet"),
        own.join(".."),
        link.clone(),
        link.join("welcome"),
    ] {
        let changed = agent.cameras(Method::PATCH, "hall", json!({"path": path})).await;
        for (status, reply) in [changed, agent.cameras(Method::POST, "", folder("own", &path)).await] {
            let text = reply["error"]["message"].as_str().unwrap_or_default();
            let is_told = text.starts_with("path: ") && text.contains("the box's own directory");
            assert!(status == 400 && is_told, "{}: {status} {reply}", path.display());
        }
    }

    // A link that was set later leads nowhere either, and nothing is moved.
    let shared = Arc::clone(&agent.frames);
    let (directory, mut config) = agent.stop().await;
    std::fs::remove_dir_all(&frames).unwrap();
    std::os::unix::fs::symlink(&own, &frames).unwrap();
    let agent = Agent::with(directory, config.clone()).await;
    let status =
        agent.until("seen as no camera's", |status| status["cameras"][0]["state"] == "offline").await;
    assert!(status["cameras"][0]["reason"].as_str().unwrap().contains("the box's own directory"), "{status}");
    assert!(!own.join(".taken").exists());
    let (_own, _) = agent.stop().await;
    config.camera.push(serde_json::from_value(folder("front", &shared.path().join("hall"))).unwrap());
    assert!(config.check().unwrap_err().starts_with("camera.0.path: "));
}

#[tokio::test]
async fn a_camera_whose_address_the_file_gives_to_another_is_shown_and_can_be_removed() {
    let pad = |name: &str| json!({"name": name, "kind": "pad", "address": "10.0.0.9", "user": "pad", "password": "otter"});
    let agent = Agent::start(None).await;
    for name in ["late", "later"] {
        let (status, view) = agent.cameras(Method::POST, "", pad(name)).await;
        assert_eq!(status, if name == "late" { 201 } else { 400 }, "{view}");
    }
    let (directory, mut config) = agent.stop().await;
    config.camera.push(serde_json::from_value(pad("front")).unwrap());
    let agent = Agent::with(directory, config).await;
    let (_, view) = agent.cameras(Method::GET, "late", Value::Null).await;
    assert_eq!((&view["in_file"], &view["status"]["state"]), (&json!(false), &json!("offline")), "{view}");
    let reason = view["status"]["reason"].as_str().unwrap();
    assert!(reason.contains("10.0.0.9") && reason.contains("front"), "{view}");
    let (status, reply) = agent.cameras(Method::PATCH, "late", json!({"groups": ["7"]})).await;
    assert_eq!(status, 400, "{reply}");
    assert_eq!(agent.cameras(Method::GET, "late", Value::Null).await.0, 200, "it is still there");

    let (status, view) = agent.cameras(Method::PATCH, "late", json!({"address": "10.0.0.10"})).await;
    assert_eq!((status, &view["status"]["address"]), (200, &json!("10.0.0.10")), "{view}");
    let agent = agent.again().await;
    let (_, view) = agent.cameras(Method::GET, "late", Value::Null).await;
    assert!(!view.to_string().contains("another"), "it waits for its terminal, as any pad: {view}");
    assert_eq!(agent.cameras(Method::DELETE, "late", Value::Null).await.0, 204);
    agent.stop().await;
}

#[tokio::test]
async fn a_camera_that_is_left_out_is_removed_for_good() {
    let pad = |name: &str| json!({"name": name, "kind": "pad", "address": "10.0.0.9"});
    let agent = Agent::start(None).await;
    assert_eq!(agent.cameras(Method::POST, "", pad("late")).await.0, 201);
    let (directory, mut config) = agent.stop().await;
    config.camera.push(serde_json::from_value(pad("front")).unwrap());
    let agent = Agent::with(directory, config).await;
    assert_eq!(agent.cameras(Method::DELETE, "late", Value::Null).await.0, 204);
    let (directory, mut config) = agent.stop().await;
    config.camera.clear();
    let agent = Agent::with(directory, config).await;
    assert_eq!(agent.cameras(Method::GET, "late", Value::Null).await.0, 404);
    agent.stop().await;
}

#[tokio::test]
async fn a_camera_of_the_file_is_changed_in_the_file_and_passwords_stay_here() {
    let directory = Arc::new(tempfile::tempdir().unwrap());
    let mut config = config(directory.path(), None);
    let frames = tempfile::tempdir().unwrap();
    config.camera.push(serde_json::from_value(folder("front", frames.path())).unwrap());
    let agent = Agent::with(directory, config).await;
    let (status, reply) = agent.cameras(Method::DELETE, "front", Value::Null).await;
    assert_eq!(status, 400);
    assert!(reply["error"]["message"].as_str().unwrap().contains("configuration file"), "{reply}");
    let secret = json!({"name": "gate", "kind": "pad", "user": "pad", "password": "hush-hush", "url": "rtsp://a:hush-hush@10.1.1.1/x"});
    let (status, view) = agent.cameras(Method::POST, "", secret).await;
    assert_eq!(status, 201, "{view}");
    let (_, list) = agent.cameras(Method::GET, "", Value::Null).await;
    assert!(
        !list.to_string().contains("hush") && !agent.status().await.to_string().contains("hush"),
        "{list}"
    );
    assert_eq!(list["items"][1]["settings"]["password"], "(set)");
    agent.stop().await;
}

#[tokio::test]
async fn the_document_describes_the_routes() {
    let agent = Agent::start(None).await;
    let request = agent.request(|client, url| client.get(url), "/api/v1/openapi.json");
    let document: Value = request.send().await.unwrap().json().await.unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3."), "{document}");
    let pads = ["/api/v1/pad/{camera}/captures", "/api/v1/pad/{camera}/stream"];
    for path in ["/api/v1/status", "/api/v1/cameras", "/api/v1/cameras/{name}"].into_iter().chain(pads) {
        assert!(document["paths"][path].is_object(), "{path}");
    }
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_of_rubbish_is_told_and_harms_nobody() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("rtsp://{}/stream", listener.local_addr().unwrap());
    let rubbish: Vec<u8> = (0..200_000_u32).map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()[3]).collect();
    tokio::spawn(async move {
        while let Ok((mut line, _)) = listener.accept().await {
            // It begins well.
            let _ = tokio::io::AsyncWriteExt::write_all(&mut line, b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n").await;
            let _ = tokio::io::AsyncWriteExt::write_all(&mut line, &rubbish).await;
        }
    });
    let (agent, frames) = (Agent::start(None).await, tempfile::tempdir().unwrap());
    let stream = json!({"name": "stream", "kind": "rtsp", "url": url, "address": "10.0.0.50"});
    let (status, view) = agent.cameras(Method::POST, "", stream).await;
    assert_eq!(status, 201, "{view}");
    let told = |status: &Value| {
        let camera = &status["cameras"][0];
        camera["state"] == "offline" && camera["reason"].as_str().is_some_and(|reason| !reason.is_empty())
    };
    let status = agent.until("offline for a reason", told).await;
    println!("{}", status["cameras"][0]["reason"]);
    assert_eq!(agent.cameras(Method::POST, "", folder("hall", frames.path())).await.0, 201);
    show(frames.path(), "one.jpg");
    agent.until("judged", |status| status["recognition"]["strangers"] == 1).await;
    assert_eq!(agent.cameras(Method::DELETE, "stream", Value::Null).await.0, 204);
    agent.stop().await;
}
