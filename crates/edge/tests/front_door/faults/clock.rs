//! A clock that is set back or forward by a day while the box runs (libfaketime; the monotonic clock goes on as it should).

use std::path::{Path, PathBuf};

use runtime::testing::wait_until;
use serde_json::{Value, json};

use crate::support::photos::photo;
use crate::support::process::{Process, Setup};
use crate::support::world::codes;
use crate::support::{PATIENCE, World};

const DAY: i64 = 86_400_000;

/// Debian's libfaketime.
fn library() -> PathBuf {
    let places = ["x86_64-linux-gnu", "aarch64-linux-gnu"]
        .map(|arch| format!("/usr/lib/{arch}/faketime/libfaketimeMT.so.1"));
    let found = places.into_iter().map(PathBuf::from).find(|path| path.exists());
    found.expect("libfaketime is missing; scripts/setup --tests installs it")
}

fn set(clock: &Path, offset: &str) {
    let fresh = clock.with_extension("new");
    std::fs::write(&fresh, format!("{offset}\n")).unwrap();
    std::fs::rename(fresh, clock).unwrap();
}

async fn newest(process: &Process) -> Value {
    process.get("/api/v1/events").await["items"][0].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_set_by_a_day_loses_no_event_and_stops_nothing() {
    let library = library();
    let world = World::start().await;
    let directory = tempfile::tempdir().unwrap();
    let clock = directory.path().join("clock");
    set(&clock, "+0d");
    let mut setup = Setup::new(directory.path(), Some(&world.platform.login_url())).with_camera();
    let (receiver, received) = super::power::receiver().await;
    setup.extra = format!("[uploads]\nhistory = [\"{receiver}\"]\nhistory_period = 1\n{}", setup.extra);
    setup.environment = [
        ("LD_PRELOAD", library.to_str().unwrap()),
        ("FAKETIME_TIMESTAMP_FILE", clock.to_str().unwrap()),
        ("FAKETIME_NO_CACHE", "1"),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ("DONT_FAKE_MONOTONIC", "1"),
        ("NO_FAKE_STAT", "1"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec();
    let process = Process::start(setup).await;
    process.until("joined", |status| status["broker"][0]["state"] == "up").await;
    let now = process.status().await["now_ms"].as_i64().unwrap();
    // Valid until a moment that lies half a day ahead.
    let mut user =
        crate::support::platform::user("1", json!({"reg_url": format!("{}/photos/1", world.platform.base)}));
    user["info"]["valid_until"] = json!(now + DAY / 2);
    world.platform.facts().photos.insert("1".into(), (photo(0, 0), std::time::Duration::ZERO));
    let add = json!({"method": "add_users_plus", "user_info_list": [user], "extend_params": {}});
    assert_eq!(codes(&world.execute(add).await)["1"], 0);

    let pass = async |number: i64| {
        process.see(&photo(0, 1));
        // An event is listed once its door has answered.
        let listed =
            wait_until(PATIENCE, async || newest(&process).await["seq"].as_i64() == Some(number)).await;
        assert!(listed, "event {number} never came");
        newest(&process).await
    };
    let first = pass(1).await;
    assert_eq!(first["verdict"], "let_in", "{first}");

    set(&clock, "-1d");
    let back = pass(2).await;
    assert_eq!(back["verdict"], "let_in", "a day of events is not taken for repeats: {back}");
    assert!(back["seq"].as_i64() > first["seq"].as_i64(), "events keep their order");
    assert!(process.status().await["now_ms"].as_i64().unwrap() < now - DAY / 2);
    // Commands, results and the link go on.
    let delete = json!({"method": "delete_users", "userid_list": ["nobody"], "extend_params": {}});
    assert_eq!(codes(&world.execute(delete.clone()).await)["nobody"], 40401);

    set(&clock, "+1d");
    let forward = pass(3).await;
    assert_eq!(forward["verdict"], "refused", "validity follows the clock: {forward}");
    assert_eq!(codes(&world.execute(delete).await)["nobody"], 40401);
    assert_eq!(process.status().await["login"]["state"], "joined");
    assert_eq!(world.platform.facts().logins.len(), 1, "a jump is no reason to log in again");

    set(&clock, "+0d");
    pass(4).await;
    let setup = process.stop().await;
    let process = Process::start(setup).await;
    process.see(&photo(1, 0));
    process.until("an event after a restart", |status| status["events"]["newest"] == 5).await;
    process.until("everything delivered", |status| status["history"][0]["pending"] == 0).await;
    let times = received.lock().unwrap().clone();
    let day_of = |time: &i64| (time - now + DAY / 2).div_euclid(DAY);
    let mut days: Vec<i64> = times.iter().map(day_of).collect();
    // Stopped between its receipt and its note of it, the box sends an event again.
    days.dedup();
    assert_eq!(days, [0, -1, 1, 0], "in the order of the events, each with the time of its own: {times:?}");
    assert_eq!(times.iter().collect::<std::collections::BTreeSet<_>>().len(), 5, "{times:?}");
    process.stop().await;
}

/// A result that was not taken is due at a time of day; a clock set back must not keep it waiting for a day.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn results_do_not_wait_for_a_clock_that_was_set_back() {
    let library = library();
    let world = World::start().await;
    world.platform.facts().rabbitmq.as_object_mut().unwrap().remove("uploadQueue");
    world.platform.facts().refuse_results = usize::MAX;
    let directory = tempfile::tempdir().unwrap();
    let clock = directory.path().join("clock");
    set(&clock, "+1d");
    let mut setup = Setup::new(directory.path(), Some(&world.platform.login_url()));
    setup.environment = [
        ("LD_PRELOAD", library.to_str().unwrap()),
        ("FAKETIME_TIMESTAMP_FILE", clock.to_str().unwrap()),
        ("FAKETIME_NO_CACHE", "1"),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ("DONT_FAKE_MONOTONIC", "1"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec();
    let process = Process::start(setup).await;
    process.until("joined", |status| status["broker"][0]["state"] == "up").await;
    let delete = json!({"method": "delete_users", "messageId": "m", "userid_list": ["1"], "extend_params": {"notify_path": "/results"}});
    world.send(&delete).await;
    process.until("a result that waits", |status| status["results_waiting"] == 1).await;
    let setup = process.kill();
    set(&clock, "-1d");
    world.platform.facts().refuse_results = 0;
    let process = Process::start(setup).await;
    process.until("the result sent", |status| status["results_waiting"] == 0).await;
    // Killed before it acknowledged, the box gets the command again and repeats the stored result: twice, and no more.
    let results = world.platform.facts().results.clone();
    assert!((1..=2).contains(&results.len()), "{results:?}");
    assert!(results.iter().all(|result| result["messageId"] == "m"), "{results:?}");
    process.stop().await;
}
