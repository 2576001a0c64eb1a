//! What every test begins with.

use std::time::Duration;

use runtime::amqp::{BrokerAddress, Declare, LinkState, Session, SessionOptions};
use runtime::testing::{PrivateBroker, wait_until};
use runtime::{Backoff, Lifecycle};

pub(crate) const SOON: Duration = Duration::from_secs(60);
/// How long a life waits for its tasks.
pub(crate) const GRACE: Duration = Duration::from_secs(30);

pub(crate) fn life() -> Lifecycle {
    Lifecycle::new(GRACE)
}

/// Reconnects fast, so that outages are short, and gives a busy broker its time to confirm.
pub(crate) fn quick() -> SessionOptions {
    SessionOptions {
        backoff: Backoff::new(Duration::from_millis(50), Duration::from_millis(300)),
        confirm_timeout: Duration::from_secs(20),
        ..SessionOptions::default()
    }
}

/// So many messages wait in a queue, or soon will: what was not acknowledged comes back a moment after its connection has ended.
pub(crate) async fn waits(broker: &PrivateBroker, queue: &str, count: u32) {
    let counted = wait_until(SOON, || async { broker.waiting(queue).await.unwrap() == Some(count) }).await;
    assert!(counted, "{:?} wait in {queue}, not {count}", broker.waiting(queue).await);
}

pub(crate) fn start(life: &Lifecycle, address: BrokerAddress, topology: Vec<Declare>) -> Session {
    Session::start_with(life, "test", address, topology, quick())
}

pub(crate) async fn up(session: &Session) {
    let mut state = session.state();
    tokio::time::timeout(SOON, state.wait_for(LinkState::is_up)).await.unwrap().unwrap();
}

/// Waits until the link is down and says why.
pub(crate) async fn down_reason(session: &Session) -> String {
    let mut state = session.state();
    let down = tokio::time::timeout(SOON, state.wait_for(|state| matches!(state, LinkState::Down { .. })));
    match down.await.unwrap().unwrap().clone() {
        LinkState::Down { reason, .. } => reason,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn number(body: &[u8]) -> u32 {
    String::from_utf8_lossy(body).parse().unwrap()
}
