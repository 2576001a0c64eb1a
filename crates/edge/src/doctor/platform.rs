//! The platform: it takes the login the box would do, and the broker it names takes a connection.
//!
//! The login is the box's own, with the MAC the box tells: doing it twice changes nothing. While a box runs, it is left to that box.

use std::path::Path;
use std::str::FromStr as _;
use std::time::Duration;

use futures_util::FutureExt as _;
use protocol::{BrokerBlock, DevSno, Mac, address};
use runtime::Lifecycle;
use runtime::amqp::{LinkState, Session};
use tokio::net::TcpStream;
use url::Url;

use super::facts::Facts;
use super::{Check, Finding};
use crate::link::{self, Joined};

/// How long the platform may take to accept a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// How long the broker may take to let us in.
const BROKER: Duration = Duration::from_secs(10);

pub(super) const CHECK: Check = Check { name: "platform", look: |facts: &Facts| look(facts).boxed() };

async fn look(facts: &Facts) -> Vec<Finding> {
    let (Some(dev_sno), Some(url)) = (&facts.dev_sno, &facts.login_url) else {
        return vec![Finding::ok(
            "login",
            "the box works alone: it was told to, or has no licence key or no login URL",
        )];
    };
    let shown = address::base_of(url);
    if let Err(reason) = reach(url).await {
        return vec![
            Finding::problem("login", format!("{shown} cannot be reached: {reason}"))
                .advice("is the platform running, and the login URL right? a firewall may be between"),
        ];
    }
    if facts.running {
        return vec![Finding::ok(
            "login",
            format!("{shown} can be reached; a box is running and logs in itself, see its /api/v1/status"),
        )];
    }
    let Some(mac) = mac(facts) else {
        return vec![Finding::ok(
            "login",
            format!("{shown} can be reached; not logged in, this machine has no MAC yet"),
        )];
    };
    match link::attempt(&facts.http, url, &DevSno::new(dev_sno.as_str()), &mac).await {
        Ok(joined) => {
            let did = format!("{shown} took the login of {dev_sno} with MAC {} (the one the box does)", mac.to_login());
            vec![Finding::ok("login", did), broker(&joined).await]
        }
        Err(reason) => vec![Finding::problem("login", format!("{shown} refused the login of {dev_sno}: {reason}")).advice(
            "compare the licence key with the platform's; a key that is bound to another box has to be unbound there",
        )],
    }
}

/// The MAC the box would tell.
fn mac(facts: &Facts) -> Option<Mac> {
    let configured = facts.config.identity.mac.as_deref().and_then(|text| Mac::from_str(text).ok());
    configured
        .or_else(|| link::mac::first_interface(Path::new("/sys/class/net")))
        .or_else(|| Mac::from_str(facts.own_mac.as_deref()?).ok())
}

async fn reach(url: &str) -> Result<(), String> {
    let complete = if address::is_absolute(url) { url.to_owned() } else { format!("http://{url}") };
    let url = Url::parse(&complete).map_err(|error| format!("the login URL cannot be read: {error}"))?;
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    connect(host, url.port_or_known_default().unwrap_or(80)).await
}

async fn connect(host: &str, port: u16) -> Result<(), String> {
    match tokio::time::timeout(CONNECT, TcpStream::connect((host, port))).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no answer within {} s", CONNECT.as_secs())),
    }
}

/// Connects to the broker the platform named, and leaves.
async fn broker(joined: &Joined) -> Finding {
    let block = &joined.reply.rabbitmq;
    let place = format!("{}:{} ({})", block.host, block.port, block.vhost);
    match session(block).await {
        Ok(()) => Finding::ok("broker", format!("{place} let the box in")),
        Err(reason) => Finding::problem("broker", format!("{place}: {reason}")).advice(
            "the platform tells boxes this address: can it be reached from here, and is RabbitMQ running? On the platform it is \
             broker.public_host and broker.public_port",
        ),
    }
}

async fn session(block: &BrokerBlock) -> Result<(), String> {
    let life = Lifecycle::new(Duration::from_secs(3));
    let session = Session::start(&life, "doctor", link::broker_address(block), Vec::new());
    let mut state = session.state();
    let settled = state.wait_for(|state| state.is_up() || matches!(state, LinkState::Down { .. }));
    let outcome = match tokio::time::timeout(BROKER, settled).await {
        Ok(Ok(state)) => match &*state {
            LinkState::Down { reason, .. } => Err(reason.clone()),
            _ => Ok(()),
        },
        Ok(Err(_)) => Err("the session ended".to_owned()),
        Err(_) => Err(format!("no answer within {} s", BROKER.as_secs())),
    };
    session.close().await;
    life.finish().await;
    outcome
}
