//! A platform that answers slowly, with failures, with web pages, with redirects or not at all: the box says so, keeps what it has
//! promised, and goes on when the platform is itself again.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use runtime::testing::wait_until;
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
    /// 302 to a web page of its own.
    Login,
    /// Takes the request and says nothing.
    Silent,
    /// Closes the line in the middle of its answer.
    Broken,
}

const UNKIND: [Mood; 6] =
    [Mood::Failing, Mood::WebPage, Mood::Elsewhere, Mood::Login, Mood::Silent, Mood::Broken];

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
    let mood = if uri.path() == "/welcome" { Mood::WebPage } else { mood };
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
        Mood::Login => (StatusCode::FOUND, [(header::LOCATION, "/welcome")]).into_response(),
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
        // While an attempt is under way there is no next one.
        let told = |status: &Value| {
            status["login"]["reason"].is_string() && status["login"]["next_attempt_ms"].is_i64()
        };
        let said = agent.until("a reason", told).await;
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
        assert_eq!(
            code,
            if matches!(mood, Mood::WebPage | Mood::Login) { 40003 } else { 50073 },
            "{mood:?}: {result}"
        );
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
    for mood in UNKIND.into_iter().filter(|mood| *mood != Mood::Silent) {
        hostile.set(mood);
        process.see(&photo(0, 0));
        made += 1;
        process.until("the event", |status| status["events"]["kept"] == made).await;
        let before = *hostile.requests.lock().unwrap();
        let tried = || async { *hostile.requests.lock().unwrap() > before };
        assert!(wait_until(PATIENCE, tried).await, "{mood:?}: it is not tried again");
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
    assert_eq!(times.len(), made);
    assert!(times.is_sorted(), "{times:?}");
    process.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn results_wait_for_a_platform_that_answers_badly_and_none_is_lost() {
    let world = World::start().await;
    world.platform.facts().rabbitmq.as_object_mut().unwrap().remove("uploadQueue");
    let agent = world.joined_box().await;
    let mut receivers = Vec::new();
    for mood in UNKIND {
        let hostile = Hostile::start(mood).await;
        let id = format!("{mood:?}");
        let path = hostile.url("/results");
        let delete = json!({"method": "delete_users", "messageId": id, "userid_list": [id], "extend_params": {"notify_path": path}});
        world.send(&delete).await;
        receivers.push((mood, hostile));
    }
    let asked = || async { receivers.iter().all(|(_, hostile)| *hostile.requests.lock().unwrap() > 0) };
    assert!(wait_until(PATIENCE, asked).await, "somebody was told nothing");
    // The protocol gives the body of this answer no meaning: what is said with a 2xx is a receipt, a web page as well.
    let sorted = |status: &Value| {
        (&status["commands"]["results_sent"], &status["results_waiting"])
            == (&json!(1), &json!(UNKIND.len() - 1))
    };
    agent.until("one told, the others waiting", sorted).await;
    for (_, hostile) in &receivers {
        assert!(hostile.taken.lock().unwrap().is_empty());
        hostile.set(Mood::Kind);
    }
    agent.until("every result sent", |status| status["results_waiting"] == 0).await;
    for (mood, hostile) in &receivers {
        let told: Vec<Value> =
            hostile.taken.lock().unwrap().iter().map(|result| result["messageId"].clone()).collect();
        let wanted = if *mood == Mood::WebPage { Vec::new() } else { vec![json!(format!("{mood:?}"))] };
        assert_eq!(told, wanted, "{mood:?}: once, and to whom it belongs");
    }
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heartbeats_and_camera_reports_that_were_answered_badly_do_not_count_and_are_made_good() {
    let world = World::start().await;
    let hostile = Hostile::start(Mood::Kind).await;
    world.platform.facts().extra = json!({
        "deviceMonitorAddr": hostile.url("/heartbeat"), "deviceMonitorPeriod": 1, "deviceInfoAddr": hostile.url("/camera"),
    });
    let agent = world.joined_box().await;
    let lane = |status: &Value, purpose: &str, figure: &str| {
        let lanes = status["uploads"].as_array().unwrap();
        lanes.iter().find(|lane| lane["purpose"] == purpose).map_or(0, |lane| lane[figure].as_i64().unwrap())
    };
    let figures =
        |status: &Value, figure: &str| ["status", "cameras"].map(|purpose| lane(status, purpose, figure));
    let more = |now: [i64; 2], before: [i64; 2]| now[0] > before[0] && now[1] > before[1];
    let camera =
        json!({"name": "hall", "kind": "file", "path": agent.frames.path(), "address": "10.0.0.100"});
    let add = agent.request(|client, url| client.post(url), "/api/v1/cameras").json(&camera);
    assert_eq!(add.send().await.unwrap().status(), 201);
    agent.until("both told", |status| more(figures(status, "accepted"), [0, 0])).await;
    for (n, mood) in UNKIND.into_iter().enumerate() {
        hostile.set(mood);
        let failed = figures(&agent.status().await, "failed");
        let address = format!("10.0.0.{n}");
        let change = agent.request(|client, url| client.patch(url), "/api/v1/cameras/hall");
        assert_eq!(change.json(&json!({"address": address})).send().await.unwrap().status(), 200);
        let status = agent.until("both failed", |status| more(figures(status, "failed"), failed)).await;
        println!("{mood:?}: {}", status["uploads"]);
        let accepted = figures(&status, "accepted");
        hostile.set(Mood::Kind);
        agent.until("both accepted", |status| more(figures(status, "accepted"), accepted)).await;
        let told =
            || async { hostile.taken.lock().unwrap().iter().any(|sent| sent.to_string().contains(&address)) };
        assert!(wait_until(PATIENCE, told).await, "{mood:?}: the camera's address was never told");
    }
    assert_eq!(world.platform.facts().logins.len(), 1, "none of it is a reason to log in again");
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn details_that_never_come_hold_up_no_other_command_and_no_stop() {
    let world = World::start().await;
    let agent = world.joined_box().await;
    let hostile = Hostile::start(Mood::Silent).await;
    let add = json!({"method": "add_users_plus", "messageId": "slow", "userid_list": ["slow"], "extend_params": {"path": hostile.url("/details")}});
    world.send(&add).await;
    let asked = || async { *hostile.requests.lock().unwrap() > 0 };
    assert!(wait_until(PATIENCE, asked).await, "nobody was asked");
    let other =
        json!({"method": "delete_users", "messageId": "other", "userid_list": ["1"], "extend_params": {}});
    assert_eq!(world.execute(other).await["messageId"], "other");
    hostile.set(Mood::Failing);
    let agent = agent.again().await;
    let result = world.result().await;
    assert_eq!((&result["messageId"], codes(&result)["slow"]), (&json!("slow"), 50073), "{result}");
    agent.until("nothing left", |status| status["results_waiting"] == 0).await;
    agent.stop().await;
}
