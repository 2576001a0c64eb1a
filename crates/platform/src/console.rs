//! The console's pages: what is asked for and is no operation of the API is a page or a file of them, or is refused.

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;

use crate::operator_api;

/// Addresses that belong to programs: no page answers them, whoever asks.
const PROGRAMS: [&str; 2] = ["/api/", "/device/"];

/// Answers what no route does.
pub(crate) async fn page_or_refusal(request: Request) -> Response {
    let path = request.uri().path();
    if PROGRAMS.iter().all(|start| !path.starts_with(start))
        && let Some(page) = pages::PLATFORM.answer(request.method(), path, request.headers())
    {
        return page.map(Body::from);
    }
    operator_api::no_such_route(request.uri().clone()).await
}
