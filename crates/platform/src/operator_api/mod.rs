//! What operators and integrators speak to: `/api/v1`, JSON.
//!
//! * `access` is the one table of who may do what, and the guard that enforces it: with `origin` (whose page asks), `identify`
//!   (whose session or key it is) and `gate` (how often). `sites` is what a restricted caller sees and changes.
//! * `idempotency` answers a repeated request as the first one was answered.
//! * One file per noun holds its handlers and the shapes they read and answer.
//! * `extract` and `checks` read requests, `error` answers refusals, `docs` the API's own document.

mod access;
mod api_keys;
mod audit;
mod boxes;
mod boxes_bulk;
mod cameras;
pub(crate) mod checks;
mod commands;
mod docs;
mod drift;
mod erasures;
mod error;
mod events;
mod extract;
mod fiqa;
mod gate;
mod groups;
mod health;
mod heartbeats;
mod idempotency;
mod identify;
mod metrics;
mod operators;
mod origin;
mod own_password;
mod pairing;
mod password;
mod people;
mod photo_verdicts;
mod photos;
mod retention;
mod second_factor;
mod session;
mod sessions;
mod site_list;
pub(crate) mod sites;
mod stats;
mod stats_events;
mod stream;
mod throttle;
mod wall;
mod walls;
mod webhook_checks;
mod webhook_log;
mod webhooks;
mod words;

use std::sync::Arc;

use axum::http::Method;
use axum::{Extension, middleware};
pub(crate) use error::{gave_up, no_such_method, no_such_route, panicked};
pub(crate) use events::EventView;
pub(crate) use gate::Gate;
pub(crate) use health::Trials;
pub(crate) use operators::first_start;
pub(crate) use second_factor::seal_open_ones as seal_open_second_factors;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
pub(crate) use wall::{Lens, WallEvent};

use crate::app::App;

/// Every operation, with its part of the document.
fn operations() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(metrics::show))
        .routes(routes!(docs::openapi))
        .routes(routes!(docs::page))
        .routes(routes!(docs::script))
        .routes(routes!(session::open, session::show, session::close))
        .routes(routes!(operators::list, operators::create))
        .routes(routes!(own_password::change))
        .routes(routes!(second_factor::begin, second_factor::confirm, second_factor::give_up))
        .routes(routes!(sessions::list))
        .routes(routes!(sessions::close))
        .routes(routes!(operators::change, operators::remove))
        .routes(routes!(second_factor::reset))
        .routes(routes!(api_keys::list, api_keys::create))
        .routes(routes!(api_keys::show, api_keys::change, api_keys::remove))
        .routes(routes!(api_keys::rotate))
        .routes(routes!(audit::list))
        .routes(routes!(audit::verify))
        .routes(routes!(audit::export))
        .routes(routes!(people::list, people::create))
        .routes(routes!(people::show, people::change, people::remove))
        .routes(routes!(people::bulk::change))
        .routes(routes!(people::export::export))
        .routes(routes!(people::labels::tags))
        .routes(routes!(people::labels::departments))
        .routes(routes!(people::imports::list, people::imports::create))
        .routes(routes!(people::imports::template))
        .routes(routes!(people::imports::show, people::imports::remove))
        .routes(routes!(people::imports::add_file))
        .routes(routes!(people::imports::cancel))
        .routes(routes!(people::imports::rows))
        .routes(routes!(people::imports::failed))
        .routes(routes!(drift::whereabouts))
        .routes(routes!(drift::resync_person))
        .routes(routes!(photos::get, photos::put))
        .routes(routes!(photos::alike))
        .routes(routes!(photo_verdicts::judge))
        .routes(routes!(photo_verdicts::of_person))
        .routes(routes!(groups::list, groups::create))
        .routes(routes!(groups::show, groups::change, groups::remove))
        .routes(routes!(groups::members))
        .routes(routes!(boxes::list, boxes::create))
        .routes(routes!(boxes::show, boxes::change, boxes::remove))
        .routes(routes!(boxes_bulk::create))
        .routes(routes!(site_list::list))
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
        .routes(routes!(stats_events::events))
        .routes(routes!(stream::stream))
        .routes(routes!(walls::list, walls::create))
        .routes(routes!(walls::remove))
        .routes(routes!(wall::open))
        .routes(routes!(wall::events))
        .routes(routes!(wall::follow))
        .routes(routes!(wall::photo))
        .routes(routes!(webhooks::list, webhooks::create))
        .routes(routes!(webhooks::show, webhooks::change, webhooks::remove))
        .routes(routes!(webhook_log::list))
        .routes(routes!(webhook_log::test))
        .routes(routes!(webhook_log::replay))
}

/// The operator's half of the web server, guarded.
pub(crate) fn router(app: Arc<App>) -> axum::Router {
    let (router, document) = operations().split_for_parts();
    router
        .layer(Extension(docs::Document::of(document)))
        .route_layer(middleware::from_fn_with_state(Arc::clone(&app), idempotency::answer_once))
        .route_layer(middleware::from_fn_with_state(Arc::clone(&app), access::guard))
        .with_state(app)
}

/// Whether a request brings a file, which may take much longer than others.
pub(crate) fn takes_file(method: &Method, path: &str) -> bool {
    *method == Method::POST && path.starts_with("/api/v1/people/imports")
}
