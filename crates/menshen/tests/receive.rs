//! `menshen receive` from the outside: what boxes send in every shape, what it says and keeps, how it fails when asked to, and a real
//! box that sends to it.

#![allow(clippy::unwrap_used, missing_docs)]

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use reqwest::multipart::Form;
use runtime::testing::wait_until;
use serde_json::{Value, json};

/// Nothing that works takes this long.
const LONG: Duration = Duration::from_secs(120);

/// The receiver as a process of its own.
struct Receiver {
    child: Child,
    base: String,
    lines: Arc<Mutex<Vec<Value>>>,
    client: reqwest::Client,
}

impl Receiver {
    fn start(more: &[&str]) -> Self {
        let mut child = menshen()
            .args(["receive", "--listen", "127.0.0.1:0", "--json"])
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap()).lines();
        let first: Value = serde_json::from_str(&out.next().unwrap().unwrap()).unwrap();
        let base = format!("http://{}", first["address"].as_str().unwrap());
        let lines: Arc<Mutex<Vec<Value>>> = Arc::default();
        let list = lines.clone();
        std::thread::spawn(move || {
            for line in out.map_while(Result::ok) {
                list.lock().unwrap().push(serde_json::from_str(&line).unwrap());
            }
        });
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(60))
            // A refusal may end the line: the next request has one of its own.
            .pool_max_idle_per_host(0)
            .build()
            .unwrap();
        Self { child, base, lines, client }
    }

    fn post(&self, path: &str) -> reqwest::RequestBuilder {
        self.client.post(format!("{}{path}", self.base))
    }

    async fn send(&self, path: &str, body: &Value) -> (u16, Value) {
        answer(self.post(path).header("content-type", "application/json").body(body.to_string())).await
    }

    fn lines(&self, kind: &str) -> Vec<Value> {
        self.lines.lock().unwrap().iter().filter(|line| line["kind"] == kind).cloned().collect()
    }

    async fn until(&self, kind: &str, number: usize) -> Vec<Value> {
        let reached = wait_until(LONG, || async { self.lines(kind).len() >= number }).await;
        assert!(reached, "waited for {number} of {kind}: {:?}", self.lines.lock().unwrap());
        self.lines(kind)
    }

    /// Ctrl-C; the summary.
    fn stop(mut self) -> String {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
        let mut said = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        said
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The binary, without this test's own settings.
fn menshen() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_menshen"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("MENSHEN_") {
            command.env_remove(name);
        }
    }
    command
}

async fn answer(request: reqwest::RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default())
}

fn event(id: &str, at: i64) -> Value {
    let jpeg = BASE64_STANDARD.encode([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3]);
    json!({"identity_id": id, "identity_name": format!("person {id}"), "group_name": "default_group", "timestamp": at, "score": 0.9,
        "reg_pic": jpeg, "ext_data": {"device_ip": "10.0.0.7", "person_type": 1, "dev_sno": "BOX", "spot_pic": jpeg,
        "grab_fiqa_info": {}, "box_fiqa_info": {}}})
}

#[tokio::test]
async fn every_shape_is_read_and_repeats_are_seen() {
    let receiver = Receiver::start(&[]);
    let ok = (200, json!({"status": 0, "message": "ok", "data": null}));
    let at = 1_790_000_000_000;
    assert_eq!(receiver.send("/RealTimeEvent", &event("1", at)).await, ok);
    assert_eq!(receiver.send("/HistoryEvent", &json!([event("1", at), event("2", at)])).await, ok);
    assert_eq!(
        receiver.send("/HistoryEvent", &json!({"events": [event("2", at), event("3", at)]})).await,
        ok
    );
    let fields = event("4", at)
        .as_object()
        .unwrap()
        .clone()
        .into_iter()
        .map(|(key, value)| (key, value.as_str().map_or_else(|| value.to_string(), str::to_owned)));
    let fields: Vec<(String, String)> = fields.collect();
    assert_eq!(answer(receiver.post("/RealTimeEvent").form(&fields)).await, ok);
    let form = fields.iter().fold(Form::new(), |form, (key, text)| form.text(key.clone(), text.clone()));
    assert_eq!(answer(receiver.post("/RealTimeEvent").multipart(form)).await, ok);
    let status = json!({"gateway_name": "box", "gateway_status": "online", "sub_devices": [{"ep_name": "front", "ep_status": "online"}]});
    assert_eq!(receiver.send("/DeviceStatus", &status).await, ok);
    assert_eq!(receiver.send("/what/is/this", &json!({"a": 1})).await, ok);

    let live = receiver.until("real-time", 3).await;
    let ids: Vec<_> = live
        .iter()
        .map(|line| (line["identity_id"].as_str().unwrap(), line["repeat"].as_bool().unwrap()))
        .collect();
    assert_eq!(ids, [("1", false), ("4", false), ("4", true)]);
    assert_eq!(
        (&live[1]["score"], &live[1]["at"], &live[1]["device_ip"]),
        (&json!(0.9), &json!(at), &json!("10.0.0.7"))
    );
    let past = receiver.until("history", 4).await;
    assert_eq!(past.iter().filter(|line| line["repeat"] == true).count(), 1, "{past:?}");
    receiver.until("status", 1).await;
    assert_eq!(receiver.until("unknown", 1).await[0]["path"], "/what/is/this");
    assert_eq!(
        receiver.client.get(format!("{}/RealTimeEvent", receiver.base)).send().await.unwrap().status(),
        405
    );
    let said = receiver.stop();
    assert!(
        said.contains(
            "3 events in real time, 4 from history, 0 elsewhere; 0 of strangers, 2 repeats; 1 status reports"
        ),
        "{said}"
    );
}

#[tokio::test]
async fn rubbish_is_answered_and_harms_nobody() {
    let receiver = Receiver::start(&[]);
    let json =
        |body: Vec<u8>| receiver.post("/RealTimeEvent").header("content-type", "application/json").body(body);
    for body in
        [b"".to_vec(), b"{".to_vec(), "[".repeat(100_000).into_bytes(), vec![0xff; 1000], b"[]".to_vec()]
    {
        let (status, reply) = answer(json(body)).await;
        assert_eq!((status, &reply["status"]), (400, &json!(1)), "{reply}");
    }
    let many = Form::new();
    let many = (0..300).fold(many, |form, n| form.text(format!("f{n}"), "x"));
    assert_eq!(answer(receiver.post("/RealTimeEvent").multipart(many)).await.0, 400);
    let broken = receiver.post("/RealTimeEvent").header("content-type", "multipart/form-data").body("x");
    assert!((400..500).contains(&answer(broken).await.0));
    // Too long is refused; the line may close before the answer is read.
    if let Ok(answer) = json(vec![b' '; 70 << 20]).send().await {
        assert_eq!(answer.status(), 413);
    }
    let odd =
        json!({"identity_id": 7, "identity_name": null, "timestamp": "x", "score": [], "ext_data": "text"});
    assert_eq!(receiver.send("/RealTimeEvent", &odd).await.0, 200);
    assert_eq!(receiver.until("real-time", 1).await[0]["identity_id"], "7");
    receiver.stop();
}

#[tokio::test]
async fn pictures_are_few_and_stay_in_their_folder() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("pictures");
    let receiver = Receiver::start(&["--pictures", folder.to_str().unwrap(), "--keep", "3"]);
    for n in 0..3 {
        receiver.send("/RealTimeEvent", &event("../../../evil", 1_790_000_000_000 + n)).await;
    }
    let mut bad = event("x", 1_790_000_000_009);
    bad["reg_pic"] = json!("not base64!");
    bad["ext_data"]["spot_pic"] = json!(BASE64_STANDARD.encode("#!/bin/sh"));
    receiver.send("/RealTimeEvent", &bad).await;
    let mut names: Vec<String> = files(&folder);
    names.sort();
    assert_eq!(names.len(), 3, "{names:?}");
    assert!(names.iter().all(|name| name.ends_with(".jpg") && !name.contains("..")), "{names:?}");
    assert_eq!(files(dir.path()), ["pictures"]);
    assert!(receiver.stop().contains("6 pictures kept"));
}

#[tokio::test]
async fn it_fails_when_asked_to() {
    let receiver = Receiver::start(&["--fail-every", "3", "--hang-every", "5", "--delay", "50"]);
    let mut statuses = Vec::new();
    for n in 0..5 {
        let request = receiver.post("/HistoryEvent").json(&event("1", 1_790_000_000_000 + n));
        let began = std::time::Instant::now();
        // The last one hangs.
        let patience = if n < 4 { LONG } else { Duration::from_secs(3) };
        let status = match request.timeout(patience).send().await {
            Ok(answer) => answer.status().as_u16(),
            Err(error) if error.is_timeout() => 0,
            Err(error) => panic!("{error}"),
        };
        assert!(began.elapsed() >= Duration::from_millis(50));
        statuses.push(status);
    }
    assert_eq!(statuses, [200, 200, 500, 200, 0]);
    assert_eq!(receiver.until("history", 3).await.len(), 3, "what fails was not received");
    let said = receiver.stop();
    assert!(said.contains("2 failed on purpose"), "{said}");
    let refusing = Receiver::start(&["--refuse"]);
    let (status, reply) = refusing.send("/RealTimeEvent", &event("1", 1)).await;
    assert_eq!((status, &reply["status"]), (200, &json!(1)));

    let taken = refusing.base.trim_start_matches("http://").to_owned();
    let done = menshen().args(["receive", "--listen", &taken]).output().unwrap();
    assert_eq!(done.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&done.stderr).contains("--listen"));
}

#[tokio::test]
async fn a_real_box_sends_what_it_sees() {
    let dir = tempfile::tempdir().unwrap();
    let (frames, pictures) = (dir.path().join("frames"), dir.path().join("pictures"));
    std::fs::create_dir(&frames).unwrap();
    let receiver = Receiver::start(&["--fail-every", "2", "--pictures", pictures.to_str().unwrap()]);
    let config = dir.path().join("edge.toml");
    let text = format!(
        "data_dir = \"{0}/data\"\n[vision]\nmodels = \"{1}\"\n[local_api]\nlisten = \"127.0.0.1:0\"\n[console]\nlisten = \"127.0.0.1:0\"\n\
         [ftp]\nlisten = \"127.0.0.1:0\"\n[uploads]\nhistory = [\"{2}/HistoryEvent\"]\nhistory_period = 1\nstatus = \"{2}/DeviceStatus\"\n\
         status_period = 1\n[[camera]]\nname = \"front\"\nkind = \"file\"\npath = \"{3}\"\naddress = \"10.0.0.9\"\n",
        dir.path().display(),
        models().display(),
        receiver.base,
        frames.display()
    );
    std::fs::write(&config, text).unwrap();
    let log = std::fs::File::create(dir.path().join("log")).unwrap();
    let child = menshen().args(["edge", "--config"]).arg(&config).stderr(log).spawn().unwrap();
    let _box = Ended(child);
    receiver.until("status", 2).await;
    let show = |photo: &Path, name: &str| {
        std::fs::copy(photo, dir.path().join(name)).unwrap();
        std::fs::rename(dir.path().join(name), frames.join(name)).unwrap();
    };
    let [one, other] = photos();
    show(&one, "one.jpg");
    let events = receiver.until("history", 1).await;
    let event = &events[0];
    assert_eq!(
        (&event["device_ip"], &event["stranger"], &event["repeat"]),
        (&json!("10.0.0.9"), &json!(true), &json!(false)),
        "{event}"
    );
    assert!(event["at"].as_i64().unwrap() > 1_700_000_000_000);
    assert_eq!(files(&pictures).len(), 1, "the scene");

    // The same as a form: ext_data travels as a text.
    let address = dir.path().join("data/local_api.addr");
    assert!(wait_until(LONG, || async { address.exists() }).await, "the box does not listen");
    let api = std::fs::read_to_string(address).unwrap();
    let token = std::fs::read_to_string(dir.path().join("data/local_api.token")).unwrap();
    let url = format!("http://{api}/SophonFogSys/api/HistoryEventUrl");
    let wish = json!({"history_upload_event_url": [format!("{}/form/HistoryEvent", receiver.base)],
        "content-type": "form-data", "reported_peroid": 1});
    let (status, reply) = answer(receiver.client.post(url).bearer_auth(token).json(&wish)).await;
    assert_eq!(status, 200, "{reply}");
    show(&other, "other.jpg");
    let arrived = wait_until(LONG, || async {
        receiver.lines("history").iter().any(|line| line["at"].as_i64() > event["at"].as_i64())
    });
    assert!(arrived.await, "{:?}", receiver.lines("history"));
    let last = receiver.lines("history").pop().unwrap();
    assert_eq!((&last["device_ip"], &last["stranger"]), (&json!("10.0.0.9"), &json!(true)), "{last}");
}

/// A process that ends with the test.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn models() -> PathBuf {
    let given = std::env::var_os("MENSHEN_MODELS").map(PathBuf::from);
    let models = given.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models"));
    std::fs::canonicalize(models).expect("no models: run scripts/setup")
}

/// Photos of two people.
fn photos() -> [PathBuf; 2] {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/faces");
    let labelled = std::env::var_os("MENSHEN_FACES").map_or(beside, PathBuf::from).join("portraits");
    if labelled.is_dir() {
        return ["actor_h/img49.jpg", "actor_a/img2.jpg"].map(|name| labelled.join(name));
    }
    ["obama.jpg", "biden.jpg"].map(|name| models().join("test-photos").join(name))
}
