//! `menshen platform backup | import` as the how-to says it, and the exit codes of what cannot be done.
#![allow(clippy::unwrap_used, missing_docs)]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

const PASSWORD: &str = "correct horse battery";

/// A place where a platform is configured.
struct Place {
    folder: tempfile::TempDir,
    port: u16,
}

/// A platform that is killed when it goes out of scope.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let config = format!(
            "[http]\nlisten = \"127.0.0.1:{port}\"\n[broker]\nurl = \"amqp://127.0.0.1:1\"\n[auth]\nadmin_password = \"{PASSWORD}\"\n"
        );
        std::fs::write(folder.path().join("platform.toml"), config).unwrap();
        std::fs::write(folder.path().join("passphrase"), "a passphrase of a test\n").unwrap();
        Self { folder, port }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        self.through(Command::new(env!("CARGO_BIN_EXE_menshen")), arguments)
    }

    fn through(&self, mut command: Command, arguments: &[&str]) -> Command {
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("MENSHEN_") {
                command.env_remove(name);
            }
        }
        command.current_dir(self.folder.path()).args(arguments).stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> (i32, String) {
        said(&self.command(arguments).output().unwrap())
    }

    fn start(&self) -> Running {
        let log = std::fs::File::options().create(true).append(true).open(self.at("log")).unwrap();
        let mut command = self.command(&["platform", "--config", "platform.toml"]);
        let running = Running(command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap());
        let began = Instant::now();
        while !self.is_healthy() {
            assert!(began.elapsed() < Duration::from_secs(90), "{}", self.log());
            std::thread::park_timeout(Duration::from_millis(50));
        }
        running
    }

    /// Whether the platform answers. That its address takes connections says less: it is taken before the database is made.
    fn is_healthy(&self) -> bool {
        let asked = || {
            let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
            stream.set_read_timeout(Some(Duration::from_secs(60)))?;
            stream.write_all(b"GET /healthz HTTP/1.0\r\n\r\n")?;
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer)?;
            Ok::<_, std::io::Error>(
                answer.starts_with(b"HTTP/1.0 200") || answer.starts_with(b"HTTP/1.1 200"),
            )
        };
        asked().unwrap_or(false)
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.at("log")).unwrap_or_default()
    }

    async fn admin(&self) -> (reqwest::Client, String) {
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = reqwest::Client::new();
        let request = client.post(self.url("/api/v1/session"));
        let answer = request.json(&json!({"username": "admin", "password": PASSWORD})).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        (client, answer["token"].as_str().expect("a token").to_owned())
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }
}

/// Below the ports that Linux gives to whoever asks for any, or connects: it is still free when the platform starts, and starts again.
fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let first = std::process::id().wrapping_mul(37);
    let mut ports = std::iter::repeat_with(|| {
        let port = 10_000 + first.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % 20_000;
        u16::try_from(port).unwrap()
    });
    ports.find(|port| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok()).unwrap()
}

fn said(output: &Output) -> (i32, String) {
    let text = [&output.stdout[..], &output.stderr].concat();
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&text).into_owned())
}

fn only_file(folder: &Path) -> PathBuf {
    let mut found: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

#[tokio::test]
async fn a_backup_is_made_while_the_platform_runs_and_brought_back_as_the_how_to_says() {
    let place = Place::new();
    let (code, words) = place.run(&["platform", "export", "none.tar.gz", "--without-key"]);
    assert_eq!(code, 2, "{words}");
    assert!(words.contains("there is no database"), "{words}");
    let (code, words) = place.run(&["platform", "restored"]);
    assert!(code == 2 && words.contains("there is no database"), "{words}");

    let running = place.start();
    let (client, token) = place.admin().await;
    for id in ["1001", "1002"] {
        let person = json!({"identity_id": id, "name": "Zhang San"});
        let made =
            client.post(place.url("/api/v1/people")).bearer_auth(&token).json(&person).send().await.unwrap();
        assert_eq!(made.status(), 201);
    }
    let backups = place.at("backups");
    std::fs::create_dir(&backups).unwrap();
    std::fs::write(backups.join("menshen-20200101-000000.tar.gz"), b"an old one").unwrap();
    let backup = ["platform", "backup", "backups", "--config", "platform.toml", "--keep", "1"];
    let (code, words) = place.run(&backup);
    assert!(code == 2 && words.contains("--passphrase-file"), "{words}");
    let (code, words) = place.run(&[&backup[..], &["--passphrase-file", "passphrase"]].concat());
    assert!(code == 0 && words.contains("2 rows of person\n"), "{code}: {words}");
    let file = only_file(&backups).display().to_string();

    drop(running);
    std::fs::rename(place.at("data"), place.at("data.before")).unwrap();
    let import = ["platform", "--config", "platform.toml", "import", &file];
    std::fs::write(place.at("wrong"), "not the passphrase\n").unwrap();
    let (code, words) = place.run(&[&import[..], &["--passphrase-file", "wrong"]].concat());
    assert!(code == 2 && words.contains("passphrase is not the one"), "{words}");
    let (code, words) = place.run(&[&import[..], &["--passphrase-file", "passphrase"]].concat());
    assert!(code == 0 && words.contains("2 rows of person\n"), "{code}: {words}");
    let (code, words) = place.run(&[&import[..], &["--passphrase-file", "passphrase"]].concat());
    assert!(code == 2 && words.contains("is not empty"), "{words}");
    let (code, words) = place.run(&[&import[..], &["--passphrase-file", "passphrase", "--replace"]].concat());
    assert!(code == 2 && words.contains("replace everything"), "{words}");

    let running = place.start();
    let (client, token) = place.admin().await;
    let people: Value = client
        .get(place.url("/api/v1/people"))
        .bearer_auth(&token)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(people["items"].as_array().unwrap().len(), 2, "{people}");
    drop(running);

    // Without the key file, or with another one, it says so and leaves with 2.
    let key = place.at("data/platform.key");
    std::fs::write(&key, [7; 32]).unwrap();
    let (code, words) = place.run(&["platform", "--config", "platform.toml"]);
    assert!(code == 2 && words.contains("is not the key"), "{code}: {words}");
    std::fs::remove_file(&key).unwrap();
    let (code, words) = place.run(&["platform", "--config", "platform.toml"]);
    assert!(code == 2 && words.contains("is missing"), "{code}: {words}");
}

#[test]
fn a_full_disk_ends_a_backup_with_a_clear_word_and_no_file() {
    let place = Place::new();
    drop(place.start());
    let disk = place.at("disk");
    std::fs::create_dir(&disk).unwrap();
    let Some(through) = runtime::testing::small_disk(&disk, "64k") else { return };
    let script = "head -c 100000 /dev/zero > disk/ballast; \"$0\" platform backup disk --config platform.toml --without-key; \
                  code=$?; ls -A disk; exit $code";
    let mut command = Command::new(&through[0]);
    command.args(&through[1..]).args(["sh", "-c", script, env!("CARGO_BIN_EXE_menshen")]);
    let (code, words) = said(&place.through(command, &[]).output().unwrap());
    assert_eq!(code, 1, "{words}");
    assert!(words.contains("the disk is full: nothing was left behind"), "{words}");
    assert!(
        words.contains("ballast\n") && !words.contains(".part\n") && !words.contains(".list\n"),
        "{words}"
    );
}
