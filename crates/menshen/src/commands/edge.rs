//! `menshen edge`: the box.

use runtime::Lifecycle;

use super::serve::ServeArgs;
use crate::exit::Failure;

/// Runs it until a signal asks it to stop.
pub(crate) fn run(args: ServeArgs) -> anyhow::Result<()> {
    args.run(serve)
}

async fn serve(config: edge::Config, life: Lifecycle) -> anyhow::Result<()> {
    config.check().map_err(Failure::Configuration)?;
    edge::run(config, life).await
}
