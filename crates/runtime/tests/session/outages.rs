//! The broker is stopped, killed and started again, the line is cut: nothing that was confirmed is lost, nothing
//! that was acknowledged comes again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use runtime::Lifecycle;
use runtime::amqp::{BrokerAddress, Declare, Publisher, Session};
use runtime::testing::{ChaosProxy, PrivateBroker, wait_until};

use crate::setting::{SOON, life, number, start, up};

/// Publishes 0, 1, 2, … until told to stop; each number until it is confirmed. Returns how many were confirmed.
async fn publish_numbers(publisher: Publisher, queue: &str, stop: runtime::CancellationToken) -> u32 {
    let mut n = 0;
    while !stop.is_cancelled() {
        match publisher.publish("", queue, n.to_string().into_bytes()).await {
            Ok(()) => n += 1,
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
    n
}

type Seen = Arc<Mutex<BTreeMap<u32, u32>>>;

async fn count_numbers(life: &Lifecycle, session: &Session, queue: &str) -> Seen {
    let seen = Seen::default();
    let (counted, mut deliveries) = (seen.clone(), session.consume(queue, 50).await);
    life.spawn("counter", async move {
        while let Some(delivery) = deliveries.next().await {
            *counted.lock().unwrap().entry(number(&delivery.body)).or_default() += 1;
            delivery.ack().await;
        }
    });
    seen
}

/// Waits until so many more have come.
async fn more(seen: &Seen, count: usize) {
    let wanted = seen.lock().unwrap().len() + count;
    assert!(
        wait_until(SOON, || async { seen.lock().unwrap().len() >= wanted }).await,
        "nothing comes any more"
    );
}

/// All of them came, and repeats are few: at most what was in flight at each outage.
async fn check(seen: &Seen, confirmed: u32, outages: u32) {
    let lost = || -> Vec<u32> {
        let seen = seen.lock().unwrap();
        (0..confirmed).filter(|n| !seen.contains_key(n)).collect()
    };
    let all = wait_until(SOON, || async { lost().is_empty() }).await;
    assert!(all, "lost {:?}", lost());
    let seen = seen.lock().unwrap();
    let repeats: u32 = seen.values().map(|count| count - 1).sum();
    println!("{confirmed} confirmed, {repeats} repeats over {outages} outages");
    assert!(confirmed > 20, "only {confirmed} went through");
    assert!(repeats <= outages * 60, "{repeats} repeats");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_broker_is_stopped_and_killed_and_comes_back() {
    let mut broker = PrivateBroker::start().await.unwrap();
    let life = life();
    let topology = vec![Declare::queue("out.numbers", false)];
    let publishing = start(&life, broker.broker_address(), topology.clone());
    let consuming = start(&life, broker.broker_address(), topology);
    up(&publishing).await;
    up(&consuming).await;
    let seen = count_numbers(&life, &consuming, "out.numbers").await;
    let stop = life.stopping().child_token();
    let numbers = tokio::spawn(publish_numbers(publishing.publisher(), "out.numbers", stop.clone()));
    more(&seen, 20).await;
    broker.stop().await.unwrap();
    let began = Instant::now();
    broker.start_again().await.unwrap();
    println!("restart took {:?}", began.elapsed());
    up(&publishing).await;
    more(&seen, 20).await;
    broker.kill();
    broker.start_again().await.unwrap();
    let began = Instant::now();
    up(&publishing).await;
    up(&consuming).await;
    println!("both links were up {:?} after the broker", began.elapsed());
    more(&seen, 20).await;
    stop.cancel();
    let confirmed = numbers.await.unwrap();
    check(&seen, confirmed, 2).await;
    assert!(life.finish().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_line_is_cut_again_and_again() {
    let broker = crate::shared().await;
    let proxy = ChaosProxy::start(broker.address()).await.unwrap();
    let life = life();
    let address = BrokerAddress::from_url(&PrivateBroker::url_at(proxy.addr())).unwrap();
    let session = start(&life, address, vec![Declare::queue("out.cut", false)]);
    let seen = count_numbers(&life, &session, "out.cut").await;
    up(&session).await;
    let stop = life.stopping().child_token();
    let numbers = tokio::spawn(publish_numbers(session.publisher(), "out.cut", stop.clone()));
    for _ in 0..5 {
        more(&seen, 5).await;
        proxy.cut();
        tokio::time::sleep(Duration::from_millis(150)).await;
        proxy.restore();
        up(&session).await;
    }
    more(&seen, 5).await;
    stop.cancel();
    let confirmed = numbers.await.unwrap();
    check(&seen, confirmed, 5).await;
    assert!(life.finish().await.is_empty());
}

/// Settling a delivery of a connection that has ended does nothing: the message comes again on the new one.
#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_held_across_a_reconnect_comes_again() {
    let broker = crate::shared().await;
    let proxy = ChaosProxy::start(broker.address()).await.unwrap();
    let life = life();
    let address = BrokerAddress::from_url(&PrivateBroker::url_at(proxy.addr())).unwrap();
    let session = start(&life, address, vec![Declare::queue("out.held", false)]);
    let mut deliveries = session.consume("out.held", 1).await;
    up(&session).await;
    session.publisher().publish("", "out.held", b"1".to_vec()).await.unwrap();
    let held = deliveries.next().await.unwrap();
    assert!(!held.is_stale());
    proxy.drop_connections();
    let again = tokio::time::timeout(SOON, deliveries.next()).await.unwrap().unwrap();
    assert!(again.redelivered && held.is_stale());
    held.ack().await;
    drop(again);
    let third = tokio::time::timeout(SOON, deliveries.next()).await.unwrap().unwrap();
    third.ack().await;
    session.close().await;
    assert_eq!(broker.waiting("out.held").await.unwrap(), Some(0));
    assert!(life.finish().await.is_empty());
}

/// A broker that comes back empty is set up again.
#[tokio::test(flavor = "multi_thread")]
async fn topology_and_subscription_are_made_again() {
    let broker = crate::shared().await;
    let life = life();
    let session = start(&life, broker.broker_address(), vec![Declare::queue("out.deleted", false)]);
    let mut deliveries = session.consume("out.deleted", 10).await;
    up(&session).await;
    broker.delete_queue("out.deleted").await.unwrap();
    let publisher = session.publisher();
    let delivered =
        wait_until(SOON, || async { publisher.publish("", "out.deleted", b"1".to_vec()).await.is_ok() });
    assert!(delivered.await);
    tokio::time::timeout(SOON, deliveries.next()).await.unwrap().unwrap().ack().await;
    assert!(life.finish().await.is_empty());
}

/// Somebody deletes an exchange of the topology: it is declared again with what is bound to it, and nothing else is interrupted.
#[tokio::test(flavor = "multi_thread")]
async fn an_exchange_that_was_deleted_is_made_again() {
    let broker = crate::shared().await;
    let life = life();
    let topology = vec![
        Declare::topic("out.exchange"),
        Declare::queue("out.bound", false),
        Declare::bind("out.bound", "out.exchange", "key"),
    ];
    let session = start(&life, broker.broker_address(), topology);
    up(&session).await;
    let since = session.state().borrow().clone();
    let publisher = session.publisher();
    assert_eq!(publisher.publish("out.exchange", "key", b"1".to_vec()).await, Ok(()));
    broker.delete_exchange("out.exchange").await.unwrap();
    assert!(publisher.publish("out.exchange", "key", b"2".to_vec()).await.is_err());
    let delivered =
        wait_until(SOON, || async { publisher.publish("out.exchange", "key", b"3".to_vec()).await.is_ok() });
    assert!(delivered.await);
    assert_eq!(broker.waiting("out.bound").await.unwrap(), Some(2));
    assert_eq!(*session.state().borrow(), since, "the connection is the same");
    assert!(life.finish().await.is_empty());
}
