use serde_json::json;

use crate::harness::{PASSWORD, Platform, read};

#[tokio::test]
async fn a_session_opens_serves_and_ends() {
    let platform = Platform::start().await;
    let opened = platform.login("admin", PASSWORD).await.expect(201);
    assert_eq!(opened["role"], "admin");
    assert!(opened["expires_at"].as_i64().unwrap() > 1_700_000_000_000);
    let admin = platform.admin().await;
    assert_eq!(
        admin.get("/api/v1/session").await.expect(200),
        json!({"username": "admin", "role": "admin", "sites": null, "second_factor": false})
    );
    admin.delete("/api/v1/session").await.expect(204);
    let (code, message) = admin.get("/api/v1/session").await.refused(401);
    assert_eq!(
        (code.as_str(), message.as_str()),
        ("unauthenticated", "this session has ended; log in again")
    );
}

#[tokio::test]
async fn browsers_are_remembered_by_a_cookie_scripts_cannot_read() {
    let platform = Platform::start().await;
    let body = json!({"username": "admin", "password": PASSWORD});
    let response = platform.client.post(platform.url("/api/v1/session")).json(&body).send().await.unwrap();
    let cookie = response.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    let pair = cookie.split(';').next().unwrap();
    let request =
        platform.client.get(platform.url("/api/v1/people")).header("cookie", format!("a=b; {pair}"));
    read(request.send().await.unwrap()).await.expect(200);
}

#[tokio::test]
async fn wrong_credentials_look_alike_and_are_slowed_down() {
    let platform = Platform::start().await;
    let wrong = platform.login("admin", "wrong").await.refused(401);
    assert_eq!(platform.login("nobody", "wrong").await.refused(401), wrong);
    let mut last = wrong;
    for _ in 0..9 {
        let answer = platform.login("admin", "wrong").await;
        last = if answer.status == 429 { answer.refused(429) } else { answer.refused(401) };
    }
    assert_eq!(last.0, "too_many", "{last:?}");
    // The right password waits as well: guessing must not pay.
    assert_eq!(platform.login("admin", PASSWORD).await.status, 429);
}

#[tokio::test]
async fn a_changed_password_ends_sessions_and_the_last_admin_stays() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let viewer = platform.with_role(&admin, "viewer").await;
    assert_eq!(viewer.get("/api/v1/session").await.expect(200)["role"], "viewer");
    admin.patch("/api/v1/operators/viewer", json!({"role": "operator"})).await.expect(200);
    assert_eq!(viewer.get("/api/v1/session").await.status, 401);
    let viewer = platform.user("viewer", PASSWORD).await;
    assert_eq!(viewer.get("/api/v1/session").await.expect(200)["role"], "operator");
    admin.patch("/api/v1/operators/viewer", json!({"password": "a new password"})).await.expect(200);
    assert_eq!(viewer.get("/api/v1/session").await.status, 401);
    platform.user("viewer", "a new password").await;

    assert_eq!(
        admin.patch("/api/v1/operators/admin", json!({"role": "viewer"})).await.refused(409).0,
        "conflict"
    );
    assert_eq!(admin.delete("/api/v1/operators/admin").await.refused(409).0, "conflict");
    admin.delete("/api/v1/operators/viewer").await.expect(204);
    let names = admin.get("/api/v1/operators").await.expect(200);
    assert_eq!(names["items"].as_array().unwrap().len(), 1);
    assert!(names["items"][0].get("password_hash").is_none());
}

#[tokio::test]
async fn operators_are_checked() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    for (body, field) in [
        (json!({"username": "a b", "password": PASSWORD, "role": "viewer"}), "username"),
        (json!({"username": "a", "password": "short", "role": "viewer"}), "password"),
        (json!({"username": "a", "password": "Password2026", "role": "viewer"}), "password"),
        (json!({"username": "wang.wu", "password": "wang.wu.2026", "role": "viewer"}), "password"),
        (json!({"username": "a", "password": PASSWORD, "role": "admin", "sites": ["north"]}), "sites"),
        (json!({"username": "a", "password": PASSWORD, "role": "viewer", "sites": []}), "sites"),
        (json!({"username": "a", "password": PASSWORD, "role": "root"}), "role"),
    ] {
        let refused = admin.post("/api/v1/operators", body).await.expect(422);
        assert_eq!(refused["error"]["detail"]["field"], field);
    }
    let again = json!({"username": "admin", "password": PASSWORD, "role": "admin"});
    assert_eq!(admin.post("/api/v1/operators", again).await.refused(409).0, "conflict");
    assert_eq!(admin.delete("/api/v1/operators/nobody").await.refused(404).0, "not_found");
}
