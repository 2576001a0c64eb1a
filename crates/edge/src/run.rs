//! The box from start to stop.

use runtime::Lifecycle;

use crate::app::App;
use crate::command::Commands;
use crate::config::Config;

/// Runs the box until `life` stops. The caller then waits for [`Lifecycle::finish`].
///
/// # Errors
/// What keeps the box from starting, in one sentence: the configuration's key, the directory, the models, the address.
pub async fn run(config: Config, life: Lifecycle) -> anyhow::Result<()> {
    config.check().map_err(anyhow::Error::msg)?;
    let app = App::open(config, life.clone()).await?;
    let _commands = Commands::start(std::sync::Arc::clone(&app));
    app.link.start(app.http.clone(), &life);
    tracing::info!(people = app.people.len(), "the box is running");
    life.stopping().cancelled().await;
    Ok(())
}
