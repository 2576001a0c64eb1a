//! Power cuts at any moment of a wipe, of uploads and of the ring's rotation, and a broker that is cut off in the middle of a command.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use runtime::testing::{ChaosProxy, wait_until};
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};

use crate::support::photos::photo;
use crate::support::process::{Process, Setup};
use crate::support::world::{codes, shared};
use crate::support::{PATIENCE, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_in_the_middle_of_a_wipe_everybody_is_gone_and_the_platform_hears_of_it() {
    const PEOPLE: usize = 24;
    let world = World::start().await;
    let directory = tempfile::tempdir().unwrap();
    let mut setup = Setup::new(directory.path(), Some(&world.platform.login_url()));
    let ids: Vec<_> = (0..PEOPLE).map(|n| format!("p{n:02}")).collect();
    for id in &ids {
        world.platform.person(id, &photo(0, 0));
    }
    for (round, delay) in [0, 4, 10, 25].into_iter().enumerate() {
        let process = Process::start(setup).await;
        let add = json!({"method": "add_users_plus", "messageId": format!("a{round}"), "userid_list": ids, "extend_params": {"path": "/details"}});
        world.send(&add).await;
        let mut added = world.result().await;
        while added["messageId"] != format!("a{round}") {
            added = world.result().await;
        }
        assert!(codes(&added).values().all(|code| *code == 0), "{added}");
        let wipe = json!({"method": "wipe_data", "messageId": format!("w{round}"), "wipe_options": {"users": true, "events": true}, "extend_params": {}});
        let received = process.status().await["commands"]["received"].as_i64().unwrap();
        world.send(&wipe).await;
        let taken = |status: &Value| status["commands"]["received"].as_i64().unwrap() > received;
        process.until("the wipe has arrived", taken).await;
        tokio::time::sleep(Duration::from_millis(delay)).await;
        let process = Process::start(process.kill()).await;
        // A result whose acknowledgement the power cut took is told again, never another one in its place.
        let (before, wanted) = (json!(format!("a{round}")), json!(format!("w{round}")));
        let mut result = world.result().await;
        while result["messageId"] == before {
            result = world.result().await;
        }
        assert_eq!((&result["messageId"], &result["success"]), (&wanted, &json!(true)));
        process.until("nobody", |status| status["people"] == 0 && status["faces"] == 0).await;
        process.until("told", |status| status["results_waiting"] == 0).await;
        let settled = || async { world.broker.waiting(&world.commands).await.unwrap() == Some(0) };
        assert!(wait_until(PATIENCE, settled).await);
        setup = process.stop().await;
        let db = Connection::open(setup.data.join("box.db")).unwrap();
        let left: i64 = db
            .query_row(
                "SELECT (SELECT count(*) FROM person) + (SELECT count(*) FROM person_photo) + (SELECT count(*) FROM seal_slot)",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(left, 0);
    }
}

pub(super) type Received = Arc<Mutex<Vec<i64>>>;

/// A receiver that remembers the times of the events it got.
pub(super) async fn receiver() -> (String, Received) {
    let received = Received::default();
    let take = |State(received): State<Received>, body: Bytes| async move {
        let event: Value = serde_json::from_slice(&body).unwrap();
        // Slow enough to be hit by a power cut between taking and answering.
        tokio::time::sleep(Duration::from_millis(15)).await;
        received.lock().unwrap().push(event["timestamp"].as_i64().unwrap());
        tokio::time::sleep(Duration::from_millis(15)).await;
        "{\"status\": 0}"
    };
    let app = Router::new().route("/records", post(take)).with_state(Arc::clone(&received));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/records", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    (url, received)
}

/// Numbers and times of the events in the database.
fn events(setup: &Setup) -> Vec<(i64, i64)> {
    let path = setup.data.join("box.db");
    let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
    let mut statement = db.prepare("SELECT seq, taken_at FROM event ORDER BY seq").unwrap();
    statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_while_the_ring_turns_and_events_are_uploaded_none_is_lost_or_numbered_twice() {
    const KEEP: usize = 6;
    let (url, received) = receiver().await;
    let directory = tempfile::tempdir().unwrap();
    let mut setup = Setup::new(directory.path(), None).with_camera();
    setup.extra = format!(
        "[events]\nmax = {KEEP}\n[recognition]\nduplicate_interval = 0\n[uploads]\nhistory = [\"{url}\"]\nhistory_period = 1\n{}",
        setup.extra
    );
    let (mut written, mut numbers, mut seen) = (BTreeSet::new(), BTreeSet::new(), 0);
    for delay in [60, 150, 330, 500, 700] {
        let process = Process::start(setup).await;
        let begun = process.status().await["events"]["newest"].as_i64().unwrap();
        for _ in 0..12 {
            process.see(&photo(0, 0));
            seen += 1;
        }
        process.until("events come", |status| status["events"]["newest"].as_i64() > Some(begun)).await;
        tokio::time::sleep(Duration::from_millis(delay)).await;
        setup = process.kill();
        for (seq, taken_at) in events(&setup) {
            written.insert(taken_at);
            numbers.insert((seq, taken_at));
        }
    }
    let process = Process::start(setup).await;
    let all_judged = || async {
        let waiting = std::fs::read_dir(process.setup.frames()).unwrap();
        waiting.filter(|entry| entry.as_ref().unwrap().path().is_file()).count() == 0
    };
    assert!(wait_until(PATIENCE, all_judged).await, "pictures are left over:\n{}", process.log());
    let status = process.until("everything uploaded", |status| status["history"][0]["pending"] == 0).await;
    process.see(&photo(0, 0));
    let newest = status["events"]["newest"].as_i64().unwrap();
    process
        .until("the ring as small as wished", |status| status["events"]["kept"].as_u64() == Some(KEEP as u64))
        .await;
    process
        .until("the last one uploaded", |status| {
            status["history"][0]["pending"] == 0 && status["events"]["newest"].as_i64() > Some(newest)
        })
        .await;
    let setup = process.stop().await;
    for (seq, taken_at) in events(&setup) {
        written.insert(taken_at);
        numbers.insert((seq, taken_at));
    }
    let got: BTreeSet<i64> = received.lock().unwrap().iter().copied().collect();
    let missing: Vec<_> = written.difference(&got).collect();
    assert!(missing.is_empty(), "written and never uploaded: {missing:?}");
    let distinct: BTreeSet<i64> = numbers.iter().map(|(seq, _)| *seq).collect();
    assert_eq!(distinct.len(), numbers.len(), "a number was given to two events");
    assert!(got.len() > seen, "{} of {seen} pictures", got.len());
    let repeats = received.lock().unwrap().len() - got.len();
    println!("{seen} pictures, {} events, {repeats} repeats", got.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_cut_off_again_and_again_during_a_command_gets_one_result_in_the_end() {
    const PEOPLE: usize = 30;
    let broker = shared().await;
    let proxy = ChaosProxy::start(broker.address()).await.unwrap();
    let mut seen = broker.broker_address();
    seen.port = proxy.addr().port();
    let world = World::with(broker, Some(seen)).await;
    let agent = world.joined_box().await;
    let ids: Vec<_> = (0..PEOPLE).map(|n| format!("p{n:02}")).collect();
    for id in &ids {
        world.platform.person(id, &photo(0, 0));
    }
    let add = json!({"method": "add_users_plus", "messageId": "long", "userid_list": ids, "extend_params": {"path": "/details"}});
    world.send(&add).await;
    for share in [3, 10, 20] {
        agent.until("people come", |status| status["people"].as_u64() >= Some(share)).await;
        proxy.drop_connections();
    }
    let result = world.result().await;
    assert_eq!(result["messageId"], "long");
    assert_eq!(codes(&result).len(), PEOPLE);
    assert!(codes(&result).values().all(|code| *code == 0), "{result}");
    assert_eq!(world.platform.facts().photo_requests.len(), PEOPLE, "nobody is fetched twice");
    let settled = || async { world.broker.waiting(&world.commands).await.unwrap() == Some(0) };
    assert!(wait_until(PATIENCE, settled).await);
    agent.until("the redelivery has been answered", |status| status["results_waiting"] == 0).await;
    agent.stop().await;
}
