//! What keeps a box from working, and what to do about it. Looks and leaves everything as it is: no door moves, nothing is stored,
//! and the only thing said to the platform is the login the box itself would do.
//!
//! A check is one file and one line in [`CHECKS`]; checks run side by side, each within [`LIMIT`].

mod cameras;
mod certificate;
mod clock;
mod console;
mod database;
mod disk;
mod doors;
mod facts;
mod ffmpeg;
mod holder;
mod models;
mod platform;
mod ports;
mod processor;
#[cfg(test)]
mod tests;
mod tool;

use std::time::Duration;

use futures_util::future::{BoxFuture, join_all};

use facts::Facts;
pub use runtime::finding::{Finding, Level, Report};

use crate::Config;

/// How long one check may take.
const LIMIT: Duration = Duration::from_secs(30);

/// One thing that is looked at.
struct Check {
    /// Its name, as shown in front of each finding.
    name: &'static str,
    /// Looks.
    look: for<'a> fn(&'a Facts) -> BoxFuture<'a, Vec<Finding>>,
}

/// Every check, in the order in which findings are shown.
const CHECKS: &[Check] = &[
    processor::CHECK,
    models::CHECK,
    ffmpeg::CHECK,
    disk::CHECK,
    database::CHECK,
    ports::CHECK,
    console::CHECK,
    certificate::CHECK,
    clock::CHECK,
    cameras::CHECK,
    doors::CHECK,
    platform::CHECK,
];

/// Looks at everything a box of this configuration needs.
///
/// # Errors
/// TLS cannot be set up.
pub async fn examine(config: Config) -> anyhow::Result<Report> {
    let facts = Facts::gather(config).await?;
    let looks = CHECKS.iter().map(async |check| {
        let found = match tokio::time::timeout(LIMIT, (check.look)(&facts)).await {
            Ok(found) => found,
            Err(_) => {
                vec![Finding::problem(check.name, format!("no result within {} s", LIMIT.as_secs())).advice(
                    "something this check needs does not answer: try again, and look at the machine's load",
                )]
            }
        };
        found.into_iter().map(|finding| (check.name, finding)).collect::<Vec<_>>()
    });
    Ok(Report::of(join_all(looks).await.into_iter().flatten()))
}
