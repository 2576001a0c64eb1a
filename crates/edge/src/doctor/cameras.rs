//! Cameras: each can be reached, and a stream can be opened.

use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use tokio::net::TcpStream;
use url::Url;

use super::facts::Facts;
use super::{Check, Finding, tool};
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
        return Finding::problem(name, error).advice("put its pictures elsewhere, and set path to that");
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
    let Some(mut url) = camera.url.as_deref().and_then(|text| Url::parse(text).ok()) else {
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
    if let Some(user) = &camera.user {
        let _ = url.set_username(user);
        let _ = url.set_password(camera.password.as_deref());
    }
    open(name, &url, camera).await
}

/// Lets ffmpeg read one frame.
async fn open(name: &str, url: &Url, camera: &Camera) -> Finding {
    let shown = without_password(url.as_str());
    let arguments = [
        "-nostdin",
        "-hide_banner",
        "-loglevel",
        "error",
        "-rtsp_transport",
        "tcp",
        "-i",
        url.as_str(),
        "-map",
        "0:v:0",
        "-frames:v",
        "1",
        "-f",
        "null",
        "-",
    ];
    match tool::run("ffmpeg", &arguments, FIRST_FRAME).await {
        Ok(done) if done.status.success() => Finding::ok(name, format!("{shown} shows a picture")),
        Ok(done) => {
            let said = without_secrets(&tool::last_line(&done.stderr), url, camera);
            Finding::problem(name, format!("{shown} cannot be opened: {said}")).advice(advice(&said))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Finding::warning(
            name,
            format!("{shown}: its port answers; without ffmpeg the stream cannot be opened"),
        )
        .advice("install ffmpeg"),
        Err(error) => Finding::problem(name, format!("{shown} shows no picture: {error}"))
            .advice("play it with another program, and look at the camera's own page"),
    }
}

fn advice(said: &str) -> &'static str {
    if ["401 Unauthorized", "403 Forbidden"].iter().any(|refusal| said.contains(refusal)) {
        "user or password is wrong: set user and password as the camera has them"
    } else if said.contains("404 Not Found") {
        "the camera has no stream of this path: look for it in the camera's own page, or let ONVIF discovery tell"
    } else {
        "play it with another program, and look at the camera's own page"
    }
}

fn without_secrets(text: &str, url: &Url, camera: &Camera) -> String {
    let secrets =
        [url.password().map(str::to_owned), camera.password.clone(), url.query().map(str::to_owned)];
    secrets
        .into_iter()
        .flatten()
        .filter(|secret| !secret.is_empty())
        .fold(text.replace(url.as_str(), &without_password(url.as_str())), |text, secret| {
            text.replace(&secret, "***")
        })
}
