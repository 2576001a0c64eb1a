//! The event exchange: whoever binds a queue hears of everything, and nothing is lost while the broker is away.

use runtime::Lifecycle;
use runtime::amqp::{Declare, Deliveries, Session};
use runtime::testing::wait_until;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

use super::scripted::log_in;
use super::world::{PATIENCE, World, broker, folder};

pub(super) async fn listen(
    life: &Lifecycle,
    address: runtime::amqp::BrokerAddress,
    queue: &str,
    key: &str,
) -> (Session, Deliveries) {
    let topology = vec![
        Declare::topic("menshen.events"),
        Declare::queue(queue, false),
        Declare::bind(queue, "menshen.events", key),
    ];
    let session = Session::start(life, "listener", address, topology);
    let mut state = session.state();
    tokio::time::timeout(PATIENCE, state.wait_for(|state| state.is_up())).await.unwrap().unwrap();
    let deliveries = session.consume(queue, 100).await;
    (session, deliveries)
}

pub(super) async fn next(deliveries: &mut Deliveries) -> Value {
    let delivery = tokio::time::timeout(PATIENCE, deliveries.next()).await.unwrap().unwrap();
    let body = serde_json::from_slice(&delivery.body).unwrap();
    delivery.ack().await;
    body
}

/// As [`next`], passing over what is `known`: what the broker did not confirm in time is told again.
pub(super) async fn next_new(deliveries: &mut Deliveries, known: &mut BTreeSet<String>) -> Value {
    loop {
        let message = next(deliveries).await;
        if known.insert(message["id"].to_string()) {
            return message;
        }
    }
}

fn event(person: &str, taken_at: i64, person_type: i64) -> Value {
    json!({"identity_id": person, "identity_name": "Zhang San", "group_name": "g", "timestamp": taken_at, "score": 0.6,
        "ext_data": {"device_ip": "192.0.2.9", "person_type": person_type, "device_type": "2", "spot_pic": "/9j/4AAQSkZJRg=="}})
}

#[tokio::test]
async fn what_happens_reaches_every_bound_queue_in_order_across_a_restart_of_the_broker() {
    let mut broker = broker().await;
    let folder = folder();
    let world = World::start(folder.path(), &broker.url()).await;
    let life = Lifecycle::new(Duration::from_secs(5));
    let (_all, mut all) = listen(&life, broker.broker_address(), "test.events.all", "event.#").await;
    let (_some, mut strangers) =
        listen(&life, broker.broker_address(), "test.events.some", "event.stranger.EXCHANGE0001").await;
    let dev_sno = world.add_box("EXCHANGE0001", false).await;
    let path = format!("/device/records?token={}", log_in(&world, &dev_sno, None).await.token);
    let start = 1_790_000_000_000_i64;
    // The cursor begins when the follower first takes its turn.
    world.until("SELECT COUNT(*) FROM feed_follower WHERE name = 'exchange'", 1).await;
    let batch: Vec<Value> = (0..20).map(|n| event("p1", start + n, if n == 7 { 4 } else { 1 })).collect();
    assert_eq!(world.post(&path, json!(batch).to_string()).await.0, 200);
    let mut known = BTreeSet::new();
    for n in 0..20 {
        let told = next_new(&mut all, &mut known).await;
        assert_eq!(
            (&told["kind"], &told["data"]["taken_at"]),
            (&json!("event"), &json!(start + n)),
            "{told}"
        );
        let link = told["data"]["photos"]["spot"].as_str().unwrap();
        assert!(link.starts_with("/api/v1/events/"), "{link}");
    }
    let told = next(&mut strangers).await;
    assert_eq!((&told["data"]["taken_at"], &told["data"]["stranger"]), (&json!(start + 7), &json!(true)));

    broker.stop().await.unwrap();
    let batch: Vec<Value> = (20..30).map(|n| event("p1", start + n, 1)).collect();
    assert_eq!(world.post(&path, json!(batch).to_string()).await.0, 200);
    broker.start_again().await.unwrap();
    let mut seen = Vec::new();
    while seen.last() != Some(&(start + 29)) {
        let taken_at = next(&mut all).await["data"]["taken_at"].as_i64().unwrap();
        // What was not acknowledged when the broker went comes again, and so does what was not confirmed.
        if taken_at >= start + 20 && seen.last() < Some(&taken_at) {
            seen.push(taken_at);
        }
    }
    assert_eq!(seen, (20..30).map(|n| start + n).collect::<Vec<_>>());
    world.stop().await;
    life.finish().await;
    for queue in ["test.events.all", "test.events.some"] {
        broker.delete_queue(queue).await.unwrap();
    }
}

#[tokio::test]
async fn a_queue_bound_later_hears_what_happens_from_then_on() {
    let (broker, folder) = (broker().await, folder());
    let world = World::start(folder.path(), &broker.url()).await;
    let dev_sno = world.add_box("EXCHANGE0002", false).await;
    let path = format!("/device/records?token={}", log_in(&world, &dev_sno, None).await.token);
    let start = 1_790_000_000_000_i64;
    world.until("SELECT COUNT(*) FROM feed_follower WHERE name = 'exchange'", 1).await;
    // The first comes back from the broker; those after it are not even sent.
    for n in 0..3_u32 {
        assert_eq!(world.post(&path, json!([event("p1", start + i64::from(n), 1)]).to_string()).await.0, 200);
        let dropped =
            wait_until(PATIENCE, async || world.app.counts.exchange_dropped.get() > u64::from(n)).await;
        assert!(dropped, "{:?}", world.app.counts.all());
    }
    let life = Lifecycle::new(Duration::from_secs(5));
    let key = format!("event.employee.{dev_sno}");
    let (_session, mut deliveries) = listen(&life, broker.broker_address(), "test.events.later", &key).await;
    let mut sent = start + 3;
    let heard = tokio::time::timeout(PATIENCE, async {
        loop {
            assert_eq!(world.post(&path, json!([event("p1", sent, 1)]).to_string()).await.0, 200);
            sent += 1;
            let soon = tokio::time::timeout(Duration::from_millis(200), deliveries.next()).await;
            if let Ok(delivery) = soon {
                return delivery.unwrap();
            }
        }
    });
    let body: Value = serde_json::from_slice(&heard.await.unwrap().body).unwrap();
    assert!(body["data"]["taken_at"].as_i64().is_some_and(|at| (start + 3..sent).contains(&at)), "{body}");
    world.stop().await;
    life.finish().await;
    broker.delete_queue("test.events.later").await.unwrap();
}

#[tokio::test]
async fn a_box_that_misses_its_heartbeats_and_comes_back_is_told_of_by_its_key() {
    let (broker, folder) = (broker().await, folder());
    // The shortest period: three of them are missed within as many seconds.
    let world =
        World::start_with(folder.path(), &broker.url(), |config| config.boxes.heartbeat_period = 1).await;
    let life = Lifecycle::new(Duration::from_secs(5));
    let (dev_sno, other) =
        (world.add_box("EXCHANGE0003", false).await, world.add_box("EXCHANGE0004", false).await);
    let mut status = Vec::new();
    for dev_sno in [&dev_sno, &other] {
        let token = log_in(&world, dev_sno, None).await.token;
        let body = json!({"devSno": dev_sno.as_str(), "gateway_status": "online"});
        status.push((format!("/device/status?token={token}"), body.to_string()));
    }
    let beat = async |n: usize| {
        let (path, body) = &status[n];
        assert_eq!(world.post(path, body.clone()).await.0, 200);
    };
    world.until("SELECT COUNT(*) FROM feed_follower WHERE name = 'exchange'", 1).await;
    let hear = async |queue: &str, key: &str| listen(&life, broker.broker_address(), queue, key).await;
    let (_all, mut all) = hear("test.presence.all", "box.#").await;
    let (_gone, mut gone) = hear("test.presence.gone", "box.offline.EXCHANGE0003").await;
    let (_back, mut back) = hear("test.presence.back", "box.online.EXCHANGE0003").await;

    // It beats until it is told of, and then no more, twice; whether somebody else is there reaches neither queue.
    let (mut told, mut known) = (Vec::new(), <[BTreeSet<String>; 3]>::default());
    for _ in 0..2 {
        let heard = async {
            loop {
                beat(0).await;
                let online = next_new(&mut back, &mut known[0]);
                if let Ok(message) = tokio::time::timeout(Duration::from_millis(500), online).await {
                    return message;
                }
            }
        };
        told.push(tokio::time::timeout(PATIENCE, heard).await.unwrap());
        beat(1).await;
        told.push(next_new(&mut gone, &mut known[1]).await);
    }

    for (message, state) in told.iter().zip(["online", "offline", "online", "offline"]) {
        assert_eq!(
            (&message["kind"], &message["subject"]),
            (&json!("box"), &json!("EXCHANGE0003")),
            "{message}"
        );
        let data = &message["data"];
        assert_eq!((&data["dev_sno"], &data["state"]), (&json!("EXCHANGE0003"), &json!(state)), "{message}");
        let (at, heartbeat_at) = (message["at"].as_i64().unwrap(), data["heartbeat_at"].as_i64().unwrap());
        assert!(state == "online" || at - heartbeat_at >= 3_000, "three are missing: {message}");
    }
    // Whoever hears of all boxes hears the same, once and in order.
    let mut ids = Vec::new();
    while ids.len() < told.len() {
        let message = next_new(&mut all, &mut known[2]).await;
        if message["subject"] == "EXCHANGE0003" {
            ids.push(message["id"].clone());
        }
    }
    assert_eq!(ids, told.iter().map(|message| message["id"].clone()).collect::<Vec<_>>());
    world.stop().await;
    life.finish().await;
    for queue in ["test.presence.all", "test.presence.gone", "test.presence.back"] {
        broker.delete_queue(queue).await.unwrap();
    }
}
