//! Menshen's own additions to the box's API, under `/api/v1`: each noun is one file with its handlers and shapes, and one line
//! in [`routes`]; the OpenAPI document is made from the same lines.

mod cameras;
mod document;
mod status;

use axum::Router;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Desk;

/// Every route, with the document that describes them.
pub(super) fn router() -> Router<Desk> {
    let (router, document) = OpenApiRouter::new()
        .routes(routes!(status::status))
        .routes(routes!(cameras::list, cameras::add))
        .routes(routes!(cameras::show, cameras::change, cameras::remove))
        .split_for_parts();
    router.merge(document::router(document))
}
