//! Cameras: each can be reached, and a stream can be opened.

use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use tokio::net::TcpStream;
use url::Url;

use super::facts::Facts;
use super::{Check, Finding};
use crate::camera::rtsp::{self, Cause};
use crate::camera::without_password;
use crate::config::{Camera, CameraKind};

/// How long a camera may take to accept a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// How long a stream may take to show its first frame.
const FIRST_FRAME: Duration = Duration::from_secs(15);
/// Where RTSP is spoken by custom.
const RTSP: u16 = 554;

pub(super) const CHECK: Check = Check { name: "cameras", look: |facts: &Facts| look(facts).boxed() };

async fn look(facts: &Facts) -> Vec<Finding> {
    if facts.cameras.is_empty() {
        return vec![
            Finding::warning("cameras", "there are none")
                .advice("add one: a [[camera]] in the configuration, or POST /api/v1/cameras"),
        ];
    }
    join_all(facts.cameras.iter().map(|camera| one(facts, camera))).await
}

async fn one(facts: &Facts, camera: &Camera) -> Finding {
    let name = camera.name.as_str();
    match camera.kind {
        CameraKind::File => file(facts, camera),
        CameraKind::Rtsp => stream(facts, camera).await,
        CameraKind::Ftp => Finding::ok(name, "delivers by FTP, nothing to reach"),
        CameraKind::Pad => Finding::ok(name, "delivers by itself, nothing to reach"),
    }
}

fn file(facts: &Facts, camera: &Camera) -> Finding {
    let name = camera.name.as_str();
    let Some(path) = camera.path.as_deref() else {
        return Finding::problem(name, "has no path").advice("give it one: path = \"frames/\"");
    };
    if let Err(error) = camera.check_place(&facts.config.data_dir) {
        return Finding::problem(name, error.to_string())
            .advice("put its pictures elsewhere, and set path to that");
    }
    let shown = path.display();
    if path.is_file() {
        return match std::fs::File::open(path) {
            Ok(_) => Finding::ok(name, format!("video {shown} can be read")),
            Err(error) => Finding::problem(name, format!("video {shown} cannot be read: {error}"))
                .advice("make it readable for the account the box runs under"),
        };
    }
    match std::fs::read_dir(path) {
        Ok(_) => Finding::ok(name, format!("folder {shown} can be read")),
        Err(error) => Finding::problem(name, format!("{shown} cannot be read: {error}")).advice(
            "make the folder, readable and writable for the account the box runs under, or correct path",
        ),
    }
}

async fn stream(facts: &Facts, camera: &Camera) -> Finding {
    let name = camera.name.as_str();
    let Some(url) = camera.url.as_deref().and_then(|text| Url::parse(text).ok()) else {
        return Finding::problem(name, "its url cannot be read").advice("expected rtsp://host[:port]/path");
    };
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let port = url.port().unwrap_or(RTSP);
    let reached = match tokio::time::timeout(CONNECT, TcpStream::connect((host.as_str(), port))).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no answer within {} s", CONNECT.as_secs())),
    };
    if let Err(reason) = reached {
        return Finding::problem(name, format!("{host}:{port} cannot be reached: {reason}")).advice(
            "is the camera on, and in this network? `ping` its address, and look whether RTSP is switched on",
        );
    }
    if facts.running {
        return Finding::ok(name, format!("{host}:{port} answers; the box that runs says how its stream is"));
    }
    open(name, &without_password(url.as_str()), camera).await
}

/// Waits for the first picture, as the box itself would: what gives a password away reaches ffmpeg by no command line.
async fn open(name: &str, shown: &str, camera: &Camera) -> Finding {
    match rtsp::first_picture(camera, FIRST_FRAME).await {
        Ok(()) => Finding::ok(name, format!("{shown} shows a picture")),
        Err(fault) => Finding::problem(name, format!("{shown} cannot be opened: {}", fault.reason))
            .advice(advice(fault.cause)),
    }
}

fn advice(cause: Cause) -> &'static str {
    match cause {
        Cause::Account => "user or password is wrong: set user and password as the camera has them",
        Cause::Path => {
            "the camera has no stream of this path: look for it in the camera's own page, or let ONVIF discovery tell"
        }
        Cause::Ffmpeg => super::ffmpeg::INSTALL,
        Cause::Other => "play it with another program, and look at the camera's own page",
    }
}
