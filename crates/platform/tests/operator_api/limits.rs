use reqwest::header::HeaderMap;
use serde_json::json;

use crate::harness::{PASSWORD, Platform, User, read};

#[tokio::test]
async fn who_asks_too_often_is_told_when_to_come_again_and_others_are_served() {
    let platform = Platform::start_with(|config| {
        config.limits.requests_per_second = 3;
        // Addresses are told apart by what a trusted proxy says.
        config.http.trusted_proxies = vec!["127.0.0.1".to_owned()];
    })
    .await;
    let admin = platform.admin().await;
    let from = async |address: &str| {
        let request = admin.client.get(platform.url("/api/v1/groups")).bearer_auth(&admin.token);
        request.header("x-forwarded-for", address).send().await.unwrap()
    };
    let mut refused = None;
    for _ in 0..200 {
        let answer = from("203.0.113.1").await;
        if answer.status().as_u16() == 429 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("nobody was refused");
    let seconds: u64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=2).contains(&seconds), "{seconds}");
    assert_eq!(read(refused).await.refused(429).0, "too_many");
    // The same caller from elsewhere is the same caller, somebody else is not.
    let health = platform.client.get(platform.url("/healthz")).header("x-forwarded-for", "203.0.113.2");
    assert_eq!(health.send().await.unwrap().status().as_u16(), 200);
    let boxes = platform.client.get(platform.url("/device/login?dev_sno=x"));
    assert_eq!(boxes.send().await.unwrap().status().as_u16(), 401, "boxes have a limit of their own");
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let platform = Platform::start().await;
    for path in ["/healthz", "/api/docs", "/api/v1/people", "/nowhere", "/device/login"] {
        let answer = platform.client.get(platform.url(path)).send().await.unwrap();
        let headers: &HeaderMap = answer.headers();
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(headers[name], value, "{path}");
        }
        assert!(headers["permissions-policy"].to_str().unwrap().contains("geolocation=()"), "{path}");
        assert!(headers["content-security-policy"].to_str().unwrap().contains("object-src 'none'"), "{path}");
        assert!(!headers.contains_key("strict-transport-security"), "{path}: not by TLS");
    }
}

#[tokio::test]
async fn only_trusted_proxies_say_where_a_request_came_from() {
    let platform = Platform::start_with(|config| {
        config.http.trusted_proxies = vec!["127.0.0.0/8".to_owned()];
    })
    .await;
    let believed = seen_from(&platform, "198.51.100.1, 203.0.113.7").await;
    assert_eq!(believed, ("203.0.113.7".to_owned(), true, true));
    let platform = Platform::start().await;
    assert_eq!(seen_from(&platform, "203.0.113.7").await, ("127.0.0.1".to_owned(), false, false));
}

/// The address in the audit log, whether the cookie is for TLS only, and whether browsers are told to stay with TLS, of
/// a login through a proxy.
async fn seen_from(platform: &Platform, forwarded: &str) -> (String, bool, bool) {
    let body = json!({"username": "admin", "password": PASSWORD});
    let request = platform.client.post(platform.url("/api/v1/session")).json(&body);
    let request = request.header("x-forwarded-for", forwarded).header("x-forwarded-proto", "https");
    let answer = request.send().await.unwrap();
    let secure = answer.headers()["set-cookie"].to_str().unwrap().contains("Secure");
    let hsts = answer.headers().contains_key("strict-transport-security");
    let token = read(answer).await.expect(201)["token"].as_str().unwrap().to_owned();
    let admin = User { base: platform.base.clone(), client: platform.client.clone(), token };
    let rows = admin.get("/api/v1/audit?action=session.open").await.expect(200);
    (rows["items"][0]["address"].as_str().unwrap().to_owned(), secure, hsts)
}

#[tokio::test]
async fn a_page_of_another_origin_changes_nothing_with_its_visitors_cookie() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let cookie = format!("menshen_session={}", admin.token);
    let post = async |name: &str, value: &str| {
        let request = platform.client.post(platform.url("/api/v1/groups")).header("cookie", &cookie);
        let request = request.json(&json!({"name": format!("{name} {value}")}));
        read(request.header(name, value).send().await.unwrap()).await
    };
    post("origin", &platform.base).await.expect(201);
    post("sec-fetch-site", "same-origin").await.expect(201);
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        assert_eq!(post(name, value).await.refused(403).0, "cross_origin", "{name}: {value}");
    }
    // Not even a login, which would put the visitor into somebody else's account.
    let login =
        platform.client.post(platform.url("/api/v1/session")).header("origin", "https://evil.example");
    let login = login.json(&json!({"username": "admin", "password": PASSWORD}));
    assert_eq!(read(login.send().await.unwrap()).await.refused(403).0, "cross_origin");
}
