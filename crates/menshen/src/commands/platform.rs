//! `menshen platform`: the management platform.

use platform::StartError;
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
    platform::run(config, listener, life).await.map_err(with_exit_code)
}

fn with_exit_code(error: anyhow::Error) -> anyhow::Error {
    match error.downcast::<StartError>() {
        Ok(StartError::Configuration(text)) => Failure::Configuration(text).into(),
        Ok(StartError::Unreachable(text)) => Failure::Unreachable(text).into(),
        Err(other) => other,
    }
}
