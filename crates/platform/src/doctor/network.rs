//! Addresses: those the platform listens on, and the one boxes are told.

use std::time::Duration;

use tokio::net::TcpListener;
use url::{Host, Url};

use super::Finding;
use crate::Config;

/// How long an address may take to answer.
const WITHIN: Duration = Duration::from_secs(5);

/// The ports are free, or a platform has them.
pub(super) async fn ports(config: &Config) -> Vec<Finding> {
    let mut all = vec![("http.listen", config.http.listen.clone())];
    all.extend(config.metrics.listen.clone().map(|address| ("metrics.listen", address)));
    let mut found = Vec::new();
    for (key, address) in all {
        found.push(match TcpListener::bind(&address).await {
            Ok(_) => Finding::ok(key, format!("{address} is free")),
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
                Finding::warning(key, format!("{address} is in use"))
                    .advice("right if this platform runs just now; else stop what has it (ss -ltnp), or choose another port")
            }
            Err(error) => Finding::problem(key, format!("cannot listen on {address}: {error}"))
                .advice("use an address of this machine and a port of 1024 or more, or give the process the right to lower ones"),
        });
    }
    found
}

/// The base URL boxes are told is one they can use.
pub(super) async fn public_url(config: &Config) -> Vec<Finding> {
    let key = "http.public_url";
    let Some(url) = &config.http.public_url else {
        return vec![Finding::ok(key, "not set: boxes are told the address under which they log in")];
    };
    if !matches!(url.scheme(), "http" | "https") {
        return vec![
            Finding::problem(key, format!("{} is not http or https", url.scheme()))
                .advice("write http://host:port or https://host"),
        ];
    }
    let mut found = Vec::new();
    if is_of_this_machine(url) {
        found.push(
            Finding::warning(key, format!("{url} means this machine itself: boxes elsewhere cannot use it"))
                .advice("set it to a name or address that boxes reach"),
        );
    }
    found.push(answers(key, url).await);
    found
}

fn is_of_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback() || address.is_unspecified(),
        Some(Host::Ipv6(address)) => address.is_loopback() || address.is_unspecified(),
        Some(Host::Domain(name)) => name == "localhost",
        None => true,
    }
}

async fn answers(key: &str, url: &Url) -> Finding {
    let health = url.join("/healthz").unwrap_or_else(|_| url.clone());
    let client = match reqwest::Client::builder().timeout(WITHIN).build() {
        Ok(client) => client,
        Err(error) => {
            return Finding::problem(key, format!("TLS cannot be set up: {error}"))
                .advice("look at the system's certificates");
        }
    };
    match client.get(health).send().await {
        Ok(answer) if answer.status().is_success() => {
            Finding::ok(key, format!("a platform answers at {url}"))
        }
        Ok(answer) => {
            Finding::warning(key, format!("{url} answers {}: that is no platform", answer.status()))
                .advice("look at what stands between: a proxy must pass everything on")
        }
        Err(error) => Finding::warning(key, format!("nobody answers at {url}: {}", error.without_url()))
            .advice(
                "right if the platform does not run just now; else look at name, port, firewall and proxy",
            ),
    }
}
