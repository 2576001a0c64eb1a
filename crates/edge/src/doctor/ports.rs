//! The addresses the box listens on: free, or the running box's own; otherwise who has them.

use std::io::ErrorKind;
use std::net::SocketAddr;

use futures_util::FutureExt as _;

use super::facts::Facts;
use super::{Check, Finding, holder};

pub(super) const CHECK: Check = Check { name: "ports", look: |facts: &Facts| async { look(facts) }.boxed() };

fn look(facts: &Facts) -> Vec<Finding> {
    let config = &facts.config;
    [
        ("local_api.listen", config.local_api.listen),
        ("console.listen", config.console.listen),
        ("ftp.listen", config.ftp.listen),
    ]
    .into_iter()
    .map(|(key, address)| one(key, address, facts.running))
    .collect()
}

fn one(key: &str, address: SocketAddr, running: bool) -> Finding {
    let error = match std::net::TcpListener::bind(address) {
        Ok(_) if address.port() == 0 => return Finding::ok(key, format!("{address} takes a free port")),
        Ok(_) => return Finding::ok(key, format!("{address} is free")),
        Err(error) => error,
    };
    match error.kind() {
        ErrorKind::AddrInUse => {
            let holder = holder::of(address.port());
            let who = holder.unwrap_or_else(|| "a process of another account".to_owned());
            if running {
                return Finding::ok(key, format!("{address} is in use by {who}; a box is running"));
            }
            Finding::problem(key, format!("{address} is taken by {who}"))
                .advice(format!("end that process, or give {key} another port"))
        }
        ErrorKind::AddrNotAvailable => {
            Finding::problem(key, format!("{address} is no address of this machine"))
                .advice(format!("set {key} to an address of this machine, or to 0.0.0.0"))
        }
        ErrorKind::PermissionDenied => {
            Finding::problem(key, format!("{address} may not be taken by this account"))
                .advice(format!("give {key} a port above 1023"))
        }
        _ => Finding::problem(key, format!("{address} cannot be taken: {error}"))
            .advice(format!("give {key} another address")),
    }
}
