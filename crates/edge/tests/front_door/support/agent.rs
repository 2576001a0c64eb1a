//! A box under test, in this process; [`Agent::stop`] stops it as a signal does, and the same directory starts again.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use edge::Config;
use reqwest::RequestBuilder;
use runtime::Lifecycle;
use runtime::testing::wait_until;
use serde_json::Value;
use tempfile::TempDir;

use super::{PATIENCE, photos};

pub(crate) const DEV_SNO: &str = "TESTBX000120190726103455";

/// The console's password.
pub(crate) const PASSWORD: &str = "three quiet otters";

pub(crate) struct Agent {
    pub(crate) directory: Arc<TempDir>,
    /// An empty folder, for a camera.
    pub(crate) frames: Arc<TempDir>,
    pub(crate) config: Config,
    pub(crate) api: String,
    pub(crate) token: String,
    client: reqwest::Client,
    life: Lifecycle,
    running: tokio::task::JoinHandle<anyhow::Result<()>>,
}

/// A configuration for a box of its own; without a login URL it is stand-alone.
pub(crate) fn config(directory: &Path, login_url: Option<&str>) -> Config {
    let mut config = Config { data_dir: directory.to_owned(), ..Config::default() };
    config.local_api.listen = "127.0.0.1:0".parse().unwrap();
    config.console.listen = "127.0.0.1:0".parse().unwrap();
    config.console.password = Some(PASSWORD.into());
    config.ftp.listen = "127.0.0.1:0".parse().unwrap();
    config.ftp.passive_ports = [20_000, 60_000];
    config.vision.models = photos::models();
    config.identity.mac = Some("e0:a5:09:00:06:2b".into());
    if let Some(url) = login_url {
        config.identity.dev_sno = Some(DEV_SNO.into());
        config.identity.login_url = Some(url.into());
    }
    config
}

impl Agent {
    /// A new box that knows nothing yet.
    pub(crate) async fn start(login_url: Option<&str>) -> Self {
        let directory = Arc::new(tempfile::tempdir().unwrap());
        let config = config(directory.path(), login_url);
        Self::with(directory, config).await
    }

    pub(crate) async fn with(directory: Arc<TempDir>, config: Config) -> Self {
        let life = Lifecycle::new(Duration::from_secs(10));
        // A child that another test starts at this moment has every open file until it is another program.
        let lock = directory.path().join("box.lock");
        let is_free = || async { std::fs::File::open(&lock).map_or(true, |file| file.try_lock().is_ok()) };
        assert!(wait_until(PATIENCE, is_free).await, "the box of before does not let go of its data");
        let address = directory.path().join("local_api.addr");
        let _ = std::fs::remove_file(&address);
        let mut running = tokio::spawn(edge::run(config.clone(), life.clone()));
        let (api, token) = tokio::select! {
            ready = ready(&address) => ready,
            ended = &mut running => panic!("the box did not start: {ended:?}"),
        };
        let (client, api) = match &config.local_api.tls.cert {
            Some(cert) => (believing(&std::fs::read(cert).unwrap()), api.replacen("http:", "https:", 1)),
            None => (edge::http::client().unwrap(), api),
        };
        let frames = Arc::new(tempfile::tempdir().unwrap());
        Self { directory, frames, config, api, token, client, life, running }
    }

    /// SIGTERM: everything stops in time.
    pub(crate) async fn stop(self) -> (Arc<TempDir>, Config) {
        self.life.stop();
        self.running.await.unwrap().unwrap();
        assert_eq!(self.life.finish().await, Vec::<String>::new(), "something did not stop in time");
        (self.directory, self.config)
    }

    /// Stops it and starts it again with what it kept.
    pub(crate) async fn again(self) -> Self {
        let frames = Arc::clone(&self.frames);
        let (directory, config) = self.stop().await;
        Self { frames, ..Self::with(directory, config).await }
    }

    pub(crate) fn request(
        &self,
        make: impl FnOnce(&reqwest::Client, String) -> RequestBuilder,
        path: &str,
    ) -> RequestBuilder {
        make(&self.client, format!("{}{path}", self.api)).bearer_auth(&self.token)
    }

    pub(crate) async fn status(&self) -> Value {
        let answer = self.request(|client, url| client.get(url), "/api/v1/status").send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.json().await.unwrap()
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
        assert!(reached, "never {what}: {last:#}");
        last
    }

    pub(crate) async fn until_joined(&self) -> Value {
        self.until("joined with a broker", |status| {
            status["login"]["state"] == "joined" && status["broker"][0]["state"] == "up"
        })
        .await
    }
}

/// A client that believes this certificate (PEM) only, on connections of its own.
pub(crate) fn believing(certificate: &[u8]) -> reqwest::Client {
    let root = reqwest::Certificate::from_pem(certificate).unwrap();
    let builder = reqwest::Client::builder().tls_certs_only([root]).pool_max_idle_per_host(0);
    builder.timeout(Duration::from_secs(30)).build().unwrap()
}

/// Waits for the address file and reads address and token.
pub(crate) async fn ready(address: &PathBuf) -> (String, String) {
    assert!(wait_until(PATIENCE, || async { address.exists() }).await, "the box did not start");
    let api = format!("http://{}", std::fs::read_to_string(address).unwrap());
    let token = std::fs::read_to_string(address.with_file_name("local_api.token")).unwrap_or_default();
    (api, token)
}
