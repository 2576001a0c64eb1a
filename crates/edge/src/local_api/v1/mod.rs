//! Menshen's own additions to the box's API, under `/api/v1`: each noun is one file with its handlers and shapes, and one line
//! in [`routes`]; the OpenAPI document is made from the same lines.

mod cameras;
mod discovery;
mod document;
mod doors;
mod events;
mod groups;
pub(super) mod live;
pub(super) mod pad;
mod pairing;
mod people;
mod photos;
mod recognition;
mod refusals;
mod secrets;
mod session;
mod status;
mod system;
mod terminals;
mod trial;
mod uploads;
pub(super) mod welcome;
mod work_mode;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Desk;

/// Every route, with the document that describes them.
pub(super) fn router() -> Router<Desk> {
    let (router, document) = described().split_for_parts();
    router.merge(document::router(document))
}

/// The routes with what is said about them.
fn described() -> OpenApiRouter<Desk> {
    OpenApiRouter::new()
        .routes(routes!(status::status))
        .routes(routes!(session::open, session::show, session::close))
        .routes(routes!(session::change, session::reset))
        .routes(routes!(cameras::list, cameras::add))
        .routes(routes!(cameras::show, cameras::change, cameras::remove))
        .routes(routes!(live::picture))
        .routes(routes!(live::live))
        .routes(routes!(terminals::issue))
        .routes(routes!(terminals::list))
        .routes(routes!(terminals::revoke))
        .routes(routes!(discovery::scan))
        .routes(routes!(discovery::add))
        .routes(routes!(trial::test))
        .routes(routes!(doors::list))
        .routes(routes!(doors::open))
        .routes(routes!(events::list))
        .routes(routes!(events::live::stream))
        .routes(routes!(events::show))
        .routes(routes!(events::photo))
        .routes(routes!(recognition::show, recognition::change))
        .merge(photographs())
        .routes(routes!(work_mode::show, work_mode::change))
        .routes(routes!(pairing::show, pairing::pair))
        .routes(routes!(groups::groups))
        .routes(routes!(groups::all_libraries))
        .routes(routes!(uploads::show))
        .routes(routes!(system::show))
        .routes(routes!(system::rename))
        .routes(routes!(system::log))
        .routes(routes!(people::list))
        .routes(routes!(people::show))
        .routes(routes!(people::photo))
        .routes(routes!(photos::show, photos::remove))
        .merge(welcome::managed())
}

/// Routes that take a photo.
fn photographs() -> OpenApiRouter<Desk> {
    OpenApiRouter::new()
        .routes(routes!(recognition::try_photo))
        .routes(routes!(photos::list, photos::add))
        .layer(DefaultBodyLimit::max(recognition::LARGEST_PHOTO))
}
