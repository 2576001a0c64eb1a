//! What can be configured: one struct per concern, every key with a default that serves, unknown keys refused.

pub mod events;
mod limits;
mod metrics;
mod webhooks;

use std::fmt;
use std::path::PathBuf;

use events::{Events, Retention, Search};
pub use limits::Limits;
use serde::{Deserialize, Serialize};

pub use self::metrics::Metrics;
pub use self::webhooks::Webhooks;

/// The platform's configuration; `config/platform.example.toml` documents every key.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Folder of everything the platform keeps, unless a key below says otherwise.
    pub data_dir: PathBuf,
    /// The web server.
    pub http: Http,
    /// Where rows are kept.
    pub database: Database,
    /// Where photos are kept.
    pub blobs: BlobStore,
    /// What photos are sealed with.
    pub seal: Seal,
    /// The message broker.
    pub broker: Broker,
    /// What boxes are told at login.
    pub boxes: Boxes,
    /// First access.
    pub auth: Auth,
    /// How often somebody may ask.
    pub limits: Limits,
    /// The recognition engine that judges photos.
    pub vision: Vision,
    /// How events are taken in.
    pub events: Events,
    /// How long events are kept.
    pub retention: Retention,
    /// Searching past events.
    pub search: Search,
    /// What is measured.
    pub metrics: Metrics,
    /// Telling others what happens.
    pub webhooks: Webhooks,
}

/// The web server: boxes, operators and integrators on one address.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Http {
    /// Address and port to listen on.
    pub listen: String,
    /// The base URL boxes are told to use; without it, the address under which a box logged in.
    pub public_url: Option<url::Url>,
    /// Connections served at the same time; more wait to be accepted.
    pub max_connections: usize,
    /// Addresses and networks (`10.0.0.0/8`) of proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
    pub trusted_proxies: Vec<String>,
    /// TLS on this address.
    pub tls: runtime::tls::Files,
}

/// Where rows are kept.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// `sqlite:<path>` or `postgres://user:password@host:port/name`; without it `platform.db` in `data_dir`.
    pub url: Option<String>,
}

/// Where photos are kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BlobStore {
    /// `file:<folder>` or `s3://<bucket>/<prefix>`; without it `blobs` in `data_dir`.
    pub url: Option<String>,
    /// Address of the S3-compatible service; without it Amazon's own for the region.
    pub endpoint: Option<url::Url>,
    /// Region of the bucket.
    pub region: String,
    /// Name of the access key; without it and `secret_key`, the role of the machine.
    pub access_key: Option<Secret>,
    /// The access key's secret.
    pub secret_key: Option<Secret>,
    /// Whether the service may be reached without encryption.
    pub allow_http: bool,
    /// Seconds the service may take to answer a request, at least 1.
    pub answer_within: u64,
}

/// What photos are sealed with.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Seal {
    /// The key file, shared by all processes on one database; without it `platform.key` in `data_dir`.
    pub key_file: Option<PathBuf>,
}

/// The message broker between the platform and its boxes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Broker {
    /// How the platform reaches it: `amqp://user:password@host:port/vhost`, vhost percent-encoded.
    pub url: Secret,
    /// The host boxes are told; without it the host of `url`, or of the login request when that is this machine.
    pub public_host: Option<String>,
    /// The port boxes are told; without it the port of `url`, or the usual one where `tls` differs from it.
    pub public_port: Option<u16>,
    /// Whether boxes reach it by TLS; without it as the platform does, by the scheme of `url`.
    pub tls: Option<bool>,
    /// RabbitMQ's management API, `http(s)://user:password@host:port` of an administrator. With it each box gets an account of its
    /// own with least rights; without it all boxes share the account of `url`.
    pub management_url: Option<Secret>,
}

/// What boxes are told at login.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Boxes {
    /// Seconds between uploads of historic events, at least 1.
    pub record_upload_period: u64,
    /// Seconds between heartbeats. A box is offline when three of them are missing.
    pub heartbeat_period: u64,
    /// Hours for which load, memory and disk of a box are known by five minutes; before that by the hour.
    pub heartbeat_detail_hours: u32,
    /// Days for which they are known at all.
    pub heartbeat_history_days: u32,
}

/// First access.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Auth {
    /// Password of the user `admin`, read on the first start only; without it a random one is printed once.
    pub admin_password: Option<Secret>,
}

/// The recognition engine that judges photos.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Vision {
    /// Folder of the model packs.
    pub models: PathBuf,
    /// Photos judged at the same time; each keeps one processor busy.
    pub judges: usize,
}

/// A value that is never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Default for Config {
    fn default() -> Self {
        Self {
            data_dir: PathBuf::from("data"),
            http: Http::default(),
            database: Database::default(),
            blobs: BlobStore::default(),
            seal: Seal::default(),
            broker: Broker::default(),
            boxes: Boxes::default(),
            auth: Auth::default(),
            limits: Limits::default(),
            vision: Vision::default(),
            events: Events::default(),
            retention: Retention::default(),
            search: Search::default(),
            metrics: Metrics::default(),
            webhooks: Webhooks::default(),
        }
    }
}

impl Default for Http {
    fn default() -> Self {
        Self {
            listen: "0.0.0.0:8080".to_owned(),
            public_url: None,
            max_connections: 4096,
            trusted_proxies: Vec::new(),
            tls: runtime::tls::Files::default(),
        }
    }
}

impl Default for BlobStore {
    fn default() -> Self {
        let (url, endpoint, access_key, secret_key) = (None, None, None, None);
        let region = "us-east-1".to_owned();
        Self { url, endpoint, region, access_key, secret_key, allow_http: false, answer_within: 15 }
    }
}

impl Default for Boxes {
    fn default() -> Self {
        Self {
            record_upload_period: 5,
            heartbeat_period: 20,
            heartbeat_detail_hours: 48,
            heartbeat_history_days: 90,
        }
    }
}

impl Default for Broker {
    fn default() -> Self {
        let url = Secret::new("amqp://guest:guest@127.0.0.1:5672/%2f");
        Self { url, public_host: None, public_port: None, tls: None, management_url: None }
    }
}

impl Default for Vision {
    fn default() -> Self {
        Self { models: PathBuf::from("models"), judges: 2 }
    }
}

impl Config {
    /// The database's address, the default filled in.
    #[must_use]
    pub fn database_url(&self) -> String {
        let default = || format!("sqlite:{}", self.data_dir.join("platform.db").display());
        self.database.url.clone().unwrap_or_else(default)
    }

    /// Whether several processes may share the database.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        matches!(self.database_url().split_once(':'), Some(("postgres" | "postgresql", _)))
    }

    /// The photo store's address, the default filled in.
    #[must_use]
    pub fn blobs_url(&self) -> String {
        let default = || format!("file:{}", self.data_dir.join("blobs").display());
        self.blobs.url.clone().unwrap_or_else(default)
    }

    /// The key file's path, the default filled in.
    #[must_use]
    pub fn key_file(&self) -> PathBuf {
        self.seal.key_file.clone().unwrap_or_else(|| self.data_dir.join("platform.key"))
    }
}

impl Boxes {
    /// A box is online while its last heartbeat is younger than this, in milliseconds: three periods.
    #[must_use]
    pub fn online_for(&self) -> i64 {
        i64::try_from(self.heartbeat_period.saturating_mul(3_000)).unwrap_or(i64::MAX)
    }
}

impl Boxes {
    /// What is older than this is known by the hour, in milliseconds.
    #[must_use]
    pub fn heartbeat_detail(&self) -> i64 {
        i64::from(self.heartbeat_detail_hours) * 3_600_000
    }

    /// What is older than this is forgotten, in milliseconds.
    #[must_use]
    pub fn heartbeat_history(&self) -> i64 {
        i64::from(self.heartbeat_history_days) * 86_400_000
    }
}

impl Secret {
    /// Wraps a value.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value, for the one place that needs it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// The address may carry a password.
impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let engine = self.url.as_ref().map(|url| url.split(':').next().unwrap_or_default().to_owned());
        f.debug_struct("Database").field("engine", &engine).finish_non_exhaustive()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}
