//! A link that cannot come up says why, without the password.

use runtime::amqp::{BrokerAddress, Declare, LinkState, PublishError, Session};

use crate::setting::{SOON, down_reason, life, quick, start, up};
use crate::shared;

#[tokio::test(flavor = "multi_thread")]
async fn wrong_password() {
    let (broker, life) = (shared().await, life());
    let address = BrokerAddress { password: "not-the-password".to_owned(), ..broker.broker_address() };
    let session = start(&life, address, vec![]);
    let reason = down_reason(&session).await;
    println!("{reason}");
    assert!(reason.contains("ACCESS_REFUSED") && reason.contains("guest@"), "{reason}");
    assert!(!reason.contains("not-the-password"), "{reason}");
    assert_eq!(session.publisher().publish("", "q", vec![]).await, Err(PublishError::NotConnected));
    assert!(life.finish().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_virtual_host() {
    let (broker, life) = (shared().await, life());
    let session = start(&life, broker.broker_address().with_vhost("nowhere"), vec![]);
    let reason = down_reason(&session).await;
    println!("{reason}");
    assert!(reason.contains("vhost nowhere not found"), "{reason}");
    assert!(life.finish().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_listens() {
    let life = life();
    // Bound and not listened on: nobody else can take the port.
    let held = tokio::net::TcpSocket::new_v4().unwrap();
    held.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let port = held.local_addr().unwrap().port();
    let address = BrokerAddress::from_url(&format!("amqp://127.0.0.1:{port}")).unwrap();
    let session = start(&life, address, vec![]);
    let reason = down_reason(&session).await;
    println!("{reason}");
    assert!(reason.contains(&port.to_string()) && reason.to_lowercase().contains("refused"), "{reason}");
    assert!(life.finish().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_exchange_is_named() {
    let (broker, life) = (shared().await, life());
    let look = Declare::Exchange {
        name: "link.absent".to_owned(),
        kind: "topic".to_owned(),
        durable: true,
        auto_delete: false,
        passive: true,
        arguments: serde_json::Value::Null,
    };
    let session = start(&life, broker.broker_address(), vec![look]);
    let reason = down_reason(&session).await;
    println!("{reason}");
    assert!(reason.contains("link.absent") && reason.contains("NOT_FOUND"), "{reason}");
    assert!(life.finish().await.is_empty());
}

/// The link stays down while a consumed queue is missing, and comes up by itself when it appears.
#[tokio::test(flavor = "multi_thread")]
async fn a_missing_queue_is_named_and_waited_for() {
    let (broker, life) = (shared().await, life());
    let session = start(&life, broker.broker_address(), vec![]);
    let mut deliveries = session.consume("link.later", 1).await;
    let reason = down_reason(&session).await;
    println!("{reason}");
    assert!(reason.contains("link.later") && reason.contains("NOT_FOUND"), "{reason}");
    let other = start(&life, broker.broker_address(), vec![Declare::queue("link.later", false)]);
    up(&other).await;
    other.publisher().publish("", "link.later", b"1".to_vec()).await.unwrap();
    deliveries.next().await.unwrap().ack().await;
    // The first delivery may come a moment before the link is called up.
    up(&session).await;
    assert!(life.finish().await.is_empty());
}

/// A queue that somebody else made with other properties is left as it is.
#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_queue_is_looked_for_before_it_is_declared() {
    let (broker, life) = (shared().await, life());
    let theirs = start(&life, broker.broker_address(), vec![Declare::queue("link.theirs", true)]);
    up(&theirs).await;
    let topology = vec![Declare::foreign_queue("link.theirs"), Declare::foreign_queue("link.ours")];
    let ours = start(&life, broker.broker_address(), topology);
    up(&ours).await;
    assert_eq!(broker.waiting("link.ours").await.unwrap(), Some(0));
    ours.publisher().publish("", "link.theirs", b"1".to_vec()).await.unwrap();
    assert!(life.finish().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_state_tells_when_the_next_attempt_is() {
    let life = life();
    let address = BrokerAddress::from_url("amqp://127.0.0.1:9").unwrap();
    let session = Session::start_with(&life, "far", address, vec![], quick());
    let mut state = session.state();
    let down = state.wait_for(|state| matches!(state, LinkState::Down { .. })).await.unwrap().clone();
    let LinkState::Down { next_attempt_ms: Some(at), .. } = down else { panic!("{down:?}") };
    assert!(at > 1_700_000_000_000);
    let later = |state: &LinkState| matches!(state, LinkState::Down { next_attempt_ms: Some(next), .. } if *next > at);
    assert!(tokio::time::timeout(SOON, state.wait_for(later)).await.unwrap().is_ok());
    session.close().await;
    let closed = session.state().borrow().clone();
    assert_eq!(closed, LinkState::Down { reason: "closed".to_owned(), next_attempt_ms: None });
    assert!(life.finish().await.is_empty());
}

/// A session whose handles are all gone closes by itself.
#[tokio::test(flavor = "multi_thread")]
async fn an_abandoned_session_ends() {
    let (broker, life) = (shared().await, life());
    let session = start(&life, broker.broker_address(), vec![]);
    up(&session).await;
    let mut state = session.state();
    drop(session);
    let closed = state.wait_for(|state| matches!(state, LinkState::Down { next_attempt_ms: None, .. }));
    tokio::time::timeout(SOON, closed).await.unwrap().unwrap();
}
