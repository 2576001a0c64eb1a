//! Whether the process lives, and whether its parts work right now, each with the fact behind it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use runtime::amqp::LinkState;
use serde::Serialize;
use tokio::sync::Mutex;
use tokio::time::timeout;
use utoipa::ToSchema;

use crate::app::App;
use crate::clock;

/// A trial is not repeated sooner: asking often must not wear out the disk.
const FRESH: Duration = Duration::from_secs(2);
/// A part that does not answer within this time does not work.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// The process answers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// Always `ok`.
    status: &'static str,
    /// Version of the program.
    version: &'static str,
    /// Milliseconds since it started.
    uptime_ms: i64,
}

/// What the platform's parts are like right now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Readiness {
    /// `ready` when everything that is required works, else `not_ready`.
    status: &'static str,
    database: Part,
    blobs: Part,
    broker: Part,
    /// Whether accounts of boxes can be made at the broker; without it no box can log in, and those that have stay connected.
    broker_accounts: Part,
    models: Part,
}

/// One part.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Part {
    ok: bool,
    /// Whether the platform is not ready without it.
    required: bool,
    /// What was observed.
    message: String,
    /// How long the trial took, in milliseconds, when one was made.
    took_ms: Option<u64>,
    /// How old the observation is, in milliseconds; of the broker, how long it has been like this.
    age_ms: Option<i64>,
}

/// What database and photo store answered to the last trial. One trial runs at a time.
#[derive(Default)]
pub(crate) struct Trials(Mutex<Option<(Instant, [Part; 2])>>);

/// Whether the process answers; asks nothing of its parts.
#[utoipa::path(get, path = "/healthz", tag = "health", responses((status = OK, body = Health)))]
pub(crate) async fn healthz(State(app): State<Arc<App>>) -> Json<Health> {
    let uptime_ms = clock::now() - app.started_at;
    Json(Health { status: "ok", version: env!("CARGO_PKG_VERSION"), uptime_ms })
}

/// Whether everything that is required works, tried within the last two seconds: a row is read, a blob is written, read and removed.
#[utoipa::path(get, path = "/readyz", tag = "health", responses((status = OK, body = Readiness),
    (status = SERVICE_UNAVAILABLE, body = Readiness)))]
pub(crate) async fn readyz(State(app): State<Arc<App>>) -> (StatusCode, Json<Readiness>) {
    let [database, blobs] = trials(&app).await;
    let models = app.judge.state().await;
    let models =
        Part { ok: models.ok, required: false, message: models.message, took_ms: None, age_ms: None };
    let (broker, broker_accounts) = (broker(&app), broker_accounts(&app));
    let parts = Readiness { status: "ready", database, blobs, broker, broker_accounts, models };
    let all = [&parts.database, &parts.blobs, &parts.broker, &parts.models];
    if all.iter().all(|part| part.ok || !part.required) {
        return (StatusCode::OK, Json(parts));
    }
    (StatusCode::SERVICE_UNAVAILABLE, Json(Readiness { status: "not_ready", ..parts }))
}

async fn trials(app: &App) -> [Part; 2] {
    let mut last = app.trials.0.lock().await;
    if let Some((at, parts)) = &*last
        && at.elapsed() < FRESH
    {
        let age_ms = i64::try_from(at.elapsed().as_millis()).ok();
        return parts.clone().map(|part| Part { age_ms, ..part });
    }
    let database = tried(async {
        let version = app.db.read(|tx| tx.number("SELECT MAX(version) FROM schema_version", &[])).await;
        version.map(|version| format!("schema version {version}")).map_err(|error| error.to_string())
    });
    let blobs = tried(async {
        let probed = app.blobs.probe().await;
        probed.map(|()| "written, read and removed".to_owned()).map_err(|error| error.to_string())
    });
    let (database, blobs) = tokio::join!(database, blobs);
    let parts = [database, blobs];
    *last = Some((Instant::now(), parts.clone()));
    parts
}

async fn tried(trial: impl Future<Output = Result<String, String>>) -> Part {
    let began = Instant::now();
    let outcome = timeout(ANSWER_WITHIN, trial).await;
    let outcome = outcome.unwrap_or_else(|_| Err(format!("no answer within {} s", ANSWER_WITHIN.as_secs())));
    let took_ms = u64::try_from(began.elapsed().as_millis()).ok();
    let (ok, message) = match outcome {
        Ok(message) => (true, message),
        Err(message) => (false, message),
    };
    Part { ok, required: true, message, took_ms, age_ms: Some(0) }
}

fn broker(app: &App) -> Part {
    let (ok, message, age_ms) = match &*app.broker.state().borrow() {
        LinkState::Up { since_ms } => (true, "connected".to_owned(), Some(clock::now() - since_ms)),
        LinkState::Blocked { reason, since_ms } => {
            (false, format!("the broker takes no messages: {reason}"), Some(clock::now() - since_ms))
        }
        LinkState::Connecting { attempt } => (false, format!("connecting, attempt {attempt}"), None),
        LinkState::Down { reason, .. } => (false, format!("not connected: {reason}"), None),
    };
    Part { ok, required: true, message, took_ms: None, age_ms }
}

fn broker_accounts(app: &App) -> Part {
    let Some(accounts) = app.broker.accounts() else {
        let message = "not configured: boxes share the platform's account".to_owned();
        return Part { ok: true, required: false, message, took_ms: None, age_ms: None };
    };
    let state = accounts.state();
    let ok = state.trouble.is_none();
    let message = state.trouble.unwrap_or_else(|| "the management API answers".to_owned());
    Part { ok, required: false, message, took_ms: None, age_ms: Some((clock::now() - state.at).max(0)) }
}
