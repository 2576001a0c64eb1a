//! A door answers within its limit, whatever its driver does.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::{Action, Door, Driver, Order};

#[derive(Debug)]
struct Stuck;

impl Driver for Stuck {
    fn kind(&self) -> &'static str {
        "stuck"
    }

    fn place(&self) -> String {
        "nowhere".into()
    }

    fn carry_out<'a>(&'a self, _: Action, _: &'a Order) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(std::future::pending())
    }

    fn reach(&self) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
async fn a_stuck_door_gives_up_in_time_and_then_at_once() {
    let door = Door::new(Arc::new(Stuck));
    let order = Order { camera: "front".into(), identity_id: "1".into(), reason: "may pass".into() };
    for _ in 0..2 {
        let outcome = door.act(Action::Open, &order).await;
        assert_eq!(outcome.result, "failed: no answer within 1500 ms");
    }
    // Whoever comes when its rest is just over is the trial: on a busy machine that may be this one.
    let (mut outcome, mut status) = (door.act(Action::Open, &order).await, door.status());
    for _ in 0..5 {
        if outcome.result.starts_with("failed: not tried") && status.resting {
            break;
        }
        (outcome, status) = (door.act(Action::Open, &order).await, door.status());
    }
    assert!(outcome.result.starts_with("failed: not tried") && status.resting, "{outcome:?} {status:?}");
    assert_eq!(door.try_it(Action::Open, &order).await.result, "failed: no answer within 1500 ms");
    for _ in 0..20 {
        door.act(Action::Open, &order).await;
    }
    let status = door.status();
    assert_eq!((status.state, status.last.len()), ("unknown", 10));
    assert!((3..20).contains(&status.failures), "{status:?}");
}
