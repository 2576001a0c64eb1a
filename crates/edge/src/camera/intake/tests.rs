//! The queue is fair, bounded, and loses nothing a source wants kept.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use proptest::prelude::*;

use super::{Intake, MOST, PATIENT};
use crate::camera::{Capture, Card, Image};
use crate::config;

fn capture(camera: &str, source: usize, bytes: usize) -> Capture {
    let settings: config::Camera =
        serde_json::from_value(serde_json::json!({"name": camera, "kind": "file"})).unwrap();
    Capture {
        kept: None,
        camera: Arc::new(Card::of(&settings)),
        taken_at: 0,
        image: Image::Encoded(vec![0; bytes]),
        source: source.to_string(),
        grab_fiqa_info: serde_json::Map::new(),
        receipt: None,
    }
}

#[tokio::test]
async fn cameras_are_served_in_turn() {
    let intake = Intake::default();
    for n in 0..10 {
        intake.offer(capture("busy", n, 1));
    }
    intake.offer(capture("quiet", 0, 1));
    let mut order = Vec::new();
    for _ in 0..3 {
        order.push(intake.next().await.unwrap().camera.name.clone());
    }
    assert_eq!(order, ["busy", "quiet", "busy"]);
}

#[tokio::test]
async fn the_busiest_camera_gives_way_oldest_first() {
    let intake = Intake::default();
    intake.offer(capture("quiet", 0, 1));
    for n in 0..MOST + 5 {
        intake.offer(capture("busy", n, 1));
    }
    assert_eq!(intake.waiting(), MOST);
    assert_eq!((intake.dropped("busy"), intake.dropped("quiet")), (6, 0));
    let first = loop {
        let next = intake.next().await.unwrap();
        if next.camera.name == "busy" {
            break next;
        }
    };
    assert_eq!(first.source, "6");
}

#[tokio::test]
async fn a_patient_source_waits_and_loses_nothing() {
    let intake = Arc::new(Intake::default());
    let feeder = tokio::spawn({
        let intake = intake.clone();
        async move {
            for n in 0..20 {
                intake.put(capture("folder", n, 1)).await;
            }
        }
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(intake.waiting(), PATIENT);
    for n in 0..MOST * 2 {
        intake.offer(capture("live", n, 1));
    }
    let mut seen = Vec::new();
    while seen.len() < 20 {
        let next = intake.next().await.unwrap();
        if next.camera.name == "folder" {
            seen.push(next.source.parse::<usize>().unwrap());
        }
    }
    feeder.await.unwrap();
    assert_eq!(seen, (0..20).collect::<Vec<_>>());
}

#[tokio::test]
async fn closing_ends_every_wait() {
    let intake = Arc::new(Intake::default());
    let mut waiting = tokio::task::JoinSet::new();
    for _ in 0..3 {
        let intake = intake.clone();
        waiting.spawn(async move { intake.next().await.is_none() });
    }
    tokio::time::sleep(Duration::from_millis(20)).await;
    intake.close();
    while let Some(ended) = tokio::time::timeout(Duration::from_secs(60), waiting.join_next()).await.unwrap()
    {
        assert!(ended.unwrap());
    }
    intake.put(capture("late", 0, 1)).await;
    assert_eq!(intake.waiting(), 0);
}

/// What may happen to the queue.
#[derive(Debug, Clone)]
enum Step {
    Offer(u8),
    Put(u8),
    Next,
    Forget(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0u8..5).prop_map(Step::Offer),
        1 => (0u8..5).prop_map(Step::Put),
        4 => Just(Step::Next),
        1 => (0u8..5).prop_map(Step::Forget),
    ]
}

/// The queue said in the simplest words: per camera what waits, oldest first, and whether it is kept.
#[derive(Default)]
struct Model {
    lines: BTreeMap<u8, Vec<(usize, bool)>>,
    dropped: BTreeMap<u8, u64>,
    /// Which others were served since a waiting camera's last turn.
    passed_by: BTreeMap<u8, Vec<u8>>,
}

impl Model {
    fn waiting(&self) -> usize {
        self.lines.values().map(Vec::len).sum()
    }

    fn live(&self, camera: u8) -> usize {
        self.lines.get(&camera).map_or(0, |line| line.iter().filter(|(_, kept)| !kept).count())
    }

    fn most_live(&self) -> usize {
        self.lines.keys().map(|camera| self.live(*camera)).max().unwrap_or(0)
    }

    fn push(&mut self, camera: u8, number: usize, kept: bool) {
        let line = self.lines.entry(camera).or_default();
        line.push((number, kept));
        if line.len() == 1 {
            self.passed_by.insert(camera, Vec::new());
        }
    }

    /// A picture gave way: its camera had the most live ones, and it was the oldest of them.
    fn drop_oldest(&mut self, camera: u8) -> Result<(), TestCaseError> {
        prop_assert_eq!(self.live(camera), self.most_live());
        let line = self.lines.entry(camera).or_default();
        let at = line.iter().position(|(_, kept)| !kept).unwrap();
        line.remove(at);
        *self.dropped.entry(camera).or_default() += 1;
        Ok(())
    }

    /// A picture was served: the oldest of its line, and nobody who waits saw one camera served twice.
    fn served(&mut self, camera: u8, number: usize) -> Result<(), TestCaseError> {
        prop_assert_eq!(self.lines.get_mut(&camera).unwrap().remove(0).0, number);
        for (other, seen) in &mut self.passed_by {
            if *other != camera && self.lines.get(other).is_some_and(|line| !line.is_empty()) {
                prop_assert!(
                    !seen.contains(&camera),
                    "camera {} waits while {} is served twice",
                    other,
                    camera
                );
                seen.push(camera);
            }
        }
        self.passed_by.insert(camera, Vec::new());
        Ok(())
    }

    fn forget(&mut self, camera: u8) {
        self.lines.remove(&camera);
        self.dropped.remove(&camera);
        self.passed_by.remove(&camera);
        // Whoever comes back is somebody new.
        self.passed_by.values_mut().for_each(|seen| seen.retain(|other| *other != camera));
    }
}

/// Offers a picture to both and finds out which camera's picture gave way.
fn offer(intake: &Intake, model: &mut Model, camera: u8, number: usize) -> Result<(), TestCaseError> {
    let counts = || (0..5u8).map(|c| intake.dropped(&c.to_string())).collect::<Vec<_>>();
    let full = model.waiting() >= MOST && model.most_live() > 0;
    let before = counts();
    intake.offer(capture(&camera.to_string(), number, 1));
    let after = counts();
    for other in (0..5u8).filter(|c| after[usize::from(*c)] > before[usize::from(*c)]) {
        model.drop_oldest(other)?;
    }
    prop_assert_eq!(after.iter().sum::<u64>() - before.iter().sum::<u64>(), u64::from(full));
    model.push(camera, number, false);
    Ok(())
}

proptest! {
    #[test]
    fn it_is_fair_while_cameras_come_and_go(steps in prop::collection::vec(step(), 1..400)) {
        let (intake, mut model) = (Intake::default(), Model::default());
        for (number, step) in steps.into_iter().enumerate() {
            match step {
                Step::Offer(camera) => offer(&intake, &mut model, camera, number)?,
                Step::Put(camera) => {
                    let mine = model.lines.get(&camera).map_or(0, Vec::len);
                    let taken = intake.put(capture(&camera.to_string(), number, 1)).now_or_never().is_some();
                    prop_assert_eq!(taken, mine == 0 || (mine < PATIENT && model.waiting() < MOST));
                    if taken {
                        model.push(camera, number, true);
                    }
                }
                Step::Next => match intake.next().now_or_never().flatten() {
                    Some(next) => model.served(next.camera.name.parse().unwrap(), next.source.parse().unwrap())?,
                    None => prop_assert_eq!(model.waiting(), 0),
                },
                Step::Forget(camera) => {
                    intake.forget(&camera.to_string());
                    model.forget(camera);
                }
            }
            prop_assert_eq!(intake.waiting(), model.waiting());
            for camera in 0..5u8 {
                let counted = model.dropped.get(&camera).copied().unwrap_or(0);
                prop_assert_eq!(intake.dropped(&camera.to_string()), counted);
            }
        }
    }

    #[test]
    fn bytes_and_number_stay_bounded(sizes in prop::collection::vec((0u8..4, 1usize..9_000_000), 1..80)) {
        let intake = Intake::default();
        for (n, (camera, bytes)) in sizes.into_iter().enumerate() {
            intake.offer(capture(&camera.to_string(), n, bytes));
            let lines = intake.lock();
            let bytes: usize = lines.all.iter().flat_map(|l| &l.waiting).map(|(c, _)| c.image.bytes()).sum();
            prop_assert_eq!(bytes, lines.bytes);
            prop_assert!(lines.waiting <= MOST && (lines.waiting == 1 || bytes <= super::MOST_BYTES));
        }
    }
}
