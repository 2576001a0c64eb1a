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
use crate::db::{DbError, sample};
use crate::metrics::machine;

/// A trial is not repeated sooner: asking often must not wear out the disk.
const FRESH: Duration = Duration::from_secs(2);
/// A part that does not answer within this time does not work.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// A write that found the database's disk full says for so long that nothing can be stored.
const FULL_FOR: Duration = Duration::from_secs(5);
/// A command that waits longer for the broker is worth a word, in milliseconds.
const SLUGGISH: i64 = 60_000;
/// Less room than this is worth a word, in bytes;
const LITTLE_ROOM: u64 = 1 << 30;
/// with less than this nothing can be stored any more.
const NO_ROOM: u64 = 32 << 20;

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
    /// `ready` when everything works, `degraded` when the platform serves and something is wrong, `not_ready` when it cannot serve.
    status: &'static str,
    database: Part,
    blobs: Part,
    broker: Part,
    /// Whether accounts of boxes can be made at the broker; without it no box can log in, and those that have stay connected.
    broker_accounts: Part,
    models: Part,
    /// Commands the broker has not taken.
    outbox: Part,
    /// Room on the disk of `data_dir`.
    disk: Part,
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
pub(crate) struct Trials(Mutex<Option<(Instant, [Part; 4])>>);

/// Whether the process answers; asks nothing of its parts.
#[utoipa::path(get, path = "/healthz", tag = "health", responses((status = OK, body = Health)))]
pub(crate) async fn healthz(State(app): State<Arc<App>>) -> Json<Health> {
    let uptime_ms = clock::now() - app.started_at;
    Json(Health { status: "ok", version: env!("CARGO_PKG_VERSION"), uptime_ms })
}

/// Whether the platform can serve, tried within the last two seconds: a row is read, a blob is written, read and removed. Without the
/// broker it serves: commands wait. Each part tells what was observed.
#[utoipa::path(get, path = "/readyz", tag = "health", responses((status = OK, body = Readiness),
    (status = SERVICE_UNAVAILABLE, body = Readiness)))]
pub(crate) async fn readyz(State(app): State<Arc<App>>) -> (StatusCode, Json<Readiness>) {
    let [database, blobs, outbox, disk] = trials(&app).await;
    let models = app.judge.state().await;
    let models =
        Part { ok: models.ok, required: false, message: models.message, took_ms: None, age_ms: None };
    let (broker, broker_accounts) = (broker(&app), broker_accounts(&app));
    let parts = Readiness { status: "ready", database, blobs, broker, broker_accounts, models, outbox, disk };
    let all = [
        &parts.database,
        &parts.blobs,
        &parts.broker,
        &parts.broker_accounts,
        &parts.models,
        &parts.outbox,
        &parts.disk,
    ];
    let (status, code) = if all.iter().any(|part| !part.ok && part.required) {
        ("not_ready", StatusCode::SERVICE_UNAVAILABLE)
    } else if all.iter().any(|part| !part.ok) {
        ("degraded", StatusCode::OK)
    } else {
        ("ready", StatusCode::OK)
    };
    (code, Json(Readiness { status, ..parts }))
}

async fn trials(app: &App) -> [Part; 4] {
    let mut last = app.trials.0.lock().await;
    if let Some((at, parts)) = &*last
        && at.elapsed() < FRESH
    {
        let age_ms = i64::try_from(at.elapsed().as_millis()).ok();
        return parts.clone().map(|part| Part { age_ms, ..part });
    }
    let database = tried(async {
        let version = app.db.read(|tx| tx.number("SELECT MAX(version) FROM schema_version", &[])).await;
        let version = version.map_err(|error| error.to_string())?;
        match app.db.full_ago().filter(|age| *age < FULL_FOR) {
            Some(age) => Err(format!("{}, {} s ago", DbError::Full, age.as_secs())),
            None => Ok(format!("schema version {version}")),
        }
    });
    let blobs = tried(async {
        let probed = app.blobs.probe().await;
        probed.map(|()| "written, read and removed".to_owned()).map_err(|error| error.to_string())
    });
    let (database, blobs, outbox, disk) = tokio::join!(database, blobs, outbox(app), disk(app));
    let parts = [database, blobs, outbox, disk];
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

/// Commands that wait for the broker.
async fn outbox(app: &App) -> Part {
    let looked = tried(async {
        let oldest = app.db.read(|tx| -> Result<_, DbError> { sample::oldest_queued(tx) }).await;
        let Some(at) = oldest.map_err(|error| error.to_string())? else {
            return Ok("no command waits for the broker".to_owned());
        };
        let waits = (clock::now() - at).max(0);
        let told = format!("the oldest command has waited for the broker for {} s", waits / 1000);
        if waits < SLUGGISH { Ok(told) } else { Err(told) }
    });
    Part { required: false, took_ms: None, ..looked.await }
}

/// Room on the disk. Full, nothing can be stored.
async fn disk(app: &App) -> Part {
    let folder = app.config.data_dir.clone();
    let found = tokio::task::spawn_blocking(move || machine::disk(&folder)).await.ok().flatten();
    let Some(found) = found else {
        let message = "how much room there is cannot be told".to_owned();
        return Part { ok: true, required: false, message, took_ms: None, age_ms: Some(0) };
    };
    let message = format!("{} of {} MB free", found.free >> 20, found.size >> 20);
    let (ok, required) = (found.free >= LITTLE_ROOM, found.free < NO_ROOM);
    Part { ok, required, message, took_ms: None, age_ms: Some(0) }
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
    Part { ok, required: false, message, took_ms: None, age_ms }
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
