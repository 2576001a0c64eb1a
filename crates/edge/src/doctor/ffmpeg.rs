//! `ffmpeg`, which decodes streams and videos: there, and built with what cameras speak.

use std::io::ErrorKind;
use std::time::Duration;

use futures_util::FutureExt as _;

use super::facts::Facts;
use super::{Check, Finding, Level, tool};
use crate::camera::ffmpeg as player;
use crate::config::CameraKind;

/// How long it may take to say what it can do.
const LIMIT: Duration = Duration::from_secs(10);

/// What to do about one that does not serve.
pub(super) const INSTALL: &str =
    "install ffmpeg 5.1 or newer: apt-get install ffmpeg on Debian 12 or Ubuntu 22.10 and later";

pub(super) const CHECK: Check = Check { name: "ffmpeg", look: |facts: &Facts| look(facts).boxed() };

async fn look(facts: &Facts) -> Vec<Finding> {
    let needed = is_needed(facts);
    let lacking = |found: String, advice: &str| {
        let advice = if needed {
            advice.to_owned()
        } else {
            format!("{advice}; only rtsp cameras and videos need it")
        };
        let level = if needed { Level::Problem } else { Level::Warning };
        vec![Finding { level, ..Finding::ok("ffmpeg", found).advice(advice) }]
    };
    let version = match tool::run("ffmpeg", &["-version"], LIMIT).await {
        Ok(done) => String::from_utf8_lossy(&done.stdout).lines().next().unwrap_or_default().to_owned(),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return lacking("not on the PATH".to_owned(), "install it: apt-get install ffmpeg");
        }
        Err(error) => {
            return lacking(format!("cannot be run: {error}"), "install it again: apt-get install ffmpeg");
        }
    };
    let version = version.split(" Copyright").next().unwrap_or_default().to_owned();
    if is_too_old().await {
        return lacking(
            format!("{version}; ffmpeg 5.1 or newer is needed, no stream works with this"),
            INSTALL,
        );
    }
    let missing = missing().await;
    if missing.is_empty() {
        return vec![Finding::ok("ffmpeg", format!("{version}, with rtsp, h264, hevc and mjpeg"))];
    }
    lacking(
        format!("{version}, without {}", missing.join(", ")),
        "this build cannot read every camera; install the distribution's: apt-get install ffmpeg",
    )
}

fn is_needed(facts: &Facts) -> bool {
    facts.cameras.iter().any(|camera| match camera.kind {
        CameraKind::Rtsp => true,
        CameraKind::File => camera.path.as_deref().is_some_and(|path| path.is_file()),
        CameraKind::Ftp | CameraKind::Pad => false,
    })
}

/// Whether it refuses what the box says to it; one frame of its own making tells.
async fn is_too_old() -> bool {
    let own = ["-nostdin", "-hide_banner", "-loglevel", "error", "-f", "lavfi", "-i", "color=size=16x16"];
    let output = player::output(1.0);
    let mut arguments: Vec<&str> = own.to_vec();
    arguments.extend(["-frames:v", "1"]);
    arguments.extend(output.iter().map(String::as_str));
    let run = tool::run("ffmpeg", &arguments, LIMIT).await;
    run.is_ok_and(|done| !done.status.success() && player::is_too_old(&String::from_utf8_lossy(&done.stderr)))
}

/// What the build lacks of what cameras speak.
async fn missing() -> Vec<&'static str> {
    let list = async |argument| match tool::run("ffmpeg", &["-hide_banner", argument], LIMIT).await {
        Ok(done) => String::from_utf8_lossy(&done.stdout).into_owned(),
        Err(_) => String::new(),
    };
    let (inputs, decoders) = (list("-demuxers").await, list("-decoders").await);
    let knows =
        |text: &str, name: &str| text.lines().any(|line| line.split_whitespace().nth(1) == Some(name));
    let wanted = [(&inputs, "rtsp"), (&decoders, "h264"), (&decoders, "hevc"), (&decoders, "mjpeg")];
    wanted.into_iter().filter(|(text, name)| !knows(text, name)).map(|(_, name)| name).collect()
}
