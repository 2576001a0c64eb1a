//! The event exchange: whoever binds a queue hears of everything, and nothing is lost while the broker is away.

use runtime::Lifecycle;
use runtime::amqp::{Declare, Deliveries, Session};
use serde_json::{Value, json};
use std::time::Duration;

use super::scripted::log_in;
use super::world::{PATIENCE, World, broker, folder};

async fn listen(
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

async fn next(deliveries: &mut Deliveries) -> Value {
    let delivery = tokio::time::timeout(PATIENCE, deliveries.next()).await.unwrap().unwrap();
    let body = serde_json::from_slice(&delivery.body).unwrap();
    delivery.ack().await;
    body
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
    for n in 0..20 {
        let told = next(&mut all).await;
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
