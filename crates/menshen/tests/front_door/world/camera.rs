//! A box and the folder its camera looks into.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, OpenFlags};
use serde_json::Value;

use super::{Picture, Server, text};

/// A box that runs, with one camera that lets group `0` pass.
pub(crate) struct EdgeBox {
    pub(crate) dev_sno: String,
    pub(crate) config: PathBuf,
    pub(crate) server: Server,
    frames: PathBuf,
    data: PathBuf,
    dropped: AtomicU32,
}

impl EdgeBox {
    pub(super) fn start(world: &Path, dev_sno: &str, login_url: &str, models: &Path) -> Self {
        let identity = format!("dev_sno = \"{dev_sno}\"\nlogin_url = \"{login_url}\"");
        Self::start_as(world, dev_sno, &identity, models)
    }

    /// As [`EdgeBox::start`], with these variables besides.
    pub(super) fn start_told(
        told: &[(&str, &str)],
        world: &Path,
        dev_sno: &str,
        login_url: &str,
        models: &Path,
    ) -> Self {
        let environment = told.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect();
        let identity = format!("dev_sno = \"{dev_sno}\"\nlogin_url = \"{login_url}\"");
        Self::start_through(Vec::new(), environment, world, dev_sno, &identity, models)
    }

    /// `identity` are the lines of `[box]`.
    pub(super) fn start_as(world: &Path, dev_sno: &str, identity: &str, models: &Path) -> Self {
        Self::start_through(Vec::new(), BTreeMap::new(), world, dev_sno, identity, models)
    }

    /// A box whose data lies in a file system of its own of this size (`24m`), and whose every capture is an event. `None` where this
    /// user may neither mount nor make user namespaces.
    pub(super) fn start_on_small_disk(
        size: &str,
        world: &Path,
        dev_sno: &str,
        login_url: &str,
        models: &Path,
    ) -> Option<Self> {
        let data = world.join(format!("box-{dev_sno}"));
        std::fs::create_dir_all(&data).unwrap();
        let through = runtime::testing::small_disk(&data, size)?;
        let environment =
            BTreeMap::from([("MENSHEN_RECOGNITION__DUPLICATE_INTERVAL".to_owned(), "0".to_owned())]);
        let identity = format!("dev_sno = \"{dev_sno}\"\nlogin_url = \"{login_url}\"");
        Some(Self::start_through(through, environment, world, dev_sno, &identity, models))
    }

    fn start_through(
        through: Vec<String>,
        environment: BTreeMap<String, String>,
        world: &Path,
        dev_sno: &str,
        identity: &str,
        models: &Path,
    ) -> Self {
        let (frames, data) = (world.join(format!("camera-{dev_sno}")), world.join(format!("box-{dev_sno}")));
        std::fs::create_dir_all(&frames).unwrap();
        let config = world.join(format!("{dev_sno}.toml"));
        std::fs::write(
            &config,
            format!(
                r#"data_dir = "{}"

[box]
{identity}

[vision]
models = "{}"

[local_api]
listen = "127.0.0.1:0"

[console]
listen = "127.0.0.1:0"

[ftp]
listen = "127.0.0.1:0"

[recognition]
duplicate_interval = 0.2

[[camera]]
name = "front"
kind = "file"
path = "{}"
address = "192.168.1.101"
groups = ["0"]
door = {{ kind = "log" }}
"#,
                text(&data),
                text(models),
                text(&frames)
            ),
        )
        .unwrap();
        let name = format!("edge-{dev_sno}");
        let arguments = ["edge", "--config", &text(&config)];
        let server = Server::start_through(through, &name, &arguments, environment, world);
        Self { dev_sno: dev_sno.to_owned(), config, server, frames, data, dropped: AtomicU32::new(0) }
    }

    /// Somebody walks past: the image appears in the camera's folder. Returns when, milliseconds UTC.
    pub(crate) fn see(&self, picture: &Picture) -> i64 {
        let number = self.dropped.fetch_add(1, Ordering::SeqCst);
        let part = self.frames.join(format!(".{number:04}.part"));
        std::fs::write(&part, &picture.bytes).unwrap();
        let at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
        std::fs::rename(&part, self.frames.join(format!("{number:04}.{}", picture.extension))).unwrap();
        i64::try_from(at).unwrap()
    }

    /// What the box itself has written down: the numbers of its events.
    pub(crate) fn own_events(&self) -> Vec<i64> {
        self.column("SELECT taken_at FROM event ORDER BY seq")
    }

    /// How many people the box holds.
    pub(crate) fn own_people(&self) -> i64 {
        self.column("SELECT count(*) FROM person WHERE template IS NOT NULL").first().copied().unwrap_or(0)
    }

    /// The token of its own API, once it listens.
    pub(crate) fn own_token(&self) -> Option<String> {
        std::fs::metadata(self.data().join("local_api.addr")).ok()?;
        std::fs::read_to_string(self.data().join("local_api.token")).ok()
    }

    /// Calls the box's own API.
    pub(crate) async fn own_call(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let token = std::fs::read_to_string(self.data().join("local_api.token")).unwrap();
        self.call(method, path, &token, body).await
    }

    /// Sends a capture as a pad does; the decision.
    pub(crate) async fn pad_call(&self, camera: &str, password: &str, body: &Value) -> Value {
        let path = format!("/api/v1/pad/{camera}/captures");
        let (status, decision) = self.call("POST", &path, password, body).await;
        assert_eq!(status, 200, "{decision}");
        decision
    }

    /// Where its data is, as this process reaches it.
    pub(crate) fn data(&self) -> PathBuf {
        self.server.seen(&self.data)
    }

    /// Where its FTP server is, once it has one.
    pub(crate) fn ftp_address(&self) -> Option<String> {
        std::fs::read_to_string(self.data().join("ftp.addr")).ok()
    }

    /// How many ffmpeg processes fetch streams for it.
    pub(crate) fn players(&self) -> usize {
        let world = self.frames.parent().unwrap();
        let processes = std::fs::read_dir("/proc").unwrap().filter_map(|entry| Some(entry.ok()?.path()));
        let fetches = |process: &PathBuf| {
            let command = std::fs::read(process.join("cmdline")).unwrap_or_default();
            // Children work where their box was started; those that have ended have no command line any more.
            command.starts_with(b"ffmpeg\0")
                && std::fs::read_link(process.join("cwd")).is_ok_and(|place| place == world)
        };
        processes.filter(fetches).count()
    }

    async fn call(&self, method: &str, path: &str, secret: &str, body: &Value) -> (u16, Value) {
        let address = std::fs::read_to_string(self.data().join("local_api.addr")).unwrap();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let method = method.parse::<reqwest::Method>().unwrap();
        let request = client.request(method, format!("http://{address}{path}"));
        let answer = request.bearer_auth(secret).json(body).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }

    fn column(&self, sql: &str) -> Vec<i64> {
        let file = self.data().join("box.db");
        let Ok(db) = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE) else {
            return Vec::new();
        };
        db.busy_timeout(std::time::Duration::from_secs(60)).unwrap();
        // A box that has only just begun has no tables yet.
        let Ok(mut query) = db.prepare(sql) else { return Vec::new() };
        query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }
}
