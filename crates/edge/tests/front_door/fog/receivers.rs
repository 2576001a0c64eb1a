use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{FromRequest as _, Multipart, Request, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use runtime::testing::wait_until;

use super::*;
use crate::support::PATIENCE;
use crate::support::photos::photo;

const REALTIME: &str = "/SophonFogSys/api/EventServerUrl";
const HISTORY: &str = "/SophonFogSys/api/HistoryEventUrl";
const MONITOR: &str = "/SophonFogSys/api/MonitorServerUrl";

/// What a receiver got at one path; form fields become one object.
#[derive(Debug, Clone)]
struct Got {
    form: bool,
    body: Value,
}

/// What came, by path.
type Book = Arc<Mutex<BTreeMap<String, Vec<Got>>>>;

/// A server that takes everything, but for the paths that say how they fail.
struct Receiver {
    base: String,
    got: Book,
}

impl Receiver {
    async fn start() -> Self {
        let got = Book::default();
        let router = Router::new().fallback(take).with_state(got.clone());
        let router = router.layer(axum::extract::DefaultBodyLimit::disable());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { base, got }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    fn at(&self, path: &str) -> Vec<Got> {
        self.got.lock().unwrap().get(path).cloned().unwrap_or_default()
    }

    /// The first thing that arrives at `path` and is as wanted.
    async fn first(&self, path: &str, wanted: impl Fn(&Got) -> bool) -> Got {
        let found = || async { self.at(path).iter().any(&wanted) };
        assert!(wait_until(PATIENCE, found).await, "nothing at {path}: {:?}", self.at(path).len());
        self.at(path).into_iter().find(|got| wanted(got)).unwrap()
    }
}

async fn take(State(got): State<Book>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let kind = request.headers().get("content-type").and_then(|kind| kind.to_str().ok());
    let form = kind.is_some_and(|kind| kind.starts_with("multipart/form-data"));
    let body = if form {
        let mut fields = Multipart::from_request(request, &()).await.unwrap();
        let mut object = serde_json::Map::new();
        while let Some(field) = fields.next_field().await.unwrap() {
            let name = field.name().unwrap().to_owned();
            object.insert(name, field.text().await.unwrap().into());
        }
        Value::Object(object)
    } else {
        let bytes = axum::body::to_bytes(request.into_body(), usize::MAX).await.unwrap();
        serde_json::from_slice(&bytes).unwrap_or_default()
    };
    got.lock().unwrap().entry(path.clone()).or_default().push(Got { form, body });
    match path.as_str() {
        "/never" => std::future::pending().await,
        "/fails" => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        "/html" => (StatusCode::BAD_GATEWAY, Html("<h1>down</h1>")).into_response(),
        "/moved" => Redirect::temporary("/elsewhere").into_response(),
        _ => axum::Json(json!({"status": 0, "message": "ok", "data": null})).into_response(),
    }
}

/// A box that watches a folder.
async fn with_camera() -> (Agent, tempfile::TempDir) {
    let agent = Agent::start(None).await;
    let frames = tempfile::tempdir().unwrap();
    let camera = json!({"name": "front", "kind": "file", "path": frames.path(), "address": "10.0.0.7", "quality": "low",
        "duplicate_interval": 0.0});
    let (status, reply) = call(&agent, Method::POST, "/api/v1/cameras", camera).await;
    assert_eq!(status, 201, "{reply}");
    (agent, frames)
}

/// A capture arrives whole.
fn capture(frames: &Path, name: &str, picture: &[u8]) {
    let whole = frames.with_extension(name);
    std::fs::write(&whole, picture).unwrap();
    std::fs::rename(whole, frames.join(format!("{name}.jpg"))).unwrap();
}

/// Captures arrive until somebody has heard of one in real time: a busy machine may miss the half second that receivers have, and
/// nothing is repeated.
async fn capture_until(frames: &Path, name: &str, picture: &[u8], has_heard: impl Fn() -> bool) {
    for n in 0..10 {
        capture(frames, &format!("{name}-{n}"), picture);
        if wait_until(Duration::from_secs(15), || async { has_heard() }).await {
            return;
        }
    }
    panic!("nobody hears of {name} in real time");
}

#[tokio::test]
async fn a_box_alone_recognises_and_reports_to_whom_it_was_told() {
    let receiver = Receiver::start().await;
    let (agent, frames) = with_camera().await;
    assert_eq!(agent.status().await["work_mode"], "local");
    data(&agent, Method::POST, GROUPS, json!({"group_name": "夜班", "description": ""})).await;
    let mut somebody = person("001", &photo(0, 0));
    somebody["group_name"] = json!("夜班");
    data(&agent, Method::POST, USERS, somebody).await;

    // As a form, as JSON, and as the vendor's own page writes lists.
    let form = reqwest::multipart::Form::new()
        .text("event_server_url", format!("{},{}", receiver.url("/one"), receiver.url("/two")))
        .text("real_need_reg_pic", "True")
        .text("content-type", "form-data");
    let request = agent.request(|client, url| client.post(url), REALTIME).multipart(form);
    let (status, reply) = answer(request).await;
    let told = json!({"event_server_url": [receiver.url("/one"), receiver.url("/two")], "real_need_reg_pic": true, "content-type": "form-data"});
    assert_eq!((status, &reply["data"]), (200, &told));
    let history = json!({"history_upload_event_url": [receiver.url("/history")], "history_need_reg_pic": false, "content-type": "json", "reported_peroid": 1});
    let reply = data(&agent, Method::POST, HISTORY, history.clone()).await;
    assert!(reply["message"].is_string() && reply["reported_peroid"] == 1, "{reply}");
    let monitor =
        json!({"monitor_server_url": receiver.url("/status"), "content-type": "json", "reported_peroid": 1});
    assert_eq!(data(&agent, Method::POST, MONITOR, monitor).await, "ok");

    let both = || ["/one", "/two"].iter().all(|path| !receiver.at(path).is_empty());
    capture_until(frames.path(), "first", &photo(0, 1), both).await;
    for path in ["/one", "/two"] {
        let event = receiver.first(path, |_| true).await;
        assert!(event.form, "one form field per key");
        assert_eq!((&event.body["identity_id"], &event.body["group_name"]), (&json!("001"), &json!("夜班")));
        assert_eq!(event.body["reg_pic"], base64(&photo(0, 0)));
        let ext: Value = serde_json::from_str(event.body["ext_data"].as_str().unwrap()).unwrap();
        assert_eq!((&ext["device_ip"], ext.get("menshen")), (&json!("10.0.0.7"), None));
    }
    let event = receiver.first("/history", |got| got.body["identity_id"] == "001").await;
    assert!(!event.form && event.body.get("reg_pic").is_none(), "one event, without the registration photo");
    let beat = receiver.first("/status", |got| got.body["sub_devices"][0]["ep_status"] == "online").await;
    assert!(beat.body["gateway_ext_data"].get("menshen").is_none());

    // A stranger's event goes to history alone, under the default library.
    capture(frames.path(), "second", &photo(1, 0));
    let event = receiver.first("/history", |got| got.body["identity_name"] == "stranger").await;
    assert_eq!(
        (&event.body["group_name"], &event.body["ext_data"]["person_type"]),
        (&json!("default_group"), &json!(4))
    );
    assert!(receiver.at("/one").iter().all(|got| got.body["identity_id"] == "001"));

    // What was set is kept, shown and used after a restart.
    let agent = agent.again().await;
    assert_eq!(data(&agent, Method::GET, REALTIME, Value::Null).await, told);
    let kept = data(&agent, Method::GET, HISTORY, Value::Null).await;
    assert_eq!(kept, history);
    let kept = data(&agent, Method::GET, MONITOR, Value::Null).await;
    assert_eq!(kept, json!({"monitor_server_url": receiver.url("/status"), "reported_peroid": 1}));
    let before = receiver.at("/two").len();
    capture_until(frames.path(), "third", &photo(0, 0), || receiver.at("/two").len() > before).await;
    // Another receiver gets everything that is kept, as forms.
    let forms = json!({"history_upload_event_url": [receiver.url("/forms")], "content-type": "form-data", "reported_peroid": 1});
    data(&agent, Method::POST, HISTORY, forms).await;
    let event = receiver.first("/forms", |got| got.body["identity_id"] == "001").await;
    assert!(event.form && event.body["reg_pic"].is_string());
    agent.stop().await;
}

#[tokio::test]
async fn receivers_set_at_run_time_may_fail_in_every_way_and_lose_nothing() {
    let receiver = Receiver::start().await;
    let (agent, frames) = with_camera().await;
    data(&agent, Method::POST, USERS, person("001", &photo(0, 0))).await;
    let bad = ["/never", "/fails", "/html", "/moved"].map(|path| receiver.url(path));
    let closed = "http://127.0.0.1:1/nobody".to_owned();
    let with = |path: &str| -> Vec<String> {
        bad.iter().cloned().chain([closed.clone(), receiver.url(path)]).collect()
    };
    let realtime = json!({"event_server_url": with("/now"), "content-type": "json"});
    data(&agent, Method::POST, REALTIME, realtime).await;
    let history = |urls: &[String]| json!({"history_upload_event_url": urls, "content-type": "json", "reported_peroid": 1});
    data(&agent, Method::POST, HISTORY, history(&with("/good"))).await;
    // Both channels reach the good one, whatever the others do; nobody follows the redirect.
    capture_until(frames.path(), "first", &photo(0, 1), || !receiver.at("/now").is_empty()).await;
    receiver.first("/good", |got| got.body["identity_id"] == "001").await;
    assert!(receiver.at("/elsewhere").is_empty());
    let pending = |status: &Value, path: &str| {
        let all = status["history"].as_array().unwrap();
        all.iter().find(|cursor| cursor["target"] == receiver.url(path)).unwrap()["pending"].clone()
    };
    let status = agent
        .until("told by every history receiver", |status| {
            let lanes = status["uploads"].as_array().unwrap();
            let failing = lanes.iter().filter(|lane| lane["purpose"] == "history" && lane["failed"] != 0);
            failing.count() >= 3 && pending(status, "/good") == 0
        })
        .await;
    assert_eq!(pending(&status, "/fails"), status["events"]["kept"]);
    // What a receiver missed comes once it is there again, here under another address of the same server.
    data(&agent, Method::POST, HISTORY, history(&[receiver.url("/late")])).await;
    receiver.first("/late", |got| got.body["identity_id"] == "001").await;
    agent.stop().await;
}

#[tokio::test]
async fn history_and_heartbeat_are_set_by_forms_as_well() {
    let agent = Agent::start(None).await;
    let send = async |path: &str, fields: &[(&'static str, &str)]| {
        let add = |form: reqwest::multipart::Form, (name, text): &(&'static str, &str)| {
            form.text(*name, (*text).to_owned())
        };
        let form = fields.iter().fold(reqwest::multipart::Form::new(), add);
        answer(agent.request(|client, url| client.post(url), path).multipart(form)).await
    };
    let told = [
        ("history_upload_event_url", "http://h.test/1,http://h.test/2"),
        ("history_need_reg_pic", "False"),
        ("content-type", "form-data"),
        ("reported_peroid", "7"),
    ];
    let (status, reply) = send(HISTORY, &told).await;
    assert_eq!(status, 200, "{reply}");
    let history = json!({"history_upload_event_url": ["http://h.test/1", "http://h.test/2"], "history_need_reg_pic": false,
        "content-type": "form-data", "reported_peroid": 7});
    assert_eq!(data(&agent, Method::GET, HISTORY, Value::Null).await, history);
    let beat = [("monitor_server_url", "http://m.test/"), ("content-type", "json"), ("reported_peroid", "9")];
    assert_eq!(send(MONITOR, &beat).await, (200, json!({"data": "ok"})));
    let monitor = json!({"monitor_server_url": "http://m.test/", "reported_peroid": 9});
    assert_eq!(data(&agent, Method::GET, MONITOR, Value::Null).await, monitor);

    for (path, fields, expected) in [
        (HISTORY, &[("history_upload_event_url", "ftp://h.test"), ("content-type", "json")], 400),
        (HISTORY, &[("history_upload_event_url", ""), ("reported_peroid", "soon")], 400),
        (MONITOR, &[("reported_peroid", "9"), ("content-type", "json")], 400),
        (MONITOR, &[("monitor_server_url", "http://m.test/other"), ("content-type", "form-data")], 415),
    ] {
        let (status, reply) = send(path, fields).await;
        assert_eq!(status, expected, "{path} {fields:?}: {reply}");
    }
    assert_eq!(data(&agent, Method::GET, HISTORY, Value::Null).await, history);
    assert_eq!(data(&agent, Method::GET, MONITOR, Value::Null).await, monitor);
    agent.stop().await;
}

#[tokio::test]
async fn what_is_no_receiver_is_refused_and_changes_nothing() {
    let directory = std::sync::Arc::new(tempfile::tempdir().unwrap());
    let mut config = crate::support::agent::config(directory.path(), None);
    config.uploads.realtime = vec!["http://127.0.0.1:9/configured".into()];
    config.uploads.history_period = 33;
    let agent = Agent::with(directory, config).await;
    let configured = data(&agent, Method::GET, REALTIME, Value::Null).await;
    assert_eq!(configured["event_server_url"], json!(["http://127.0.0.1:9/configured"]));
    let none = data(&agent, Method::GET, HISTORY, Value::Null).await;
    assert_eq!((&none["history_upload_event_url"], &none["reported_peroid"]), (&json!([]), &json!(33)));
    let many: Vec<_> = (0..17).map(|n| format!("http://h/{n}")).collect();
    for (path, body, expected) in [
        (REALTIME, json!({}), (400, 40091)),
        (REALTIME, json!({"event_server_url": null, "content-type": "json"}), (400, 40091)),
        (REALTIME, json!({"event_server_url": {"a": 1}}), (400, 40091)),
        (REALTIME, json!({"event_server_url": ["ftp://h/x"]}), (400, 40091)),
        (REALTIME, json!({"event_server_url": ["http://"]}), (400, 40091)),
        (REALTIME, json!({"event_server_url": [format!("http://h/{}", "x".repeat(3000))]}), (400, 40091)),
        (REALTIME, json!({"event_server_url": many}), (400, 40091)),
        (REALTIME, json!({"event_server_url": [], "real_need_reg_pic": "perhaps"}), (400, 40091)),
        (HISTORY, json!({"history_upload_event_url": [], "reported_peroid": "soon"}), (400, 40091)),
        (HISTORY, json!({"history_upload_event_url": [], "reported_peroid": 1_000_000}), (400, 40091)),
        (MONITOR, json!({"content-type": "json", "reported_peroid": 5}), (400, 40091)),
        (MONITOR, json!({"monitor_server_url": "http://h/s", "content-type": "form-data"}), (415, 41591)),
        (MONITOR, json!({"monitor_server_url": "x".repeat(100_000)}), (413, 41300)),
    ] {
        let shown: String = body.to_string().chars().take(80).collect();
        assert_eq!(refused(&agent, Method::POST, path, body).await, expected, "{path} {shown}");
    }
    assert_eq!(data(&agent, Method::GET, REALTIME, Value::Null).await, configured);
    // Nobody can be told too; that wins over the configuration, also after a restart.
    data(&agent, Method::POST, REALTIME, json!({"event_server_url": [], "content-type": "json"})).await;
    let agent = agent.again().await;
    assert_eq!(data(&agent, Method::GET, REALTIME, Value::Null).await["event_server_url"], json!([]));
    agent.stop().await;
}
