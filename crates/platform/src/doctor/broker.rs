//! The broker: it takes the login, everything the platform needs there can be declared, and boxes can be given accounts.

use std::time::Duration;

use runtime::Lifecycle;
use runtime::amqp::{BrokerAddress, LinkState, Session};

use super::Finding;
use crate::Config;
use crate::broker::accounts::Accounts;
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
    let (login, management) = tokio::join!(login(address.clone()), management(config, &address));
    let mut found = vec![login, management];
    if config.broker.public_host.is_none() {
        found.push(Finding::ok(
            "broker.public_host",
            "not set: boxes are told the host of broker.url, or of their login",
        ));
    }
    found
}

/// What gives each box an account of its own answers, and lets us do so.
async fn management(config: &Config, address: &BrokerAddress) -> Finding {
    let key = "broker.management_url";
    let Some(url) = &config.broker.management_url else {
        return Finding::warning(key, "not set: all boxes share the platform's own account at the broker, and each may read and write everything there")
            .advice("run `rabbitmq-plugins enable rabbitmq_management` and set it to http://user:password@host:15672, with an account that has the tag administrator");
    };
    let accounts = match Accounts::new(url.reveal(), address) {
        Ok(accounts) => accounts,
        Err(error) => {
            return Finding::problem(key, error).advice("write it as http://user:password@host:15672");
        }
    };
    match accounts.try_out().await {
        Ok(()) => Finding::ok(key, "answers, and may make accounts for boxes"),
        Err(error) => Finding::problem(key, error.to_string()).advice(
            "no box can log in until it works: is the plugin on (rabbitmq-plugins enable rabbitmq_management), are host, port, user and \
             password right, and has the user the tag administrator (rabbitmqctl set_user_tags)?",
        ),
    }
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
