use serde_json::{Value, json};
use totp_rs::{Builder, Secret};

use crate::harness::{Answer, PASSWORD, Platform, User, read};

/// The code of a step from now.
fn code(secret: &str, steps: u64) -> String {
    let totp = Builder::new().with_secret(Secret::try_from_base32(secret).unwrap()).build().unwrap();
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    totp.generate(now + 30 * steps).to_string()
}

async fn login(platform: &Platform, username: &str, code: &str) -> Answer {
    let body = json!({"username": username, "password": PASSWORD, "code": code});
    read(platform.client.post(platform.url("/api/v1/session")).json(&body).send().await.unwrap()).await
}

/// Sets up a second factor; answers its secret and the recovery codes.
async fn enrol(user: &User) -> (String, Vec<String>) {
    let begun = user.post("/api/v1/session/totp", json!({"password": PASSWORD})).await.expect(201);
    let secret = begun["secret"].as_str().unwrap().to_owned();
    assert!(begun["url"].as_str().unwrap().starts_with("otpauth://totp/Menshen:"), "{begun}");
    let done = user.put("/api/v1/session/totp", json!({"code": code(&secret, 0)})).await.expect(200);
    let codes =
        done["recovery_codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned());
    (secret, codes.collect())
}

#[tokio::test]
async fn once_confirmed_a_code_is_needed_and_each_is_good_once() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let viewer = platform.with_role(&admin, "viewer").await;
    assert_eq!(
        viewer.post("/api/v1/session/totp", json!({"password": "x"})).await.refused(401).0,
        "unauthenticated"
    );
    viewer.post("/api/v1/session/totp", json!({"password": PASSWORD})).await.expect(201);
    // Not confirmed, it asks nothing.
    platform.user("viewer", PASSWORD).await;
    assert_eq!(
        viewer.put("/api/v1/session/totp", json!({"code": "000000x"})).await.refused(422).0,
        "invalid"
    );
    let (secret, codes) = enrol(&viewer).await;
    assert_eq!(codes.len(), 10);
    assert_eq!(
        viewer.post("/api/v1/session/totp", json!({"password": PASSWORD})).await.refused(409).0,
        "conflict"
    );
    assert_eq!(viewer.get("/api/v1/session").await.expect(200)["second_factor"], true);

    assert_eq!(platform.login("viewer", PASSWORD).await.refused(401).0, "code_needed");
    assert_eq!(login(&platform, "viewer", "12345").await.refused(401).0, "unauthenticated");
    // The code that confirmed is used up; the next one is good once.
    let next = code(&secret, 1);
    login(&platform, "viewer", &next).await.expect(201);
    assert_eq!(login(&platform, "viewer", &next).await.refused(401).0, "unauthenticated");
    login(&platform, "viewer", &codes[0]).await.expect(201);
    assert_eq!(login(&platform, "viewer", &codes[0]).await.refused(401).0, "unauthenticated");
}

#[tokio::test]
async fn who_lost_it_is_helped_by_an_admin_and_who_has_it_may_give_it_up() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let viewer = platform.with_role(&admin, "viewer").await;
    assert_eq!(admin.delete("/api/v1/operators/viewer/totp").await.refused(404).0, "not_found");
    enrol(&viewer).await;
    let listed = admin.get("/api/v1/operators").await.expect(200);
    assert_eq!(listed["items"][1]["second_factor"], true, "{listed}");
    admin.delete("/api/v1/operators/viewer/totp").await.expect(204);
    platform.user("viewer", PASSWORD).await;
    enrol(&viewer).await;
    let wrong =
        viewer.send(reqwest::Method::DELETE, "/api/v1/session/totp", Some(json!({"password": "x"}))).await;
    assert_eq!(wrong.status, 401);
    let body = Some(json!({"password": PASSWORD}));
    viewer.send(reqwest::Method::DELETE, "/api/v1/session/totp", body).await.expect(204);
    platform.user("viewer", PASSWORD).await;
    let told = admin.get("/api/v1/audit?action=second_factor.").await.expect(200).to_string();
    assert!(told.contains("second_factor.confirm") && told.contains("second_factor.remove"), "{told}");
    let _: Value = viewer.get("/api/v1/session").await.expect(200);
}
