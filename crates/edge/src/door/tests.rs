//! Doors answer within their limit and say why they did not.

use futures_util::future::BoxFuture;

use super::{Action, Driver, Order, act, driver};
use crate::config;

#[derive(Debug)]
struct Stuck;

impl Driver for Stuck {
    fn kind(&self) -> &'static str {
        "stuck"
    }

    fn open<'a>(&'a self, _: &'a Order) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(std::future::pending())
    }
}

fn order() -> Order {
    Order { camera: "front".into(), identity_id: "1".into(), reason: "may pass".into() }
}

#[tokio::test]
async fn the_log_door_opens() {
    let outcome = act(&*driver(&config::Door::Log).unwrap(), &order()).await;
    assert_eq!(
        (outcome.driver.as_str(), outcome.action, outcome.result.as_str()),
        ("log", Action::Open, "ok")
    );
    assert_eq!(outcome.reason, "may pass");
}

#[tokio::test]
async fn a_stuck_door_gives_up_in_time() {
    let outcome = act(&Stuck, &order()).await;
    assert_eq!(outcome.result, "failed: no answer within 1500 ms");
}

#[test]
fn a_kind_without_driver_is_named() {
    let wanted = config::Door::Http { url: "http://door.invalid/".into() };
    assert!(driver(&wanted).unwrap_err().contains("Http"));
}
