//! A broker that is out of memory stops taking messages: the link says so, stays, and goes on when the broker does.

use runtime::amqp::{Declare, LinkState};
use runtime::testing::{PrivateBroker, wait_until};

use crate::setting::{SOON, life, quick, up};

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_takes_no_messages_is_waited_for() {
    let broker = PrivateBroker::start().await.unwrap();
    let life = life();
    // Long enough that a confirmation does not fail while the broker's own tool is being started.
    let options = runtime::amqp::SessionOptions { confirm_timeout: SOON, ..quick() };
    let topology = vec![Declare::queue("blocked", false)];
    let address = broker.broker_address();
    let session = runtime::amqp::Session::start_with(&life, "blocked", address, topology, options);
    up(&session).await;
    let publisher = session.publisher();
    publisher.publish("", "blocked", b"before".to_vec()).await.unwrap();

    broker.alarm(true).await.unwrap();
    // Whoever only listens is not told; the first message brings it up.
    let held = tokio::spawn({
        let publisher = publisher.clone();
        async move { publisher.publish("", "blocked", b"held".to_vec()).await }
    });
    let mut state = session.state();
    let blocked = state.wait_for(|state| matches!(state, LinkState::Blocked { .. }));
    let blocked = tokio::time::timeout(SOON, blocked)
        .await
        .expect("the broker says that it is blocked")
        .unwrap()
        .clone();
    let LinkState::Blocked { reason, .. } = &blocked else { panic!("{blocked:?}") };
    assert!(reason.contains("memory"), "{reason}");
    assert!(blocked.is_up(), "deliveries still come");
    assert!(!held.is_finished(), "what was not confirmed is not called sent");
    // Still the same connection: a broker in need is not connected to again and again.
    assert_eq!(broker.waiting("blocked").await.unwrap(), Some(1));

    broker.alarm(false).await.unwrap();
    let up_again = state.wait_for(|state| matches!(state, LinkState::Up { .. }));
    tokio::time::timeout(SOON, up_again).await.expect("the link is up again").unwrap();
    held.await.unwrap().expect("the message that was held is confirmed");
    publisher.publish("", "blocked", b"after".to_vec()).await.unwrap();
    assert!(wait_until(SOON, || async { broker.waiting("blocked").await.unwrap() == Some(3) }).await);
    assert!(life.finish().await.is_empty());
}
