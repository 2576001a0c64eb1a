//! Whether the process lives, and whether its parts work right now, each with the fact behind it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;

/// The process answers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// Always `ok`.
    status: &'static str,
    /// Version of the program.
    version: &'static str,
    /// Milliseconds since it started.
    uptime_ms: i64,
}

/// Whether the process answers; asks nothing of its parts.
#[utoipa::path(get, path = "/healthz", tag = "health", responses((status = OK, body = Health)))]
pub(crate) async fn healthz(State(app): State<Arc<App>>) -> Json<Health> {
    let uptime_ms = crate::clock::now() - app.started_at;
    Json(Health { status: "ok", version: env!("CARGO_PKG_VERSION"), uptime_ms })
}
