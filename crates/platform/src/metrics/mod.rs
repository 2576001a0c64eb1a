//! What is measured, for Prometheus. Labels have few values: never a box, a person or an address.
//!
//! * Requests and counts are kept as they happen; `machine` is looked at when somebody asks.
//! * `sample` is what costs a query: a job takes it now and then, and asking costs nothing.
//! * `serve` answers on an address of its own, where one is configured.

mod counted;
pub(crate) mod machine;
mod sample;
mod serve;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
pub(crate) use sample::run as sample;
#[cfg(test)]
pub(crate) use sample::take as take_sample;
pub(crate) use serve::run as serve;

use self::counted::Counted;
use crate::app::App;
use crate::clock;
use crate::counts::Counts;

/// The media type of what [`Metrics::text`] answers.
pub(crate) const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Upper bounds of the classes of time, in seconds: from an answer out of memory to one that is given up.
const SECONDS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

/// A measured value.
type Level = Gauge<f64, AtomicU64>;

/// Everything that is measured.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Histogram, fn() -> Histogram>,
    sampled: Sampled,
    resident: Gauge,
    started: Level,
    broker_up: Gauge,
    viewers: Gauge,
}

/// What the job fills in.
#[derive(Debug, Default)]
struct Sampled {
    at: Level,
    commands: Family<StateLabel, Gauge>,
    oldest_queued: Level,
    oldest_unproved: Level,
    boxes: Family<StateLabel, Gauge>,
    queues: Family<QueueLabel, Gauge>,
    webhooks: Family<StateLabel, Gauge>,
    webhook_backlog: Gauge,
    exchange_backlog: Gauge,
    disk_free: Gauge,
    disk_size: Gauge,
    write_seconds: Level,
    read_seconds: Level,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    /// The address as it is documented, variables unfilled.
    route: String,
    /// Its first digit: `2xx`, `4xx` and so on.
    status: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StateLabel {
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct QueueLabel {
    queue: &'static str,
}

impl Metrics {
    /// Everything at nothing.
    pub(crate) fn new(counts: &Arc<Counts>) -> Self {
        let mut metrics = Self {
            registry: Registry::default(),
            requests: Family::new_with_constructor(|| Histogram::new(SECONDS)),
            sampled: Sampled::default(),
            resident: Gauge::default(),
            started: Level::default(),
            broker_up: Gauge::default(),
            viewers: Gauge::default(),
        };
        metrics.started.set(seconds(clock::now()));
        metrics.register(Arc::clone(counts));
        metrics
    }

    fn register(&mut self, counts: Arc<Counts>) {
        let Self { registry, sampled, .. } = self;
        registry.register_collector(Box::new(Counted(counts)));
        let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("menshen_build", "The program", build);
        let mut add = |name: &str, help: &str, metric: &Level| registry.register(name, help, metric.clone());
        add("process_start_time_seconds", "When the process started, seconds since 1970", &self.started);
        add("menshen_sampled_timestamp_seconds", "When the sampled values were taken", &sampled.at);
        add(
            "menshen_oldest_queued_command_age_seconds",
            "Age of the oldest command the broker has not taken",
            &sampled.oldest_queued,
        );
        add(
            "menshen_oldest_unproved_person_age_seconds",
            "Age of the oldest wish for a person on a box that is neither proved nor refused",
            &sampled.oldest_unproved,
        );
        add(
            "menshen_database_write_seconds",
            "Queue and commit of one small write, sampled",
            &sampled.write_seconds,
        );
        add(
            "menshen_database_read_seconds",
            "Queue and run of one small read, sampled",
            &sampled.read_seconds,
        );
        let mut add = |name: &str, help: &str, metric: &Gauge| registry.register(name, help, metric.clone());
        add("process_resident_memory_bytes", "Memory in use", &self.resident);
        add("menshen_broker_up", "Whether the broker is connected", &self.broker_up);
        add("menshen_live_viewers", "Streams of live events", &self.viewers);
        add(
            "menshen_webhook_backlog_entries",
            "Entries of the feed the slowest webhook has not looked at",
            &sampled.webhook_backlog,
        );
        add(
            "menshen_exchange_backlog_entries",
            "Entries of the feed not published yet",
            &sampled.exchange_backlog,
        );
        add("menshen_data_dir_free_bytes", "Room on the disk of data_dir", &sampled.disk_free);
        add("menshen_data_dir_size_bytes", "Size of the disk of data_dir", &sampled.disk_size);
        let mut add = |name: &str, help: &str, metric: &Family<StateLabel, Gauge>| {
            registry.register(name, help, metric.clone());
        };
        add("menshen_commands", "Commands kept, by state, each counted to a million", &sampled.commands);
        add("menshen_boxes", "Boxes by presence", &sampled.boxes);
        add("menshen_webhooks", "Webhooks by state", &sampled.webhooks);
        let help = "Messages that wait in the queues boxes share";
        registry.register("menshen_queue_messages", help, sampled.queues.clone());
        registry.register(
            "menshen_http_request_duration_seconds",
            "Requests by method, route and class of status",
            self.requests.clone(),
        );
    }

    /// Notes a request that was answered. `route` is the address as documented; `None` when nothing is served there.
    pub(crate) fn request(
        &self,
        method: &axum::http::Method,
        route: Option<&str>,
        status: u16,
        took: Duration,
    ) {
        let labels = RequestLabels {
            method: known(method),
            route: route.unwrap_or("unknown").to_owned(),
            status: class_of(status),
        };
        self.requests.get_or_create(&labels).observe(took.as_secs_f64());
    }

    /// Everything as text, what costs nothing looked at now.
    pub(crate) fn text(&self, app: &App) -> String {
        self.resident.set(machine::resident().unwrap_or(0));
        self.broker_up.set(i64::from(app.broker.state().borrow().is_up()));
        self.viewers.set(i64::try_from(app.live.viewers()).unwrap_or(0));
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _written = encode(&mut text, &self.registry);
        text
    }
}

/// Methods anybody may invent are one.
fn known(method: &axum::http::Method) -> &'static str {
    ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
        .into_iter()
        .find(|name| *name == method.as_str())
        .unwrap_or("other")
}

fn class_of(status: u16) -> &'static str {
    match status {
        0..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    }
}

/// Milliseconds as seconds.
#[expect(clippy::cast_precision_loss, reason = "times and ages are far from 2^53 milliseconds")]
fn seconds(milliseconds: i64) -> f64 {
    milliseconds as f64 / 1000.0
}
