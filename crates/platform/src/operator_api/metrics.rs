//! What is measured, for Prometheus.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderName, header};

use crate::app::App;
use crate::metrics::MEDIA_TYPE;

/// What is measured, in the text format Prometheus reads. Values that cost a query are at most 15 seconds old. Where
/// `metrics.listen` is configured, the same is served there without login.
#[utoipa::path(get, path = "/metrics", tag = "health",
    responses((status = OK, content_type = "text/plain", body = String)))]
pub(crate) async fn show(State(app): State<Arc<App>>) -> ([(HeaderName, &'static str); 1], String) {
    ([(header::CONTENT_TYPE, MEDIA_TYPE)], app.metrics.text(&app))
}
