//! What the tests of several parts share: real models, real photos, and a receiver that can fail.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use serde_json::{Value, json};
use vision::Engine;

use crate::decision::{Gate, Limits, Quality, Record, STRANGER, Times, Trace, Verdict};
use crate::door;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn models() -> PathBuf {
    std::env::var_os("MENSHEN_MODELS").map_or_else(|| root().join("models"), PathBuf::from)
}

/// The engine of the active pack; one for all tests of a process, because loading takes longer than most of them.
pub(crate) fn engine() -> Arc<Engine> {
    static ENGINE: OnceLock<Arc<Engine>> = OnceLock::new();
    let open = || match Engine::open(&models(), 1) {
        Ok(engine) => Arc::new(engine),
        Err(error) => panic!("no usable models in {}: {error}; run scripts/setup", models().display()),
    };
    ENGINE.get_or_init(open).clone()
}

/// Real photos: two of one person, one of another.
pub(crate) struct Photos {
    pub(crate) one: [PathBuf; 2],
    pub(crate) other: PathBuf,
}

/// The labelled photos, where there are any: `MENSHEN_FACES`, else beside the checkout.
pub(crate) fn faces() -> Option<PathBuf> {
    let shared =
        std::env::var_os("MENSHEN_FACES").map_or_else(|| root().join("../shared/faces"), PathBuf::from);
    shared.join("labels.csv").is_file().then_some(shared)
}

/// Two people's photos: labelled ones, else those set-up fetched.
pub(crate) fn photos() -> Photos {
    if let Some(shared) = faces() {
        let of = |name: &str| shared.join("portraits").join(name);
        return Photos {
            one: [of("actor_a/img1.jpg"), of("actor_a/img2.jpg")],
            other: of("actor_c/img13.jpg"),
        };
    }
    let fetched = models().join("test-photos");
    assert!(fetched.is_dir(), "{} is missing: run scripts/setup", fetched.display());
    Photos { one: [fetched.join("obama.jpg"), fetched.join("obama2.jpg")], other: fetched.join("biden.jpg") }
}

/// An event of its own millisecond `n`; of a stranger when `name` is [`STRANGER`], else of a person with that id.
pub(crate) fn record(n: i64, name: &str) -> Record {
    let known = name != STRANGER;
    Record {
        taken_at: 1_700_000_000_000 + n,
        camera: "front".into(),
        address: "10.0.0.7".into(),
        device_type: "0".into(),
        identity_id: if known { name.to_owned() } else { String::new() },
        identity_name: name.to_owned(),
        group_name: "default_group".into(),
        person_type: if known { 1 } else { 4 },
        score: 0.9,
        box_fiqa_info: serde_json::Map::new(),
        grab_fiqa_info: serde_json::Map::new(),
        verdict: if known { Verdict::LetIn } else { Verdict::Stranger },
        reason: "because".into(),
        door: door::Outcome::untouched("none", "no door"),
        trace: Trace {
            source: "one.jpg".into(),
            pack: "none".into(),
            picture: [1, 1],
            faces: 1,
            bbox: [0, 0, 1, 1],
            detection: 1.0,
            quality: Quality { level: "low".into(), fails: vec![], info: json!({}), score: 1.0 },
            attributes: None,
            liveness: None,
            thresholds: Limits {
                enrolled: 1,
                door: 0.5,
                door_score: 0.5,
                name: 0.4,
                name_score: 0.4,
                possible: 0.3,
                possible_score: 0.3,
                door_rate: 0.001,
                name_rate: 0.01,
            },
            candidates: vec![],
            flag: None,
            gate: Gate::Match,
            steps: vec![],
            ms: Times::default(),
        },
    }
}

/// One request a receiver got.
#[derive(Debug, Clone)]
pub(crate) struct Got {
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) body: Value,
    pub(crate) accepted: bool,
}

type Answer = dyn FnMut(&str, &Value) -> (u16, String) + Send;

/// An HTTP server on a free port that answers as the test says and remembers what it got.
#[derive(Clone)]
pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    got: Arc<Mutex<Vec<Got>>>,
    answer: Arc<Mutex<Box<Answer>>>,
    hang: Arc<Mutex<Option<String>>>,
}

impl Receiver {
    /// Starts it; `answer` gets path and body and returns status and body.
    pub(crate) async fn start(answer: impl FnMut(&str, &Value) -> (u16, String) + Send + 'static) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let receiver = Self {
            address: listener.local_addr().unwrap(),
            got: Arc::default(),
            answer: Arc::new(Mutex::new(Box::new(answer))),
            hang: Arc::default(),
        };
        let app = Router::new().fallback(serve).with_state(receiver.clone());
        let app = app.layer(axum::extract::DefaultBodyLimit::max(64 << 20));
        tokio::spawn(async move { axum::serve(listener, app).await });
        receiver
    }

    /// Requests to this path are never answered from now on.
    pub(crate) fn hang(&self, path: &str) {
        *self.hang.lock().unwrap() = Some(path.to_owned());
    }

    /// Answers differently from now on.
    pub(crate) fn answer(&self, answer: impl FnMut(&str, &Value) -> (u16, String) + Send + 'static) {
        *self.answer.lock().unwrap() = Box::new(answer);
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn got(&self, path: &str) -> Vec<Got> {
        self.got.lock().unwrap().iter().filter(|got| got.path == path).cloned().collect()
    }

    /// The events accepted at `path`, single or in lists, in the order they came.
    pub(crate) fn events(&self, path: &str) -> Vec<Value> {
        let accepted = self.got(path).into_iter().filter(|got| got.accepted);
        accepted
            .flat_map(|got| if let Value::Array(list) = got.body { list } else { vec![got.body] })
            .collect()
    }
}

async fn serve(
    State(receiver): State<Receiver>,
    OriginalUri(uri): OriginalUri,
    body: Bytes,
) -> axum::response::Response {
    let path = uri.path().to_owned();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    if receiver.hang.lock().unwrap().as_deref() == Some(&path) {
        receiver.got.lock().unwrap().push(Got { path, query: String::new(), body, accepted: false });
        return std::future::pending().await;
    }
    let (status, answer) = (receiver.answer.lock().unwrap())(&path, &body);
    let accepted = protocol::Ack::judge(status, answer.as_bytes());
    let query = uri.query().unwrap_or_default().to_owned();
    receiver.got.lock().unwrap().push(Got { path, query, body, accepted });
    (StatusCode::from_u16(status).unwrap(), answer).into_response()
}
