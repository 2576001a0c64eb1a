//! What operators and integrators speak to: `/api/v1`, JSON.
//!
//! * `access` is the one table of who may do what, and the guard that enforces it.
//! * One file per noun holds its handlers and the shapes they read and answer.
//! * `extract` and `checks` read requests, `error` answers refusals, `docs` the API's own document.

mod access;
mod boxes;
mod boxes_bulk;
mod cameras;
mod checks;
mod commands;
mod docs;
mod drift;
mod erasures;
mod error;
mod events;
mod extract;
mod fiqa;
mod groups;
mod health;
mod heartbeats;
mod operators;
mod pairing;
mod password;
mod people;
mod photos;
mod retention;
mod session;
mod stats;
mod stream;
mod throttle;
mod words;

use std::sync::Arc;

use axum::{Extension, middleware};
pub(crate) use error::{no_such_method, no_such_route, panicked};
pub(crate) use events::EventView;
pub(crate) use health::Trials;
pub(crate) use operators::first_start;
pub(crate) use throttle::Throttle;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

/// Every operation, with its part of the document.
fn operations() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(docs::openapi))
        .routes(routes!(docs::page))
        .routes(routes!(docs::script))
        .routes(routes!(session::open, session::show, session::close))
        .routes(routes!(operators::list, operators::create))
        .routes(routes!(operators::change, operators::remove))
        .routes(routes!(people::list, people::create))
        .routes(routes!(people::show, people::change, people::remove))
        .routes(routes!(drift::whereabouts))
        .routes(routes!(drift::resync_person))
        .routes(routes!(photos::get, photos::put))
        .routes(routes!(groups::list, groups::create))
        .routes(routes!(groups::show, groups::change, groups::remove))
        .routes(routes!(groups::members))
        .routes(routes!(boxes::list, boxes::create))
        .routes(routes!(boxes::show, boxes::change, boxes::remove))
        .routes(routes!(boxes_bulk::create))
        .routes(routes!(boxes::unbind))
        .routes(routes!(pairing::show, pairing::issue, pairing::revoke))
        .routes(routes!(boxes::serve))
        .routes(routes!(drift::show))
        .routes(routes!(drift::people))
        .routes(routes!(drift::resync_box))
        .routes(routes!(drift::resync_one))
        .routes(routes!(heartbeats::show))
        .routes(routes!(erasures::list))
        .routes(routes!(erasures::show))
        .routes(routes!(erasures::boxes))
        .routes(routes!(fiqa::ask))
        .routes(routes!(commands::send))
        .routes(routes!(commands::send_raw))
        .routes(routes!(commands::list))
        .routes(routes!(commands::show))
        .routes(routes!(cameras::list))
        .routes(routes!(events::list))
        .routes(routes!(events::count))
        .routes(routes!(events::export))
        .routes(routes!(events::search_by_face))
        .routes(routes!(events::show))
        .routes(routes!(events::photo))
        .routes(routes!(retention::show, retention::change))
        .routes(routes!(retention::preview))
        .routes(routes!(retention::runs, retention::start))
        .routes(routes!(stats::show))
        .routes(routes!(stats::boxes))
        .routes(routes!(stream::stream))
}

/// The operator's half of the web server, guarded.
pub(crate) fn router(app: Arc<App>) -> axum::Router {
    let (router, document) = operations().split_for_parts();
    router
        .layer(Extension(docs::Document::of(document)))
        .route_layer(middleware::from_fn_with_state(Arc::clone(&app), access::guard))
        .with_state(app)
}
