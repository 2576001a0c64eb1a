//! What keeps a platform from working, and what to do about it. It looks and leaves everything as it is, but for a small blob
//! that is written and removed, and the exchanges and queues at the broker that the platform declares at every start.
//!
//! A check is one function and one line in [`examine`]; checks run side by side, each within [`LIMIT`].

mod broker;
mod certificate;
mod clock;
mod network;
mod storage;

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, join_all};
pub use runtime::finding::{Finding, Level, Line, Report};

use crate::Config;
use crate::judge::Judge;

/// How long one check may take.
const LIMIT: Duration = Duration::from_secs(30);

/// Looks at everything a platform of this configuration needs.
pub async fn examine(config: &Config) -> Report {
    let checks: Vec<(&'static str, BoxFuture<'_, Vec<Finding>>)> = vec![
        ("disk", storage::disk(config).boxed()),
        ("database", storage::database(config).boxed()),
        ("blobs", storage::blobs(config).boxed()),
        ("broker", broker::look(config).boxed()),
        ("certificate", certificate::look(config).boxed()),
        ("models", models(config).boxed()),
        ("ports", network::ports(config).boxed()),
        ("public_url", network::public_url(config).boxed()),
        ("clock", clock::look().boxed()),
    ];
    let looks = checks.into_iter().map(async |(name, look)| {
        let found = tokio::time::timeout(LIMIT, look).await.unwrap_or_else(|_| {
            let advice =
                "something this check needs does not answer: try again, and look at the machine's load";
            vec![Finding::problem(name, format!("no result within {} s", LIMIT.as_secs())).advice(advice)]
        });
        found.into_iter().map(|finding| (name, finding)).collect::<Vec<_>>()
    });
    Report::of(join_all(looks).await.into_iter().flatten())
}

/// The models that judge photos.
async fn models(config: &Config) -> Vec<Finding> {
    let state = Judge::new(&config.vision.models, 1).state().await;
    let subject = config.vision.models.display().to_string();
    vec![if state.ok {
        Finding::ok(subject, state.message)
    } else {
        Finding::warning(subject, state.message)
            .advice("nobody can be enrolled without: run `menshen models fetch`, or set vision.models to where they are")
    }]
}
