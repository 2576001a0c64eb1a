//! `Ok` means confirmed and routed; everything else is an error that says what is known.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use runtime::amqp::{Declare, PublishError, Session, SessionOptions};
use runtime::testing::{ChaosProxy, wait_until};

use crate::setting::{SOON, down_reason, life, quick, start, up};
use crate::shared;

#[tokio::test(flavor = "multi_thread")]
async fn confirmed_messages_are_in_the_queue_in_the_order_in_which_they_were_published() {
    let (broker, life) = (shared().await, life());
    let session = start(&life, broker.broker_address(), vec![Declare::queue("pub.confirmed", false)]);
    up(&session).await;
    let publisher = session.publisher();
    let began = Instant::now();
    let outcomes = join_all((0..2000).map(|n| {
        let publisher = publisher.clone();
        async move { publisher.publish("", "pub.confirmed", n.to_string().into_bytes()).await }
    }))
    .await;
    println!("2000 pipelined publishes confirmed in {:?}", began.elapsed());
    assert!(outcomes.iter().all(Result::is_ok), "{:?}", outcomes.iter().find(|outcome| outcome.is_err()));
    assert_eq!(broker.waiting("pub.confirmed").await.unwrap(), Some(2000));
    let mut deliveries = session.consume("pub.confirmed", 500).await;
    for n in 0..2000 {
        let delivery = deliveries.next().await.unwrap();
        assert_eq!(String::from_utf8_lossy(&delivery.body), n.to_string());
        delivery.ack().await;
    }
    assert!(life.finish().await.is_empty());
}

/// Among many in flight, exactly those without a queue are reported, each by its own caller.
#[tokio::test(flavor = "multi_thread")]
async fn an_unroutable_message_is_blamed_on_itself_only() {
    let (broker, life) = (shared().await, life());
    let topology = vec![
        Declare::topic("pub.topic"),
        Declare::queue("pub.routed", false),
        Declare::bind("pub.routed", "pub.topic", "to.box.1"),
    ];
    let session = start(&life, broker.broker_address(), topology);
    up(&session).await;
    let publisher = session.publisher();
    let outcomes = join_all((0..1500).map(|n| {
        let publisher = publisher.clone();
        async move {
            let key = if n % 7 == 0 { "to.box.2" } else { "to.box.1" };
            (n, publisher.publish("pub.topic", key, b"x".to_vec()).await)
        }
    }))
    .await;
    for (n, outcome) in outcomes {
        if n % 7 == 0 {
            let Err(PublishError::Unroutable { exchange, key, reason }) = outcome else {
                panic!("{n}: {outcome:?}")
            };
            assert_eq!(
                (exchange.as_str(), key.as_str(), reason.as_str()),
                ("pub.topic", "to.box.2", "NO_ROUTE")
            );
        } else {
            assert_eq!(outcome, Ok(()), "{n}");
        }
    }
    assert!(life.finish().await.is_empty());
}

/// An exchange that does not exist closes the channel; the next message works on a new one, consumers never notice.
#[tokio::test(flavor = "multi_thread")]
async fn a_missing_exchange_costs_one_channel_only() {
    let (broker, life) = (shared().await, life());
    let session = start(&life, broker.broker_address(), vec![Declare::queue("pub.after", false)]);
    up(&session).await;
    let publisher = session.publisher();
    let refused = publisher.publish("no.such.exchange", "x", b"1".to_vec()).await;
    let Err(PublishError::Closed(reason)) = refused else { panic!("{refused:?}") };
    assert!(reason.contains("no.such.exchange"), "{reason}");
    assert_eq!(publisher.publish("", "pub.after", b"2".to_vec()).await, Ok(()));
    assert!(session.state().borrow().is_up());
    assert!(life.finish().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_broker_means_timeout_and_then_a_new_connection() {
    let (broker, life) = (shared().await, life());
    let proxy = ChaosProxy::start(broker.address()).await.unwrap();
    let mut address = broker.broker_address();
    address.port = proxy.addr().port();
    // Of this, too, a broker that is merely busy needs less.
    let options = SessionOptions { confirm_timeout: Duration::from_secs(3), ..quick() };
    let session =
        Session::start_with(&life, "silent", address, vec![Declare::queue("pub.silent", false)], options);
    up(&session).await;
    let publisher = session.publisher();
    proxy.freeze();
    let began = Instant::now();
    assert_eq!(publisher.publish("", "pub.silent", b"1".to_vec()).await, Err(PublishError::Timeout));
    assert!(began.elapsed() < SOON);
    let reason = down_reason(&session).await;
    assert!(reason.contains("did not answer in time"), "{reason}");
    assert_eq!(publisher.publish("", "pub.silent", b"2".to_vec()).await, Err(PublishError::NotConnected));
    proxy.restore();
    let arrived =
        wait_until(SOON, || async { publisher.publish("", "pub.silent", b"3".to_vec()).await.is_ok() });
    assert!(arrived.await);
    assert!(life.finish().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_amqp_cannot_carry_are_refused_before_they_leave() {
    let (broker, life) = (shared().await, life());
    let session = start(&life, broker.broker_address(), vec![]);
    up(&session).await;
    let outcome = session.publisher().publish("", &"x".repeat(256), vec![]).await;
    assert!(matches!(outcome, Err(PublishError::Unroutable { .. })), "{outcome:?}");
    assert!(life.finish().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_session_answers_what_is_under_way() {
    let (broker, life) = (shared().await, life());
    let session = start(&life, broker.broker_address(), vec![Declare::queue("pub.closing", false)]);
    up(&session).await;
    let publisher = session.publisher();
    let under_way: Vec<_> = (0..200)
        .map(|n| {
            let publisher = publisher.clone();
            tokio::spawn(
                async move { publisher.publish("", "pub.closing", format!("{n}").into_bytes()).await },
            )
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(1)).await;
    session.close().await;
    let mut confirmed = 0;
    for task in under_way {
        confirmed += u32::from(task.await.unwrap().is_ok());
    }
    let waiting = broker.waiting("pub.closing").await.unwrap().unwrap();
    assert!(waiting >= confirmed, "{confirmed} were confirmed, {waiting} are there");
    assert_eq!(publisher.publish("", "pub.closing", vec![]).await, Err(PublishError::NotConnected));
    session.close().await;
    assert!(life.finish().await.is_empty());
}
