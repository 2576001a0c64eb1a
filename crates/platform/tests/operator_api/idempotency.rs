use reqwest::Response;
use serde_json::{Value, json};

use crate::harness::{PASSWORD, Platform, User, eventually, read};

async fn post(user: &User, path: &str, key: &str, body: &Value) -> Response {
    let request = user.client.post(format!("{}{path}", user.base)).bearer_auth(&user.token);
    request.header("idempotency-key", key).json(body).send().await.unwrap()
}

#[tokio::test]
async fn a_repeated_request_is_done_once_and_answered_alike() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let body = json!({"name": "front door"});
    let first = post(&admin, "/api/v1/boxes", "order 1", &body).await;
    assert!(first.headers().get("idempotent-replayed").is_none());
    let first = read(first).await.expect(201);
    let again = post(&admin, "/api/v1/boxes", "order 1", &body).await;
    assert_eq!(again.headers()["idempotent-replayed"], "true");
    assert_eq!(read(again).await.expect(201), first);
    // Another key, another caller, another address: another request.
    let operator = platform.with_role(&admin, "operator").await;
    for (user, key) in [(&admin, "order 2"), (&operator, "order 1")] {
        let other = read(post(user, "/api/v1/boxes", key, &body).await).await.expect(201);
        assert_ne!(other["dev_sno"], first["dev_sno"]);
    }
    read(post(&admin, "/api/v1/groups", "order 1", &json!({"name": "north"})).await).await.expect(201);
    assert_eq!(admin.get("/api/v1/boxes").await.expect(200)["items"].as_array().unwrap().len(), 3);
    // Another body under the same key is a mistake.
    let other = post(&admin, "/api/v1/boxes", "order 1", &json!({"name": "back door"})).await;
    let refused = read(other).await.expect(422);
    assert_eq!(refused["error"]["detail"]["field"], "Idempotency-Key");
    // A refusal is an answer, too.
    for _ in 0..2 {
        let taken = post(&admin, "/api/v1/groups", "order 3", &json!({"name": "north"})).await;
        assert_eq!(read(taken).await.refused(409).0, "conflict");
    }
}

#[tokio::test]
async fn it_holds_for_requests_at_the_same_time_and_in_another_process() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let body = json!({"name": "front door"});
    let all = (0..20).map(|_| async { read(post(&admin, "/api/v1/boxes", "k", &body).await).await });
    let answers = futures_util::future::join_all(all).await;
    let made: Vec<_> = answers.iter().filter(|answer| answer.status == 201).collect();
    assert!(!made.is_empty());
    assert!(made.iter().all(|answer| answer.body == made[0].body));
    let busy = answers.iter().filter(|answer| answer.status != 201);
    assert!(busy.clone().all(|answer| answer.body["error"]["code"] == "in_progress"), "{answers:?}");
    let other = platform.second().await;
    let there = User { base: other.base.clone(), ..admin.clone() };
    let again = read(post(&there, "/api/v1/boxes", "k", &body).await).await.expect(201);
    assert_eq!(again, made[0].body);
    assert_eq!(admin.get("/api/v1/boxes").await.expect(200)["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_quality_check_is_asked_for_once() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let server = json!({"name": "judge", "fiqa_server": true});
    admin.post("/api/v1/boxes", server).await.expect(201);
    let mut ids = Vec::new();
    for _ in 0..2 {
        let request = admin.client.post(format!("{}/api/v1/fiqa", admin.base)).bearer_auth(&admin.token);
        let request = request.header("idempotency-key", "q").header("content-type", "image/png");
        let sent = request.body(&b"\x89PNG and so on"[..]).send().await.unwrap();
        ids.push(read(sent).await.expect(202)["id"].clone());
    }
    assert_eq!(ids[0], ids[1]);
    let commands = admin.get("/api/v1/commands").await.expect(200);
    assert_eq!(commands["items"].as_array().unwrap().len(), 1, "{commands}");
}

#[tokio::test]
async fn what_shows_a_secret_takes_no_key_and_keys_are_bounded() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let key = json!({"name": "a", "role": "viewer"});
    let refused = read(post(&admin, "/api/v1/api-keys", "k", &key).await).await.expect(422);
    assert_eq!(refused["error"]["detail"]["field"], "Idempotency-Key");
    let login = json!({"username": "admin", "password": PASSWORD});
    assert_eq!(read(post(&admin, "/api/v1/session", "k", &login).await).await.status, 422);
    let long = "k".repeat(256);
    for bad in ["", long.as_str()] {
        let refused = post(&admin, "/api/v1/boxes", bad, &json!({"name": "front door"})).await;
        assert_eq!(read(refused).await.refused(422).0, "invalid");
    }
    assert_eq!(admin.get("/api/v1/boxes").await.expect(200)["items"], json!([]));
}

#[tokio::test]
async fn many_at_once_and_files_are_done_once_too() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let boxes = json!({"count": 3, "like": {"name": "gate"}});
    let mut tables = Vec::new();
    for _ in 0..2 {
        let answer = post(&admin, "/api/v1/boxes/bulk?format=csv", "b", &boxes).await;
        assert_eq!(answer.status(), 201);
        assert_eq!(answer.headers()["content-type"], "text/csv; charset=utf-8");
        tables.push(answer.text().await.unwrap());
    }
    assert_eq!(tables[0], tables[1]);
    let other = post(&admin, "/api/v1/boxes/bulk", "b", &boxes).await;
    assert_eq!(read(other).await.refused(422).0, "invalid", "the query belongs to the request");
    assert_eq!(admin.get("/api/v1/boxes").await.expect(200)["items"].as_array().unwrap().len(), 3);

    let send = async |list: &'static str| {
        let request = admin.client.post(format!("{}/api/v1/people/imports", admin.base));
        let request = request.bearer_auth(&admin.token).header("idempotency-key", "i");
        read(request.body(list).send().await.unwrap()).await
    };
    let list = "identity_id,name\n1001,Zhang San\n";
    let first = send(list).await.expect(201);
    assert_eq!(send(list).await.expect(201)["id"], first["id"]);
    assert_eq!(send("identity_id,name\n1002,Li Si, and longer\n").await.refused(422).0, "invalid");
    let imports = admin.get("/api/v1/people/imports").await.expect(200);
    assert_eq!(imports["items"].as_array().unwrap().len(), 1, "{imports}");
}

#[tokio::test]
async fn answers_are_forgotten_when_their_day_is_over_whoever_asks() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    for (key, id) in [("old", "1"), ("new", "2")] {
        let person = json!({"identity_id": id, "name": "Wang Wu"});
        read(post(&admin, "/api/v1/people", key, &person).await).await.expect(201);
    }
    let kept = "UPDATE idempotency SET caller = caller";
    assert_eq!(platform.tamper(kept).await, 2);
    platform
        .tamper(
            "UPDATE idempotency SET until = 1 WHERE created_at = (SELECT MIN(created_at) FROM idempotency)",
        )
        .await;
    let platform = platform.restart().await;
    eventually(async || (platform.tamper(kept).await == 1).then_some(())).await;
}
