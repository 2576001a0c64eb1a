//! The console's password as whoever installs a box meets it: printed once at the first start, replaced when it was lost.
#![allow(clippy::unwrap_used, missing_docs)]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use runtime::testing::wait_until;
use serde_json::{Value, json};

const LONG: Duration = Duration::from_secs(90);

fn menshen() -> Command {
    Command::new(env!("CARGO_BIN_EXE_menshen"))
}

/// A box as somebody installs it.
struct Installed {
    directory: tempfile::TempDir,
    child: Option<Child>,
    client: reqwest::Client,
}

impl Installed {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let text = format!(
            "data_dir = {:?}\n[vision]\nmodels = {:?}\n[local_api]\nlisten = \"127.0.0.1:0\"\n\
             [console]\nlisten = \"127.0.0.1:0\"\n[ftp]\nlisten = \"127.0.0.1:0\"\n",
            directory.path().join("data"),
            models()
        );
        std::fs::write(directory.path().join("edge.toml"), text).unwrap();
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { directory, child: None, client: reqwest::Client::new() }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Starts it; returns what it has printed by the time it listens.
    async fn start(&mut self) -> String {
        let ready = self.file("data/local_api.addr");
        let _ = std::fs::remove_file(&ready);
        let [out, log] = ["out", "log"].map(|name| std::fs::File::create(self.file(name)).unwrap());
        let mut command = menshen();
        command.args(["edge", "--config"]).arg(self.file("edge.toml")).stdout(out).stderr(log);
        self.child = Some(command.spawn().unwrap());
        let there = wait_until(LONG, || async { ready.exists() }).await;
        assert!(there, "{}", std::fs::read_to_string(self.file("log")).unwrap());
        std::fs::read_to_string(self.file("out")).unwrap()
    }

    fn stop(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        let _ = Command::new("/bin/kill").arg(child.id().to_string()).status();
        let _ = child.wait();
    }

    fn new_password(&self) -> String {
        let done =
            menshen().args(["edge", "password", "--config"]).arg(self.file("edge.toml")).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        said(&String::from_utf8(done.stdout).unwrap())
    }

    async fn log_in(&self, password: &str) -> (u16, Value) {
        let console = std::fs::read_to_string(self.file("data/console.addr")).unwrap();
        let asked = self.client.post(format!("http://{console}/api/v1/session"));
        let answer = asked.json(&json!({"password": password})).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }
}

impl Drop for Installed {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The password in what was printed.
fn said(text: &str) -> String {
    let (_, rest) = text.split_once("password ").unwrap_or_else(|| panic!("no password in {text:?}"));
    rest.split_whitespace().next().unwrap().to_owned()
}

fn models() -> PathBuf {
    let given = std::env::var_os("MENSHEN_MODELS").map(PathBuf::from);
    let models = given.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models"));
    std::fs::canonicalize(models).expect("no models: run scripts/setup")
}

#[tokio::test]
async fn the_first_password_is_printed_once_and_a_lost_one_is_replaced() {
    let mut installed = Installed::new();
    let printed = installed.start().await;
    let first = said(&printed);
    let (status, opened) = installed.log_in(&first).await;
    assert_eq!((status, &opened["must_change"]), (201, &json!(true)), "{opened}");
    let log = std::fs::read_to_string(installed.file("log")).unwrap();
    assert!(!log.contains(&first), "the log is kept and shipped");
    let database = std::fs::read(installed.file("data/box.db")).unwrap();
    assert!(!database.windows(first.len()).any(|part| part == first.as_bytes()));

    let api = std::fs::read_to_string(installed.file("data/local_api.addr")).unwrap();
    let token = std::fs::read_to_string(installed.file("data/local_api.token")).unwrap();
    let asked =
        installed.client.get(format!("http://{api}/api/v1/system/log")).bearer_auth(&token).send().await;
    let shown = asked.unwrap().text().await.unwrap();
    let log = std::fs::read_to_string(installed.file("log")).unwrap();
    assert!(shown.contains("the console is listening") && shown.len() <= log.len(), "{shown}");
    assert!(!shown.contains(&first) && !shown.contains(&token), "{shown}");

    let second = installed.new_password();
    assert_eq!(installed.log_in(&first).await.0, 401);
    assert_eq!(installed.log_in(&second).await.0, 201);

    installed.stop();
    let third = installed.new_password();
    assert!(!installed.start().await.contains("password"), "it was the first start once");
    assert_eq!(installed.log_in(&second).await.0, 401);
    let (status, opened) = installed.log_in(&third).await;
    assert_eq!((status, &opened["must_change"]), (201, &json!(true)));
}

#[test]
fn what_keeps_nobody_out_is_no_first_password() {
    let installed = Installed::new();
    let mut config = std::fs::read_to_string(installed.file("edge.toml")).unwrap();
    config = config.replace("[console]\n", "[console]\npassword = \"admin\"\n");
    std::fs::write(installed.file("edge.toml"), config).unwrap();
    let done =
        menshen().args(["edge", "--config"]).arg(installed.file("edge.toml")).stdin(Stdio::null()).output();
    let done = done.unwrap();
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert_eq!(done.status.code(), Some(2), "{said}");
    assert!(said.contains("console.password"), "{said}");
}
