//! Doors: real relays, real HTTP servers, broken lines; what opens closes again.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use edge::config;
use edge::door::{Action, Door, Doors, Mode, Order, Outcome};
use edge::store::Store;
use runtime::Lifecycle;
use runtime::testing::{ChaosProxy, wait_until};
use serde_json::{Value, json};

use crate::support::PATIENCE;
use crate::support::relay::RelayBoard;

fn settings(value: Value) -> config::Door {
    serde_json::from_value(value).unwrap()
}

fn relay(address: SocketAddr, more: &Value) -> config::Door {
    let mut all = json!({"kind": "modbus-tcp", "address": address, "seconds": 1});
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    settings(all)
}

fn order() -> Order {
    Order { camera: "front".into(), identity_id: "1001".into(), reason: "may pass".into() }
}

/// A box's doors and its life.
struct Place {
    life: Lifecycle,
    doors: Doors,
}

impl Place {
    fn new() -> Self {
        let life = Lifecycle::new(Duration::from_secs(10));
        let doors = Doors::new(&life).unwrap();
        Self { life, doors }
    }

    fn door(&self, settings: &config::Door) -> Arc<Door> {
        self.doors.of(settings).unwrap()
    }

    async fn stop(self) {
        assert_eq!(self.life.finish().await, Vec::<String>::new());
    }
}

async fn open(door: &Door) -> Outcome {
    door.act(Action::Open, &order()).await
}

#[tokio::test]
async fn a_relay_is_pulsed_for_its_time() {
    let (place, board) = (Place::new(), RelayBoard::start(4));
    let door = place.door(&relay(board.address, &json!({"channel": 2})));
    let before = i64::try_from(SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap();
    let outcome = open(&door).await;
    assert_eq!(
        (outcome.driver.as_str(), outcome.action, outcome.result.as_str()),
        ("modbus-tcp", Action::Open, "ok")
    );
    board.until(&[(1, true), (1, false)]).await;
    let log = board.log();
    let held = log[1].2 - log[0].2;
    assert!((950..20_000).contains(&held.as_millis()), "{log:?}");
    assert!(wait_until(PATIENCE, || async { door.status().state == "closed" }).await);
    let closed = door.status().since.unwrap();
    assert!(closed - before >= 900, "{before} {closed}");

    // Long enough to be looked at while it is open.
    let door = place.door(&relay(board.address, &json!({"channel": 3, "seconds": 200})));
    assert_eq!(open(&door).await.result, "ok");
    let status = door.status();
    assert_eq!((status.state, status.failures, status.last.len()), ("open", 0, 1));
    assert!(status.since.unwrap() >= closed, "{status:?} {closed}");
    assert!(status.closes_in_ms.unwrap() <= 200_000 && status.place.ends_with("relay 3"), "{status:?}");
    place.stop().await;
}

#[tokio::test]
async fn all_relays_are_as_many_as_the_board_has() {
    let (place, board) = (Place::new(), RelayBoard::start(3));
    let door = place.door(&relay(board.address, &json!({"channel": 0})));
    assert_eq!(open(&door).await.result, "ok");
    let mut wanted: Vec<_> = [true, false].iter().flat_map(|on| (0..3).map(move |n| (n, *on))).collect();
    board.until(&wanted).await;
    let two = place.door(&relay(board.address, &json!({"channel": 0, "channels": 2})));
    assert_eq!(open(&two).await.result, "ok");
    wanted.extend([(0, true), (1, true), (0, false), (1, false)]);
    board.until(&wanted).await;
    place.stop().await;
}

#[tokio::test]
async fn a_relay_that_refuses_is_a_result() {
    let (place, board) = (Place::new(), RelayBoard::start(2));
    let door = place.door(&relay(board.address, &json!({"channel": 9})));
    let outcome = open(&door).await;
    assert!(outcome.result.starts_with("failed: the relay refuses:"), "{}", outcome.result);
    assert_eq!((board.written(), door.status().failures), (vec![], 1));
    place.stop().await;
}

#[tokio::test]
async fn a_relay_that_is_not_there_is_tried_each_time() {
    let place = Place::new();
    let door = place.door(&relay(([127, 0, 0, 1], 9).into(), &json!({})));
    for _ in 0..4 {
        let outcome = open(&door).await;
        assert!(outcome.result.contains("cannot be reached"), "{}", outcome.result);
    }
    let status = door.status();
    assert_eq!((status.failures, status.resting, status.state, status.trouble), (4, false, "closed", None));
    place.stop().await;
}

#[tokio::test]
async fn a_silent_relay_lets_two_wait_and_nobody_else() {
    let (place, board) = (Place::new(), RelayBoard::start(4));
    let line = ChaosProxy::start(board.address).await.unwrap();
    let door = place.door(&relay(line.addr(), &json!({})));
    line.freeze();
    for _ in 0..2 {
        let outcome = open(&door).await;
        assert!(outcome.result.starts_with("failed: no answer within"), "{}", outcome.result);
    }
    // Whoever comes when its rest is just over is the trial: on a busy machine that may be this one.
    let (mut outcome, mut status) = (open(&door).await, door.status());
    for _ in 0..5 {
        if outcome.result.starts_with("failed: not tried") && status.resting {
            break;
        }
        (outcome, status) = (open(&door).await, door.status());
    }
    assert!(outcome.result.starts_with("failed: not tried"), "{}", outcome.result);
    assert_eq!(outcome.ms, 0);
    assert!(
        status.resting && status.last[0].outcome == outcome && status.last_ago_ms.is_some(),
        "{status:?}"
    );

    // It is back: somebody who asks for it finds out at once, everybody else with the next trial.
    line.restore();
    line.drop_connections();
    let tried = wait_until(PATIENCE, || async { open(&door).await.is_ok() }).await;
    assert!(tried, "{:?}", door.status());
    assert_eq!(door.status().failures, 0);
    place.stop().await;
}

#[tokio::test]
async fn an_opening_nobody_confirmed_is_taken_back() {
    let (place, board) = (Place::new(), RelayBoard::start(4));
    let line = ChaosProxy::start(board.address).await.unwrap();
    let door = place.door(&relay(line.addr(), &json!({"channel": 1, "seconds": 200})));
    line.mute();
    let outcome = open(&door).await;
    assert!(outcome.result.starts_with("failed: no answer"), "{}", outcome.result);
    line.restore();
    line.drop_connections();
    let off = wait_until(PATIENCE, || async { board.written().last() == Some(&(0, false)) }).await;
    assert!(off && board.written()[0] == (0, true), "{:?}", board.written());
    assert!(wait_until(PATIENCE, || async { door.status().trouble.is_none() }).await);
    place.stop().await;
}

#[tokio::test]
async fn a_relay_is_released_over_a_new_connection() {
    let (place, board) = (Place::new(), RelayBoard::start(4));
    let line = ChaosProxy::start(board.address).await.unwrap();
    // Long enough to cut the line while it is open, however busy the machine is.
    let door = place.door(&relay(line.addr(), &json!({"channel": 1, "seconds": 8})));
    assert_eq!(open(&door).await.result, "ok");
    line.cut();
    assert!(wait_until(PATIENCE, || async { door.status().trouble.is_some() }).await);
    board.until(&[(0, true)]).await;
    println!("{}", door.status().trouble.unwrap());
    line.restore();
    board.until(&[(0, true), (0, false)]).await;
    assert!(wait_until(PATIENCE, || async { door.status().trouble.is_none() }).await);

    // A connection that broke unnoticed costs nobody the way in.
    assert_eq!(open(&door).await.result, "ok");
    line.drop_connections();
    assert_eq!(open(&door).await.result, "ok");
    place.stop().await;
}

#[tokio::test]
async fn two_cameras_share_a_door() {
    let (place, board) = (Place::new(), RelayBoard::start(4));
    let shared = relay(board.address, &json!({"seconds": 8}));
    let (one, other) = (place.door(&shared), place.door(&shared.clone()));
    assert!(Arc::ptr_eq(&one, &other));
    assert_eq!(open(&one).await.result, "ok");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(open(&other).await.result, "ok");
    board.until(&[(0, true), (0, true), (0, false)]).await;
    let log = board.log();
    assert!(log[2].2 - log[1].2 >= Duration::from_millis(7950), "the timer belongs to the last: {log:?}");
    place.stop().await;
}

#[tokio::test]
async fn a_box_that_stops_leaves_no_door_open() {
    let (place, board) = (Place::new(), RelayBoard::start(4));
    let door = place.door(&relay(board.address, &json!({"seconds": 200})));
    assert_eq!(open(&door).await.result, "ok");
    place.life.stop();
    let outcome = open(&door).await;
    assert_eq!(outcome.result, "failed: the box is stopping");
    place.stop().await;
    board.until(&[(0, true), (0, false)]).await;
}

#[tokio::test]
async fn a_box_that_starts_closes_what_was_left_open() {
    let board = RelayBoard::start(4);
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let life = Lifecycle::new(Duration::from_secs(10));
    let camera = json!({"name": "front", "kind": "pad", "door": relay(board.address, &json!({"channel": 3, "alarm_channel": 4}))});
    let doors = Doors::start(&life, &store, &[serde_json::from_value(camera).unwrap()]).await.unwrap();
    board.until(&[(2, false), (3, false)]).await;
    assert_eq!(doors.current_mode(), Mode::Open);
    assert!(life.finish().await.is_empty());
}

#[tokio::test]
async fn the_mode_says_what_becomes_of_those_who_may_pass() {
    let board = RelayBoard::start(4);
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let life = Lifecycle::new(Duration::from_secs(10));
    let doors = Doors::start(&life, &store, &[]).await.unwrap();
    let with_alarm = relay(board.address, &json!({"alarm_channel": 4, "seconds": 200}));
    let passage = doors.passage(&with_alarm).unwrap();
    assert_eq!(passage.take(&order()).await.result, "ok");

    doors.set_mode(&store, Mode::Avoid).await.unwrap();
    let untouched = doors.passage(&with_alarm).unwrap_err();
    assert_eq!((untouched.driver.as_str(), untouched.action), ("modbus-tcp", Action::None));
    assert!(untouched.reason.contains("avoid"), "{untouched:?}");
    board.until(&[(0, true)]).await;

    doors.set_mode(&store, Mode::Close).await.unwrap();
    board.until(&[(0, true), (0, false)]).await;
    assert!(doors.passage(&with_alarm).unwrap_err().reason.contains("closedoor"));

    doors.set_mode(&store, Mode::Alarm).await.unwrap();
    let outcome = doors.passage(&with_alarm).unwrap().take(&order()).await;
    assert_eq!((outcome.action, outcome.result.as_str()), (Action::Alarm, "ok"));
    let mut wanted = vec![(0, true), (0, false), (0, false), (3, true)];
    board.until(&wanted).await;
    let without = doors.passage(&relay(board.address, &json!({}))).unwrap().take(&order()).await;
    assert_eq!(
        (without.action, without.result.as_str()),
        (Action::Alarm, "failed: this door has no alarm_channel")
    );

    let again = Doors::start(&life, &store, &[]).await.unwrap();
    assert_eq!(again.current_mode(), Mode::Alarm, "it survives a restart");
    assert!(life.finish().await.is_empty());
    wanted.push((3, false));
    board.until(&wanted).await;
}

#[tokio::test]
async fn every_kind_of_the_configuration_has_a_driver() {
    let place = Place::new();
    let kinds = [
        ("log", json!({})),
        ("modbus-tcp", json!({"address": "127.0.0.1:9"})),
        ("http", json!({"url": "http://127.0.0.1:9/?token=secret", "user": "a", "password": "secret"})),
    ];
    for (kind, mut keys) in kinds {
        keys["kind"] = kind.into();
        let door = place.door(&settings(keys));
        assert_eq!(door.kind(), kind);
        let said = format!("{door:?} {:?}", door.status());
        assert!(!said.contains("secret"), "{said}");
    }
    place.stop().await;
}

#[tokio::test]
async fn a_stuck_relay_holds_back_no_other() {
    let (place, board) = (Place::new(), RelayBoard::start(4));
    let line = ChaosProxy::start(board.address).await.unwrap();
    line.freeze();
    let stuck = place.door(&relay(line.addr(), &json!({})));
    let well = place.door(&relay(board.address, &json!({})));
    let waiting = tokio::spawn(async move { (open(&stuck).await, Instant::now()) });
    tokio::task::yield_now().await;
    assert_eq!(open(&well).await.result, "ok");
    let well_at = Instant::now();
    let (outcome, stuck_at) = waiting.await.unwrap();
    assert!(!outcome.is_ok() && well_at < stuck_at);
    place.stop().await;
}
