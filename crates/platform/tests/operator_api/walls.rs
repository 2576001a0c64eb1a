//! Live walls: a key shows what its wall was made to show, and nothing else.

use std::time::{Duration, SystemTime};

use futures_util::StreamExt as _;
use serde_json::{Value, json};

use crate::events::{event, joined, upload};
use crate::harness::{PATIENCE, Platform, User, read};

/// As a screen with this key.
fn screen(platform: &Platform, key: &str) -> User {
    User { base: platform.base.clone(), client: platform.client.clone(), token: key.to_owned() }
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

async fn wall(admin: &User, body: Value) -> (String, String) {
    let made = admin.post("/api/v1/walls", body).await.expect(201);
    (made["id"].as_str().unwrap().to_owned(), made["key"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_wall_shows_what_it_was_made_for_and_nothing_else() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let (dev_sno, query) = joined(&platform, &admin).await;
    let at = now() - 60_000;
    let old = at - 25 * 3_600_000;
    let all = json!([event("1001", at, 1), event("1002", at + 1000, 2), event("1003", old, 2)]);
    upload(&platform, "/device/records", &query, &all).await;

    let visitors = json!({"name": "Lobby", "dev_sno": dev_sno, "types": [2], "show_photos": true});
    let (_, key) = wall(&admin, visitors).await;
    let lobby = screen(&platform, &key);
    let shown = lobby.get("/api/v1/wall/events").await.expect(200);
    let items = shown["items"].as_array().unwrap();
    assert_eq!(items.len(), 1, "neither the employee nor yesterday's visitor: {shown}");
    assert_eq!((&items[0]["name"], &items[0]["verdict"]), (&Value::Null, &json!("let_in")), "{shown}");
    assert_eq!(items[0]["at"], at + 1000);
    let photo = items[0]["spot"].as_str().unwrap();
    assert_eq!(lobby.raw(photo).await.status(), 200);

    let events = admin.get("/api/v1/events").await.expect(200);
    for other in events["items"].as_array().unwrap().iter().filter(|row| row["identity_id"] != "1002") {
        let id = other["id"].as_str().unwrap();
        lobby.get(&format!("/api/v1/wall/events/{id}/photos/spot")).await.refused(404);
    }
    for path in ["/api/v1/events", "/api/v1/stream", "/api/v1/people", "/api/v1/session", "/api/v1/walls"] {
        lobby.get(path).await.refused(401);
    }

    let (_, key) = wall(&admin, json!({"name": "Office", "show_names": true})).await;
    let office = screen(&platform, &key);
    let shown = office.get("/api/v1/wall/events").await.expect(200);
    assert_eq!((&shown["items"][0]["name"], &shown["items"][0]["spot"]), (&json!("Wang Wu"), &Value::Null));
    office.get(photo).await.refused(404);

    let listed = admin.get("/api/v1/walls").await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 2);
    assert!(!listed.to_string().contains("mw_"), "keys are shown once");
    admin.post("/api/v1/walls", json!({"name": "x", "types": [9]})).await.refused(422);
    admin.post("/api/v1/walls", json!({"name": ""})).await.refused(422);
}

#[tokio::test]
async fn a_screen_comes_in_by_a_cookie_and_is_written_down() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let (id, key) = wall(&admin, json!({"name": "Lobby", "show_names": true})).await;
    let open = |key: String| {
        platform.client.post(platform.url("/api/v1/wall/session")).json(&json!({"key": key})).send()
    };
    let opened = open(key).await.unwrap();
    let cookie = opened.headers()["set-cookie"].to_str().unwrap().to_owned();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/api/v1/wall"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let told = read(opened).await.expect(200);
    assert_eq!(told, json!({"name": "Lobby", "show_names": true, "show_photos": false}));
    let pair = cookie.split(';').next().unwrap();
    let request = platform.client.get(platform.url("/api/v1/wall/events")).header("cookie", pair);
    read(request.send().await.unwrap()).await.expect(200);
    let rows = admin.get("/api/v1/audit?limit=1").await.expect(200);
    assert_eq!(rows["items"][0]["action"], "wall.open");
    assert_eq!(rows["items"][0]["actor"], format!("wall:{id}"));
    assert!(admin.get("/api/v1/walls").await.expect(200)["items"][0]["last_used_at"].is_i64());
    read(open("mw_unknown".to_owned()).await.unwrap()).await.refused(401);
}

#[tokio::test]
async fn a_revoked_wall_is_cut_off() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let (_, query) = joined(&platform, &admin).await;
    let (id, key) = wall(&admin, json!({"name": "Lobby"})).await;
    let lobby = screen(&platform, &key);
    let request = platform.client.get(platform.url("/api/v1/wall/stream")).bearer_auth(&key);
    let response = request.timeout(Duration::from_secs(600)).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let mut chunks = response.bytes_stream();
    let mut seen = String::new();
    let at = now();
    upload(&platform, "/device/realtime", &query, &event("somebody", at, 1)).await;
    // A frame may come in pieces.
    while !(seen.contains("event: event") && seen.ends_with("\n\n")) {
        let chunk = tokio::time::timeout(PATIENCE, chunks.next()).await.unwrap();
        seen.push_str(std::str::from_utf8(&chunk.unwrap().unwrap()).unwrap());
    }
    assert!(
        seen.contains(&format!("\"at\":{at}")) && !seen.contains("Wang Wu") && !seen.contains("somebody"),
        "{seen}"
    );

    admin.delete(&format!("/api/v1/walls/{id}")).await.expect(204);
    let ended = async { while chunks.next().await.is_some_and(|chunk| chunk.is_ok()) {} };
    tokio::time::timeout(PATIENCE, ended).await.expect("the stream ends");
    lobby.get("/api/v1/wall/events").await.refused(401);
    admin.delete(&format!("/api/v1/walls/{id}")).await.refused(404);
}
