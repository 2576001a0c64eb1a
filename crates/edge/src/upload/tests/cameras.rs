//! What a platform is told of the cameras that come and go: each is believed as it is, and one it does not take holds up no other.

use std::collections::BTreeMap;

use runtime::testing::wait_until;
use serde_json::json;

use super::{OURS, SOON, at, ok, reply, start};
use crate::config;
use crate::testing::{Got, Receiver};

fn pad(name: &str, address: &str) -> config::Camera {
    serde_json::from_value(json!({"name": name, "kind": "pad", "address": address})).unwrap()
}

/// What the platform believes: of each camera the last report it took.
fn believed(platform: &Receiver) -> BTreeMap<String, (i64, String)> {
    let taken = platform.got("/cameras").into_iter().filter(|got| got.accepted);
    taken
        .map(|got| {
            let device = &got.body["deviceInfo"];
            let of = |key: &str| device[key].as_str().unwrap().to_owned();
            (of("epId"), (got.body["actionType"].as_i64().unwrap(), of("epName")))
        })
        .collect()
}

async fn believes(platform: &Receiver, wanted: &[(&str, i64, &str)]) {
    let wanted =
        wanted.iter().map(|(id, action, name)| ((*id).to_owned(), (*action, (*name).to_owned()))).collect();
    let done = wait_until(SOON, || async { believed(platform) == wanted }).await;
    assert!(done, "wanted {wanted:?}, believed {:?}", believed(platform));
}

#[tokio::test]
async fn a_platform_hears_of_every_camera_that_has_gone() {
    let directory = tempfile::tempdir().unwrap();
    let platform =
        Receiver::start(|path, _| if path == "/login" { (200, reply("t0", OURS)) } else { ok() }).await;
    let restart = async |cameras: &[config::Camera]| {
        start(directory.path(), at(&platform), config::Uploads::default(), cameras).await
    };
    let cameras = ["10.0.0.1", "10.0.0.2", "10.0.0.3"].map(|ip| pad(&format!("of {ip}"), ip));
    let running = restart(&cameras).await;
    let (one, two, three) = ("BOX1__10.0.0.1", "BOX1__10.0.0.2", "BOX1__10.0.0.3");
    let all = [(one, 1, "of 10.0.0.1"), (two, 1, "of 10.0.0.2"), (three, 1, "of 10.0.0.3")];
    believes(&platform, &all).await;

    // Another address: another camera there, and the one before has gone.
    running.cameras.remove("of 10.0.0.1").await.unwrap();
    running.cameras.add(pad("of 10.0.0.1", "10.0.0.9")).unwrap();
    let moved = [(one, 2, "of 10.0.0.1"), all[1], all[2], ("BOX1__10.0.0.9", 1, "of 10.0.0.1")];
    believes(&platform, &moved).await;
    // An address that somebody else takes over is still there.
    running.cameras.remove("of 10.0.0.2").await.unwrap();
    running.cameras.add(pad("heir", "10.0.0.2")).unwrap();
    believes(&platform, &[moved[0], (two, 1, "heir"), all[2], moved[3]]).await;
    running.cameras.remove("heir").await.unwrap();
    believes(&platform, &[moved[0], (two, 2, "heir"), all[2], moved[3]]).await;
    running.stop().await;

    // While the box was off.
    let running = restart(&[pad("of 10.0.0.1", "10.0.0.9")]).await;
    let last = [moved[0], (two, 2, "heir"), (three, 2, "of 10.0.0.3"), moved[3]];
    believes(&platform, &last).await;
    let settled = || async {
        let count = |db: &rusqlite::Connection| {
            Ok(db.query_row("SELECT count(*) FROM camera_report", [], |row| row.get::<_, i64>(0))?)
        };
        running.events.store().read(count).await.unwrap() == 1
    };
    assert!(wait_until(SOON, settled).await, "those that went are forgotten here");
    running.stop().await;
    let before = platform.got("/cameras").len();
    let running = restart(&[pad("of 10.0.0.1", "10.0.0.9")]).await;
    assert!(wait_until(SOON, || async { platform.got("/cameras").len() > before }).await);
    let again = |got: &Got| got.body["actionType"] == 2;
    assert!(!platform.got("/cameras")[before..].iter().any(again), "said once");
    running.stop().await;
}

#[tokio::test]
async fn a_camera_that_is_not_taken_holds_up_no_other() {
    let directory = tempfile::tempdir().unwrap();
    let platform = Receiver::start(|path, body| match path {
        "/login" => (200, reply("t0", OURS)),
        "/cameras" if body["deviceInfo"]["epId"] == "BOX1__10.0.0.1" => (422, String::new()),
        _ => ok(),
    })
    .await;
    let cameras = ["10.0.0.1", "10.0.0.2", "10.0.0.3"].map(|ip| pad(&format!("of {ip}"), ip));
    let running = start(directory.path(), at(&platform), config::Uploads::default(), &cameras).await;
    let others = [("BOX1__10.0.0.2", 1, "of 10.0.0.2"), ("BOX1__10.0.0.3", 1, "of 10.0.0.3")];
    believes(&platform, &others).await;
    let asked = || platform.got("/cameras").iter().filter(|got| !got.accepted).count();
    assert!(wait_until(SOON, || async { asked() >= 2 }).await, "it is reported again");
    running.stop().await;
}

#[tokio::test]
async fn a_farewell_that_is_not_taken_holds_up_nobody() {
    let directory = tempfile::tempdir().unwrap();
    let platform = Receiver::start(|path, body| match path {
        "/login" => (200, reply("t0", OURS)),
        "/cameras" if body["actionType"] == 2 => (404, String::new()),
        _ => ok(),
    })
    .await;
    let cameras = [pad("front", "10.0.0.1")];
    let running = start(directory.path(), at(&platform), config::Uploads::default(), &cameras).await;
    believes(&platform, &[("BOX1__10.0.0.1", 1, "front")]).await;
    running.cameras.remove("front").await.unwrap();
    running.cameras.add(pad("front", "10.0.0.2")).unwrap();
    believes(&platform, &[("BOX1__10.0.0.1", 1, "front"), ("BOX1__10.0.0.2", 1, "front")]).await;
    let is_said = || async { platform.got("/cameras").iter().any(|got| got.body["actionType"] == 2) };
    assert!(wait_until(SOON, is_said).await);
    running.stop().await;
}
