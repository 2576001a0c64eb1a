//! From a film of somebody who walks past to one event.

use std::path::{Path, PathBuf};
use std::time::Duration;

use runtime::testing::{Codec, wait_until};
use serde_json::json;

use super::super::tests::Place;
use crate::decision::{Record, Verdict};
use crate::testing::photos;

/// Nothing that works takes this long, however busy the machine is.
const LONG: Duration = Duration::from_secs(90);

/// A photo that moves through the picture from left to right for five seconds.
async fn walk(photo: &Path, folder: &Path) -> PathBuf {
    let filter = "scale=-2:480,pad=iw+600:480:300:0:color=gray,crop=640:480:'max(0,iw-640)*(1-t/5)':0";
    Codec::H264.encode(&["-loop", "1", "-framerate", "10"], photo, filter, 5, folder).await.unwrap()
}

/// The events of a film, once it has ended and the last walk was judged.
async fn events(place: &Place) -> Vec<Record> {
    let ended = || async { place.recognition.counters().captures >= 35 };
    assert!(wait_until(LONG, ended).await, "{:?}", place.recognition.counters());
    let told = || async { !place.events.latest(1).await.unwrap().is_empty() };
    assert!(wait_until(LONG, told).await, "{:?}", place.recognition.counters());
    // A walk that was not judged yet is judged when it is lost.
    tokio::time::sleep(Duration::from_secs(3)).await;
    place.events.latest(100).await.unwrap().into_iter().map(|event| event.record).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_walk_makes_one_event_of_its_best_shot() {
    let (folder, photos) = (tempfile::tempdir().unwrap(), photos());
    let film = walk(&photos.one[1], folder.path()).await;
    // Without following, every frame would make an event.
    let camera = json!({"device_type": 3, "path": film, "duplicate_interval": 0.0});
    let place = Place::open(camera).await;
    place.enrol("1", &photos.one[0], json!({})).await;
    let events = events(&place).await;
    let [event] = events.as_slice() else { panic!("{events:#?}") };
    assert_eq!(
        (event.verdict, event.identity_id.as_str(), event.device_type.as_str()),
        (Verdict::LetIn, "1", "3")
    );
    assert_eq!(event.door.result, "ok");
    assert_eq!(event.trace.picture, [640, 480], "the whole frame's size, not that of the part that was kept");
    let [left, top, right, bottom] = event.trace.bbox;
    assert!(left < right && right <= 660 && top < bottom && bottom <= 500, "{:?}", event.trace.bbox);
    assert!(place.events.latest(1).await.unwrap()[0].spot.is_some());
    let counters = place.recognition.counters();
    assert_eq!((counters.faces, counters.repeated), (1, 0), "more was judged than the best shot");
    place.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_who_walks_past_is_told_once() {
    let (folder, photos) = (tempfile::tempdir().unwrap(), photos());
    let film = walk(&photos.other, folder.path()).await;
    let place = Place::open(json!({"device_type": 3, "path": film, "duplicate_interval": 0.0})).await;
    place.enrol("1", &photos.one[0], json!({})).await;
    let events = events(&place).await;
    let [event] = events.as_slice() else { panic!("{events:#?}") };
    assert!(matches!(event.verdict, Verdict::Stranger | Verdict::Possible), "{event:?}");
    assert!(event.trace.source.contains("best of"), "{}", event.trace.source);
    place.close().await;
}
