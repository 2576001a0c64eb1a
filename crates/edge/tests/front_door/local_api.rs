use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use edge::config::LocalAuth;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::Agent;
use crate::support::agent::config;

const ROUTES: [(Method, &str); 7] = [
    (Method::GET, "/SophonMQ/api/DevSno"),
    (Method::PUT, "/SophonMQ/api/DevSno"),
    (Method::GET, "/SophonMQ/api/LoginUrl"),
    (Method::PUT, "/SophonMQ/api/LoginUrl"),
    (Method::GET, "/api/v1/status"),
    (Method::GET, "/api/v1/events"),
    (Method::GET, "/api/v1/recognition"),
];

fn client() -> reqwest::Client {
    edge::http::client().unwrap()
}

async fn answer(request: reqwest::RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}

#[tokio::test]
async fn every_route_refuses_whoever_does_not_know_the_token() {
    let agent = Agent::start(None).await;
    let token = agent.directory.path().join("local_api.token");
    assert_eq!(std::fs::metadata(&token).unwrap().permissions().mode() & 0o777, 0o600);
    for (method, path) in ROUTES {
        let url = format!("{}{path}", agent.api);
        let body = json!({"dev_sno": "X", "login_url": "http://h/login"});
        let request = || client().request(method.clone(), &url).json(&body);
        for refused in
            [request(), request().bearer_auth("wrong"), request().basic_auth("admin", Some("admin"))]
        {
            let (status, reply) = answer(refused).await;
            assert_eq!(status, 401, "{method} {path}");
            assert!(reply["error"]["message"].is_string(), "{reply}");
        }
        assert_eq!(answer(request().bearer_auth(&agent.token)).await.0, 200, "{method} {path}");
        assert_eq!(
            answer(request().basic_auth("anybody", Some(&agent.token))).await.0,
            200,
            "{method} {path}"
        );
    }
    agent.stop().await;
}

#[tokio::test]
async fn bad_settings_are_refused_with_the_protocols_error_object() {
    let agent = Agent::start(None).await;
    let put = |path: &str, body: &str| {
        let request = agent.request(|client, url| client.put(url), path);
        answer(request.header("content-type", "application/json").body(body.to_owned()))
    };
    let key = "/SophonMQ/api/DevSno";
    let url = "/SophonMQ/api/LoginUrl";
    let cases = [
        (key, "", 40002, "no_body"),
        (key, "  ", 40002, "no_body"),
        (key, "{", 40091, "not_json"),
        (key, "[]", 40091, "unexpected"),
        (key, "{\"dev_sno\": \"\"}", 40091, "missing"),
        (key, "{\"dev_sno\": \"a b\"}", 40091, "licence_key_shape"),
        (url, "{}", 40091, "missing"),
        (url, "{\"login_url\": \"ftp://h/login\"}", 40091, "not_a_web_address"),
        (url, "{\"login_url\": \"http://\"}", 40091, "not_a_web_address"),
    ];
    for (path, body, code, reason) in cases {
        let (status, reply) = put(path, body).await;
        let error = &reply["error"];
        assert_eq!((status, &error["code"]), (400, &json!(code)), "{path} {body}: {reply}");
        assert!(error["status"].is_string() && error["message"].is_string());
        assert_eq!(error["reason"], reason, "{path} {body}: {reply}");
    }
    let (_, blank) = put(key, "{\"dev_sno\": \"a b\"}").await;
    assert_eq!(
        (&blank["error"]["field"], &blank["error"]["details"]),
        (&json!("dev_sno"), &json!({"limit": 128}))
    );
    let long = format!("{{\"dev_sno\": \"{}\"}}", "x".repeat(100_000));
    let (status, reply) = put(key, &long).await;
    assert_eq!((status, &reply["error"]["code"]), (413, &json!(41300)));
    assert_eq!(answer(agent.request(|client, url| client.get(url), "/nowhere")).await.0, 404);
    assert_eq!(answer(agent.request(|client, url| client.delete(url), key)).await.0, 501);
    assert_eq!(agent.status().await["dev_sno"], Value::Null);
    agent.stop().await;
}

#[tokio::test]
async fn without_a_token_only_when_configured_and_the_status_says_so() {
    let directory = Arc::new(tempfile::tempdir().unwrap());
    let mut config = config(directory.path(), None);
    config.local_api.auth = LocalAuth::None;
    let agent = Agent::with(directory, config).await;
    let (status, reply) = answer(client().get(format!("{}/api/v1/status", agent.api))).await;
    assert_eq!((status, &reply["local_api_auth"]), (200, &json!("none")));
    agent.stop().await;
}

#[tokio::test]
async fn silent_connections_do_not_shut_others_out() {
    let agent = Agent::start(None).await;
    let address = agent.api.trim_start_matches("http://").to_owned();
    let mut silent = Vec::new();
    for _ in 0..40 {
        silent.push(tokio::net::TcpStream::connect(&address).await.unwrap());
    }
    silent[0].write_all(b"GET /api/v1/status HTTP/1.1\r\n").await.unwrap();
    agent.status().await;
    let mut garbage = tokio::net::TcpStream::connect(&address).await.unwrap();
    garbage.write_all(b"\x16\x03\x01 what is this\r\n\r\n").await.unwrap();
    let mut text = Vec::new();
    garbage.read_to_end(&mut text).await.unwrap();
    assert!(text.starts_with(b"HTTP/1.1 400"), "{}", String::from_utf8_lossy(&text));
    agent.status().await;
    agent.stop().await;
}

#[tokio::test]
async fn those_who_follow_the_events_do_not_shut_out_callers() {
    let agent = Agent::start(None).await;
    let follow = || agent.request(|client, url| client.get(url), "/api/v1/events/stream").send();
    let mut followers = Vec::new();
    for _ in 0..16 {
        let follower = follow().await.unwrap();
        assert_eq!(follower.status(), 200);
        followers.push(follower);
    }
    let refused = follow().await.unwrap();
    assert_eq!((refused.status().as_u16(), &refused.headers()["retry-after"]), (503, &"1".parse().unwrap()));
    let refusal: Value = refused.json().await.unwrap();
    assert!(refusal["error"]["message"].as_str().unwrap().contains("follow"), "{refusal}");
    agent.status().await;
    // Whoever leaves makes room.
    followers.pop();
    let again = || async { follow().await.unwrap().status() == 200 };
    assert!(runtime::testing::wait_until(crate::support::PATIENCE, again).await);
    drop(followers);
    agent.stop().await;
}
