//! What is measured, for Prometheus.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderName, header};

use super::access::Caller;
use super::error::ApiResult;
use crate::app::App;
use crate::metrics::MEDIA_TYPE;
use crate::refusal::Refusal;

/// What is measured, in the text format Prometheus reads. Values that cost a query are at most 15 seconds old. Where
/// `metrics.listen` is configured, the same is served there without login.
#[utoipa::path(get, path = "/metrics", tag = "health",
    responses((status = OK, content_type = "text/plain", body = String)))]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
) -> ApiResult<([(HeaderName, &'static str); 1], String)> {
    // Sums over all boxes cannot be taken apart by site.
    if caller.sites().is_some() {
        return Err(Refusal::OutsideSites("what is measured of the whole platform".to_owned()).into());
    }
    Ok(([(header::CONTENT_TYPE, MEDIA_TYPE)], app.metrics.text(&app)))
}
