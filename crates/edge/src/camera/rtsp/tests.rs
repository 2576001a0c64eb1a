//! The driver against a real RTSP server: what it delivers, and what it says when something is wrong.

use std::sync::Arc;
use std::time::Duration;

use runtime::Lifecycle;
use runtime::testing::{Codec, RtspCamera, wait_until};
use serde_json::{Value, json};

use crate::camera::{Cameras, Capture, Health, Image, Intake};
use crate::testing::photos;

/// Nothing that works takes this long, however busy the machine is.
const LONG: Duration = Duration::from_secs(90);

struct Site {
    life: Lifecycle,
    intake: Arc<Intake>,
    cameras: Cameras,
}

fn watch(url: &str, more: &Value) -> Site {
    let mut settings = json!({"name": "hall", "kind": "rtsp", "url": url});
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let life = Lifecycle::new(Duration::from_secs(20));
    let intake = Arc::new(Intake::default());
    let cameras = Cameras::start(&life, &[serde_json::from_value(settings).unwrap()], &intake);
    Site { life, intake, cameras }
}

impl Site {
    async fn next(&self) -> Capture {
        let next = tokio::time::timeout(LONG, self.intake.next()).await;
        next.unwrap_or_else(|_| panic!("no frame: {:?}", self.cameras.status())).unwrap()
    }

    fn reason(&self) -> String {
        match self.cameras.status().swap_remove(0).health {
            Health::Offline { reason } => reason,
            _ => String::new(),
        }
    }

    async fn says(&self, words: &str) {
        let said = wait_until(LONG, || async { self.reason().contains(words) }).await;
        assert!(said, "not \"{words}\" but {:?}", self.cameras.status());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_codec_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let photo = &photos().one[0];
    let mut films = Vec::new();
    for codec in [Codec::H264, Codec::H265, Codec::Mjpeg] {
        films.push((codec, codec.film(photo, (640, 480), 20, folder.path()).await.unwrap()));
    }
    let films: Vec<_> = films.iter().map(|(codec, film)| (format!("{codec:?}"), *codec, film)).collect();
    let served: Vec<_> = films.iter().map(|(name, codec, film)| (&**name, *codec, film.as_path())).collect();
    let camera = RtspCamera::start(Some("op@site:p%w: d"), &served).await.unwrap();
    for (name, ..) in &films {
        let shown = watch(&camera.url(name), &json!({"user": "op@site", "password": "p%w: d", "rate": 2}));
        let first = shown.next().await;
        let Image::Frame(picture) = &first.image else { panic!("not a frame") };
        assert_eq!((picture.width(), picture.height()), (640, 480));
        let faces = crate::testing::engine().detect_in_frame(picture).unwrap();
        assert!(!faces.is_empty(), "{name}: the frame shows nobody");
        assert_eq!(shown.cameras.status()[0].health, Health::Online);
        // Ten frames a second come in, two go on; the first may come at once.
        for _ in 0..12 {
            shown.next().await;
        }
        let begun = shown.next().await.taken_at;
        for _ in 0..3 {
            shown.next().await;
        }
        let last = shown.next().await;
        assert_eq!(last.source, "frame 18");
        let took = last.taken_at - begun;
        assert!(took > 1000, "{name}: {took} ms for four frames");
        assert!(shown.life.finish().await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let film = Codec::H264.film(&photos().one[0], (320, 240), 5, folder.path()).await.unwrap();
    let camera = RtspCamera::start(Some("admin:right"), &[("film", Codec::H264, &film)]).await.unwrap();
    let account = json!({"user": "admin", "password": "right"});
    let cases = [
        (
            camera.url("film"),
            json!({"user": "admin", "password": "s3cret-wrong"}),
            "refuses user or password",
        ),
        (camera.url("film"), json!({}), "wants a user and a password"),
        (camera.url("elsewhere"), account.clone(), "no stream at /elsewhere"),
        (camera.sound(), account, "no video"),
        ("rtsp://127.0.0.1:9/film".to_owned(), json!({}), "refuses the connection"),
        ("rtsp://camera.invalid/film".to_owned(), json!({}), "is not known"),
    ];
    for (url, account, words) in cases {
        let shown = watch(&url, &account);
        shown.says(words).await;
        let status = serde_json::to_string(&shown.cameras.status()).unwrap();
        assert!(!status.contains("s3cret"), "{status}");
        // After a refused password the camera is left alone for minutes; stopping does not wait for that.
        assert!(shown.life.finish().await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_stream_is_noticed_and_a_lost_one_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let film = Codec::H264.film(&photos().one[0], (320, 240), 120, folder.path()).await.unwrap();
    let mut camera = RtspCamera::start(None, &[("film", Codec::H264, &film)]).await.unwrap();
    let shown = watch(&camera.url("film"), &json!({"frozen_after": 3, "rate": 5}));
    shown.next().await;
    camera.freeze().await.unwrap();
    shown.says("frozen").await;
    camera.thaw().await.unwrap();
    let online = || async { shown.cameras.status()[0].health == Health::Online };
    assert!(wait_until(LONG, online).await, "{:?}", shown.cameras.status());
    camera.lose().await;
    shown.says("lost after").await;
    shown.says("refuses the connection").await;
    camera.start_again().await.unwrap();
    assert!(wait_until(LONG, online).await, "{:?}", shown.cameras.status());
    assert!(shown.life.finish().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_password_is_on_a_command_line_and_no_child_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let film = Codec::H264.film(&photos().one[0], (320, 240), 60, folder.path()).await.unwrap();
    let camera =
        RtspCamera::start(Some("admin:s3cret-right"), &[("film", Codec::H264, &film)]).await.unwrap();
    let shown = watch(&camera.url("film"), &json!({"user": "admin", "password": "s3cret-right"}));
    shown.next().await;
    let ours = children();
    assert!(!ours.is_empty());
    assert!(ours.iter().all(|(_, line)| !line.contains("s3cret")), "{ours:?}");
    assert!(shown.life.finish().await.is_empty());
    let gone = || async { ours.iter().all(|(id, _)| !children().iter().any(|(left, _)| left == id)) };
    assert!(wait_until(LONG, gone).await, "{:?}", children());
}

/// The streams' ffmpeg processes of this test process, and their command lines.
fn children() -> Vec<(String, String)> {
    let parent = format!("PPid:\t{}\n", std::process::id());
    let read = |path: std::path::PathBuf| {
        String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).replace('\0', " ")
    };
    std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| {
            let process = entry.ok()?.path();
            let line = read(process.join("cmdline"));
            let is_ours = line.starts_with("ffmpeg") && line.contains("concat");
            (is_ours && read(process.join("status")).contains(&parent))
                .then(|| (process.display().to_string(), line))
        })
        .collect()
}
