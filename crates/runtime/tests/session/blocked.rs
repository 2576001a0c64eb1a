//! A broker that is out of memory stops taking messages: the link says so, stays, and goes on when the broker does.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use runtime::CancellationToken;
use runtime::amqp::{Declare, LinkState, PublishError};
use runtime::testing::PrivateBroker;

use crate::setting::{SOON, life, quick, up, waits};

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
    // Whoever only listens is not told; a message brings it up. The alarm reaches the connection a moment after it is set: what is
    // sent until then goes through.
    let (sent, told) = (Arc::new(AtomicU32::new(0)), CancellationToken::new());
    let held = tokio::spawn({
        let (publisher, sent, told) = (publisher.clone(), Arc::clone(&sent), told.clone());
        async move {
            while !told.is_cancelled() {
                publisher.publish("", "blocked", b"held".to_vec()).await?;
                sent.fetch_add(1, Ordering::SeqCst);
            }
            Ok::<_, PublishError>(())
        }
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
    told.cancel();
    assert!(!held.is_finished(), "what was not confirmed is not called sent");
    let before = 1 + sent.load(Ordering::SeqCst);
    // Still the same connection: a broker in need is not connected to again and again.
    assert_eq!(broker.waiting("blocked").await.unwrap(), Some(before));

    broker.alarm(false).await.unwrap();
    let up_again = state.wait_for(|state| matches!(state, LinkState::Up { .. }));
    tokio::time::timeout(SOON, up_again).await.expect("the link is up again").unwrap();
    held.await.unwrap().expect("the message that was held is confirmed");
    publisher.publish("", "blocked", b"after".to_vec()).await.unwrap();
    waits(&broker, "blocked", before + 2).await;
    assert!(life.finish().await.is_empty());
}
