use serde_json::json;

use crate::harness::{Answer, PASSWORD, Platform, read};

#[tokio::test]
async fn a_session_opens_serves_and_ends() {
    let platform = Platform::start().await;
    let opened = platform.login("admin", PASSWORD).await.expect(201);
    assert_eq!(opened["role"], "admin");
    assert!(opened["expires_at"].as_i64().unwrap() > 1_700_000_000_000);
    let admin = platform.admin().await;
    assert_eq!(
        admin.get("/api/v1/session").await.expect(200),
        json!({
            "username": "admin", "role": "admin", "sites": null, "second_factor": false, "must_change_password": true,
        })
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
    let mut refused = None;
    for _ in 0..9 {
        let answer = platform.login("admin", "wrong").await;
        if answer.status == 429 {
            refused = Some(answer.refused(429).0);
            break;
        }
        assert_eq!(answer.refused(401), wrong);
    }
    assert_eq!(refused.as_deref(), Some("too_many"));
    prolong_the_wait(&platform, "admin").await;
    // The right password waits as well: guessing must not pay.
    assert_eq!(platform.login("admin", PASSWORD).await.status, 429);
}

/// The wait that was just imposed on a name is a matter of seconds, which a busy machine may be away for: it lasts ten minutes more.
async fn prolong_the_wait(platform: &Platform, username: &str) {
    let sql = format!(
        "UPDATE login_failure SET until = until + 600000 WHERE username = '{username}' AND until > last_at"
    );
    assert_eq!(platform.tamper(&sql).await, 1, "{username} has not to wait");
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
    admin.patch("/api/v1/operators/viewer", json!({"password": "battery staple again"})).await.expect(200);
    assert_eq!(viewer.get("/api/v1/session").await.status, 401);
    platform.user("viewer", "battery staple again").await;

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

/// A platform behind a proxy on this machine.
async fn behind_a_proxy() -> Platform {
    Platform::start_with(|config| config.http.trusted_proxies = vec!["127.0.0.1".to_owned()]).await
}

/// An attempt to log in, through the proxy.
async fn login_from(platform: &Platform, network: &str, username: &str, password: &str) -> Answer {
    let body = json!({"username": username, "password": password});
    let request = platform.client.post(platform.url("/api/v1/session")).json(&body);
    let answer = request.header("x-forwarded-for", network).send().await.unwrap();
    let waits =
        answer.headers().get("retry-after").map(|value| value.to_str().unwrap().parse::<u64>().unwrap());
    assert!(waits.is_none_or(|seconds| (1..=900).contains(&seconds)), "{waits:?}");
    read(answer).await
}

#[tokio::test]
async fn failures_make_an_account_wait_in_every_process_and_not_for_good() {
    let platform = behind_a_proxy().await;
    let admin = platform.admin().await;
    platform.with_role(&admin, "viewer").await;
    // Somebody who exists and somebody who does not are answered alike.
    for (name, network) in [("viewer", "192.0.2.1"), ("nobody", "192.0.2.2")] {
        for _ in 0..5 {
            assert_eq!(login_from(&platform, network, name, "wrong").await.status, 401, "{name}");
        }
        prolong_the_wait(&platform, name).await;
        let told = login_from(&platform, network, name, PASSWORD).await.refused(429);
        assert!(told.0 == "too_many" && told.1.contains("try again in"), "{told:?}");
    }
    // Another process knows, another account is not concerned.
    let other = platform.second().await;
    assert_eq!(login_from(&other, "192.0.2.3", "viewer", PASSWORD).await.refused(429).0, "too_many");
    login_from(&other, "192.0.2.3", "admin", PASSWORD).await.expect(201);
    // The wait has an end, and an admin can end it at once.
    let body = json!({"password": "battery staple again"});
    admin.patch("/api/v1/operators/viewer", body).await.expect(200);
    login_from(&other, "192.0.2.3", "viewer", "battery staple again").await.expect(201);
}

#[tokio::test]
async fn who_guesses_from_elsewhere_does_not_keep_the_owner_out() {
    let platform = behind_a_proxy().await;
    login_from(&platform, "192.0.2.1", "admin", PASSWORD).await.expect(201);
    for host in 1..=9 {
        login_from(&platform, &format!("203.0.113.{host}"), "admin", "wrong").await;
    }
    prolong_the_wait(&platform, "admin").await;
    assert_eq!(login_from(&platform, "203.0.113.10", "admin", PASSWORD).await.refused(429).0, "too_many");
    login_from(&platform, "192.0.2.1", "admin", PASSWORD).await.expect(201);
}

#[tokio::test]
async fn ones_own_password_is_changed_with_the_old_one_and_other_sessions_end() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let elsewhere = platform.admin().await;
    let change = async |old: &str, new: &str| {
        admin.put("/api/v1/session/password", json!({"old": old, "new": new})).await
    };
    assert_eq!(change("wrong", "battery staple again").await.refused(401).0, "unauthenticated");
    assert_eq!(change(PASSWORD, "Administrator1").await.refused(422).0, "invalid");
    let opened = change(PASSWORD, "battery staple again").await.expect(200);
    let token = opened["token"].as_str().unwrap().to_owned();
    for ended in [&admin, &elsewhere] {
        assert_eq!(ended.get("/api/v1/session").await.status, 401);
    }
    let now = crate::harness::User { token, ..admin.clone() };
    now.get("/api/v1/session").await.expect(200);
    assert_eq!(platform.login("admin", PASSWORD).await.status, 401);
    platform.user("admin", "battery staple again").await;
}

#[tokio::test]
async fn sessions_are_seen_and_ended_by_their_owner_and_by_admins() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let viewer = platform.with_role(&admin, "viewer").await;
    let other = platform.user("viewer", PASSWORD).await;
    let seen = viewer.get("/api/v1/sessions?username=admin").await.expect(200);
    let seen = seen["items"].as_array().unwrap();
    assert_eq!(seen.len(), 2, "{seen:?}");
    assert!(seen.iter().all(|row| row["username"] == "viewer" && row["address"] == "127.0.0.1"));
    let of_other = seen.iter().find(|row| row["current"] == false).unwrap()["id"].as_str().unwrap();
    let all = admin.get("/api/v1/sessions").await.expect(200);
    assert_eq!(all["items"].as_array().unwrap().len(), 3);
    let of_admin = all["items"][0]["id"].as_str().unwrap();
    assert_eq!(viewer.delete(&format!("/api/v1/sessions/{of_admin}")).await.refused(404).0, "not_found");
    viewer.delete(&format!("/api/v1/sessions/{of_other}")).await.expect(204);
    assert_eq!(other.get("/api/v1/session").await.status, 401);
    let mine =
        viewer.get("/api/v1/sessions").await.expect(200)["items"][0]["id"].as_str().unwrap().to_owned();
    admin.delete(&format!("/api/v1/sessions/{mine}")).await.expect(204);
    assert_eq!(viewer.get("/api/v1/session").await.status, 401);
}

#[tokio::test]
async fn the_password_of_the_first_start_is_to_be_changed_until_it_is() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    assert_eq!(admin.get("/api/v1/session").await.expect(200)["must_change_password"], true);
    let other = platform.with_role(&admin, "viewer").await;
    assert_eq!(other.get("/api/v1/session").await.expect(200)["must_change_password"], false);
    let body = json!({"old": PASSWORD, "new": "quite-another-one-9"});
    admin.put("/api/v1/session/password", body).await.expect(200);
    let admin = platform.user("admin", "quite-another-one-9").await;
    assert_eq!(admin.get("/api/v1/session").await.expect(200)["must_change_password"], false);
}
