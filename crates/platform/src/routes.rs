//! All that is served, on one page: the operator's API and the boxes' endpoints, inside the limits and headers that
//! hold for both.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::RequestBodyTimeoutLayer;

use crate::app::App;
use crate::{console, device_api, forwarded, operator_api, request};

/// A request is answered within this time, or given up.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);
/// A file that is sent may arrive for this long, as long as it keeps arriving.
const FILE_WITHIN: Duration = Duration::from_secs(4 * 3600);
/// A body that stops arriving for this long is given up.
const BODY_SILENCE: Duration = Duration::from_secs(15);

/// Headers on every answer: no guessing of types, no framing, no sending of addresses to others, nothing loaded
/// from anywhere else, no window shared with other origins, nothing of the device but its camera on our own pages.
const HEADERS: [(HeaderName, &str); 7] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
         object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(self), microphone=(), geolocation=(), payment=(), usb=(), display-capture=()",
    ),
];

/// The whole web server.
pub(crate) fn router(app: &Arc<App>) -> Router {
    Router::new()
        .merge(operator_api::router(Arc::clone(app)))
        .merge(device_api::router(Arc::clone(app)))
        .fallback(console::page_or_refusal)
        .method_not_allowed_fallback(operator_api::no_such_method)
        .layer(CatchPanicLayer::custom(|cause: Box<dyn std::any::Any + Send>| {
            operator_api::panicked(cause.as_ref())
        }))
        .layer(from_fn(in_time))
        .layer(RequestBodyTimeoutLayer::new(BODY_SILENCE))
        .layer(from_fn(guarded))
        .layer(from_fn_with_state(Arc::clone(app), request::around))
        .layer(from_fn_with_state(Arc::clone(&app.proxies), forwarded::whence))
}

/// Puts the headers on an answer that has none of its own. After a body that was not read to its end the connection cannot be used
/// again; whoever sends the next request by it has to know.
async fn guarded(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if response.status() == StatusCode::PAYLOAD_TOO_LARGE {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Gives up requests that take too long.
async fn in_time(request: Request, next: Next) -> Response {
    let takes_file = operator_api::takes_file(request.method(), request.uri().path());
    let within = if takes_file { FILE_WITHIN } else { ANSWER_WITHIN };
    match tokio::time::timeout(within, next.run(request)).await {
        Ok(response) => response,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}
