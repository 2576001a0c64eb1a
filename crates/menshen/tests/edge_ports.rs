//! A box whose port somebody else has: it says so and ends before it begins anything, and the doctor says who has it.
#![allow(clippy::unwrap_used, missing_docs)]

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use runtime::testing::wait_until;
use serde_json::Value;

const LONG: Duration = Duration::from_secs(90);

/// A box with its console at this address.
struct Place {
    directory: tempfile::TempDir,
}

/// A box that runs; it ends with the test.
struct Running(Child);

impl Place {
    fn new(console: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let text = format!(
            "data_dir = {:?}\n[vision]\nmodels = {:?}\n[local_api]\nlisten = \"127.0.0.1:0\"\n\
             [console]\nlisten = \"{console}\"\n[ftp]\nlisten = \"127.0.0.1:0\"\n",
            directory.path().join("data"),
            models()
        );
        std::fs::write(directory.path().join("edge.toml"), text).unwrap();
        Self { directory }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn menshen(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_menshen"));
        command.args(arguments).arg("--config").arg(self.file("edge.toml")).stdin(Stdio::null());
        command
    }

    /// Starts it, and waits until it listens.
    async fn start(&self) -> Running {
        let [out, log] = ["out", "log"].map(|name| std::fs::File::create(self.file(name)).unwrap());
        let running = Running(self.menshen(&["edge"]).stdout(out).stderr(log).spawn().unwrap());
        let ready = self.file("data/local_api.addr");
        let there = wait_until(LONG, || async { ready.exists() }).await;
        assert!(there, "{}", std::fs::read_to_string(self.file("log")).unwrap());
        running
    }

    /// What the doctor finds at the console's address.
    fn examined(&self) -> Value {
        let done = self.menshen(&["doctor", "edge", "--json"]).output().unwrap();
        let report: Value = serde_json::from_slice(&done.stdout).unwrap();
        let mut all = report["findings"].as_array().unwrap().iter();
        all.find(|line| line["subject"] == "console.listen").unwrap().clone()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = Command::new("/bin/kill").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}

fn models() -> PathBuf {
    let given = std::env::var_os("MENSHEN_MODELS").map(PathBuf::from);
    let models = given.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models"));
    std::fs::canonicalize(models).expect("no models: run scripts/setup")
}

#[tokio::test]
async fn a_box_whose_consoles_port_is_taken_says_so_and_begins_nothing() {
    // Below the ports that Linux gives to whoever asks for any, or connects: the box finds it free when the stranger has left.
    let first = 10_000 + u16::try_from(std::process::id() % 20_000).unwrap();
    let stranger = (first..32_000).find_map(|port| TcpListener::bind(("127.0.0.1", port)).ok()).unwrap();
    let address = stranger.local_addr().unwrap().to_string();
    let place = Place::new(&address);
    let refused = place.menshen(&["edge"]).output().unwrap();
    let (out, log) = (String::from_utf8_lossy(&refused.stdout), String::from_utf8_lossy(&refused.stderr));
    assert_eq!(refused.status.code(), Some(1), "{log}");
    let last = log.lines().last().unwrap();
    for word in [&*format!("console.listen: {address} cannot be taken"), "menshen doctor edge", "in use"] {
        assert!(last.contains(word), "{log}");
    }
    assert!(!out.contains("password"), "the first password is not printed to nobody: {out}");
    for file in ["local_api.addr", "console.addr"] {
        assert!(!place.file("data").join(file).exists(), "{file}");
    }
    let found = place.examined();
    let holder = format!("{address} is taken by ");
    assert!(found["found"].as_str().unwrap().starts_with(&holder), "{found}");
    assert!(
        found["found"].as_str().unwrap().contains(&format!("(process {})", std::process::id())),
        "{found}"
    );
    assert!(
        found["advice"].as_str().unwrap().contains("end that process, or give console.listen"),
        "{found}"
    );

    // Once the port is free it is as if nothing had been.
    drop(stranger);
    let running = place.start().await;
    let printed = std::fs::read_to_string(place.file("out")).unwrap();
    assert!(printed.contains("password "), "{printed}");
    let found = place.examined();
    assert_eq!(found["level"], "ok", "{found}");
    assert!(found["found"].as_str().unwrap().contains("a box is running"), "{found}");

    // Another box on the same computer hears whose the port is.
    let second = Place::new(&address);
    assert_eq!(second.menshen(&["edge"]).output().unwrap().status.code(), Some(1));
    let found = second.examined();
    let first = format!("menshen (process {})", running.0.id());
    assert!(found["level"] == "problem" && found["found"].as_str().unwrap().contains(&first), "{found}");
}
