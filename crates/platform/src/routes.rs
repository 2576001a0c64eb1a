//! All that is served, on one page: the operator's API and the boxes' endpoints, inside the limits and headers that
//! hold for both.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
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
    answered(if takes_file { FILE_WITHIN } else { ANSWER_WITHIN }, request, next).await
}

/// The answer to a request, or after this time a refusal in the words of whom was asked.
async fn answered(within: Duration, request: Request, next: Next) -> Response {
    let is_of_box = device_api::ENDPOINTS.iter().any(|endpoint| endpoint.serves(request.uri().path()));
    match tokio::time::timeout(within, next.run(request)).await {
        Ok(response) => response,
        Err(_) if is_of_box => device_api::gave_up(),
        Err(_) => operator_api::gave_up(),
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use serde_json::Value;

    use super::*;

    #[tokio::test]
    async fn a_request_that_takes_too_long_is_refused_in_the_words_of_whom_was_asked() {
        drop(rustls::crypto::ring::default_provider().install_default());
        let slow = get(async || std::future::pending::<()>().await);
        let at_once = from_fn(|request, next| answered(Duration::from_millis(1), request, next));
        let router = Router::new()
            .route("/api/v1/boxes", slow.clone())
            .route("/device/photos/{key}", slow)
            .layer(at_once);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        for (path, code) in [("/api/v1/boxes", Value::from("busy")), ("/device/photos/1", Value::from(50072))]
        {
            let response = reqwest::get(format!("{base}{path}")).await.unwrap();
            assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
            assert!(response.headers().contains_key(header::RETRY_AFTER), "{path}");
            let body: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
            assert_eq!(body["error"]["code"], code, "{body}");
        }
    }
}
