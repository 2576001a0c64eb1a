//! What operators and integrators speak to: `/api/v1`, JSON.

mod error;
mod health;

use std::sync::Arc;

pub(crate) use error::{no_such_method, no_such_route, panicked};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

/// Every operation, with its part of the document.
fn operations() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(health::healthz))
}

/// The operator's half of the web server.
pub(crate) fn router(app: Arc<App>) -> axum::Router {
    let (router, _document) = operations().split_for_parts();
    router.with_state(app)
}
