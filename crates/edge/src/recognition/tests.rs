//! From real photos in a folder to events and doors.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use protocol::FiqaLevel;
use runtime::Lifecycle;
use runtime::testing::wait_until;
use serde_json::{Value, json};

use super::Recognition;
use crate::camera::{Cameras, Intake};
use crate::config::{self, Config};
use crate::decision::{Band, Flag, Gate, Record, Verdict};
use crate::door::{Action, Doors};
use crate::event_log::EventLog;
use crate::people::{Face, People};
use crate::store::Store;
use crate::testing::{Receiver, engine, faces, photos};

const SOON: Duration = Duration::from_secs(90);

/// A place with one camera over a folder.
pub(super) struct Place {
    directory: tempfile::TempDir,
    life: Lifecycle,
    people: Arc<People>,
    pub(super) events: EventLog,
    pub(super) recognition: Recognition,
}

impl Place {
    pub(super) async fn open(camera: Value) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let frames = directory.path().join("frames");
        std::fs::create_dir(&frames).unwrap();
        let mut settings = json!({"name": "front", "kind": "file", "path": frames, "door": {"kind": "log"}});
        settings.as_object_mut().unwrap().extend(camera.as_object().unwrap().clone());
        let config = Config { camera: vec![serde_json::from_value(settings).unwrap()], ..Config::default() };
        let life = Lifecycle::new(Duration::from_secs(20));
        let engine = engine();
        let store = Store::open(&directory.path().join("data")).unwrap();
        let people = People::open(store.clone(), engine.gallery(), engine.pack_id(), 100).await.unwrap();
        let events = EventLog::open(store, 100).await.unwrap();
        let intake = Arc::new(Intake::default());
        let recognition = Recognition::start(
            &life,
            &config.recognition,
            engine,
            people.clone(),
            events.clone(),
            intake.clone(),
            Arc::new(Doors::new(&life).unwrap()),
        );
        Cameras::start(&life, &config.camera, &intake);
        Self { directory, life, people, events, recognition }
    }

    pub(super) async fn enrol(&self, id: &str, photo: &Path, info: Value) {
        let photo = std::fs::read(photo).unwrap();
        let judged = engine().judge(&photo, FiqaLevel::Low).unwrap();
        let mut person =
            json!({"identity_id": id, "info": {"name": format!("person {id}"), "permission_ids": ["0"]}});
        person["info"].as_object_mut().unwrap().extend(info.as_object().unwrap().clone());
        let face = Face { template: judged.template, photo, crop: judged.crop_jpeg };
        self.people.upsert(&serde_json::from_value(person).unwrap(), Some(face), None).await.unwrap();
    }

    /// Lets somebody walk past: the photo appears in the camera's folder.
    fn show(&self, photo: &Path, name: &str) {
        let frames = self.directory.path().join("frames");
        std::fs::copy(photo, frames.join(format!("{name}.tmp"))).unwrap();
        std::fs::rename(frames.join(format!("{name}.tmp")), frames.join(name)).unwrap();
    }

    /// Waits until `number` pictures were judged and returns the events, oldest first.
    async fn judged(&self, number: u64) -> Vec<Record> {
        let done =
            || async { self.recognition.counters().captures >= number && self.files("frames").is_empty() };
        assert!(wait_until(SOON, done).await, "{:?}", self.recognition.counters());
        let mut events: Vec<Record> =
            self.events.latest(100).await.unwrap().into_iter().map(|event| event.record).collect();
        events.reverse();
        events
    }

    fn files(&self, folder: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.directory.path().join(folder)).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
        names.filter(|name| !name.starts_with('.')).collect()
    }

    pub(super) async fn close(self) {
        assert_eq!(self.life.finish().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_known_person_opens_the_door_once_per_interval() {
    let place = Place::open(json!({"duplicate_interval": 600})).await;
    let photos = photos();
    place.enrol("1", &photos.one[0], json!({})).await;
    place.show(&photos.one[1], "walk1.jpg");
    let events = place.judged(1).await;
    let [event] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(
        (event.verdict, event.identity_id.as_str(), event.identity_name.as_str()),
        (Verdict::LetIn, "1", "person 1")
    );
    assert_eq!(
        (event.door.driver.as_str(), event.door.action, event.door.result.as_str()),
        ("log", Action::Open, "ok")
    );
    assert_eq!(event.person_type, 1);
    let trace = &event.trace;
    assert!(event.score >= trace.thresholds.door_score && event.score <= 1.0, "{event:?}");
    assert_eq!((trace.candidates[0].identity_id.as_str(), trace.thresholds.enrolled), ("1", 1));
    assert_eq!((trace.source.as_str(), trace.gate), ("walk1.jpg", Gate::Certainty));
    assert!(place.events.latest(1).await.unwrap()[0].spot.as_ref().unwrap().starts_with(&[0xff, 0xd8]));
    place.show(&photos.one[0], "walk2.jpg");
    assert_eq!(place.judged(2).await.len(), 1, "the same person within the interval");
    assert_eq!(place.recognition.counters().repeated, 1);
    assert_eq!(place.files("frames/.taken").len(), 2);
    place.close().await;
}

#[tokio::test]
async fn a_picture_whose_event_cannot_be_stored_is_kept_and_its_door_is_asked_once() {
    let door = Receiver::start(|_, _| (200, String::new())).await;
    let place = Place::open(json!({"door": {"kind": "http", "url": door.url("/open")}})).await;
    let photos = photos();
    place.enrol("1", &photos.one[0], json!({})).await;
    let sql = |text: &'static str| place.events.store().write(move |db| Ok(db.execute_batch(text)?));
    sql("CREATE TRIGGER refuse BEFORE INSERT ON event BEGIN SELECT RAISE(FAIL, 'no'); END").await.unwrap();
    place.show(&photos.one[1], "walk.jpg");
    place.show(&photos.other, "stranger.jpg");
    let tried = || async { place.recognition.counters().captures >= 2 && !door.got("/open").is_empty() };
    assert!(wait_until(SOON, tried).await, "{:?}", place.recognition.counters());
    // Both have had their turn by the next round.
    assert!(wait_until(SOON, || async { place.recognition.counters().captures >= 4 }).await);
    assert_eq!(place.files("frames").len(), 2, "the pictures stay");
    assert_eq!(place.recognition.counters().lost, 0);
    assert_eq!(place.events.ring().await.unwrap().lost, 0, "nothing is lost yet");
    sql("DROP TRIGGER refuse").await.unwrap();

    let events = place.judged(2).await;
    assert_eq!(events.len(), 2, "{events:?}");
    let known = events.iter().find(|event| event.identity_id == "1").unwrap();
    assert_eq!((known.door.action, known.door.result.as_str()), (Action::Open, "ok"));
    assert_eq!(door.got("/open").len(), 1, "nobody stands there any more");
    assert_eq!(place.files("frames/.taken").len(), 2);
    place.close().await;
}

#[tokio::test]
async fn a_stranger_is_told_and_the_door_stays_shut() {
    let place = Place::open(json!({"device_type": 1, "duplicate_interval": 600})).await;
    let photos = photos();
    place.show(&photos.other, "nobody-enrolled.jpg");
    let events = place.judged(1).await;
    assert_eq!((events[0].verdict, events[0].reason.as_str()), (Verdict::Stranger, "nobody is enrolled"));
    place.enrol("1", &photos.one[0], json!({})).await;
    place.show(&photos.other, "again.jpg");
    assert_eq!(place.judged(2).await.len(), 1, "the same stranger within the interval");
    place.show(&photos.one[1], "known.jpg");
    let events = place.judged(3).await;
    assert_eq!(
        events.iter().map(|event| event.verdict).collect::<Vec<_>>(),
        [Verdict::Stranger, Verdict::LetIn]
    );
    let stranger = &events[0];
    assert_eq!(
        (stranger.identity_id.as_str(), stranger.identity_name.as_str(), stranger.person_type),
        ("", "stranger", 4)
    );
    assert_eq!(stranger.door.action, Action::None);
    assert!(!stranger.is_match());
    // A capture machine's events carry the quality verdict.
    assert_eq!(stranger.box_fiqa_info["fiqa_result"], json!(true));
    assert!(stranger.box_fiqa_info["info"]["face_size"].as_f64().unwrap() > 28.0);
    place.close().await;
}

#[tokio::test]
async fn who_may_not_pass_is_recognised_and_refused_with_the_reason() {
    let photos = photos();
    let cases = [
        (
            json!({"groups": ["staff"]}),
            json!({}),
            Gate::Group,
            "permission group 0 may not pass here (here: staff)",
        ),
        (json!({}), json!({"type": 3}), Gate::Standing, "on the black list"),
        (json!({}), json!({"valid_until": 1_600_000_000_000_i64}), Gate::Validity, "not valid any more"),
        (json!({}), json!({"valid_from": "4000000000"}), Gate::Validity, "not valid yet"),
    ];
    for (camera, info, gate, reason) in cases {
        let place = Place::open(camera).await;
        place.enrol("1", &photos.one[0], info).await;
        place.show(&photos.one[1], "walk.jpg");
        let events = place.judged(1).await;
        assert_eq!(
            (events[0].verdict, events[0].identity_id.as_str(), events[0].trace.gate),
            (Verdict::Refused, "1", gate)
        );
        assert!(events[0].reason.contains(reason), "{}", events[0].reason);
        assert_eq!(events[0].door.action, Action::None);
        place.close().await;
    }
}

#[tokio::test]
async fn a_picture_that_cannot_be_read_is_moved_aside_and_the_next_one_works() {
    let place = Place::open(json!({})).await;
    let photos = photos();
    place.enrol("1", &photos.one[0], json!({})).await;
    let whole = std::fs::read(&photos.one[1]).unwrap();
    let lies = [&whole[..2], &[0xff, 0xe0, 0, 4, 1, 2], &[0xff, 0xd9]].concat();
    let broken = place.directory.path().join("broken");
    std::fs::write(&broken, lies).unwrap();
    place.show(&broken, "broken.jpg");
    place.show(&photos.one[1], "walk.jpg");
    let events = place.judged(2).await;
    assert_eq!(events.len(), 1);
    assert_eq!(
        (place.recognition.counters().unreadable, place.files("frames/.refused")),
        (1, vec!["broken.jpg".to_owned()])
    );
    place.close().await;
}

#[tokio::test]
async fn thresholds_follow_the_gallery() {
    let place = Place::open(json!({})).await;
    let photos = photos();
    place.enrol("1", &photos.one[0], json!({})).await;
    place.show(&photos.one[1], "one.jpg");
    place.judged(1).await;
    let few = place.recognition.thresholds().unwrap();
    for n in 2..12 {
        place.enrol(&n.to_string(), &photos.other, json!({})).await;
    }
    place.show(&photos.other, "other.jpg");
    let events = place.judged(2).await;
    let many = place.recognition.thresholds().unwrap();
    assert_eq!((few.enrolled, many.enrolled), (1, 11));
    assert!(many.door > few.door && many.door_score > few.door_score);
    // Ten people with one face: nobody knows which of them it is.
    let twin = events.last().unwrap();
    assert_eq!((twin.verdict, twin.trace.gate), (Verdict::Refused, Gate::Certainty), "{}", twin.reason);
    assert_eq!(twin.trace.candidates.len(), 5);
    // They leave again, and nobody passes meanwhile.
    for n in 2..12 {
        place.people.remove(&n.to_string().as_str().into(), None).await.unwrap();
    }
    place.show(&photos.one[0], "again.jpg");
    place.judged(3).await;
    let again = place.recognition.thresholds().unwrap();
    assert_eq!((again.enrolled, again.door), (few.enrolled, few.door));
    place.close().await;
}

#[tokio::test]
async fn somebody_on_the_black_list_is_flagged_and_counted_and_strangers_are_expected() {
    let place = Place::open(json!({})).await;
    let photos = photos();
    place.enrol("1", &photos.one[0], json!({"type": 3})).await;
    place.show(&photos.one[1], "walk.jpg");
    place.show(&photos.other, "stranger.jpg");
    let events = place.judged(2).await;
    let known = events.iter().find(|event| event.is_match()).unwrap();
    assert_eq!(
        (known.verdict, known.trace.flag, known.person_type),
        (Verdict::Refused, Some(Flag::Blacklist), 3)
    );
    assert_eq!(known.door.action, Action::None);
    assert_eq!(known.trace.candidates[0].band, Band::Door);
    let counters = place.recognition.counters();
    assert_eq!((counters.blacklisted, counters.refused, counters.strangers), (1, 1, 1));
    let expected = place.recognition.expected().unwrap();
    assert_eq!((expected.unnamed, expected.unnamed_at_doors), (1, 1));
    let rate = place.recognition.thresholds().unwrap().name_rate;
    assert!((expected.false_names_per_day - 24.0 * rate).abs() < 0.001, "{expected:?}");
    place.close().await;
}

#[tokio::test]
async fn other_settings_count_from_the_next_picture_on() {
    let place = Place::open(json!({})).await;
    let photos = photos();
    place.enrol("1", &photos.one[0], json!({})).await;
    place.show(&photos.one[1], "walk.jpg");
    assert_eq!(place.judged(1).await[0].verdict, Verdict::LetIn);
    let strict = config::Recognition {
        threshold: Some(0.999),
        duplicate_interval: 0.0,
        quality: "low".into(),
        ..config::Recognition::default()
    };
    let (preview, _) = place.recognition.preview(&strict);
    assert!((preview.name - 0.999).abs() < 1e-6 && preview.warning.is_some(), "{preview:?}");
    assert!(place.recognition.thresholds().unwrap().door < 0.99, "a preview changes nothing");
    place.recognition.follow(strict);
    place.show(&photos.one[1], "again.jpg");
    let events = place.judged(2).await;
    let last = events.last().unwrap();
    assert_eq!((events.len(), last.trace.quality.level.as_str()), (2, "low"));
    assert!(!last.is_match() && last.verdict != Verdict::LetIn, "{}", last.reason);
    assert_eq!(last.trace.candidates[0].identity_id, "1");
    place.close().await;
}

#[tokio::test]
async fn the_box_stops_while_pictures_wait_and_leaves_them_where_they_are() {
    let place = Place::open(json!({})).await;
    let photos = photos();
    for n in 0..30 {
        place.show(&photos.one[n % 2], &format!("{n}.jpg"));
    }
    assert!(wait_until(SOON, || async { place.recognition.counters().captures >= 2 }).await);
    let Place { directory, life, .. } = place;
    let begun = std::time::Instant::now();
    assert_eq!(life.finish().await, Vec::<String>::new());
    assert!(begun.elapsed() < Duration::from_secs(20));
    let frames = directory.path().join("frames");
    let count = |folder: &Path| {
        let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        names.filter(|name| name.to_string_lossy().ends_with(".jpg")).count()
    };
    assert_eq!(count(&frames) + count(&frames.join(".taken")), 30, "no picture is lost");
    assert_eq!(count(&frames.join(".refused")), 0);
}

#[tokio::test]
async fn every_face_of_a_group_is_judged() {
    // Needs a photo of several people; those that set-up fetches show one each.
    let Some(faces) = faces() else { return };
    let place = Place::open(json!({})).await;
    place.show(&faces.join("groups/000_5.jpg"), "group.jpg");
    let events = place.judged(1).await;
    assert_eq!(events.len(), 5, "{:?}", place.recognition.counters());
    assert!(events.iter().all(|event| event.trace.faces == 5 && event.verdict != Verdict::LetIn));
    let moments: std::collections::BTreeSet<i64> = events.iter().map(|event| event.taken_at).collect();
    assert_eq!(moments.len(), 5, "a receiver must be able to tell the strangers of one picture apart");
    place.close().await;
}

#[tokio::test]
async fn somebody_in_a_video_is_recognised_once() {
    let photos = photos();
    let folder = tempfile::tempdir().unwrap();
    let video = folder.path().join("walk.mp4");
    let made = std::process::Command::new("ffmpeg")
        .args(["-v", "error", "-loop", "1", "-framerate", "10", "-t", "2", "-i"])
        .arg(&photos.one[1])
        .args(["-vf", "scale=640:-2", "-c:v", "mpeg4", "-q:v", "2"])
        .arg(&video)
        .status();
    assert!(made.expect("ffmpeg is not installed: run scripts/setup").success());
    let place = Place::open(json!({"path": video, "name": "hall", "duplicate_interval": 600})).await;
    place.enrol("1", &photos.one[0], json!({})).await;
    let seen = || async {
        let counters = place.recognition.counters();
        counters.let_in >= 1 && counters.repeated >= 2
    };
    assert!(wait_until(SOON, seen).await, "{:?}", place.recognition.counters());
    let events = place.judged(4).await;
    let let_in: Vec<&Record> = events.iter().filter(|event| event.verdict == Verdict::LetIn).collect();
    let [event] = let_in.as_slice() else { panic!("{events:?}") };
    assert!(event.trace.source.starts_with("frame ") && event.camera == "hall");
    place.close().await;
}
