//! One broker, one platform and any number of boxes, each with data, logs and ports of its own; everything ends with
//! the test, and a test that fails shows the ends of all logs.

mod api;
mod camera;
mod pair;
mod photos;
mod server;
mod viewer;

use std::collections::BTreeMap;
use std::future::Future;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

pub(crate) use api::Api;
pub(crate) use camera::EdgeBox;
pub(crate) use pair::Pair;
pub(crate) use photos::{Cast, Picture};
use runtime::testing::PrivateBroker;
use serde_json::{Value, json};
pub(crate) use server::Server;
use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard};
pub(crate) use viewer::{Shown, Viewer};

/// Nothing that works takes this long, however busy the machine is; waits end as soon as what they wait for is there.
pub(crate) const LONG: Duration = Duration::from_secs(180);

pub(crate) const PASSWORD: &str = "front-door-test";

/// Worlds come one after the other: each keeps both processors busy, and some measure times.
static TURN: Mutex<()> = Mutex::const_new(());

/// Everything outside the test.
pub(crate) struct World {
    // In the order in which they end.
    pub(crate) platform: Server,
    pub(crate) api: Api,
    pub(crate) broker: PrivateBroker,
    dir: TempDir,
    _turn: MutexGuard<'static, ()>,
}

impl World {
    /// An empty world: the platform is up, nobody is known.
    pub(crate) async fn start() -> Self {
        Self::start_through(|_| Some(Vec::new())).await.unwrap()
    }

    /// As [`World::start`], the platform by way of the words `through` gives for its data directory; `None` when there are none.
    pub(crate) async fn start_through(through: impl FnOnce(&Path) -> Option<Vec<String>>) -> Option<Self> {
        let turn = TURN.lock().await;
        Self::start_on(PrivateBroker::start().await.unwrap(), turn, through, &[]).await
    }

    /// As [`World::start`], the platform with these variables besides.
    pub(crate) async fn start_told(told: &[(&str, &str)]) -> Self {
        let turn = TURN.lock().await;
        Self::start_on(PrivateBroker::start().await.unwrap(), turn, |_| Some(Vec::new()), told).await.unwrap()
    }

    /// As [`World::start_told`], where each box has an account of its own at the broker.
    pub(crate) async fn start_with_accounts(told: &[(&str, &str)]) -> Self {
        let turn = TURN.lock().await;
        let broker = PrivateBroker::start_with_management().await.unwrap();
        Self::start_on(broker, turn, |_| Some(Vec::new()), told).await.unwrap()
    }

    async fn start_on(
        broker: PrivateBroker,
        turn: MutexGuard<'static, ()>,
        through: impl FnOnce(&Path) -> Option<Vec<String>>,
        told: &[(&str, &str)],
    ) -> Option<Self> {
        let dir = folder();
        let address = free_address();
        let data = dir.path().join("platform");
        let mut environment = environment(&address, &data, &broker);
        environment.extend(told.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())));
        std::fs::DirBuilder::new().mode(0o700).create(&data).unwrap();
        let through = through(&data)?;
        let platform = Server::start_through(through, "platform", &["platform"], environment, dir.path());
        Some(Self { platform, api: Api::new(&address), broker, dir, _turn: turn }.begun().await)
    }

    /// The world once its platform answers: somebody is logged in, and there are groups.
    async fn begun(mut self) -> Self {
        self.until_ready().await;
        let opened = self
            .api
            .must("POST", "/api/v1/session", &json!({"username": "admin", "password": PASSWORD}))
            .await;
        self.api.token = opened["token"].as_str().unwrap().to_owned();
        self.api.must("POST", "/api/v1/groups", &json!({"id": "visitors", "name": "visitors"})).await;
        self
    }

    /// The platform's data directory, as the platform sees it.
    pub(crate) fn data(&self) -> PathBuf {
        self.platform.seen(&self.dir.path().join("platform"))
    }

    /// Waits until the platform answers.
    pub(crate) async fn until_ready(&self) {
        self.wait("the platform to answer", async || {
            (self.api.call("GET", "/readyz", None).await.0 == 200).then_some(())
        })
        .await;
    }

    /// Registers a box; no process runs yet. Its camera lets group `0` pass, and it serves `0` and `visitors`.
    pub(crate) async fn register(&self, wishes: Value) -> String {
        let mut wishes = wishes;
        wishes["name"] = json!("front door");
        wishes["groups"] = json!(["0", "visitors"]);
        self.api.must("POST", "/api/v1/boxes", &wishes).await["dev_sno"].as_str().unwrap().to_owned()
    }

    /// A registered box whose process runs and that the platform shows online.
    pub(crate) async fn add_box(&self, wishes: Value) -> EdgeBox {
        let dev_sno = self.register(wishes).await;
        let edge = self.start_edge(&dev_sno, &format!("{}/device/login", self.api.base));
        self.online(&dev_sno).await;
        edge
    }

    /// Starts a box with one `file` camera.
    pub(crate) fn start_edge(&self, dev_sno: &str, login_url: &str) -> EdgeBox {
        EdgeBox::start(self.dir.path(), dev_sno, login_url, &models())
    }

    /// As [`World::start_edge`], with these variables besides.
    pub(crate) fn start_edge_told(&self, dev_sno: &str, told: &[(&str, &str)]) -> EdgeBox {
        let login_url = format!("{}/device/login", self.api.base);
        EdgeBox::start_told(told, self.dir.path(), dev_sno, &login_url, &models())
    }

    /// As [`World::start_edge`], with data in a small file system of its own; `None` where this user cannot make one.
    pub(crate) fn start_edge_on_small_disk(&self, dev_sno: &str, size: &str) -> Option<EdgeBox> {
        let login_url = format!("{}/device/login", self.api.base);
        EdgeBox::start_on_small_disk(size, self.dir.path(), dev_sno, &login_url, &models())
    }

    /// Starts a box that knows neither its licence key nor any platform; `name` is for its files.
    pub(crate) fn start_unpaired_edge(&self, name: &str) -> EdgeBox {
        EdgeBox::start_as(self.dir.path(), name, "", &models())
    }

    /// Waits until the platform shows the box online; returns what it shows.
    pub(crate) async fn online(&self, dev_sno: &str) -> Value {
        self.wait("the box to be online", async || {
            let shown = self.api.get(&format!("/api/v1/boxes/{dev_sno}")).await;
            (shown["online"] == true).then_some(shown)
        })
        .await
    }

    /// Adds a person with a photo that must be accepted.
    pub(crate) async fn enrol(&self, id: &str, name: &str, groups: &[&str], photo: &Picture) {
        let person = json!({"identity_id": id, "name": name, "groups": groups});
        self.api.must("POST", "/api/v1/people", &person).await;
        let (status, verdict) = self.api.put_photo(id, photo).await;
        assert_eq!(status, 200, "the photo of {id} is not accepted: {verdict}");
    }

    /// Waits until the box has proved what the platform wishes of a person; returns the row of the drift view.
    pub(crate) async fn proved(&self, dev_sno: &str, id: &str) -> Value {
        self.wait(&format!("the box to prove {id}"), async || {
            let row = self.held(dev_sno, id).await?;
            (row["state"] == "applied" && row["wanted"] == true).then_some(row)
        })
        .await
    }

    /// Waits until the box has proved that a person is gone.
    pub(crate) async fn gone(&self, dev_sno: &str, id: &str) {
        self.wait(&format!("the box to prove that {id} is gone"), async || {
            self.held(dev_sno, id).await.is_none().then_some(())
        })
        .await;
    }

    /// A person's row in a box's drift view.
    pub(crate) async fn held(&self, dev_sno: &str, id: &str) -> Option<Value> {
        let all = self.api.all(&format!("/api/v1/boxes/{dev_sno}/people")).await;
        all.into_iter().find(|row| row["identity_id"] == id)
    }

    /// All events the platform shows, oldest first.
    pub(crate) async fn events(&self) -> Vec<Value> {
        let mut events = self.api.all("/api/v1/events").await;
        events.reverse();
        events
    }

    /// Sends a box a command in its own words and waits for its answer.
    pub(crate) async fn raw(&self, dev_sno: &str, command: &Value) -> Value {
        let path = format!("/api/v1/boxes/{dev_sno}/commands/raw");
        let sent = self.api.must("POST", &path, &json!({"command": command})).await;
        self.answered(sent["id"].as_str().unwrap()).await
    }

    /// Waits for the end of a command.
    pub(crate) async fn answered(&self, id: &str) -> Value {
        self.wait(&format!("the end of command {id}"), async || {
            let shown = self.api.get(&format!("/api/v1/commands/{id}")).await;
            ["done", "failed", "expired"].contains(&shown["state"].as_str()?).then_some(shown)
        })
        .await
    }

    /// Asks until there is an answer, [`LONG`] at most; panics with what was waited for.
    pub(crate) async fn wait<T, F>(&self, what: &str, mut probe: impl FnMut() -> F) -> T
    where
        F: Future<Output = Option<T>>,
    {
        let end = Instant::now() + LONG;
        loop {
            if let Some(found) = probe().await {
                return found;
            }
            assert!(self.platform.is_as_wanted(), "the platform has ended by itself");
            assert!(Instant::now() < end, "waited {LONG:?} for {what}");
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        let mut logs: Vec<PathBuf> = std::fs::read_dir(self.dir.path())
            .into_iter()
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|extension| extension == "log"))
            .collect();
        logs.sort();
        for log in logs {
            println!("---- the end of {}\n{}", log.display(), tail(&log, 60));
        }
        println!("---- the end of the broker's log\n{}", self.broker.log_tail());
    }
}

/// What a platform is told that listens at `address` and keeps its data in `data`.
fn environment(address: &str, data: &Path, broker: &PrivateBroker) -> BTreeMap<String, String> {
    let told = [
        ("HTTP__LISTEN", address.to_owned()),
        ("DATA_DIR", text(data)),
        ("BROKER__URL", broker.url()),
        ("AUTH__ADMIN_PASSWORD", PASSWORD.to_owned()),
        ("VISION__MODELS", text(&models())),
        ("BOXES__HEARTBEAT_PERIOD", "2".to_owned()),
        ("BOXES__RECORD_UPLOAD_PERIOD", "1".to_owned()),
    ];
    let management = broker.management_url().map(|url| ("BROKER__MANAGEMENT_URL", url));
    told.into_iter().chain(management).map(|(key, value)| (format!("MENSHEN_{key}"), value)).collect()
}

/// A folder for a world.
fn folder() -> TempDir {
    // An error means that another test of this binary has installed it.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    tempfile::Builder::new().prefix("menshen-world-").tempdir().unwrap()
}

/// The models directory: `MENSHEN_MODELS`, or `models` at the root of the checkout.
fn models() -> PathBuf {
    let given = std::env::var_os("MENSHEN_MODELS").map(PathBuf::from);
    let models = given.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models"));
    assert!(models.join("active").is_file(), "{} holds no model pack: run scripts/setup", models.display());
    std::fs::canonicalize(models).unwrap()
}

fn tail(path: &Path, lines: usize) -> String {
    let text =
        std::fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let all: Vec<&str> = text.lines().collect();
    all.get(all.len().saturating_sub(lines)..).unwrap_or_default().join("\n")
}

/// An address of the loopback interface that nobody uses at this moment. Its port is below those that Linux gives to whoever asks for
/// any port, or connects: it stays free until it is used, also while a process that had it starts again.
pub(crate) fn free_address() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let first = std::process::id().wrapping_mul(37);
    let mut addresses = std::iter::repeat_with(|| {
        let port = 10_000 + first.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % 20_000;
        format!("127.0.0.1:{port}")
    });
    addresses.find(|address| std::net::TcpListener::bind(address).is_ok()).unwrap()
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}
