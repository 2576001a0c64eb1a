//! The queue is fair, bounded, and loses nothing a source wants kept.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;

use super::{Intake, MOST, PATIENT};
use crate::camera::{Capture, Card, Image};
use crate::config;

fn capture(camera: &str, source: usize, bytes: usize) -> Capture {
    let settings: config::Camera =
        serde_json::from_value(serde_json::json!({"name": camera, "kind": "file"})).unwrap();
    Capture {
        camera: Arc::new(Card::of(&settings)),
        taken_at: 0,
        image: Image::Encoded(vec![0; bytes]),
        source: source.to_string(),
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
    while let Some(ended) = tokio::time::timeout(Duration::from_secs(2), waiting.join_next()).await.unwrap() {
        assert!(ended.unwrap());
    }
    intake.put(capture("late", 0, 1)).await;
    assert_eq!(intake.waiting(), 0);
}

proptest! {
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
