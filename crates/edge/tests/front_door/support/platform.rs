//! A platform that speaks the documented minimum over HTTP: login, user details, photos, results by `notify_path`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use runtime::testing::wait_until;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::PATIENCE;

/// What the platform is set to do, and what it has seen.
#[derive(Default)]
pub(crate) struct Facts {
    /// The `rabbitmq` object of the login reply.
    pub(crate) rabbitmq: Value,
    /// Further fields of the login reply.
    pub(crate) extra: Value,
    /// The token that is taken now.
    pub(crate) token: String,
    /// Logins to refuse first.
    pub(crate) refuse_logins: usize,
    /// What is told about people.
    pub(crate) people: BTreeMap<String, Value>,
    /// Photos by name, with how long each takes.
    pub(crate) photos: HashMap<String, (Vec<u8>, Duration)>,
    /// Photos that are asked for and do not come as long as they are in here.
    pub(crate) held: BTreeSet<String>,
    /// How long the details of people take.
    pub(crate) details_delay: Duration,
    /// Results by HTTP to refuse first.
    pub(crate) refuse_results: usize,
    /// Queries of the logins.
    pub(crate) logins: Vec<HashMap<String, String>>,
    /// Ids asked for, request by request.
    pub(crate) details: Vec<Vec<String>>,
    /// Photos asked for.
    pub(crate) photo_requests: Vec<String>,
    /// Results that arrived.
    pub(crate) results: Vec<Value>,
}

/// The platform while it runs.
pub(crate) struct Platform {
    pub(crate) base: String,
    facts: Arc<Mutex<Facts>>,
    server: tokio::task::JoinHandle<()>,
}

type Shared = State<Arc<Mutex<Facts>>>;
type Params = Query<HashMap<String, String>>;

impl Platform {
    pub(crate) async fn start() -> Self {
        let facts: Arc<Mutex<Facts>> = Arc::default();
        facts.lock().unwrap().token = "token-1".into();
        let router = Router::new()
            .route("/login", get(login))
            .route("/details", post(details))
            .route("/photos/{name}", get(photo))
            .route("/results", post(result))
            .with_state(Arc::clone(&facts));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { base, facts, server }
    }

    pub(crate) fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap()
    }

    pub(crate) fn login_url(&self) -> String {
        format!("{}/login", self.base)
    }

    /// Makes a person known, with a photo under the person's id.
    pub(crate) fn person(&self, id: &str, photo: &[u8]) {
        let mut facts = self.facts();
        facts.photos.insert(id.to_owned(), (photo.to_vec(), Duration::ZERO));
        let url = format!("{}/photos/{id}", self.base);
        facts.people.insert(id.to_owned(), user(id, json!({"reg_url": url})));
    }
}

/// A person as the protocol has it, with whatever `photo` says.
#[allow(clippy::needless_pass_by_value, reason = "every caller makes it on the spot")]
pub(crate) fn user(id: &str, photo: Value) -> Value {
    let mut user = json!({
        "identity_id": id,
        "register_type": 1,
        "info": {"name": format!("person {id}"), "type": 1, "permission_ids": ["0"], "valid_until": "2030-01-01"},
    });
    user.as_object_mut().unwrap().extend(photo.as_object().unwrap().clone());
    user
}

impl Drop for Platform {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn login(State(facts): Shared, Query(query): Params) -> impl IntoResponse {
    let mut facts = facts.lock().unwrap();
    facts.logins.push(query);
    if facts.refuse_logins > 0 {
        facts.refuse_logins -= 1;
        let refusal =
            json!({"error": {"code": 600000, "message": "unknown licence key", "status": "DEV_SNO_UNKNOWN"}});
        return (StatusCode::UNAUTHORIZED, Json(refusal));
    }
    let mut reply = json!({"token": facts.token, "rabbitmq": facts.rabbitmq});
    if let Some(extra) = facts.extra.as_object() {
        reply.as_object_mut().unwrap().extend(extra.clone());
    }
    (StatusCode::OK, Json(reply))
}

fn may(facts: &Facts, query: &HashMap<String, String>) -> bool {
    query.get("token") == Some(&facts.token) && query.contains_key("dev_sno")
}

async fn details(State(facts): Shared, Query(query): Params, body: Bytes) -> impl IntoResponse {
    let delay = facts.lock().unwrap().details_delay;
    tokio::time::sleep(delay).await;
    let mut facts = facts.lock().unwrap();
    if !may(&facts, &query) {
        let refusal = json!({"error": {"code": 40071, "message": "not logged in", "status": "PARAM_ERROR"}});
        return (StatusCode::UNAUTHORIZED, Json(refusal));
    }
    let body: Value = serde_json::from_slice(&body).unwrap();
    let ids: Vec<String> =
        body["userid_list"].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect();
    let users: Vec<_> = ids.iter().filter_map(|id| facts.people.get(id).cloned()).collect();
    facts.details.push(ids);
    (StatusCode::OK, Json(json!({"data": {"user_list": users}})))
}

async fn photo(State(facts): Shared, Query(query): Params, Path(name): Path<String>) -> impl IntoResponse {
    let found = {
        let mut facts = facts.lock().unwrap();
        if !may(&facts, &query) {
            return (StatusCode::UNAUTHORIZED, Vec::new());
        }
        facts.photo_requests.push(name.clone());
        facts.photos.get(&name).cloned()
    };
    wait_until(PATIENCE, || async { !facts.lock().unwrap().held.contains(&name) }).await;
    match found {
        Some((bytes, delay)) => {
            tokio::time::sleep(delay).await;
            (StatusCode::OK, bytes)
        }
        None => (StatusCode::NOT_FOUND, Vec::new()),
    }
}

async fn result(State(facts): Shared, Query(query): Params, body: Bytes) -> impl IntoResponse {
    let mut facts = facts.lock().unwrap();
    if !may(&facts, &query) {
        return StatusCode::UNAUTHORIZED;
    }
    if facts.refuse_results > 0 {
        facts.refuse_results -= 1;
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    facts.results.push(serde_json::from_slice(&body).unwrap());
    StatusCode::NO_CONTENT
}
