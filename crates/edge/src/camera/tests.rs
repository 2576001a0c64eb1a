//! What every kind of camera has to keep, and the folder camera on a real folder.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use runtime::Lifecycle;
use runtime::testing::wait_until;
use serde_json::json;

use super::{Cameras, Capture, DRIVERS, Health, Image, Intake, Receipt, driver};
use crate::config;

/// Nothing that works takes this long, however busy the machine is.
const LONG: Duration = Duration::from_secs(90);

/// The smallest thing that passes for a JPEG by its ends.
const JPEG: [u8; 8] = [0xff, 0xd8, 0xff, 0xe0, 0, 0, 0xff, 0xd9];

fn camera(name: &str, path: &Path) -> config::Camera {
    serde_json::from_value(json!({"name": name, "kind": "file", "path": path})).unwrap()
}

fn start(cameras: &[config::Camera]) -> (Lifecycle, Arc<Intake>, Cameras) {
    let life = Lifecycle::new(Duration::from_secs(30));
    let intake = Arc::new(Intake::default());
    let cameras = Cameras::start(&life, cameras, &intake);
    (life, intake, cameras)
}

async fn next(intake: &Intake) -> Capture {
    tokio::time::timeout(LONG, intake.next()).await.unwrap().unwrap()
}

async fn quiet(intake: &Intake) {
    assert!(tokio::time::timeout(Duration::from_millis(600), intake.next()).await.is_err());
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.retain(|name| !name.starts_with('.'));
    names.sort();
    names
}

#[test]
fn every_driver_is_found_by_its_kind() {
    let kinds: HashSet<_> = DRIVERS.iter().map(|driver| format!("{:?}", driver.kind())).collect();
    assert_eq!(kinds.len(), DRIVERS.len(), "two drivers for one kind");
    for known in DRIVERS {
        assert_eq!(driver(known.kind()).unwrap().kind(), known.kind());
    }
}

#[tokio::test]
async fn a_missing_folder_is_reported_and_harms_nobody() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("one.jpg"), JPEG).unwrap();
    let late = folder.path().join("late");
    let (life, intake, cameras) = start(&[camera("lost", &late), camera("front", folder.path())]);
    assert_eq!(next(&intake).await.camera.name, "front");
    let told = || async {
        let status = cameras.status();
        let is_missed = matches!(&status[0].health, Health::Offline { reason } if reason.contains("late"));
        is_missed && status[1].health == Health::Online
    };
    assert!(wait_until(LONG, told).await, "{:?}", cameras.status());
    // What was missing is found later without a restart.
    std::fs::create_dir(&late).unwrap();
    assert!(wait_until(LONG, || async { cameras.status()[0].health == Health::Online }).await);
    assert!(life.finish().await.is_empty());
}

#[tokio::test]
async fn a_file_leaves_the_folder_once_it_was_judged() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("old.jpg"), JPEG).unwrap();
    let (life, intake, _cameras) = start(&[camera("front", folder.path())]);
    let mut first = next(&intake).await;
    assert_eq!(first.source, "old.jpg");
    assert!(matches!(&first.image, Image::Encoded(bytes) if *bytes == JPEG));
    quiet(&intake).await;
    assert_eq!(names(folder.path()), ["old.jpg"], "a box that dies now looks at it again");
    first.settle(Receipt::Judged(Vec::new()));
    assert!(wait_until(LONG, || async { names(folder.path()).is_empty() }).await);
    assert_eq!(names(&folder.path().join(".taken")), ["old.jpg"]);
    assert!(life.finish().await.is_empty());
}

#[tokio::test]
async fn what_is_no_picture_is_moved_aside() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("notes.txt"), "not a picture").unwrap();
    std::fs::write(folder.path().join("broken.jpg"), JPEG).unwrap();
    std::fs::write(folder.path().join(".hidden.jpg"), JPEG).unwrap();
    std::fs::write(folder.path().join("copy.jpg.part"), JPEG).unwrap();
    std::fs::create_dir(folder.path().join("sub.jpg")).unwrap();
    let (life, intake, _cameras) = start(&[camera("front", folder.path())]);
    let mut broken = next(&intake).await;
    assert_eq!(broken.source, "broken.jpg");
    broken.settle(Receipt::Unreadable("cut off".into()));
    let refused = folder.path().join(".refused");
    assert!(wait_until(LONG, || async { names(&refused) == ["broken.jpg", "notes.txt"] }).await);
    assert_eq!(names(folder.path()), ["copy.jpg.part", "sub.jpg"]);
    quiet(&intake).await;
    assert!(life.finish().await.is_empty());
}

#[tokio::test]
async fn a_file_is_taken_when_it_is_written_to_its_end() {
    use std::io::Write as _;
    let folder = tempfile::tempdir().unwrap();
    let (life, intake, _cameras) = start(&[camera("front", folder.path())]);
    let mut file = std::fs::File::create(folder.path().join("slow.jpg")).unwrap();
    file.write_all(&JPEG[..4]).unwrap();
    quiet(&intake).await;
    file.write_all(&JPEG[4..]).unwrap();
    drop(file);
    let capture = next(&intake).await;
    assert!(matches!(&capture.image, Image::Encoded(bytes) if *bytes == JPEG));
    // Renamed into place: taken at once, and a second file of that name later is another capture.
    std::fs::write(folder.path().join("x.tmp"), JPEG).unwrap();
    std::fs::rename(folder.path().join("x.tmp"), folder.path().join("slow2.jpg")).unwrap();
    assert_eq!(next(&intake).await.source, "slow2.jpg");
    assert!(life.finish().await.is_empty());
}

#[tokio::test]
async fn five_hundred_files_are_taken_once_each_with_few_in_hand() {
    let folder = tempfile::tempdir().unwrap();
    for n in 0..500 {
        std::fs::write(folder.path().join(format!("{n:03}.jpg")), JPEG).unwrap();
    }
    let (life, intake, _cameras) = start(&[camera("front", folder.path())]);
    let mut seen = HashSet::new();
    while seen.len() < 500 {
        let mut capture = next(&intake).await;
        assert!(intake.waiting() <= 4);
        assert!(seen.insert(capture.source.clone()), "{} twice", capture.source);
        capture.settle(Receipt::Judged(Vec::new()));
    }
    assert!(wait_until(LONG, || async { names(folder.path()).is_empty() }).await);
    quiet(&intake).await;
    assert!(life.finish().await.is_empty());
}

fn ffmpeg(arguments: &[&str]) {
    let done = std::process::Command::new("ffmpeg").args(["-v", "error", "-y"]).args(arguments).status();
    assert!(done.expect("ffmpeg is not installed: run scripts/setup").success());
}

#[tokio::test]
async fn a_video_is_played_once_as_frames() {
    let folder = tempfile::tempdir().unwrap();
    let video = folder.path().join("walk.mp4");
    let path = video.to_str().unwrap();
    ffmpeg(&["-f", "lavfi", "-i", "testsrc=size=320x240:rate=10:duration=1", "-c:v", "mpeg4", path]);
    let (life, intake, cameras) = start(&[camera("hall", &video)]);
    let frame = next(&intake).await;
    let Image::Frame(picture) = &frame.image else { panic!("not a frame") };
    assert_eq!((picture.width(), picture.height(), frame.source.as_str()), (320, 240, "frame 1"));
    let ended = || async {
        matches!(&cameras.status()[0].health, Health::Offline { reason } if reason.contains("ended"))
    };
    assert!(wait_until(LONG, ended).await, "{:?}", cameras.status());
    assert!((3..=4).contains(&cameras.status()[0].captures), "{:?}", cameras.status());
    assert!(life.finish().await.is_empty());
}

#[tokio::test]
async fn a_file_that_is_no_video_is_reported_with_ffmpegs_reason() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("walk.mp4");
    std::fs::write(&file, "not a video").unwrap();
    let (life, _intake, cameras) = start(&[camera("hall", &file)]);
    let told = || async {
        matches!(&cameras.status()[0].health, Health::Offline { reason } if reason.contains("ffmpeg: "))
    };
    assert!(wait_until(LONG, told).await, "{:?}", cameras.status());
    assert!(life.finish().await.is_empty());
}

#[tokio::test]
async fn stopping_ends_a_video_in_the_middle() {
    let folder = tempfile::tempdir().unwrap();
    let video = folder.path().join("long.mp4");
    let path = video.to_str().unwrap();
    ffmpeg(&["-f", "lavfi", "-i", "testsrc=size=160x120:rate=5:duration=60", "-c:v", "mpeg4", path]);
    let (life, intake, cameras) = start(&[camera("hall", &video)]);
    next(&intake).await;
    let online = || async { cameras.status()[0].health == Health::Online };
    assert!(wait_until(LONG, online).await, "{:?}", cameras.status());
    let begun = std::time::Instant::now();
    assert!(life.finish().await.is_empty());
    assert!(begun.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn who_asks_hears_of_a_picture_that_gave_way_and_may_give_one_up() {
    let folder = tempfile::tempdir().unwrap();
    let (life, intake, cameras) = start(&[camera("gate", folder.path())]);
    let gate = cameras.outlet("gate").unwrap();
    let mut receipts: Vec<_> =
        (0..65).map(|n| gate.ask(Image::Encoded(JPEG.to_vec()), n.to_string())).collect();
    assert!(receipts.remove(0).await.is_err(), "the oldest gave way to the newest");
    assert_eq!(cameras.status()[0].dropped, 1);
    drop(receipts.remove(0));
    assert!(!next(&intake).await.is_wanted(), "nobody waits for it any more");
    let mut second = next(&intake).await;
    assert!(second.is_wanted());
    second.settle(Receipt::Unreadable("test".into()));
    assert_eq!(receipts.remove(0).await.unwrap(), Receipt::Unreadable("test".into()));
    assert!(life.finish().await.is_empty());
}

#[tokio::test]
async fn a_pad_is_online_when_it_calls() {
    let pad = serde_json::from_value(json!({"name": "gate", "kind": "pad"})).unwrap();
    let (life, _intake, cameras) = start(&[pad]);
    let absent = || async { matches!(cameras.status()[0].health, Health::Offline { .. }) };
    assert!(wait_until(LONG, absent).await, "{:?}", cameras.status());
    cameras.outlet("gate").unwrap().heard();
    assert_eq!(cameras.status()[0].health, Health::Online);
    assert!(life.finish().await.is_empty());
}
