//! The broker: it takes the login, and everything the platform needs there can be declared.

use std::time::Duration;

use runtime::Lifecycle;
use runtime::amqp::{BrokerAddress, LinkState, Session};

use super::Finding;
use crate::Config;
use crate::broker::names;

/// How long connecting and declaring may take.
const WITHIN: Duration = Duration::from_secs(12);

pub(super) async fn look(config: &Config) -> Vec<Finding> {
    let address = match BrokerAddress::from_url(config.broker.url.reveal()) {
        Ok(address) => address,
        Err(error) => {
            return vec![
                Finding::problem("broker.url", error.to_string())
                    .advice("write it as amqp://user:password@host:port/vhost, the vhost percent-encoded"),
            ];
        }
    };
    let mut found = vec![login(address).await];
    if config.broker.public_host.is_none() {
        found.push(Finding::ok(
            "broker.public_host",
            "not set: boxes are told the host of broker.url, or of their login",
        ));
    }
    found
}

/// Connects and declares what all boxes share, as the platform does at every start.
async fn login(address: BrokerAddress) -> Finding {
    let life = Lifecycle::new(Duration::from_secs(1));
    let session = Session::start(&life, "doctor", address, names::shared());
    let mut state = session.state();
    let settled = |state: &LinkState| {
        matches!(state, LinkState::Up { .. } | LinkState::Blocked { .. } | LinkState::Down { .. })
    };
    let reached = tokio::time::timeout(WITHIN, state.wait_for(settled)).await;
    let reached = reached.ok().and_then(Result::ok).map(|state| state.clone());
    life.finish().await;
    match reached {
        Some(LinkState::Up { .. }) => Finding::ok("broker.url", "takes the login; exchanges and shared queues are declared"),
        Some(LinkState::Blocked { reason, .. }) => Finding::problem("broker.url", format!("takes no messages: {reason}"))
            .advice("the broker is short of memory or disk: look at `rabbitmqctl status`, and make room"),
        Some(LinkState::Down { reason, .. }) => Finding::problem("broker.url", format!("cannot be used: {reason}")).advice(
            "does RabbitMQ run, and are host, port, user, password and vhost right? The user needs configure, write and read on \
             menshen.* (rabbitmqctl set_permissions). A queue declared otherwise by somebody else must be removed first",
        ),
        _ => Finding::problem("broker.url", format!("no connection within {} s", WITHIN.as_secs()))
            .advice("does RabbitMQ run, and does a firewall let its port through?"),
    }
}
