//! The box from start to stop.

use std::sync::Arc;

use anyhow::Context as _;
use runtime::{Backoff, Lifecycle};

use crate::app::App;
use crate::command::Commands;
use crate::config::Config;
use crate::local_api;
use crate::stations::Stations;

/// Runs the box until `life` stops. The caller then waits for [`Lifecycle::finish`].
///
/// # Errors
/// What keeps the box from starting, in one sentence: the configuration's key, the directory, the models, the address. Later, a
/// database that turns out to be damaged: the box does not go on with a part of its data.
pub async fn run(config: Config, life: Lifecycle) -> anyhow::Result<()> {
    config.check().map_err(anyhow::Error::msg)?;
    let app = App::open(config, life.clone()).await?;
    let listeners = local_api::Listeners::bind(&app.config).await?;
    let commands = Commands::start(Arc::clone(&app));
    let stations = Stations::start(&app).await?;
    local_api::start(Arc::clone(&app), commands, stations, listeners).await?;
    let (people, engine, stopping) = (Arc::clone(&app.people), Arc::clone(&app.engine), life.stopping());
    life.supervise("templates", Backoff::link(), move || {
        Arc::clone(&people).reembed(Arc::clone(&engine), stopping.clone())
    });
    app.link.start(app.http.clone(), &life);
    tracing::info!(people = app.people.len(), "the box is running");
    let stopping = life.stopping();
    tokio::select! {
        () = stopping.cancelled() => Ok(()),
        damage = app.store.damaged() => Err(damage).context("the box stops"),
    }
}
