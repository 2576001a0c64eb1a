//! The certificate of the box's own API: both files can be read and belong together, or none is needed.

use futures_util::FutureExt as _;

use super::facts::Facts;
use super::{Check, Finding};

pub(super) const CHECK: Check =
    Check { name: "certificate", look: |facts: &Facts| async { look(facts) }.boxed() };

fn look(facts: &Facts) -> Vec<Finding> {
    let settings = &facts.config.local_api;
    match settings.certificate() {
        Ok(None) if settings.listen.ip().is_loopback() => {
            vec![Finding::ok("local_api.tls", "none is needed: the API is reached from this machine alone")]
        }
        Ok(None) => vec![
            Finding::warning(
                "local_api.tls",
                format!("tokens and faces travel readable on the way to {}", settings.listen),
            )
            .advice("name a certificate and its key, or listen on 127.0.0.1"),
        ],
        Ok(Some(_)) => vec![Finding::ok("local_api.tls", "certificate and key belong together")],
        Err(error) => vec![
            Finding::problem("local_api.tls", error)
                .advice("the box does not start with it: name the right files, or neither"),
        ],
    }
}
