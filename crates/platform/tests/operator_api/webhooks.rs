use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::events::{event, joined, upload};
use crate::harness::{Platform, User, eventually};

const START: i64 = 1_790_000_000_000;

/// Something that is told. It answers what it is told to answer, 204 when nothing else.
#[derive(Clone, Default)]
pub(crate) struct Receiver(Arc<Inner>);

#[derive(Default)]
struct Inner {
    got: Mutex<Vec<(HeaderMap, Bytes)>>,
    answers: Mutex<VecDeque<u16>>,
    /// Never answers.
    hangs: std::sync::atomic::AtomicBool,
}

impl Receiver {
    pub(crate) async fn start() -> (Self, String) {
        let receiver = Self::default();
        let router = Router::new().fallback(take).with_state(receiver.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (receiver, url)
    }

    fn answer(&self, statuses: impl IntoIterator<Item = u16>) {
        self.0.answers.lock().unwrap().extend(statuses);
    }

    pub(crate) fn bodies(&self) -> Vec<Value> {
        self.0.got.lock().unwrap().iter().map(|(_, body)| serde_json::from_slice(body).unwrap()).collect()
    }

    fn ids(&self) -> Vec<String> {
        self.bodies().iter().map(|body| body["id"].as_str().unwrap().to_owned()).collect()
    }

    async fn count(&self, count: usize) -> Vec<Value> {
        eventually(async || {
            let bodies = self.bodies();
            (bodies.len() >= count).then_some(bodies)
        })
        .await
    }
}

async fn take(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> Response {
    receiver.0.got.lock().unwrap().push((headers, body));
    if receiver.0.hangs.load(std::sync::atomic::Ordering::SeqCst) {
        std::future::pending::<()>().await;
    }
    let status = receiver.0.answers.lock().unwrap().pop_front().unwrap_or(204);
    let status = StatusCode::from_u16(status).unwrap();
    (status, [(header::LOCATION, "http://127.0.0.1:1/elsewhere")], "thanks").into_response()
}

/// What a receiver does to know who speaks.
fn verifies(secret: &str, headers: &HeaderMap, body: &[u8]) -> bool {
    let signature = headers["menshen-signature"].to_str().unwrap();
    let (time, signed) = signature.strip_prefix("t=").unwrap().split_once(",v1=").unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    assert!(now.abs_diff(time.parse().unwrap()) < 300);
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{time}.").as_bytes());
    mac.update(body);
    let expected: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    expected == signed
}

async fn hook(admin: &User, body: Value) -> (String, String) {
    let made = admin.post("/api/v1/webhooks", body).await.expect(201);
    (made["id"].as_str().unwrap().to_owned(), made["secret"].as_str().unwrap().to_owned())
}

async fn deliveries(admin: &User, id: &str, state: &str, count: usize) -> Vec<Value> {
    eventually(async || {
        let page = admin.get(&format!("/api/v1/webhooks/{id}/deliveries?state={state}")).await.expect(200);
        let rows = page["items"].as_array().unwrap().clone();
        (rows.len() >= count).then_some(rows)
    })
    .await
}

#[tokio::test]
async fn what_happens_is_posted_signed_in_order_and_logged() {
    let platform = Platform::start_with(|config| {
        config.vision.models = "/nonexistent".into();
        config.http.public_url = Some("https://menshen.example".parse().unwrap());
    })
    .await;
    let admin = platform.admin().await;
    let (receiver, url) = Receiver::start().await;
    let with_secret = url.replace("http://", "http://me:pass@") + "?key=hush-hush";
    let (id, secret) =
        hook(&admin, json!({"url": with_secret, "pictures": "inline", "description": "attendance"})).await;
    let (dev_sno, query) = joined(&platform, &admin).await;
    for n in 0..5 {
        upload(&platform, "/device/records", &query, &event("1001", START + n, 1)).await;
    }
    let told = receiver.count(5).await;
    let times: Vec<i64> =
        told.iter().map(|body| body["data"]["taken_at"].as_i64().unwrap() - START).collect();
    assert_eq!(times, [0, 1, 2, 3, 4]);
    assert_eq!(told[0]["kind"], "event");
    assert_eq!(told[0]["data"]["dev_sno"], json!(dev_sno));
    let link = told[0]["data"]["photos"]["spot"].as_str().unwrap();
    assert!(link.starts_with("https://menshen.example/api/v1/events/"), "{link}");
    assert_eq!(
        told[0]["data"]["pictures"]["spot"],
        json!({"type": "image/jpeg", "base64": "/9j/4AAQSkZJRg=="})
    );
    let got = receiver.0.got.lock().unwrap().clone();
    for (headers, body) in &got {
        assert!(verifies(&secret, headers, body) && !verifies("another", headers, body));
        let told: Value = serde_json::from_slice(body).unwrap();
        assert_eq!(headers["menshen-event-id"].to_str().unwrap(), told["id"].as_str().unwrap());
        assert_eq!(headers["authorization"], "Basic bWU6cGFzcw==");
    }
    let rows = deliveries(&admin, &id, "delivered", 5).await;
    assert_eq!(
        (&rows[0]["status"], &rows[0]["attempts"], &rows[0]["answer"]),
        (&json!(204), &json!(1), &json!(""))
    );

    let shown = admin.get(&format!("/api/v1/webhooks/{id}")).await.expect(200);
    let text = shown.to_string();
    assert!(!text.contains(&secret) && !text.contains("pass@") && !text.contains("hush"), "{text}");
    assert_eq!(
        (&shown["failed"], &shown["waiting"], &shown["failing_since"]),
        (&json!(0), &json!(0), &Value::Null)
    );
    let listed = admin.get("/api/v1/webhooks").await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);

    // Disabled, it is told nothing; enabled again it goes on, unless it is to leave that out.
    admin.patch(&format!("/api/v1/webhooks/{id}"), json!({"enabled": false})).await.expect(200);
    // Whoever tells the other one has looked at the webhooks since, and left the disabled one.
    let (witness, url) = Receiver::start().await;
    let (other, _) = hook(&admin, json!({"url": url})).await;
    admin.post(&format!("/api/v1/webhooks/{other}/replay"), json!({"from": 0})).await.expect(202);
    witness.count(5).await;
    upload(&platform, "/device/records", &query, &event("1001", START + 5, 1)).await;
    admin.post(&format!("/api/v1/webhooks/{id}/replay"), json!({"from": 0})).await.refused(409);
    let change = json!({"enabled": true, "skip_missed": true, "pictures": "none"});
    admin.patch(&format!("/api/v1/webhooks/{id}"), change).await.expect(200);
    upload(&platform, "/device/records", &query, &event("1001", START + 6, 1)).await;
    let told = receiver.count(6).await;
    assert_eq!(told[5]["data"]["taken_at"], json!(START + 6));
    assert_eq!((&told[5]["data"]["photos"]["spot"], told[5]["data"].get("pictures")), (&Value::Null, None));

    admin.delete(&format!("/api/v1/webhooks/{id}")).await.expect(204);
    admin.get(&format!("/api/v1/webhooks/{id}/deliveries")).await.refused(404);
}

#[tokio::test]
async fn only_what_the_filter_wants_is_told() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let (strangers, url) = Receiver::start().await;
    hook(&admin, json!({"url": url, "filter": {"kinds": ["event"], "person_types": [4]}})).await;
    let (blacklist, url) = Receiver::start().await;
    hook(&admin, json!({"url": url, "filter": {"person_types": [3]}})).await;
    let (north, url) = Receiver::start().await;
    hook(&admin, json!({"url": url, "filter": {"sites": ["north"]}})).await;
    let (group, url) = Receiver::start().await;
    hook(&admin, json!({"url": url, "filter": {"groups": ["7"]}})).await;

    let (first, query) = joined(&platform, &admin).await;
    admin.patch(&format!("/api/v1/boxes/{first}"), json!({"site": "north"})).await.expect(200);
    let (_, other) = joined(&platform, &admin).await;
    admin.post("/api/v1/groups", json!({"id": "7", "name": "seven"})).await.expect(201);
    admin
        .post("/api/v1/people", json!({"identity_id": "7001", "name": "A", "groups": ["7"]}))
        .await
        .expect(201);
    upload(&platform, "/device/records", &query, &event("s1", START, 4)).await;
    upload(&platform, "/device/records", &other, &event("b1", START + 1, 3)).await;
    upload(&platform, "/device/records", &other, &event("7001", START + 2, 1)).await;
    let who = |receiver: &Receiver| -> Vec<String> {
        receiver
            .bodies()
            .iter()
            .map(|body| body["data"]["identity_id"].as_str().unwrap().to_owned())
            .collect()
    };
    eventually(async || (who(&group) == ["7001"]).then_some(())).await;
    eventually(async || {
        (who(&strangers) == ["s1"] && who(&blacklist) == ["b1"] && who(&north) == ["s1"]).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_receiver_that_fails_is_told_again_in_order_and_delays_nobody() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let (healthy, url) = Receiver::start().await;
    hook(&admin, json!({"url": url})).await;
    let (hanging, url) = Receiver::start().await;
    hanging.0.hangs.store(true, std::sync::atomic::Ordering::SeqCst);
    hook(&admin, json!({"url": url})).await;
    let (dead, _) = hook(&admin, json!({"url": "http://127.0.0.1:1/"})).await;
    let (ill, url) = Receiver::start().await;
    ill.answer([503, 502]);
    let (ill_id, _) = hook(&admin, json!({"url": url})).await;
    let (_, query) = joined(&platform, &admin).await;
    for n in 0..3 {
        upload(&platform, "/device/records", &query, &event("1001", START + n, 1)).await;
    }
    healthy.count(3).await;
    ill.count(5).await;
    let ids = ill.ids();
    assert!(ids[0] == ids[1] && ids[1] == ids[2], "{ids:?}");
    assert_eq!(ids[2..], healthy.ids());
    let rows = deliveries(&admin, &ill_id, "delivered", 3).await;
    assert!(rows.iter().any(|row| row["attempts"] == json!(3)), "{rows:?}");
    let rows = deliveries(&admin, &dead, "waiting", 1).await;
    assert!(rows[0]["error"].as_str().unwrap().starts_with("cannot be reached"), "{rows:?}");
    let shown = admin.get(&format!("/api/v1/webhooks/{dead}")).await.expect(200);
    assert!(shown["failing_since"].is_i64() && shown["enabled"] == true, "{shown}");
    // It may have been asked again meanwhile, for the first entry and no further one.
    let asked = hanging.ids();
    assert!(asked.iter().all(|id| *id == healthy.ids()[0]), "{asked:?}");
}

#[tokio::test]
async fn an_address_that_is_gone_disables_and_others_hear_of_it() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let (watcher, url) = Receiver::start().await;
    hook(&admin, json!({"url": url, "filter": {"kinds": ["webhook"]}})).await;
    let (gone, url) = Receiver::start().await;
    gone.answer([410]);
    let (id, _) = hook(&admin, json!({"url": url})).await;
    let (_, query) = joined(&platform, &admin).await;
    upload(&platform, "/device/records", &query, &event("1001", START, 1)).await;
    let told = watcher.count(1).await;
    assert_eq!((&told[0]["kind"], &told[0]["subject"]), (&json!("webhook"), &json!(id)));
    let shown = admin.get(&format!("/api/v1/webhooks/{id}")).await.expect(200);
    assert_eq!(shown["enabled"], false);
    assert!(shown["disabled_reason"].as_str().unwrap().contains("410"), "{shown}");
}

#[tokio::test]
async fn the_test_button_and_replays_tell_again() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let (receiver, url) = Receiver::start().await;
    let (id, secret) = hook(&admin, json!({"url": url, "secret": "a-secret-of-my-own"})).await;
    assert_eq!(secret, "a-secret-of-my-own");
    receiver.answer([200, 302]);
    let tried = admin.post(&format!("/api/v1/webhooks/{id}/test"), Value::Null).await.expect(200);
    assert_eq!(
        (&tried["state"], &tried["status"], &tried["answer"]),
        (&json!("delivered"), &json!(200), &json!("thanks"))
    );
    assert_eq!(receiver.bodies()[0]["kind"], "test");
    // A redirect to somebody else is not followed.
    let tried = admin.post(&format!("/api/v1/webhooks/{id}/test"), Value::Null).await.expect(200);
    assert_eq!((&tried["state"], &tried["status"]), (&json!("failed"), &json!(302)));
    assert!(tried["error"].as_str().unwrap().contains("redirects"), "{tried}");

    let (_, query) = joined(&platform, &admin).await;
    for n in 0..4 {
        upload(&platform, "/device/records", &query, &event("1001", START + n, 1)).await;
    }
    let told = receiver.count(6).await;
    let rows = deliveries(&admin, &id, "delivered", 5).await;
    assert_eq!(rows.len(), 5);
    let second = told[3]["id"].as_str().unwrap();
    let path = format!("/api/v1/webhooks/{id}/replay");
    admin.post(&path, json!({"event_id": second})).await.expect(202);
    assert_eq!(receiver.count(7).await[6]["id"], json!(second));
    let started = admin.post(&path, json!({"from": told[2]["at"]})).await.expect(202);
    assert!(started["entries"].as_i64().unwrap() >= 4, "{started}");
    receiver.count(11).await;
    let ids = receiver.ids();
    assert_eq!(ids[7..11], ids[2..6]);
    eventually(async || {
        let shown = admin.get(&format!("/api/v1/webhooks/{id}")).await.expect(200);
        (shown["replaying"] == 0).then_some(())
    })
    .await;
    admin.post(&path, json!({"event_id": "event-999"})).await.refused(404);
    admin.post(&path, json!({})).await.refused(422);
    admin.post(&path, json!({"from": 5, "until": 5})).await.refused(422);
}

#[tokio::test]
async fn two_processes_tell_once_and_one_takes_over_from_the_other() {
    let mut first = Platform::start().await;
    let second = first.second().await;
    // The second one works on in this folder.
    let _kept = std::mem::replace(&mut first.folder, tempfile::tempdir().unwrap());
    let admin = first.admin().await;
    let (receiver, url) = Receiver::start().await;
    hook(&admin, json!({"url": url})).await;
    let (_, query) = joined(&first, &admin).await;
    for n in 0..6 {
        let through = if n % 2 == 0 { &first } else { &second };
        upload(through, "/device/records", &query, &event("1001", START + n, 1)).await;
    }
    receiver.count(6).await;
    drop(first);
    upload(&second, "/device/records", &query, &event("1001", START + 6, 1)).await;
    receiver.count(7).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let ids = receiver.ids();
    assert_eq!(ids.len(), 7, "{ids:?}");
}

#[tokio::test]
async fn what_cannot_be_posted_to_is_refused() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    for (body, field) in [
        (json!({"url": "ftp://a/b"}), "url"),
        (json!({"url": "http://a/?k=***"}), "url"),
        (json!({"url": "http://a/", "secret": "short"}), "secret"),
        (json!({"url": "http://a/", "filter": {"kinds": ["weather"]}}), "filter.kinds"),
        (json!({"url": "http://a/", "filter": {"person_types": [9]}}), "filter.person_types"),
        (json!({"url": "http://a/", "pictures": "all"}), "pictures"),
    ] {
        let (code, message) = admin.post("/api/v1/webhooks", body).await.refused(422);
        assert!(code == "invalid" && message.starts_with(field), "{message}");
    }
    admin.get("/api/v1/webhooks/none").await.refused(404);
}
