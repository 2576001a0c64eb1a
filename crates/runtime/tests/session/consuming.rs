//! Acknowledged after the effect: what was acknowledged never comes again, what was not always does.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use runtime::amqp::{Declare, Publisher};
use runtime::testing::wait_until;
use tokio::time::timeout;

use crate::setting::{GRACE, SOON, life, number, start, up, waits};
use crate::shared;

async fn fill(publisher: &Publisher, queue: &str, count: u32) {
    let all = (0..count).map(|n| publisher.publish("", queue, n.to_string().into_bytes()));
    for outcome in futures_util::future::join_all(all).await {
        outcome.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_message_once_and_the_queue_is_empty() {
    let (broker, life) = (shared().await, life());
    let session = start(&life, broker.broker_address(), vec![Declare::queue("con.all", false)]);
    let mut deliveries = session.consume("con.all", 200).await;
    up(&session).await;
    fill(&session.publisher(), "con.all", 3000).await;
    let began = Instant::now();
    let mut seen = BTreeSet::new();
    while seen.len() < 3000 {
        let delivery = timeout(SOON, deliveries.next()).await.unwrap().unwrap();
        assert!(!delivery.redelivered);
        assert!(seen.insert(number(&delivery.body)), "twice");
        delivery.ack().await;
    }
    println!("3000 consumed and acknowledged in {:?}", began.elapsed());
    session.close().await;
    assert_eq!(broker.waiting("con.all").await.unwrap(), Some(0));
    assert!(life.finish().await.is_empty());
}

/// A few are held while the rest is acknowledged out of order: exactly the held ones come again.
#[tokio::test(flavor = "multi_thread")]
async fn batching_never_acknowledges_what_is_still_held() {
    let (broker, life) = (shared().await, life());
    let session = start(&life, broker.broker_address(), vec![Declare::queue("con.held", false)]);
    let mut deliveries = session.consume("con.held", 300).await;
    up(&session).await;
    fill(&session.publisher(), "con.held", 300).await;
    let mut taken = Vec::new();
    while taken.len() < 300 {
        taken.push(timeout(SOON, deliveries.next()).await.unwrap().unwrap());
    }
    let mut held = Vec::new();
    for delivery in taken.into_iter().rev() {
        if number(&delivery.body).is_multiple_of(50) { held.push(delivery) } else { delivery.ack().await }
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    session.close().await;
    drop(held);
    waits(broker, "con.held", 6).await;
    assert!(life.finish().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn prefetch_bounds_what_is_in_our_hands() {
    let (broker, life) = (shared().await, life());
    let session = start(&life, broker.broker_address(), vec![Declare::queue("con.prefetch", false)]);
    up(&session).await;
    fill(&session.publisher(), "con.prefetch", 100).await;
    let mut deliveries = session.consume("con.prefetch", 10).await;
    let mut held = Vec::new();
    while held.len() < 10 {
        held.push(timeout(SOON, deliveries.next()).await.unwrap().unwrap());
    }
    assert!(timeout(Duration::from_millis(500), deliveries.next()).await.is_err(), "an eleventh");
    assert_eq!(broker.waiting("con.prefetch").await.unwrap(), Some(90));
    held.pop().unwrap().ack().await;
    assert!(timeout(SOON, deliveries.next()).await.unwrap().is_some());
    assert!(life.finish().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn handed_back_or_dropped_means_again() {
    let (broker, life) = (shared().await, life());
    let session = start(&life, broker.broker_address(), vec![Declare::queue("con.back", false)]);
    let mut deliveries = session.consume("con.back", 1).await;
    up(&session).await;
    session.publisher().publish("", "con.back", b"7".to_vec()).await.unwrap();
    timeout(SOON, deliveries.next()).await.unwrap().unwrap().requeue().await;
    let again = timeout(SOON, deliveries.next()).await.unwrap().unwrap();
    assert!(again.redelivered);
    drop(again);
    let again = timeout(SOON, deliveries.next()).await.unwrap().unwrap();
    assert_eq!(again.body, b"7");
    again.ack().await;
    assert!(life.finish().await.is_empty());
    assert_eq!(broker.waiting("con.back").await.unwrap(), Some(0));
}

/// Intake ends first; what is in hand can still be acknowledged and its result published.
#[tokio::test(flavor = "multi_thread")]
async fn stopping_ends_intake_and_lets_the_work_in_hand_finish() {
    let (broker, life) = (shared().await, life());
    let topology = vec![Declare::queue("con.stop", false), Declare::queue("con.stop.results", false)];
    let session = start(&life, broker.broker_address(), topology);
    let mut deliveries = session.consume("con.stop", 1).await;
    up(&session).await;
    fill(&session.publisher(), "con.stop", 5).await;
    let first = timeout(SOON, deliveries.next()).await.unwrap().unwrap();
    let publisher = session.publisher();
    life.spawn("executor", async move {
        tokio::time::sleep(Duration::from_millis(300)).await;
        publisher.publish("", "con.stop.results", b"done".to_vec()).await.unwrap();
        first.ack().await;
        assert!(deliveries.next().await.is_none());
    });
    let began = Instant::now();
    assert!(life.finish().await.is_empty());
    assert!(began.elapsed() < GRACE * 9 / 10, "it ended because its time was up");
    waits(broker, "con.stop", 4).await;
    assert_eq!(broker.waiting("con.stop.results").await.unwrap(), Some(1));
}

/// Dropping the deliveries ends the subscription and hands back what nobody took.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_reads_any_more() {
    let (broker, life) = (shared().await, life());
    let session = start(&life, broker.broker_address(), vec![Declare::queue("con.gone", false)]);
    up(&session).await;
    fill(&session.publisher(), "con.gone", 20).await;
    let mut deliveries = session.consume("con.gone", 5).await;
    let one = timeout(SOON, deliveries.next()).await.unwrap().unwrap();
    drop(deliveries);
    one.ack().await;
    let back = wait_until(SOON, || async { broker.waiting("con.gone").await.unwrap() == Some(19) }).await;
    assert!(back, "{:?} wait", broker.waiting("con.gone").await);
    assert!(session.state().borrow().is_up());
    assert!(life.finish().await.is_empty());
}
