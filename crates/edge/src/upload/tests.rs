//! The uploads against a real platform's answers: nothing lost, nothing held up, nothing told to strangers.

mod cameras;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use protocol::{DevSno, LoginReply, Mac};
use runtime::Lifecycle;
use runtime::testing::{ChaosProxy, wait_until};
use serde_json::{Value, json};

use super::{Lane, Parts, Purpose, Receivers, Uploads};
use crate::camera::{Cameras, Intake};
use crate::config;
use crate::decision::STRANGER;
use crate::event_log::EventLog;
use crate::link::{Joined, Link};
use crate::people::People;
use crate::store::Store;
use crate::testing::{Receiver, record};

const SOON: Duration = Duration::from_secs(90);

/// A login at `login_url` whose reply has `fields` beside token and broker.
pub(super) fn joined(login_url: &str, fields: &str) -> Joined {
    Joined {
        dev_sno: DevSno::new("BOX1"),
        mac: "e0a50900062b".parse::<Mac>().unwrap(),
        login_url: login_url.into(),
        base: protocol::address::base_of(login_url),
        reply: LoginReply::read(200, reply("t0", fields).as_bytes()).unwrap(),
        at: 0,
        ahead_ms: None,
    }
}

fn reply(token: &str, fields: &str) -> String {
    // The broker does not exist; the link keeps looking for it, and the uploads do not care.
    format!(
        r#"{{"token": "{token}", "rabbitmq": {{"host": "127.0.0.1", "port": "1", "login": "u", "password": "p", "queue": "q"}}, {fields}}}"#
    )
}

const OURS: &str = r#""recordAddr": "/records", "recordUploadPeriod": 1, "deviceInfoAddr": "/cameras", "deviceMonitorAddr": "/status",
    "deviceMonitorPeriod": 1, "menshen": {"recordBatchMax": 100, "realtimeAddr": "/realtime"}"#;
fn ok() -> (u16, String) {
    (200, r#"{"status":0,"message":"ok","data":null}"#.into())
}

/// A box with everything but cameras and models.
struct Running {
    life: Lifecycle,
    events: EventLog,
    uploads: Uploads,
    cameras: Cameras,
}

async fn start(
    directory: &std::path::Path,
    identity: config::Identity,
    settings: config::Uploads,
    cameras: &[config::Camera],
) -> Running {
    start_keeping(directory, identity, settings, cameras, 10_000).await
}

/// With a ring of so many events.
async fn start_keeping(
    directory: &std::path::Path,
    identity: config::Identity,
    settings: config::Uploads,
    cameras: &[config::Camera],
    keep: usize,
) -> Running {
    let life = Lifecycle::new(Duration::from_secs(20));
    let store = Store::open(directory).unwrap();
    let people = People::open(store.clone(), vision::Gallery::new(8, None), "none", 10).await.unwrap();
    let receivers = Receivers::load(&store, &settings).await.unwrap();
    let link = Link::new(store.clone(), identity);
    let events = EventLog::open(store, keep).await.unwrap();
    let cameras = Cameras::start(&life, cameras, &Arc::new(Intake::default()));
    let parts = Parts {
        receivers,
        data_dir: directory.to_owned(),
        name: crate::name::Name::default(),
        pack: "none".into(),
        link: link.clone(),
        events: events.clone(),
        people,
        cameras: cameras.clone(),
    };
    let uploads = Uploads::start(&life, parts).unwrap();
    link.start(crate::http::client().unwrap(), &life);
    Running { life, events, uploads, cameras }
}

impl Running {
    async fn add(&self, n: i64, name: &str) {
        self.events.add(&record(n, name), Some(vec![0xff, 0xd8, 0xff])).await.unwrap();
    }

    async fn stop(self) {
        assert_eq!(self.life.finish().await, Vec::<String>::new());
    }

    fn lane(&self, purpose: Purpose) -> Lane {
        self.uploads.lanes().into_iter().find(|lane| lane.purpose == purpose).unwrap()
    }
}

fn at(receiver: &Receiver) -> config::Identity {
    config::Identity { dev_sno: Some("BOX1".into()), login_url: Some(receiver.url("/login")), mac: None }
}

fn only_history(url: String) -> config::Uploads {
    config::Uploads { history: vec![url], history_period: 1, ..config::Uploads::default() }
}

fn times(events: &[Value]) -> Vec<i64> {
    events.iter().map(|event| event["timestamp"].as_i64().unwrap() - 1_700_000_000_000).collect()
}

async fn all_arrive(receiver: &Receiver, path: &str, number: usize) {
    let complete =
        || async { times(&receiver.events(path)).into_iter().collect::<HashSet<_>>().len() == number };
    assert!(wait_until(SOON, complete).await, "{} of {number}", receiver.events(path).len());
}

#[tokio::test]
async fn our_platform_gets_batches_and_everything_a_foreign_receiver_single_documented_events() {
    let directory = tempfile::tempdir().unwrap();
    let platform =
        Receiver::start(|path, _| if path == "/login" { (200, reply("t0", OURS)) } else { ok() }).await;
    let foreign = Receiver::start(|_, _| ok()).await;
    let running = start(directory.path(), at(&platform), only_history(foreign.url("/events")), &[]).await;
    for n in 0..250 {
        running.add(n, "person 1").await;
    }
    all_arrive(&platform, "/records", 250).await;
    all_arrive(&foreign, "/events", 250).await;
    for receiver in [(&platform, "/records"), (&foreign, "/events")] {
        assert_eq!(
            times(&receiver.0.events(receiver.1)),
            (0..250).collect::<Vec<_>>(),
            "each once, in order"
        );
    }
    let batches: Vec<usize> =
        platform.got("/records").iter().map(|got| got.body.as_array().unwrap().len()).collect();
    assert!(batches.iter().all(|size| *size <= 100) && batches.len() < 40, "{batches:?}");
    let got = &platform.got("/records")[0];
    assert_eq!(got.query, "token=t0&dev_sno=BOX1");
    assert_eq!(got.body[0]["ext_data"]["menshen"]["verdict"], "let_in");
    let event = &foreign.got("/events")[0];
    assert_eq!(event.query, "", "no credentials for strangers");
    let keys: HashSet<&str> = event.body.as_object().unwrap().keys().map(String::as_str).collect();
    let wanted = ["identity_id", "identity_name", "group_name", "timestamp", "score", "ext_data"];
    assert_eq!(keys, HashSet::from(wanted));
    assert_eq!(
        event.body["ext_data"],
        json!({"device_ip": "10.0.0.7", "ep_id": "BOX1__10.0.0.7", "spot_pic": "/9j/", "person_type": 1, "device_type": "0",
               "grab_fiqa_info": {}, "box_fiqa_info": {}, "dev_sno": "BOX1"})
    );
    // The cursor moves once the answer has come back.
    let settled = || async {
        let cursors = running.uploads.cursors().await.unwrap();
        cursors.len() == 2 && cursors.iter().all(|cursor| cursor.pending == 0)
    };
    assert!(wait_until(SOON, settled).await, "{:?}", running.uploads.cursors().await);
    running.stop().await;
}

#[tokio::test]
async fn a_receiver_that_fails_gets_everything_in_the_end() {
    let directory = tempfile::tempdir().unwrap();
    let turn = AtomicU32::new(0);
    let receiver = Receiver::start(move |_, _| match turn.fetch_add(1, Ordering::Relaxed) {
        0 => (500, String::new()),
        1 => (200, r#"{"status":1,"message":"later"}"#.into()),
        _ => ok(),
    })
    .await;
    let running =
        start(directory.path(), config::Identity::default(), only_history(receiver.url("/e")), &[]).await;
    for n in 0..5 {
        running.add(n, STRANGER).await;
    }
    all_arrive(&receiver, "/e", 5).await;
    assert_eq!(times(&receiver.events("/e")), [0, 1, 2, 3, 4]);
    let event = &receiver.events("/e")[0];
    assert_eq!((&event["identity_id"], &event["identity_name"]), (&json!(""), &json!("stranger")));
    assert_eq!((&event["ext_data"]["person_type"], &event["ext_data"].get("dev_sno")), (&json!(4), &None));
    assert_eq!(running.lane(Purpose::History).failed, 2);
    running.stop().await;
}

#[tokio::test]
async fn a_restart_goes_on_where_the_receiver_was() {
    let directory = tempfile::tempdir().unwrap();
    let receiver = Receiver::start(|_, _| ok()).await;
    let settings = || only_history(receiver.url("/e"));
    let running = start(directory.path(), config::Identity::default(), settings(), &[]).await;
    for n in 0..20 {
        running.add(n, "person 1").await;
    }
    assert!(wait_until(SOON, || async { receiver.events("/e").len() >= 3 }).await);
    running.stop().await;
    let before = receiver.events("/e").len();
    let running = start(directory.path(), config::Identity::default(), settings(), &[]).await;
    running.add(20, "person 1").await;
    all_arrive(&receiver, "/e", 21).await;
    let after = receiver.events("/e");
    // The event under way when the box stopped may come twice; nothing older does.
    let begin = i64::try_from(before).unwrap();
    assert!(
        after.len() <= 22 && times(&after)[before..].iter().all(|n| *n + 1 >= begin),
        "{:?}",
        times(&after)
    );
    running.stop().await;
}

#[tokio::test]
async fn nothing_is_dropped_while_a_login_is_to_come() {
    let directory = tempfile::tempdir().unwrap();
    let is_up = Arc::new(AtomicBool::new(false));
    let open = is_up.clone();
    let platform = Receiver::start(move |path, _| match path {
        "/login" if !open.load(Ordering::Relaxed) => (500, String::new()),
        "/login" => (200, reply("t0", OURS)),
        _ => ok(),
    })
    .await;
    // Before the first login, and before the first one after a restart.
    for round in [0, 30] {
        is_up.store(false, Ordering::Relaxed);
        let settings = config::Uploads::default();
        let running = start_keeping(directory.path(), at(&platform), settings, &[], 5).await;
        let held = || async {
            let count = |db: &rusqlite::Connection| {
                let sql = "SELECT count(*) FROM upload_cursor WHERE current = 1";
                Ok(db.query_row(sql, [], |row| row.get::<_, i64>(0))?)
            };
            running.events.store().read(count).await.unwrap() == 1
        };
        assert!(wait_until(SOON, held).await, "nobody's events are held");
        for n in round..round + 30 {
            running.add(n, "person 1").await;
        }
        is_up.store(true, Ordering::Relaxed);
        all_arrive(&platform, "/records", usize::try_from(round).unwrap() + 30).await;
        let settled = || async { running.uploads.cursors().await.unwrap().iter().all(|c| c.pending == 0) };
        assert!(wait_until(SOON, settled).await);
        running.stop().await;
    }
}

#[tokio::test]
async fn one_event_the_receiver_never_takes_does_not_hold_up_the_others() {
    let directory = tempfile::tempdir().unwrap();
    let platform = Receiver::start(|path, body| {
        let has_poison = |event: &Value| event["identity_id"] == "poison";
        let poisoned = has_poison(body) || body.as_array().is_some_and(|list| list.iter().any(has_poison));
        match path {
            "/login" => (200, reply("t0", OURS)),
            _ if poisoned => (400, String::new()),
            _ => ok(),
        }
    })
    .await;
    let running = start(directory.path(), at(&platform), config::Uploads::default(), &[]).await;
    for n in 0..30 {
        running.add(n, if n == 7 { "poison" } else { "person 1" }).await;
    }
    all_arrive(&platform, "/records", 29).await;
    assert!(!times(&platform.events("/records")).contains(&7));
    let settled = || async {
        running.uploads.cursors().await.unwrap().iter().all(|c| c.pending == 0 && c.set_aside == 1)
    };
    assert!(wait_until(SOON, settled).await, "{:?}", running.uploads.cursors().await);
    running.stop().await;
}

#[tokio::test]
async fn a_receiver_that_refuses_everything_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let receiver = Receiver::start(|_, _| (404, String::new())).await;
    let running =
        start(directory.path(), config::Identity::default(), only_history(receiver.url("/e")), &[]).await;
    for n in 0..4 {
        running.add(n, "person 1").await;
    }
    // Three refusals of the first, then all others are tried.
    assert!(wait_until(SOON, || async { receiver.got("/e").len() >= 6 }).await);
    let cursor = running.uploads.cursors().await.unwrap().remove(0);
    assert_eq!((cursor.seq, cursor.set_aside, cursor.pending), (0, 0, 4));
    receiver.answer(|_, _| ok());
    all_arrive(&receiver, "/e", 4).await;
    running.stop().await;
}

#[tokio::test]
async fn batches_shrink_until_they_fit() {
    let directory = tempfile::tempdir().unwrap();
    let platform = Receiver::start(|path, body| match path {
        "/login" => (200, reply("t0", OURS)),
        _ if body.as_array().is_some_and(|list| list.len() > 10) => (413, String::new()),
        _ => ok(),
    })
    .await;
    // The events are there before the first login.
    let running = start(directory.path(), config::Identity::default(), config::Uploads::default(), &[]).await;
    for n in 0..60 {
        running.add(n, "person 1").await;
    }
    running.stop().await;
    let running = start(directory.path(), at(&platform), config::Uploads::default(), &[]).await;
    all_arrive(&platform, "/records", 60).await;
    assert_eq!(times(&platform.events("/records")), (0..60).collect::<Vec<_>>());
    running.stop().await;
}

#[tokio::test]
async fn a_refused_token_leads_to_a_new_login() {
    let directory = tempfile::tempdir().unwrap();
    let logins = AtomicU32::new(0);
    let platform = Receiver::start(move |path, _| match path {
        "/login" => (200, reply(&format!("t{}", logins.fetch_add(1, Ordering::Relaxed)), OURS)),
        _ => (401, String::new()),
    })
    .await;
    let running = start(directory.path(), at(&platform), config::Uploads::default(), &[]).await;
    running.add(0, "person 1").await;
    assert!(wait_until(SOON, || async { platform.got("/login").len() >= 2 }).await);
    platform.answer(|path, _| if path == "/login" { (200, reply("fresh", OURS)) } else { ok() });
    all_arrive(&platform, "/records", 1).await;
    let accepted = platform.got("/records").into_iter().find(|got| got.accepted).unwrap();
    assert!(accepted.query.starts_with("token="), "{}", accepted.query);
    running.stop().await;
}

#[tokio::test]
async fn cuts_repeat_events_and_skip_none() {
    let directory = tempfile::tempdir().unwrap();
    let platform = Receiver::start(|_, _| ok()).await;
    let proxy = ChaosProxy::start(platform.address).await.unwrap();
    let url = format!("http://{}/e", proxy.addr());
    let running = start(directory.path(), config::Identity::default(), only_history(url), &[]).await;
    for n in 0..200 {
        running.add(n, "person 1").await;
        if n % 40 == 20 {
            proxy.drop_connections();
        }
        if n == 100 {
            proxy.cut();
        }
        if n == 150 {
            proxy.restore();
        }
    }
    all_arrive(&platform, "/e", 200).await;
    let arrived = times(&platform.events("/e"));
    let mut first: Vec<i64> = Vec::new();
    for n in &arrived {
        if !first.contains(n) {
            first.push(*n);
        }
    }
    assert_eq!(first, (0..200).collect::<Vec<_>>(), "first arrivals are in order");
    running.stop().await;
}

#[tokio::test]
async fn real_time_waits_for_nobody() {
    let directory = tempfile::tempdir().unwrap();
    let platform =
        Receiver::start(|path, _| if path == "/login" { (200, reply("t0", OURS)) } else { ok() }).await;
    platform.hang("/records");
    let slow = Receiver::start(|_, _| ok()).await;
    slow.hang("/show");
    let screen = Receiver::start(|_, _| ok()).await;
    let settings = config::Uploads {
        realtime: vec![slow.url("/show"), screen.url("/show")],
        ..config::Uploads::default()
    };
    let running = start(directory.path(), at(&platform), settings, &[]).await;
    running.add(0, "person 1").await;
    assert!(wait_until(SOON, || async { !platform.got("/records").is_empty() }).await, "history hangs");
    let begun = Instant::now();
    running.add(1, STRANGER).await;
    running.add(2, "person 2").await;
    // A busy machine may miss the half second a receiver has, and nothing is repeated: then somebody else comes by.
    let mut last = 2;
    let arrived = |receiver: &Receiver, path: &str, last| times(&receiver.events(path)).contains(&last);
    let both = |last| arrived(&platform, "/realtime", last) && arrived(&screen, "/show", last);
    while !wait_until(Duration::from_secs(3), || async { both(last) }).await {
        last += 1;
        assert!(last < 10, "real time waits");
        running.add(last, "person 2").await;
    }
    // History gives a receiver half a minute.
    assert!(begun.elapsed() < Duration::from_secs(25), "{:?}", begun.elapsed());
    assert!(!times(&platform.events("/realtime")).contains(&1), "a stranger is no match");
    assert_eq!(platform.got("/realtime")[0].body["ext_data"]["menshen"]["reason"], "because");
    assert!(screen.got("/show")[0].body["ext_data"].get("menshen").is_none());
    running.stop().await;
}

#[tokio::test]
async fn the_heartbeat_and_the_cameras_are_reported() {
    let directory = tempfile::tempdir().unwrap();
    let frames = directory.path().join("frames");
    std::fs::create_dir(&frames).unwrap();
    let refusals = AtomicU32::new(0);
    let platform = Receiver::start(move |path, _| match path {
        "/login" => (200, reply("t0", OURS)),
        "/cameras" if refusals.fetch_add(1, Ordering::Relaxed) == 0 => (500, String::new()),
        _ => ok(),
    })
    .await;
    let camera = |name: &str, path: &std::path::Path, address: &str| -> config::Camera {
        serde_json::from_value(
            json!({"name": name, "kind": "file", "path": path, "address": address, "direction": "out"}),
        )
        .unwrap()
    };
    let lost = directory.path().join("nowhere");
    let cameras = [camera("front", &frames, "10.0.0.7"), camera("back", &lost, "10.0.0.8")];
    let running = start(directory.path(), at(&platform), config::Uploads::default(), &cameras).await;
    // What was told of each camera last.
    let told = || -> HashMap<String, String> {
        let taken = platform.got("/cameras").into_iter().filter(|got| got.accepted);
        taken
            .map(|got| {
                let of = |key: &str| got.body["deviceInfo"][key].as_str().unwrap().to_owned();
                (of("epId"), of("epStatus"))
            })
            .collect()
    };
    let wanted: HashMap<String, String> = [("BOX1__10.0.0.7", "1"), ("BOX1__10.0.0.8", "2")]
        .map(|(camera, state)| (camera.to_owned(), state.to_owned()))
        .into();
    let shown = || {
        let beat = platform.got("/status").pop()?.body;
        let state = |n: usize| beat["sub_devices"][n]["ep_status"].as_str().map(ToOwned::to_owned);
        Some((state(0)?, state(1)?))
    };
    let as_they_are = Some(("online".to_owned(), "offline".to_owned()));
    let both = || async { platform.got("/status").len() >= 2 && shown() == as_they_are && told() == wanted };
    assert!(wait_until(SOON, both).await, "{:?} {:?}", shown(), told());
    let report = &platform.got("/cameras").pop().unwrap().body;
    assert_eq!((&report["actionType"], &report["deviceInfo"]["direction"]), (&json!(1), &json!(1)));
    let beat = platform.got("/status").pop().unwrap();
    assert_eq!(beat.query, "token=t0&dev_sno=BOX1");
    let beat = beat.body;
    assert_eq!(
        (&beat["dev_sno"], &beat["gateway_status"], &beat["gateway_ip"]),
        (&json!("BOX1"), &json!("online"), &json!("127.0.0.1"))
    );
    for figure in ["cpu_usage", "memory_size", "memory_usage", "disk_size", "disk_free_size"] {
        assert!(
            beat["gateway_ext_data"][figure].as_f64().is_some_and(|value| value >= 0.0),
            "{figure}: {beat}"
        );
    }
    assert_eq!(beat["gateway_ext_data"]["menshen"]["events"]["dropped_unsent"], 0, "{beat}");
    assert!(beat["gateway_ext_data"]["sw_version"].as_str().unwrap().contains(env!("CARGO_PKG_VERSION")));
    assert_eq!(
        (&beat["sub_devices"][0]["ep_status"], &beat["sub_devices"][1]["ep_status"]),
        (&json!("online"), &json!("offline"))
    );
    // The camera comes back: told again.
    std::fs::create_dir(&lost).unwrap();
    let back = || async {
        platform.got("/cameras").iter().any(|got| {
            got.body["deviceInfo"]["epId"] == "BOX1__10.0.0.8" && got.body["deviceInfo"]["epStatus"] == "1"
        })
    };
    assert!(wait_until(SOON, back).await);
    running.stop().await;
}

#[tokio::test]
async fn what_a_receiver_says_at_length_is_received_as_well() {
    let directory = tempfile::tempdir().unwrap();
    let receiver = Receiver::start(|_, _| (200, "thanks ".repeat(50_000))).await;
    let identity = config::Identity { dev_sno: Some("BOX1".into()), login_url: None, mac: None };
    let running = start(directory.path(), identity, only_history(receiver.url("/events")), &[]).await;
    for n in 0..3 {
        running.add(n, "person 1").await;
    }
    all_arrive(&receiver, "/events", 3).await;
    assert_eq!(times(&receiver.events("/events")), [0, 1, 2], "each once");
    running.stop().await;
}
