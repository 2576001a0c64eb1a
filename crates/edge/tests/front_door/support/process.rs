//! A box as a process of its own, so that it can be killed, starved of disk or given another clock.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use reqwest::RequestBuilder;
use runtime::testing::wait_until;
use serde_json::Value;

use super::PATIENCE;
use super::agent::{DEV_SNO, ready};
use super::photos::models;

const CONFIG: &str = "BOX_UNDER_TEST_CONFIG";

/// How to start it.
#[derive(Clone)]
pub(crate) struct Setup {
    /// Where its data is, as the child sees it.
    pub(crate) data: PathBuf,
    /// Where its configuration and its log are.
    pub(crate) place: PathBuf,
    /// Further TOML.
    pub(crate) extra: String,
    /// What starts it: a program with its arguments; the box's own command line follows.
    pub(crate) through: Vec<String>,
    /// Further variables.
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) login_url: Option<String>,
}

/// The process.
pub(crate) struct Process {
    child: Option<Child>,
    api: String,
    token: String,
    client: reqwest::Client,
    pub(crate) setup: Setup,
}

/// What the child runs, in place of the test of the name it was started with.
pub(crate) async fn box_process() {
    let Some(file) = std::env::var_os(CONFIG) else { return };
    runtime::telemetry::init(runtime::telemetry::Format::Text);
    let config: edge::Config = runtime::config::load(Some(Path::new(&file))).unwrap();
    let life = runtime::Lifecycle::new(Duration::from_secs(10));
    let stopper = life.clone();
    tokio::spawn(async move {
        runtime::until_signal().await;
        stopper.stop();
    });
    let outcome = edge::run(config, life.clone()).await;
    life.finish().await;
    if let Err(error) = outcome {
        panic!("the box ended: {error:#}");
    }
}

impl Setup {
    /// A box whose data is in `directory/data`.
    pub(crate) fn new(directory: &Path, login_url: Option<&str>) -> Self {
        Self {
            data: directory.join("data"),
            place: directory.to_owned(),
            extra: String::new(),
            through: Vec::new(),
            environment: Vec::new(),
            login_url: login_url.map(ToOwned::to_owned),
        }
    }

    /// With one camera that looks into `directory/frames`.
    pub(crate) fn with_camera(mut self) -> Self {
        let frames = self.frames();
        std::fs::create_dir_all(&frames).unwrap();
        self.extra += &format!(
            "[[camera]]\nname = \"front\"\nkind = \"file\"\npath = {frames:?}\naddress = \"192.168.1.101\"\ndoor = {{ kind = \"log\" }}\n"
        );
        self
    }

    pub(crate) fn frames(&self) -> PathBuf {
        self.place.join("frames")
    }

    fn log(&self) -> PathBuf {
        self.place.join("box.log")
    }

    fn spawn(&self) -> Child {
        let identity = match &self.login_url {
            Some(url) => format!("dev_sno = \"{DEV_SNO}\"\nlogin_url = \"{url}\"\n"),
            None => String::new(),
        };
        let config = format!(
            "data_dir = {:?}\n[box]\nmac = \"e0:a5:09:00:06:2b\"\n{identity}[local_api]\nlisten = \"127.0.0.1:0\"\n\
             [console]\nlisten = \"127.0.0.1:0\"\n[ftp]\nlisten = \"127.0.0.1:0\"\n[vision]\nmodels = {:?}\n{}",
            self.data,
            std::fs::canonicalize(models()).unwrap(),
            self.extra
        );
        let file = self.place.join("edge.toml");
        std::fs::write(&file, config).unwrap();
        let log = File::options().create(true).append(true).open(self.log()).unwrap();
        let own = std::env::current_exe().unwrap();
        let mut command = match self.through.split_first() {
            Some((program, arguments)) => {
                let mut command = Command::new(program);
                command.args(arguments).arg(own);
                command
            }
            None => Command::new(own),
        };
        command
            .args(["--exact", "crash::box_process", "--nocapture"])
            .env(CONFIG, file)
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log);
        command.spawn().unwrap()
    }
}

impl Process {
    pub(crate) async fn start(setup: Setup) -> Self {
        std::fs::create_dir_all(&setup.place).unwrap();
        let _ = std::fs::remove_file(setup.data.join("local_api.addr"));
        let child = setup.spawn();
        let client = edge::http::client().unwrap();
        let mut process =
            Self { child: Some(child), api: String::new(), token: String::new(), client, setup };
        let address = process.seen(&process.setup.data.clone()).join("local_api.addr");
        let there = wait_until(PATIENCE, || async { address.exists() }).await;
        assert!(there, "the box did not start:\n{}", process.log());
        (process.api, process.token) = ready(&address).await;
        process
    }

    /// Starts a box that must refuse, and returns what it said.
    pub(crate) async fn refused(setup: &Setup) -> String {
        let mut child = setup.spawn();
        let ended = wait_until(PATIENCE, || std::future::ready(child.try_wait().unwrap().is_some())).await;
        if !ended {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("the box started");
        }
        std::fs::read_to_string(setup.log()).unwrap()
    }

    /// A path of the child's, as this process reaches it: the child may live among mounts of its own.
    pub(crate) fn seen(&self, path: &Path) -> PathBuf {
        match (&self.child, self.setup.through.is_empty()) {
            (Some(child), false) => {
                Path::new(&format!("/proc/{}/root", child.id())).join(path.strip_prefix("/").unwrap())
            }
            _ => path.to_owned(),
        }
    }

    /// SIGKILL.
    pub(crate) fn kill(mut self) -> Setup {
        self.end();
        self.setup.clone()
    }

    /// SIGTERM, and it leaves in time.
    pub(crate) async fn stop(mut self) -> Setup {
        let mut child = self.child.take().unwrap();
        let asked = Command::new("/bin/sh")
            .args(["-c", "kill -TERM \"$1\"", "kill", &child.id().to_string()])
            .status();
        assert!(asked.unwrap().success());
        let left = wait_until(PATIENCE, || std::future::ready(child.try_wait().unwrap().is_some())).await;
        if !left {
            child.kill().unwrap();
            child.wait().unwrap();
        }
        assert!(left, "the box did not leave:\n{}", self.log());
        self.setup.clone()
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.setup.log()).unwrap_or_default()
    }

    pub(crate) fn request(
        &self,
        make: impl FnOnce(&reqwest::Client, String) -> RequestBuilder,
        path: &str,
    ) -> RequestBuilder {
        make(&self.client, format!("{}{path}", self.api)).bearer_auth(&self.token)
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let answer = self.request(|client, url| client.get(url), path).send().await.unwrap();
        let status = answer.status();
        let body = answer.json().await.unwrap();
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    pub(crate) async fn status(&self) -> Value {
        self.get("/api/v1/status").await
    }

    /// The newest event, once there is one: an event is listed when its door has answered.
    pub(crate) async fn first_event(&self) -> Value {
        let newest = async || self.get("/api/v1/events").await["items"][0].clone();
        assert!(
            wait_until(PATIENCE, || async { !newest().await.is_null() }).await,
            "no event:\n{}",
            self.log()
        );
        newest().await
    }

    /// Waits until the status is as wanted; fails with the last one.
    pub(crate) async fn until(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let last = std::sync::Mutex::new(Value::Null);
        let reached = wait_until(PATIENCE, || async {
            let status = self.status().await;
            let reached = wanted(&status);
            *last.lock().unwrap() = status;
            reached
        })
        .await;
        let last = last.into_inner().unwrap();
        assert!(reached, "never {what}: {last:#}\n{}", self.log());
        last
    }

    /// Puts a picture before the camera; never twice the same file.
    pub(crate) fn see(&self, picture: &[u8]) {
        let name = uuid::Uuid::new_v4().simple().to_string();
        let (fresh, done) = (self.setup.frames().join(format!("{name}.tmp")), self.setup.frames().join(name));
        std::fs::write(&fresh, picture).unwrap();
        std::fs::rename(fresh, done.with_extension("jpg")).unwrap();
    }

    fn end(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}
