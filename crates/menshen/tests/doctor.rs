//! `menshen doctor edge` from the outside: what is well, and for each thing that is not, what to do.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use runtime::testing::{Codec, RtspCamera};
use serde_json::Value;

/// A box's configuration, made ill key by key.
struct Patient {
    dir: tempfile::TempDir,
    models: PathBuf,
    listen: String,
    console: String,
    more: String,
    path: String,
    /// How far its clock is off, as libfaketime has it.
    clock: Option<&'static str>,
}

/// An ffmpeg 4.4, as far as the doctor looks.
const OLD_FFMPEG: &str = r#"#!/bin/sh
case "$*" in
*-fps_mode*) echo "Unrecognized option 'fps_mode'." >&2; echo "Error splitting the argument list: Option not found" >&2; exit 1 ;;
*-version*) echo "ffmpeg version 4.4.2 Copyright (c) 2000-2021 the FFmpeg developers" ;;
*-demuxers*) echo " D  rtsp            RTSP input" ;;
*-decoders*) for name in h264 hevc mjpeg; do echo " V....D $name  a decoder"; done ;;
esac
"#;

/// Looks at the command lines of every process of this machine, again and again.
struct CommandLines {
    stop: Arc<AtomicBool>,
    found: std::thread::JoinHandle<Vec<String>>,
}

impl CommandLines {
    /// Collects those that `tells` something.
    fn watch(tells: impl Fn(&str) -> bool + Send + 'static) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let look = move || {
            let mut found = Vec::new();
            while !stopped.load(Ordering::Relaxed) {
                for process in std::fs::read_dir("/proc").unwrap().flatten() {
                    let line = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
                    let line = String::from_utf8_lossy(&line).replace('\0', " ");
                    found.extend(tells(&line).then_some(line));
                }
                std::thread::park_timeout(Duration::from_millis(5));
            }
            found
        };
        Self { stop, found: std::thread::spawn(look) }
    }

    fn end(self) -> Vec<String> {
        self.stop.store(true, Ordering::Relaxed);
        self.found.join().unwrap()
    }
}

/// What the doctor said.
struct Said {
    code: Option<i32>,
    text: String,
    json: Value,
}

impl Patient {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("frames")).unwrap();
        Self {
            dir,
            models: models(),
            listen: "127.0.0.1:0".to_owned(),
            console: "127.0.0.1:0".to_owned(),
            more: String::new(),
            path: std::env::var("PATH").unwrap(),
            clock: None,
        }
    }

    fn config(&self) -> PathBuf {
        let file = self.dir.path().join("edge.toml");
        let dir = self.dir.path().display();
        let text = format!(
            "data_dir = \"{dir}/data\"\n[vision]\nmodels = \"{}\"\n[local_api]\nlisten = \"{}\"\n[console]\nlisten = \"{}\"\n\
             [ftp]\nlisten = \"127.0.0.1:0\"\n{}\n[[camera]]\nname = \"folder\"\nkind = \"file\"\npath = \"{dir}/frames\"\n",
            self.models.display(),
            self.listen,
            self.console,
            self.more,
        );
        std::fs::write(&file, text).unwrap();
        file
    }

    fn run(&self, json: bool) -> (Option<i32>, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_menshen"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("MENSHEN_") {
                command.env_remove(name);
            }
        }
        command.args(["doctor", "edge", "--config"]).arg(self.config()).env("PATH", &self.path);
        if let Some(clock) = self.clock {
            command.env("LD_PRELOAD", libfaketime()).env("FAKETIME", clock);
            command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1").env("DONT_FAKE_MONOTONIC", "1");
        }
        if json {
            command.arg("--json");
        }
        let done = command.output().unwrap();
        (done.status.code(), String::from_utf8(done.stdout).unwrap())
    }

    fn examine(&self) -> Said {
        let (code, text) = self.run(false);
        let (_, json) = self.run(true);
        println!("{text}");
        Said { code, text, json: serde_json::from_str(&json).unwrap() }
    }
}

impl Said {
    /// The findings of a check that are problems.
    fn problems(&self, check: &str) -> Vec<&Value> {
        let all = self.json["findings"].as_array().unwrap().iter();
        all.filter(|line| line["check"] == check && line["level"] == "problem").collect()
    }

    /// The check has exactly one problem; what was found and the advice contain these words.
    fn complains(&self, check: &str, found: &str, advice: &str) {
        let problems = self.problems(check);
        let [problem] = problems[..] else { panic!("{check}: {}", self.text) };
        assert!(problem["found"].as_str().unwrap().contains(found), "{problem}");
        assert!(problem["advice"].as_str().unwrap().contains(advice), "{problem}");
        assert_eq!(self.code, Some(1), "{}", self.text);
        assert!(
            self.text.contains("PROBLEM")
                && self.text.contains(&format!("-> {}", problem["advice"].as_str().unwrap()))
        );
    }
}

#[test]
fn a_box_that_is_well() {
    let patient = Patient::new();
    let said = patient.examine();
    assert_eq!((said.code, &said.json["problems"]), (Some(0), &0.into()), "{}", said.text);
    let checks: std::collections::BTreeSet<&str> = said.json["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["check"].as_str().unwrap())
        .collect();
    let wanted = [
        "cameras",
        "certificate",
        "clock",
        "console",
        "database",
        "disk",
        "doors",
        "ffmpeg",
        "models",
        "platform",
        "ports",
        "processor",
    ];
    assert_eq!(checks.into_iter().collect::<Vec<_>>(), wanted);
    assert!(!patient.dir.path().join("data").exists(), "nothing is made");
}

#[test]
fn what_is_missing_is_named() {
    let mut patient = Patient::new();
    patient.models = patient.dir.path().join("no-models");
    patient.path = patient.dir.path().display().to_string();
    let stranger = TcpListener::bind("127.0.0.1:0").unwrap();
    patient.listen = stranger.local_addr().unwrap().to_string();
    let video = patient.dir.path().join("video.mp4");
    std::fs::write(&video, "x").unwrap();
    patient.more = format!(
        "[[camera]]\nname = \"video\"\nkind = \"file\"\npath = \"{}\"\n\
         [[camera]]\nname = \"gone\"\nkind = \"rtsp\"\nurl = \"rtsp://127.0.0.1:9/x\"\nuser = \"u\"\npassword = \"hush-hush\"\n\
         door = {{ kind = \"modbus-tcp\", address = \"127.0.0.1:9\" }}",
        video.display()
    );
    let said = patient.examine();
    said.complains("models", "no-models", "menshen models fetch");
    said.complains("ffmpeg", "not on the PATH", "apt-get install ffmpeg");
    said.complains("ports", &format!("(process {})", std::process::id()), "local_api.listen");
    said.complains("cameras", "127.0.0.1:9 cannot be reached", "is the camera on");
    said.complains("doors", "cannot be reached", "is the hardware on");
    assert!(!said.text.contains("hush-hush") && !said.json.to_string().contains("hush-hush"));
}

#[test]
fn who_has_the_consoles_port_is_named() {
    let mut patient = Patient::new();
    let stranger = TcpListener::bind("127.0.0.1:0").unwrap();
    patient.console = stranger.local_addr().unwrap().to_string();
    let said = patient.examine();
    said.complains("ports", &format!("(process {})", std::process::id()), "give console.listen another port");
    assert_eq!(said.problems("ports")[0]["subject"], "console.listen");
    assert!(said.problems("ports")[0]["found"].as_str().unwrap().contains(&patient.console), "{}", said.text);
    drop(stranger);
    assert_eq!(patient.examine().problems("ports"), Vec::<&Value>::new());
}

#[test]
fn a_folder_of_the_boxs_own_is_no_cameras() {
    let mut patient = Patient::new();
    let own = patient.dir.path().join("data/frames");
    patient.more = format!("[[camera]]\nname = \"own\"\nkind = \"file\"\npath = {own:?}\n");
    assert_eq!(patient.run(false).0, Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_stream_is_opened_and_what_is_wrong_with_one_is_named() {
    let mut patient = Patient::new();
    let photo = models().join("test-photos/obama.jpg");
    let film = Codec::H264.film(&photo, (640, 360), 120, patient.dir.path()).await.unwrap();
    let films = [("hall", Codec::H264, film.as_path())];
    let camera = RtspCamera::start(Some("viewer:s3cret-right"), &films).await.unwrap();
    for (n, (name, film, password)) in [
        ("hall", "hall", "s3cret-right"),
        ("stranger", "hall", "s3cret-wrong"),
        ("elsewhere", "nowhere", "s3cret-right"),
    ]
    .into_iter()
    .enumerate()
    {
        patient.more += &format!(
            "[[camera]]\nname = \"{name}\"\nkind = \"rtsp\"\nurl = \"{}\"\nuser = \"viewer\"\npassword = \"{password}\"\n\
             address = \"10.0.0.{n}\"\n",
            camera.url(film)
        );
    }
    let said = patient.examine();
    let of = |name: &str| {
        let mut all = said.json["findings"].as_array().unwrap().iter();
        all.find(|line| line["check"] == "cameras" && line["subject"] == name).unwrap().clone()
    };
    let hall = of("hall");
    assert_eq!(hall["level"], "ok", "{hall}");
    assert!(hall["found"].as_str().unwrap().contains("shows a picture"), "{hall}");
    for (name, advice) in [("stranger", "user or password is wrong"), ("elsewhere", "no stream of this path")]
    {
        let ill = of(name);
        assert_eq!(ill["level"], "problem", "{ill}");
        assert!(ill["advice"].as_str().unwrap().contains(advice), "{ill}");
    }
    assert!(!said.text.contains("s3cret") && !said.json.to_string().contains("s3cret"), "{}", said.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_of_any_signs_opens_the_stream_and_is_on_no_command_line() {
    let mut patient = Patient::new();
    let photo = models().join("test-photos/obama.jpg");
    let film = Codec::H264.film(&photo, (640, 360), 120, patient.dir.path()).await.unwrap();
    // The camera itself is told its password on a command line: it is looked for where an address could hold it.
    let films = [("hall", Codec::H264, film.as_path())];
    let camera = RtspCamera::start(Some("op:p%w%41d"), &films).await.unwrap();
    let url = camera.url("hall");
    patient.more = format!(
        "[[camera]]\nname = \"hall\"\nkind = \"rtsp\"\nurl = \"{url}\"\nuser = \"op\"\npassword = \"p%w%41d\"\n"
    );
    let given_away = CommandLines::watch(|line| line.contains("rtsp://op:") || line.contains("p%25w%2541d"));
    let said = patient.examine();
    assert_eq!(given_away.end(), Vec::<String>::new());
    let shows =
        said.json["findings"].as_array().unwrap().iter().any(|line| {
            line["subject"] == "hall" && line["found"].as_str().unwrap().contains("shows a picture")
        });
    assert!(shows, "{}", said.text);
}

#[test]
fn an_ffmpeg_that_is_too_old_for_streams_is_a_problem() {
    let mut patient = Patient::new();
    let fake = patient.dir.path().join("ffmpeg");
    std::fs::write(&fake, OLD_FFMPEG).unwrap();
    std::fs::set_permissions(&fake, std::fs::Permissions::from_mode(0o755)).unwrap();
    patient.path = patient.dir.path().display().to_string();
    let video = patient.dir.path().join("video.mp4");
    std::fs::write(&video, "x").unwrap();
    patient.more = format!("[[camera]]\nname = \"video\"\nkind = \"file\"\npath = \"{}\"\n", video.display());
    patient.examine().complains("ffmpeg", "ffmpeg 5.1 or newer is needed", "apt-get install ffmpeg");
}

#[test]
fn a_directory_that_cannot_be_used_and_a_database_that_is_damaged() {
    let patient = Patient::new();
    // Even root makes no directory below a file.
    std::fs::write(patient.dir.path().join("data"), "a file").unwrap();
    let said = patient.examine();
    assert_eq!(said.code, Some(1), "{}", said.text);
    said.complains("disk", "is no directory", "data_dir");
    std::fs::remove_file(patient.dir.path().join("data")).unwrap();
    std::fs::create_dir(patient.dir.path().join("data")).unwrap();
    std::fs::write(patient.dir.path().join("data/box.db"), vec![b'x'; 8192]).unwrap();
    patient.examine().complains("database", "cannot be read", "backup");
}

#[test]
fn a_bad_configuration_is_named() {
    let mut patient = Patient::new();
    patient.more = "[recognition]\ndoor_rate = 7\n".to_owned();
    assert_eq!(patient.run(false).0, Some(2));
    let camera =
        |name: &str| format!("[[camera]]\nname = \"{name}\"\nkind = \"pad\"\naddress = \"10.0.0.9\"\n");
    patient.more = camera("one");
    assert_eq!(patient.run(false).0, Some(0));
    patient.more += &camera("another");
    assert_eq!(patient.run(false).0, Some(2), "the protocol knows a camera by its address");
}

fn models() -> PathBuf {
    let given = std::env::var_os("MENSHEN_MODELS").map(PathBuf::from);
    let models = given.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models"));
    std::fs::canonicalize(models).expect("no models: run scripts/setup")
}

/// Debian's libfaketime.
fn libfaketime() -> PathBuf {
    let places = ["x86_64-linux-gnu", "aarch64-linux-gnu"]
        .map(|arch| PathBuf::from(format!("/usr/lib/{arch}/faketime/libfaketimeMT.so.1")));
    places
        .into_iter()
        .find(|path| path.exists())
        .expect("libfaketime is missing; scripts/setup --tests installs it")
}

/// A platform that knows what time it is, and nothing else.
fn timekeeper() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/login", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut line in listener.incoming().flatten() {
            let mut request = [0; 4096];
            let _ = line.read(&mut request);
            let now =
                Command::new("date").env("LC_ALL", "C").args(["-u", "+%a, %d %b %Y %H:%M:%S GMT"]).output();
            let date = String::from_utf8(now.unwrap().stdout).unwrap();
            let head = format!("HTTP/1.1 404 Not Found\r\nDate: {}\r\n", date.trim());
            let _ =
                line.write_all(format!("{head}Content-Length: 0\r\nConnection: close\r\n\r\n").as_bytes());
        }
    });
    url
}

#[test]
fn a_clock_that_is_wrong() {
    let mut patient = Patient::new();
    patient.clock = Some("-9000d");
    patient.examine().complains("clock", "long ago", "timedatectl set-ntp true");
    patient.more = format!("[box]\ndev_sno = \"X\"\nlogin_url = \"{}\"\n", timekeeper());
    for (clock, found) in [("-1d", "behind the platform's"), ("+1d", "ahead of the platform's")] {
        patient.clock = Some(clock);
        patient.examine().complains("clock", found, "set the clock that is wrong");
    }
    patient.clock = None;
    assert!(patient.examine().problems("clock").is_empty());
}
