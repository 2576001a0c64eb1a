//! `/metrics` on an address of its own, without login: for a network only the monitoring reaches.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use runtime::CancellationToken;
use tokio::net::TcpListener;

use super::MEDIA_TYPE;
use crate::app::App;
use crate::server;

/// Connections at the same time.
const CONNECTIONS: usize = 16;
/// The address is tried again this often when it is taken.
const RETRY: Duration = Duration::from_secs(5);

/// Works until `stopping`, where `metrics.listen` is set.
pub(crate) async fn run(app: Arc<App>, stopping: CancellationToken) -> std::io::Result<()> {
    let Some(address) = app.config.metrics.listen.clone() else { return Ok(()) };
    let listener = loop {
        match TcpListener::bind(&address).await {
            Ok(listener) => break listener,
            Err(error) => tracing::error!(%error, address, "metrics.listen: cannot listen there"),
        }
        tokio::select! {
            () = stopping.cancelled() => return Ok(()),
            () = tokio::time::sleep(RETRY) => {}
        }
    };
    tracing::info!(address = %listener.local_addr()?, "metrics are served without login");
    let router = Router::new().route("/metrics", get(answer)).with_state(app);
    server::serve(listener, router, CONNECTIONS, None, stopping).await
}

async fn answer(State(app): State<Arc<App>>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, MEDIA_TYPE)], app.metrics.text(&app))
}
