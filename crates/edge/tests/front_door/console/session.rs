//! Sessions: what opens them, what they open, what ends them.

use reqwest::{Method, header};
use serde_json::{Value, json};

use super::{Browser, answer, set_cookie};
use crate::support::Agent;
use crate::support::agent::PASSWORD;

const NEW: &str = "seven loud herons";

#[tokio::test]
async fn the_password_opens_a_session_on_both_ports_until_it_is_closed() {
    let agent = Agent::start(None).await;
    let mut browser = Browser::at(&agent);
    assert_eq!(browser.get("/api/v1/status").await.0, 401);
    assert_eq!(browser.get("/api/v1/session").await.0, 401);
    for wrong in ["", "admin", &agent.token] {
        let (status, reply) = browser.log_in(wrong).await;
        assert_eq!(status, 401, "{reply}");
        assert_eq!(reply["error"]["message"], "the password is wrong");
    }
    for nonsense in [json!({}), json!({"password": 1}), json!({"password": PASSWORD, "more": 1})] {
        let (status, _) = answer(browser.request(Method::POST, "/api/v1/session").json(&nonsense)).await;
        assert_eq!(status, 400, "{nonsense}");
    }
    let asked = browser.request(Method::POST, "/api/v1/session").json(&json!({"password": PASSWORD}));
    let opened = asked.send().await.unwrap();
    let cookie = set_cookie(&opened).unwrap();
    assert!(cookie.ends_with("; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict"), "{cookie}");
    let (status, opened): (u16, Value) = (opened.status().as_u16(), opened.json().await.unwrap());
    assert_eq!((status, &opened["account"], &opened["must_change"]), (201, &json!("admin"), &json!(false)));

    browser.cookie = cookie.split(';').next().unwrap().to_owned();
    let (status, shown) = browser.get("/api/v1/session").await;
    assert_eq!((status, &shown), (200, &opened));
    assert_eq!(browser.get("/api/v1/status").await.0, 200);
    assert_eq!(browser.get("/SophonFogSys/api/groups").await.0, 200);
    let local = Browser { base: agent.api.clone(), cookie: browser.cookie.clone(), ..Browser::at(&agent) };
    assert_eq!(local.get("/api/v1/status").await.0, 200, "the session serves on the local port, too");
    let by_token = browser.client.get(format!("{}/api/v1/session", browser.base)).bearer_auth(&agent.token);
    let (status, shown) = answer(by_token).await;
    assert_eq!((status, &shown["by"], &shown["expires_at"]), (200, &json!("token"), &Value::Null));

    // It is kept over a restart.
    let agent = agent.again().await;
    let kept = Browser { cookie: browser.cookie, ..Browser::at(&agent) };
    assert_eq!(kept.get("/api/v1/session").await, (200, opened));
    let left = kept.request(Method::DELETE, "/api/v1/session").send().await.unwrap();
    assert!(left.status() == 204 && set_cookie(&left).unwrap().contains("Max-Age=0"));
    let (status, reply) = kept.get("/api/v1/status").await;
    assert_eq!(status, 401);
    assert!(reply["error"]["message"].as_str().unwrap().contains("has ended"), "{reply}");
    agent.stop().await;
}

#[tokio::test]
async fn a_lost_password_is_replaced_by_one_that_opens_nothing_but_its_change() {
    let agent = Agent::start(None).await;
    let (mut one, mut other) = (Browser::at(&agent), Browser::at(&agent));
    assert_eq!(one.log_in(PASSWORD).await.0, 201);
    let events = one.request(Method::GET, "/api/v1/events/stream").send().await.unwrap();
    assert_eq!(events.status(), 200);

    let reset = one.request(Method::POST, "/api/v1/session/password");
    assert_eq!(answer(reset).await.0, 403, "a session is not enough");
    let reset = one.client.post(format!("{}/api/v1/session/password", one.base)).bearer_auth(&agent.token);
    let (status, made) = answer(reset).await;
    let made = made["password"].as_str().unwrap();
    assert_eq!((status, made.len()), (200, 20));

    assert_eq!(one.get("/api/v1/status").await.0, 401, "its session has ended");
    let rest = tokio::time::timeout(crate::support::PATIENCE, events.bytes()).await;
    assert!(rest.is_ok(), "and so has what flowed on its behalf");
    assert_eq!(one.log_in(PASSWORD).await.0, 401);
    let (status, opened) = one.log_in(made).await;
    assert_eq!((status, &opened["must_change"]), (201, &json!(true)));
    assert_eq!(other.log_in(made).await.0, 201);
    for path in ["/api/v1/status", "/SophonFogSys/api/groups", "/api/v1/events/stream"] {
        let (status, reply) = one.get(path).await;
        assert_eq!(status, 403, "{path}");
        assert!(reply["error"]["message"].as_str().unwrap().contains("change it first"), "{reply}");
    }
    let again = Browser::at(&agent).request(Method::GET, "/api/v1/status").bearer_auth(&agent.token);
    assert_eq!(answer(again).await.0, 200, "the token is another matter");

    assert_eq!(one.change("not the old one", NEW).await.0, 401);
    for (weak, why) in [("short", "characters"), ("administrator1", "tried"), (made, "old one")] {
        let (status, reply) = one.change(made, weak).await;
        assert_eq!(status, 400, "{weak}");
        assert!(reply["error"]["message"].as_str().unwrap().contains(why), "{reply}");
    }
    let before = one.cookie.clone();
    let (status, changed) = one.change(made, NEW).await;
    assert_eq!((status, &changed["must_change"]), (200, &json!(false)), "{changed}");
    assert_ne!(one.cookie, before);
    assert_eq!(one.get("/api/v1/status").await.0, 200);
    assert_eq!(other.get("/api/v1/status").await.0, 401, "every other session has ended");

    // The configured password was for the first start.
    let agent = agent.again().await;
    let mut late = Browser::at(&agent);
    assert_eq!(late.log_in(PASSWORD).await.0, 401);
    assert_eq!(late.log_in(NEW).await.0, 201);
    agent.stop().await;
}

/// Guesses until it has to wait.
async fn is_slowed_down(guesser: &Browser) -> bool {
    for n in 0..100 {
        let asked = guesser.request(Method::POST, "/api/v1/session");
        let asked = asked.json(&json!({"password": format!("guess number {n}")}));
        let answer = asked.send().await.unwrap();
        if answer.status() == 429 {
            let wait: u64 = answer.headers()[header::RETRY_AFTER].to_str().unwrap().parse().unwrap();
            return wait > 0;
        }
        assert_eq!(answer.status(), 401);
    }
    false
}

#[tokio::test]
async fn guessing_passwords_waits_and_nobody_else_does() {
    let agent = Agent::start(None).await;
    let (mut guesser, mut owner) = (Browser::from(&agent, [127, 0, 0, 9]), Browser::at(&agent));
    let mut right = 0;
    // On a busy machine the few seconds may be over when the right one comes.
    for _ in 0..3 {
        assert!(is_slowed_down(&guesser).await, "nobody was slowed down");
        right = guesser.log_in(PASSWORD).await.0;
        if right == 429 {
            break;
        }
    }
    assert_eq!(right, 429, "not even the right one is looked at");
    assert_eq!(owner.log_in(PASSWORD).await.0, 201);
    agent.stop().await;
}

#[tokio::test]
async fn a_page_of_another_origin_changes_nothing_with_its_visitors_session() {
    let agent = Agent::start(None).await;
    let mut browser = Browser::at(&agent);
    browser.log_in(PASSWORD).await;
    let change = |name: &'static str, value: String| {
        let asked = browser.request(Method::PUT, "/api/v1/work_mode").json(&json!({"mode": "local"}));
        answer(asked.header(name, value))
    };
    let own = browser.base.clone();
    for (name, value) in [
        ("origin", "https://evil.example".to_owned()),
        ("origin", "null".to_owned()),
        ("origin", agent.api.clone()),
        ("sec-fetch-site", "cross-site".to_owned()),
        ("sec-fetch-site", "same-site".to_owned()),
    ] {
        let (status, reply) = change(name, value.clone()).await;
        assert_eq!(status, 403, "{name}: {value}");
        assert!(reply["error"]["message"].as_str().unwrap().contains("another origin"), "{reply}");
    }
    assert_eq!(change("origin", own).await.0, 200);
    assert_eq!(change("sec-fetch-site", "same-origin".to_owned()).await.0, 200);
    // Nor can it log in, which would make its visitor work with an account of its choice.
    let asked = browser.request(Method::POST, "/api/v1/session").json(&json!({"password": PASSWORD}));
    assert_eq!(answer(asked.header("origin", "https://evil.example")).await.0, 403);
    // A browser that has been given the token by Basic sends it by itself; a program's bearer token is its own.
    let by_basic =
        Browser::at(&agent).request(Method::PUT, "/api/v1/work_mode").json(&json!({"mode": "local"}));
    let by_basic = by_basic.basic_auth("any", Some(&agent.token)).header("origin", "https://evil.example");
    assert_eq!(answer(by_basic).await.0, 403);
    let by_bearer =
        Browser::at(&agent).request(Method::PUT, "/api/v1/work_mode").json(&json!({"mode": "local"}));
    let by_bearer = by_bearer.bearer_auth(&agent.token).header("origin", "https://evil.example");
    assert_eq!(answer(by_bearer).await.0, 200);
    agent.stop().await;
}
