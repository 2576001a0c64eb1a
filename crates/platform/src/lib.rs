//! The cloud: HTTP for boxes and operators, SQL, the broker and the jobs that keep boxes as they should be.
//!
//! * `operator_api/` is what the console and integrators speak to, `routes` the one page of all addresses.
//! * `db/` is the only SQL, `blobs` the photos.
//! * `app` is what all of it shares; [`Config`] what can be set.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod app;
mod blobs;
mod clock;
pub mod config;
mod db;
mod operator_api;
mod refusal;
mod routes;
mod server;

pub use config::Config;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Runs the platform on `listener` until `stopping` is cancelled.
///
/// # Errors
/// When the database or the photo store cannot be opened; the message says which and why.
pub async fn run(config: Config, listener: TcpListener, stopping: CancellationToken) -> anyhow::Result<()> {
    let app = app::App::open(config).await?;
    tracing::info!(address = %listener.local_addr()?, "platform listening");
    let max = app.config.http.max_connections;
    server::serve(listener, routes::router(&app), max, stopping).await?;
    Ok(())
}
