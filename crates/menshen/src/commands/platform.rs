//! `menshen platform`: the management platform.

use runtime::Lifecycle;
use tokio::net::TcpListener;

use super::serve::ServeArgs;
use crate::exit::Failure;

/// Runs it until a signal asks it to stop.
pub(crate) fn run(args: ServeArgs) -> anyhow::Result<()> {
    args.run(serve)
}

async fn serve(config: platform::Config, life: Lifecycle) -> anyhow::Result<()> {
    let address = config.http.listen.clone();
    let listener = TcpListener::bind(&address).await.map_err(|error| {
        Failure::Configuration(format!("http.listen: cannot listen on {address}: {error}"))
    })?;
    platform::run(config, listener, life).await
}
