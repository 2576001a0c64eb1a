//! A platform per test, and a client that speaks to it.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use platform::Config;
use platform::config::Secret;
use reqwest::{Client, Method, Response, StatusCode};
use runtime::Lifecycle;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinHandle;

pub(crate) const PASSWORD: &str = "correct horse battery";
/// What takes longer on the busiest machine does not happen at all.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// A platform that stops is not hurried.
const GRACE: Duration = Duration::from_secs(30);

/// A running platform; dropped, it stops and its folder goes.
pub(crate) struct Platform {
    pub(crate) base: String,
    pub(crate) folder: TempDir,
    pub(crate) client: Client,
    pub(crate) life: Lifecycle,
    pub(crate) served: JoinHandle<anyhow::Result<()>>,
}

/// Somebody who is logged in.
#[derive(Clone)]
pub(crate) struct User {
    pub(crate) base: String,
    pub(crate) client: Client,
    pub(crate) token: String,
}

/// An answer, read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Platform {
    /// Without models: photos cannot be judged, everything else works.
    pub(crate) async fn start() -> Self {
        Self::start_with(|config| config.vision.models = PathBuf::from("/nonexistent/models")).await
    }

    /// With the models `scripts/setup` fetched.
    pub(crate) async fn start_with_models() -> Self {
        Self::start_with(|config| config.vision.models = models()).await
    }

    pub(crate) async fn start_with(adjust: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = config_in(&folder);
        adjust(&mut config);
        Self::serve(config, folder).await
    }

    pub(crate) async fn serve(mut config: Config, folder: TempDir) -> Self {
        config.database.url =
            config.database.url.or_else(|| runtime::testing::database_of(&folder.path().join("database")));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let life = Lifecycle::new(GRACE);
        let served = tokio::spawn(platform::run(config, listener, life.clone()));
        let platform = Self { base, folder, client: client(), life, served };
        // The listener accepts at once; the first answer comes when the database is open.
        assert_eq!(platform.get("/healthz").await.status, 200);
        platform
    }

    /// Another process, as it were, on the same database and behind a proxy on this machine.
    pub(crate) async fn second(&self) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = config_in(&self.folder);
        config.database.url = self.database();
        config.http.trusted_proxies = vec!["127.0.0.1".to_owned()];
        Self::serve(config, folder).await
    }

    /// Another process with a data folder of its own, on the same database and photo store, with the same key file.
    pub(crate) async fn elsewhere(&self) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (theirs, mut config) = (config_in(&self.folder), config_in(&folder));
        let in_file = || format!("sqlite:{}", theirs.data_dir.join("platform.db").display());
        config.database.url = Some(self.database().unwrap_or_else(in_file));
        config.blobs.url = Some(format!("file:{}", theirs.data_dir.join("blobs").display()));
        config.seal.key_file = Some(theirs.key_file());
        Self::serve(config, folder).await
    }

    /// The address of the database, when it is not the file in the folder.
    pub(crate) fn database(&self) -> Option<String> {
        runtime::testing::database_of(&self.folder.path().join("database"))
    }

    /// Somebody who has the database itself writes into it; answers how many rows were changed.
    pub(crate) async fn tamper(&self, sql: &str) -> u64 {
        if let Some(url) = self.database() {
            let (raw, line) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
            let line = tokio::spawn(line);
            let changed = raw.execute(sql, &[]).await.unwrap();
            line.abort();
            return changed;
        }
        let raw = rusqlite::Connection::open(self.folder.path().join("data/platform.db")).unwrap();
        raw.busy_timeout(Duration::from_secs(20)).unwrap();
        raw.execute(sql, []).unwrap().try_into().unwrap()
    }

    /// With a certificate for localhost; answers the port as well.
    pub(crate) async fn start_tls(cert: PathBuf, key: PathBuf) -> (Self, u16) {
        let folder = tempfile::tempdir().unwrap();
        let mut config = config_in(&folder);
        (config.http.tls.cert, config.http.tls.key) = (Some(cert), Some(key));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (base, client) = (format!("https://localhost:{port}"), client());
        let life = Lifecycle::new(GRACE);
        let served = tokio::spawn(platform::run(config, listener, life.clone()));
        (Self { base, folder, client, life, served }, port)
    }

    /// Stops, and starts again on the same data.
    pub(crate) async fn restart(mut self) -> Self {
        self.life.clone().finish().await;
        (&mut self.served).await.unwrap().unwrap();
        let folder = std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap());
        let mut config = config_in(&folder);
        config.vision.models = PathBuf::from("/nonexistent/models");
        Self::serve(config, folder).await
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// As nobody.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        read(self.client.get(self.url(path)).send().await.unwrap()).await
    }

    pub(crate) async fn login(&self, username: &str, password: &str) -> Answer {
        let body = json!({"username": username, "password": password});
        read(self.client.post(self.url("/api/v1/session")).json(&body).send().await.unwrap()).await
    }

    pub(crate) async fn admin(&self) -> User {
        self.user("admin", PASSWORD).await
    }

    /// Somebody new with this role.
    pub(crate) async fn with_role(&self, admin: &User, role: &str) -> User {
        let body = json!({"username": role, "password": PASSWORD, "role": role});
        admin.post("/api/v1/operators", body).await.expect(201);
        self.user(role, PASSWORD).await
    }

    pub(crate) async fn user(&self, username: &str, password: &str) -> User {
        let opened = self.login(username, password).await.expect(201);
        let token = opened["token"].as_str().unwrap().to_owned();
        User { base: self.base.clone(), client: self.client.clone(), token }
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        self.life.stop();
    }
}

impl User {
    pub(crate) async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let request = self.client.request(method, format!("{}{path}", self.base)).bearer_auth(&self.token);
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        read(request.send().await.unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PATCH, path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None).await
    }

    pub(crate) async fn put_bytes(&self, path: &str, bytes: Vec<u8>) -> Answer {
        let request = self.client.put(format!("{}{path}", self.base)).bearer_auth(&self.token);
        read(request.header("content-type", "image/jpeg").body(bytes).send().await.unwrap()).await
    }

    pub(crate) async fn post_bytes(&self, path: &str, bytes: Vec<u8>) -> Answer {
        let request = self.client.post(format!("{}{path}", self.base)).bearer_auth(&self.token);
        read(request.body(bytes).send().await.unwrap()).await
    }

    /// An answer that may go on for as long as the test does.
    pub(crate) async fn raw(&self, path: &str) -> Response {
        let request = self.client.get(format!("{}{path}", self.base)).bearer_auth(&self.token);
        request.timeout(Duration::from_secs(600)).send().await.unwrap()
    }
}

impl Answer {
    /// The body, when the status is this one.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }

    /// The error's code and message, when the status is this one.
    #[track_caller]
    pub(crate) fn refused(self, status: u16) -> (String, String) {
        let body = self.expect(status);
        let text = |name: &str| body["error"][name].as_str().unwrap_or_default().to_owned();
        assert!(body["error"].get("detail").is_some(), "{body}");
        (text("code"), text("message"))
    }
}

/// What every test begins with.
fn config_in(folder: &TempDir) -> Config {
    let mut config = Config { data_dir: folder.path().join("data"), ..Config::default() };
    // Nothing listens there: what needs no broker must work without one.
    config.broker.url = Secret::new("amqp://guest:guest@127.0.0.1:1/%2f");
    config.auth.admin_password = Some(Secret::new(PASSWORD));
    config.vision.models = PathBuf::from("/nonexistent/models");
    config
}

pub(crate) async fn read(response: Response) -> Answer {
    let status: StatusCode = response.status();
    let text = response.text().await.unwrap();
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Answer { status: status.as_u16(), body }
}

pub(crate) fn client() -> Client {
    static PROVIDER: OnceLock<()> = OnceLock::new();
    PROVIDER.get_or_init(|| {
        // Another test binary's thread cannot have installed one: this is the only place.
        drop(rustls::crypto::ring::default_provider().install_default());
    });
    Client::builder().timeout(Duration::from_secs(60)).build().unwrap()
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

pub(crate) fn models() -> PathBuf {
    let models = std::env::var_os("MENSHEN_MODELS").map_or_else(|| workspace().join("models"), PathBuf::from);
    assert!(models.join("active").exists(), "no models in {}: run scripts/setup", models.display());
    models
}

/// A usable portrait and another of somebody else.
pub(crate) fn portraits() -> [Vec<u8>; 2] {
    let test_photos = models().join("test-photos");
    if let Some(faces) = std::env::var_os("MENSHEN_FACES").map(PathBuf::from) {
        let folder = faces.join("portraits");
        let mut people: Vec<_> =
            std::fs::read_dir(&folder).unwrap().map(|found| found.unwrap().path()).collect();
        people.sort();
        let first = |person: &Path| {
            let mut photos: Vec<_> =
                std::fs::read_dir(person).unwrap().map(|found| found.unwrap().path()).collect();
            photos.sort();
            std::fs::read(&photos[0]).unwrap()
        };
        return [first(&people[0]), first(&people[1])];
    }
    assert!(
        test_photos.join("obama.jpg").exists(),
        "no photos in {} and MENSHEN_FACES is not set: run scripts/setup",
        test_photos.display()
    );
    ["obama.jpg", "biden.jpg"].map(|name| std::fs::read(test_photos.join(name)).unwrap())
}

/// Repeats `look` until it answers something, for as long as there is [`PATIENCE`].
pub(crate) async fn eventually<T>(mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "it did not happen within {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
