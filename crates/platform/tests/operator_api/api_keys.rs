use serde_json::{Value, json};

use crate::harness::{PATIENCE, Platform, User, eventually};

/// A new key, and who uses it.
async fn key(platform: &Platform, admin: &User, body: Value) -> (String, User) {
    let made = admin.post("/api/v1/api-keys", body).await.expect(201);
    let token = made["token"].as_str().unwrap().to_owned();
    let user = User { base: platform.base.clone(), client: platform.client.clone(), token };
    (made["id"].as_str().unwrap().to_owned(), user)
}

#[tokio::test]
async fn a_key_serves_like_a_session_within_its_role() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let (id, program) = key(&platform, &admin, json!({"name": "attendance", "role": "operator"})).await;
    assert!(program.token.starts_with("mk_") && program.token.len() == 46, "{}", program.token);
    program.post("/api/v1/people", json!({"identity_id": "1", "name": "Wang Wu"})).await.expect(201);
    assert_eq!(program.get("/api/v1/operators").await.refused(403).0, "forbidden");
    let me = program.get("/api/v1/session").await.expect(200);
    assert_eq!(me["username"], Value::from(format!("key:{id}")));
    assert_eq!((&me["role"], &me["second_factor"]), (&json!("operator"), &Value::Null));
    // What is for people is not for programs.
    assert_eq!(program.delete("/api/v1/session").await.refused(403).0, "not_a_session");
    let change = json!({"old": "x", "new": "correct horse battery 2"});
    assert_eq!(program.put("/api/v1/session/password", change).await.refused(403).0, "not_a_session");
    // The secret is nowhere to be read again, and the deed bears the key's name.
    let listed = admin.get("/api/v1/api-keys").await.expect(200);
    assert!(!listed.to_string().contains(&program.token));
    eventually(async || {
        let key = admin.get(&format!("/api/v1/api-keys/{id}")).await.expect(200);
        key["last_used_at"].as_i64()
    })
    .await;
    let deeds = admin.get("/api/v1/audit?action=person.create").await.expect(200);
    assert_eq!(deeds["items"][0]["actor"], Value::from(format!("key:{id}")));
    // A cookie is for browsers.
    let request = platform.client.get(platform.url("/api/v1/people"));
    let by_cookie =
        request.header("cookie", format!("menshen_session={}", program.token)).send().await.unwrap();
    assert_eq!(by_cookie.status().as_u16(), 401);
}

#[tokio::test]
async fn a_revoked_expired_or_rotated_key_is_worth_nothing_at_once() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let (id, program) = key(&platform, &admin, json!({"name": "a", "role": "viewer"})).await;
    let later = i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap() + 3_600_000;
    let (brief, short) =
        key(&platform, &admin, json!({"name": "b", "role": "viewer", "expires_at": later})).await;
    short.get("/api/v1/people").await.expect(200);

    let rotated =
        admin.post(&format!("/api/v1/api-keys/{id}/rotate"), json!({"overlap": 600})).await.expect(200);
    let next = User { token: rotated["token"].as_str().unwrap().to_owned(), ..program.clone() };
    for user in [&program, &next] {
        user.get("/api/v1/people").await.expect(200);
    }
    admin.post(&format!("/api/v1/api-keys/{id}/rotate"), json!({})).await.expect(200);
    for user in [&program, &next] {
        assert_eq!(user.get("/api/v1/people").await.refused(401).0, "unauthenticated");
    }
    let (gone, revoked) = key(&platform, &admin, json!({"name": "c", "role": "admin"})).await;
    revoked.get("/api/v1/operators").await.expect(200);
    admin.patch(&format!("/api/v1/api-keys/{gone}"), json!({"role": "viewer"})).await.expect(200);
    assert_eq!(revoked.get("/api/v1/operators").await.status, 403);
    admin.delete(&format!("/api/v1/api-keys/{gone}")).await.expect(204);
    assert_eq!(revoked.get("/api/v1/people").await.refused(401).0, "unauthenticated");
    // The hour has passed.
    let passed = format!("UPDATE api_key SET expires_at = expires_at - 3600000 WHERE id = '{brief}'");
    assert_eq!(platform.tamper(&passed).await, 1);
    assert_eq!(short.get("/api/v1/people").await.refused(401).0, "unauthenticated");
}

#[tokio::test]
async fn a_live_stream_ends_with_its_key() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let (id, program) = key(&platform, &admin, json!({"name": "a", "role": "viewer"})).await;
    let mut stream = program.raw("/api/v1/stream").await;
    assert!(stream.chunk().await.unwrap().is_some(), "it begins");
    admin.delete(&format!("/api/v1/api-keys/{id}")).await.expect(204);
    let rest = tokio::time::timeout(PATIENCE, async { while let Ok(Some(_)) = stream.chunk().await {} });
    rest.await.expect("it went on");
}

#[tokio::test]
async fn keys_are_checked() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    for (body, field) in [
        (json!({"name": "", "role": "viewer"}), "name"),
        (json!({"name": "a", "role": "root"}), "role"),
        (json!({"name": "a", "role": "viewer", "expires_at": 1_700_000_000_000_i64}), "expires_at"),
        (json!({"name": "a", "role": "admin", "sites": ["north"]}), "sites"),
        (json!({"name": "a", "role": "viewer", "sites": []}), "sites"),
    ] {
        let refused = admin.post("/api/v1/api-keys", body).await.expect(422);
        assert_eq!(refused["error"]["detail"]["field"], field);
    }
    let (id, _) = key(&platform, &admin, json!({"name": "a", "role": "viewer", "sites": ["north"]})).await;
    let path = format!("/api/v1/api-keys/{id}");
    assert_eq!(
        admin.patch(&path, json!({"role": "admin"})).await.expect(422)["error"]["detail"]["field"],
        "sites"
    );
    let changed = admin.patch(&path, json!({"role": "admin", "sites": null, "name": "b"})).await.expect(200);
    assert_eq!((&changed["name"], &changed["sites"]), (&json!("b"), &Value::Null));
    assert_eq!(admin.get("/api/v1/api-keys/nobody").await.refused(404).0, "not_found");
    let far = admin.post(&format!("{path}/rotate"), json!({"overlap": 604_801})).await;
    assert_eq!(far.refused(422).0, "invalid");
}
