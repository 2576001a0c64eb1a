//! Cameras that are in the network: found, listed, and added by one call of the local API.

use std::time::{Duration, Instant};

use oxvif::discovery::DiscoveredDevice;
use oxvif::mock::{DiscoveryResponder, MockServer};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Agent, PATIENCE};

/// An ONVIF camera at the loopback address, where nobody looks who is not told to.
async fn camera(name: &str) -> (MockServer, DiscoveryResponder) {
    let server = MockServer::builder().enforce_auth(true).start().await.unwrap();
    let device = DiscoveredDevice {
        endpoint: "urn:uuid:0b1d0f6e-0000-4000-8000-000000000002".into(),
        types: vec!["dn:NetworkVideoTransmitter".into(), "tds:Device".into()],
        scopes: vec![
            format!("onvif://www.onvif.org/name/{name}"),
            "onvif://www.onvif.org/hardware/X-1".into(),
        ],
        xaddrs: vec![server.device_url().into()],
    };
    // Another program's test may have the port just now.
    let end = Instant::now() + PATIENCE;
    let responder = loop {
        match DiscoveryResponder::spawn("127.0.0.1:3702", false, device.clone()).await {
            Ok(responder) => break responder,
            Err(error) => assert!(Instant::now() < end, "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    (server, responder)
}

/// What a search finds; a busy machine may need more than one to hear the answer in time.
async fn found(agent: &Agent, wanted: &Value) -> Value {
    let mut list = Value::Null;
    for _ in 0..10 {
        let (status, reply) = call(agent, Method::POST, "/api/v1/discovery", wanted).await;
        assert_eq!(status, 200, "{reply}");
        list = reply;
        if !list["items"][0].is_null() {
            break;
        }
    }
    list
}

async fn call(agent: &Agent, method: Method, path: &str, body: &Value) -> (u16, Value) {
    let request = agent.request(|client, url| client.request(method, url), path).json(body);
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}

#[tokio::test]
async fn a_camera_is_found_and_added_by_one_call() {
    let (_server, _responder) = camera("Front%20Door").await;
    let agent = Agent::start(None).await;
    let here = json!({"seconds": 1, "addresses": ["127.0.0.1"]});
    let list = found(&agent, &here).await;
    let device = &list["items"][0];
    assert_eq!((&device["name"], &device["hardware"]), (&json!("Front Door"), &json!("X-1")), "{list}");
    assert_eq!((&device["address"], &device["camera"]), (&json!("127.0.0.1"), &Value::Null), "{list}");

    let account = json!({"seconds": 1, "addresses": ["127.0.0.1"], "user": "admin", "password": "admin"});
    let list = found(&agent, &account).await;
    let device = &list["items"][0];
    assert_eq!(device["error"], Value::Null, "{list}");
    let mut ready = device["camera"].clone();
    assert!(ready["url"].as_str().unwrap().starts_with("rtsp://127.0.0.1"), "{list}");
    assert_eq!(ready.get("password"), None, "{list}");
    ready["name"] = json!("posted");
    let (status, view) = call(&agent, Method::POST, "/api/v1/cameras", &ready).await;
    assert_eq!(status, 201, "{view}");
    assert_eq!(call(&agent, Method::DELETE, "/api/v1/cameras/posted", &Value::Null).await.0, 204);

    let one = json!({"address": "127.0.0.1", "user": "admin", "password": "admin",
        "camera": {"name": "hall", "groups": ["7"], "device_type": 3}});
    let (status, view) = call(&agent, Method::POST, "/api/v1/discovery/add", &one).await;
    assert_eq!(status, 201, "{view}");
    let settings = &view["settings"];
    assert_eq!((&settings["kind"], &settings["user"]), (&json!("rtsp"), &json!("admin")), "{view}");
    assert_eq!((&settings["password"], &settings["groups"]), (&json!("(set)"), &json!(["7"])), "{view}");
    assert_eq!(settings["device_type"], 3, "{view}");
    let (_, list) = call(&agent, Method::GET, "/api/v1/cameras", &Value::Null).await;
    assert_eq!(list["items"][0]["settings"]["name"], "hall", "{list}");

    for (path, wrong, words) in [
        ("/api/v1/discovery", json!({"seconds": 60}), "seconds"),
        ("/api/v1/discovery", json!({"addresses": vec!["10.0.0.1"; 33]}), "addresses"),
        ("/api/v1/discovery", json!({"adresses": []}), "adresses"),
        ("/api/v1/discovery/add", json!({"address": "127.0.0.1"}), "user"),
        ("/api/v1/discovery/add", json!({"address": "127.0.0.2", "user": "a"}), "127.0.0.2"),
        (
            "/api/v1/discovery/add",
            json!({"address": "127.0.0.1", "user": "admin", "password": "x"}),
            "password",
        ),
    ] {
        let (status, refusal) = call(&agent, Method::POST, path, &wrong).await;
        assert_eq!(status, 400, "{wrong}: {refusal}");
        assert!(refusal.to_string().contains(words), "{wrong}: {refusal}");
    }
    agent.stop().await;
}
