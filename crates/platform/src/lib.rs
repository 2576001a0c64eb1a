//! The cloud: HTTP for boxes and operators, SQL, the broker and the jobs that keep boxes as they should be.
//!
//! * `operator_api/` is what the console and integrators speak to, `device_api/` what boxes speak to, `routes` the one page of
//!   all addresses.
//! * `intake/` makes durable what boxes report; `broker/` sends commands and receives results; `jobs/` is the clock.
//! * `reconcile/` decides what a box is to be sent next, without database, clock or broker.
//! * `import/` brings in many people from lists and archives of photos.
//! * `live` is what happens now, for those who watch; `retention` how long events are kept.
//! * `follow/` is how the feed of what happened is followed, `webhooks/` who is told of it by HTTP.
//! * `db/` is the only SQL, `blobs` the photos, `seal` what they are sealed with, `judge` what decides whether a photo can be used.
//! * `console` answers with the web pages.
//! * [`archive`] writes everything to one file and reads it back.
//! * `app` is what all of it shares; [`Config`] what can be set.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod app;
pub mod archive;
mod base_url;
mod blobs;
mod broker;
mod clock;
pub mod config;
mod config_audit;
mod console;
mod costly;
mod counts;
mod db;
mod device_api;
pub mod doctor;
mod follow;
mod forwarded;
mod import;
mod intake;
mod jobs;
mod judge;
mod live;
mod look_alikes;
mod metrics;
mod operator_api;
mod pace;
mod pairing;
mod photos;
mod reconcile;
mod refusal;
mod request;
mod retention;
mod routes;
mod seal;
mod seldom;
mod server;
mod start;
#[cfg(test)]
mod tests;
mod webhooks;

use std::sync::Arc;

pub use config::Config;
use runtime::Lifecycle;
pub use start::StartError;
use tokio::net::TcpListener;

/// Runs the platform on `listener` until `life` is told to stop. Its jobs end with `life.finish()`. On the first start
/// the line `first start: user admin, password …` goes to the standard output, unless the password was configured.
///
/// # Errors
/// A [`StartError`] when a configured value cannot be used or the database or the photo store cannot be opened; anything else
/// is a fault of the server itself.
pub async fn run(config: Config, listener: TcpListener, life: Lifecycle) -> anyhow::Result<()> {
    let certificate = config.http.tls.certificate("http.tls").map_err(StartError::Configuration)?;
    let app = app::App::open(config, &life).await?;
    operator_api::first_start(&app).await?;
    config_audit::note(&app).await.map_err(StartError::from)?;
    broker::start(&app, &life);
    jobs::start(&app, &life);
    life.spawn("judge", judge::rest(Arc::clone(&app)));
    let scheme = if certificate.is_some() { "https" } else { "http" };
    tracing::info!(address = %listener.local_addr()?, scheme, "platform listening");
    if let Some(certificate) = certificate.clone() {
        life.spawn("certificate", certificate.follow(life.stopping()));
    }
    let max = app.config.http.max_connections;
    server::serve(listener, routes::router(&app), max, certificate, life.stopping()).await?;
    Ok(())
}
