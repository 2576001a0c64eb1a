//! The computer behind the box: what it is called, what is left of it, what time it has, and what it has said.

use std::time::Duration;

use axum::extract::{RawQuery, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use runtime::telemetry;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::camera::discovery::addresses_here;
use crate::local_api::Desk;
use crate::local_api::answer::{Refusal, json};
use crate::local_api::console::certificate::{Shown, shown};
use crate::local_api::sent::Sent;
use crate::reason::table as reason;
use crate::store::events::Ring;
use crate::{clock, machine, name};

/// Between two readings of the processor's time.
const READING: Duration = Duration::from_millis(200);

/// The computer and the box on it.
#[derive(Serialize, ToSchema)]
pub(super) struct System {
    /// What the box is called.
    name: String,
    /// What the computer is called: the box's name unless another was set.
    host_name: String,
    /// The hardware's serial number, or the installation's id.
    serial: String,
    version: &'static str,
    /// The model pack in use.
    model_pack: String,
    /// The computer's addresses in its networks.
    addresses: Vec<String>,
    started_at: i64,
    uptime_ms: i64,
    clock: Clock,
    processor: Processor,
    memory: Memory,
    storage: Storage,
    /// The certificate of the pages; null when it cannot be read.
    certificate: Option<Shown>,
}

/// What time it is here.
#[derive(Serialize, ToSchema)]
struct Clock {
    /// Milliseconds since 1970, UTC.
    now: i64,
    /// The computer's time zone, such as `Asia/Shanghai`; null when it has no name.
    time_zone: Option<String>,
    /// Seconds to be added to UTC here and now.
    utc_offset_s: i32,
    /// Milliseconds by which this clock is ahead of the platform's (negative: behind), as the last login showed it, to half a
    /// second; null without one, and when the platform did not say.
    ahead_of_platform_ms: Option<i64>,
    /// When that was seen.
    compared_at: Option<i64>,
}

/// The processor.
#[derive(Serialize, ToSchema)]
struct Processor {
    cores: usize,
    /// How busy all of them are just now, percent.
    busy_percent: Option<f64>,
}

/// Memory.
#[derive(Serialize, ToSchema)]
struct Memory {
    /// Gigabytes of the computer.
    size_gb: Option<f64>,
    /// The part of it in use, 0 to 1.
    usage: Option<f64>,
    /// Bytes the box itself has in memory.
    own_bytes: Option<u64>,
}

/// What the box keeps, and the room for it.
#[derive(Serialize, ToSchema)]
struct Storage {
    /// Where.
    directory: String,
    /// Bytes of the file system.
    size_bytes: Option<u64>,
    free_bytes: Option<u64>,
    /// Whether so little is left that uploads are not accepted any more.
    is_low: bool,
    /// Bytes of the database.
    database_bytes: u64,
    events: Ring,
    /// The most events that some receiver has still to get.
    events_waiting: i64,
}

/// Another name.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewName {
    /// At most 64 characters; empty: the computer's.
    name: String,
}

/// The computer and the box on it, measured now.
#[utoipa::path(get, path = "/api/v1/system", tag = "system", responses((status = OK, body = System)))]
pub(super) async fn show(State(desk): State<Desk>) -> Result<Response, Refusal> {
    let app = &desk.app;
    let before = machine::ticks();
    tokio::time::sleep(READING).await;
    let busy = before.zip(machine::ticks()).and_then(|(before, now)| machine::cpu_percent(before, now));
    let memory = machine::memory();
    let snapshot = desk.stations.snapshot().await?;
    let (certificate, directory, database) =
        (app.config.clone(), app.config.data_dir.clone(), app.store.path().to_owned());
    // Files are looked at on a thread that may wait.
    let looked = tokio::task::spawn_blocking(move || {
        (shown(&certificate), machine::disk(&directory), database_bytes(&database))
    });
    let (certificate, disk, database_bytes) = looked.await.unwrap_or_default();
    let now = clock::now();
    json(&System {
        name: app.name.get(),
        host_name: machine::host_name(),
        serial: machine::serial(),
        version: env!("CARGO_PKG_VERSION"),
        model_pack: app.engine.pack_id().to_owned(),
        addresses: addresses_here().iter().map(ToString::to_string).collect(),
        started_at: app.started_at,
        uptime_ms: now - app.started_at,
        clock: clock_here(&desk, now),
        processor: Processor {
            cores: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            busy_percent: busy.map(tenths),
        },
        memory: Memory {
            size_gb: memory.map(|memory| tenths(memory.size_gb)),
            usage: memory.map(|memory| memory.usage),
            own_bytes: machine::own_memory(),
        },
        storage: Storage {
            directory: app.config.data_dir.display().to_string(),
            size_bytes: disk.map(|disk| disk.size),
            free_bytes: disk.map(|disk| disk.free),
            is_low: disk.is_some_and(machine::Disk::is_low),
            database_bytes,
            events_waiting: snapshot.history.iter().map(|cursor| cursor.pending).max().unwrap_or(0),
            events: snapshot.events,
        },
        certificate,
    })
}

/// Calls the box something else; the heartbeat tells it, too.
#[utoipa::path(put, path = "/api/v1/system/name", tag = "system", request_body = NewName,
    responses((status = OK, body = NewName), (status = BAD_REQUEST)))]
pub(super) async fn rename(State(desk): State<Desk>, sent: Sent) -> Result<Response, Refusal> {
    let NewName { name } = sent.plain()?;
    let name = name::checked(&name)?;
    desk.app.name.set(&desk.app.store, name).await?;
    let name = desk.app.name.get();
    tracing::info!(name, "the box was given a name");
    json(&NewName { name })
}

/// The last lines of the log, oldest first, as text: what the process has said since it was started, at most 2,000 lines. Photos,
/// templates, passwords and tokens are never in it.
#[utoipa::path(get, path = "/api/v1/system/log", tag = "system",
    params(("lines" = Option<usize>, Query, description = "only so many of them")),
    responses((status = OK, content_type = "text/plain", body = String)))]
pub(super) async fn log(State(desk): State<Desk>, RawQuery(query): RawQuery) -> Result<Response, Refusal> {
    let query = query.unwrap_or_default();
    let lines = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "lines");
    let most = match lines {
        Some((_, text)) => text.parse().map_err(|_| reason::not_a_number().of("lines"))?,
        None => usize::MAX,
    };
    let text = telemetry::recent(most);
    let at = Timestamp::from_millisecond(clock::now()).unwrap_or_default().strftime("%Y%m%d-%H%M%S");
    let letters: String =
        desk.app.name.get().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"menshen-{letters}-{at}.log\"")),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    Ok((headers, text).into_response())
}

fn clock_here(desk: &Desk, now: i64) -> Clock {
    let zone = TimeZone::system();
    let joined = desk.app.link.current();
    let ahead = joined.as_deref().and_then(|joined| joined.ahead_ms);
    Clock {
        now,
        time_zone: zone.iana_name().map(ToOwned::to_owned),
        utc_offset_s: Timestamp::from_millisecond(now).map_or(0, |now| zone.to_offset(now).seconds()),
        ahead_of_platform_ms: ahead,
        compared_at: joined.filter(|_| ahead.is_some()).map(|joined| joined.at),
    }
}

/// With its log, which holds what is not yet in it.
fn database_bytes(path: &std::path::Path) -> u64 {
    let log = path.with_extension("db-wal");
    [path, &log].iter().filter_map(|file| std::fs::metadata(file).ok()).map(|file| file.len()).sum()
}

fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
