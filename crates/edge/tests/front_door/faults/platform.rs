//! A platform that answers slowly, with failures, with web pages, with redirects or not at all: the box says so, keeps what it has
//! promised, and goes on when the platform is itself again.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use crate::support::agent::config;
use crate::support::photos::photo;
use crate::support::process::{Process, Setup};
use crate::support::world::codes;
use crate::support::{Agent, PATIENCE, World};

/// How it misbehaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    /// Takes what it gets.
    Kind,
    /// 500.
    Failing,
    /// 200 and a web page.
    WebPage,
    /// 302 to a place that must not be followed.
    Elsewhere,
    /// Takes the request and says nothing.
    Silent,
    /// Closes the line in the middle of its answer.
    Broken,
}

const UNKIND: [Mood; 5] = [Mood::Failing, Mood::WebPage, Mood::Elsewhere, Mood::Silent, Mood::Broken];

#[derive(Clone)]
struct Hostile {
    base: String,
    mood: Arc<Mutex<Mood>>,
    taken: Arc<Mutex<Vec<Value>>>,
    requests: Arc<Mutex<usize>>,
}

impl Hostile {
    async fn start(mood: Mood) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let hostile = Self {
            base: format!("http://{}", listener.local_addr().unwrap()),
            mood: Arc::new(Mutex::new(mood)),
            taken: Arc::default(),
            requests: Arc::default(),
        };
        let app = Router::new().fallback(answer).with_state(hostile.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        hostile
    }

    fn set(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }
}

async fn answer(State(hostile): State<Hostile>, uri: Uri, body: Bytes) -> Response {
    *hostile.requests.lock().unwrap() += 1;
    let mood = *hostile.mood.lock().unwrap();
    match mood {
        Mood::Kind if uri.path() == "/photo" => photo(0, 0).into_response(),
        Mood::Kind => {
            hostile.taken.lock().unwrap().push(serde_json::from_slice(&body).unwrap_or_default());
            axum::Json(json!({"status": 0, "message": "ok", "data": null})).into_response()
        }
        Mood::Failing => {
            (StatusCode::INTERNAL_SERVER_ERROR, "Traceback (most recent call last)").into_response()
        }
        Mood::WebPage => {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, "text/html; charset=utf-8".parse().unwrap());
            (headers, "\n<!DOCTYPE html><html><body>Please accept our terms of use</body></html>")
                .into_response()
        }
        Mood::Elsewhere => {
            (StatusCode::FOUND, [(header::LOCATION, "https://127.0.0.1:9/elsewhere")]).into_response()
        }
        Mood::Silent => std::future::pending().await,
        Mood::Broken => {
            let broken = futures_util::stream::iter([
                Ok(Bytes::from_static(b"{\"token\": \"abc")),
                Err(std::io::Error::other("the line breaks")),
            ]);
            axum::body::Body::from_stream(broken).into_response()
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_that_is_answered_badly_is_shown_and_tried_again() {
    let world = World::start().await;
    for mood in UNKIND {
        let hostile = Hostile::start(mood).await;
        let directory = Arc::new(tempfile::tempdir().unwrap());
        let agent =
            Agent::with(Arc::clone(&directory), config(directory.path(), Some(&hostile.url("/login")))).await;
        let said = agent.until("a reason", |status| status["login"]["reason"].is_string()).await;
        let reason = said["login"]["reason"].as_str().unwrap();
        println!("{mood:?}: {reason}");
        let expected = match mood {
            Mood::Failing => "500",
            Mood::Elsewhere => "redirect",
            Mood::Silent => "no answer",
            Mood::Broken => "cannot reach",
            _ => "",
        };
        assert!(reason.contains(expected), "{mood:?}: {reason}");
        assert!(!reason.contains("Traceback") && !reason.contains("<html"), "{mood:?}: {reason}");
        assert!(said["login"]["next_attempt_ms"].as_i64() > Some(0), "{said}");
        // Told another address, it joins at once.
        let url = world.platform.login_url();
        let put = agent.request(|client, at| client.put(at), "/SophonMQ/api/LoginUrl");
        assert_eq!(put.json(&json!({"login_url": url})).send().await.unwrap().status(), 200);
        agent.until_joined().await;
        agent.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_whose_details_or_photos_cannot_be_had_are_named_and_others_are_enrolled() {
    let world = World::start().await;
    let agent = world.joined_box().await;
    let add = |id: &str, url: &str| {
        let user = crate::support::platform::user(id, json!({"reg_url": url}));
        let good = crate::support::platform::user(
            "good",
            json!({"reg_url": format!("{}/photos/good", world.platform.base)}),
        );
        json!({"method": "add_users_plus", "user_info_list": [user, good], "extend_params": {}})
    };
    world.platform.person("good", &photo(1, 0));
    for mood in UNKIND {
        let hostile = Hostile::start(mood).await;
        let result = world.execute(add("bad", &hostile.url("/photo"))).await;
        let code = codes(&result)["bad"];
        println!("photo, {mood:?}: {}", result["result"]["failed_users"]);
        // A web page is an answer, but no picture.
        assert_eq!(code, if mood == Mood::WebPage { 40003 } else { 50073 }, "{mood:?}: {result}");
        assert_eq!(codes(&result)["good"], 0, "{mood:?}");
        if mood != Mood::Silent {
            let details = json!({"method": "add_users_plus", "userid_list": ["bad"], "extend_params": {"path": hostile.url("/details")}});
            let result = world.execute(details).await;
            println!("details, {mood:?}: {}", result["result"]["failed_users"]);
            assert!([50073, 50074].contains(&codes(&result)["bad"]), "{mood:?}: {result}");
        }
        hostile.set(Mood::Kind);
        assert_eq!(codes(&world.execute(add("bad", &hostile.url("/photo"))).await)["bad"], 0, "{mood:?}");
        world.execute(json!({"method": "delete_users", "userid_list": ["bad"], "extend_params": {}})).await;
    }
    assert_eq!(agent.status().await["people"], 1);
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_wait_for_a_receiver_that_answers_badly_and_none_is_lost() {
    let hostile = Hostile::start(Mood::Failing).await;
    let directory = tempfile::tempdir().unwrap();
    let mut setup = Setup::new(directory.path(), None).with_camera();
    setup.extra = format!(
        "[recognition]\nduplicate_interval = 0\n[uploads]\nhistory = [\"{}\"]\nhistory_period = 1\n{}",
        hostile.url("/records"),
        setup.extra
    );
    let process = Process::start(setup).await;
    let mut made = 0;
    for mood in [Mood::Failing, Mood::WebPage, Mood::Elsewhere, Mood::Broken] {
        hostile.set(mood);
        process.see(&photo(0, 0));
        made += 1;
        process.until("the event", |status| status["events"]["kept"] == made).await;
        let before = *hostile.requests.lock().unwrap();
        let tried = || async { *hostile.requests.lock().unwrap() > before };
        assert!(runtime::testing::wait_until(PATIENCE, tried).await, "{mood:?}: it is not tried again");
        let failed = |status: &Value| status["uploads"][0]["failed"].as_i64() > Some(0);
        let status = process.until("a failure", failed).await;
        println!("{mood:?}: {}", status["uploads"][0]["last_answer"]);
        assert_eq!(status["history"][0]["pending"], made, "{mood:?}: nothing counts as delivered");
    }
    assert!(hostile.taken.lock().unwrap().is_empty());
    hostile.set(Mood::Kind);
    process.until("everything delivered", |status| status["history"][0]["pending"] == 0).await;
    let times: Vec<i64> =
        hostile.taken.lock().unwrap().iter().map(|event| event["timestamp"].as_i64().unwrap()).collect();
    assert_eq!(times.len(), 4);
    assert!(times.is_sorted(), "{times:?}");
    process.stop().await;
}
