//! Every request has an id: it stands in the answer's header, in the error object, and in every line the log gets meanwhile.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;
use uuid::Uuid;

use crate::app::App;

/// The header an id travels in, both ways.
const HEADER: HeaderName = HeaderName::from_static("x-request-id");
/// Longest id that is taken over from whoever asks, in bytes.
const LENGTH: usize = 64;

tokio::task_local! {
    static ID: Arc<str>;
}

/// The id of the request that is being answered; `None` outside of requests.
pub(crate) fn id() -> Option<Arc<str>> {
    ID.try_with(Arc::clone).ok()
}

/// Answers a request under an id, and notes how long that took.
pub(crate) async fn around(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = given(request.headers()).unwrap_or_else(|| Uuid::now_v7().to_string().into());
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let span = tracing::info_span!("request", request_id = %id);
    let mut response = ID.scope(Arc::clone(&id), next.run(request)).instrument(span).await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HEADER, value);
    }
    let route = route.as_ref().map(MatchedPath::as_str);
    app.metrics.request(&method, route, response.status().as_u16(), began.elapsed());
    response
}

/// An id that came with the request, when it is fit to be written into a log.
fn given(headers: &HeaderMap) -> Option<Arc<str>> {
    let text = headers.get(HEADER)?.to_str().ok()?;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    ((1..=LENGTH).contains(&text.len()) && text.bytes().all(fits)).then(|| text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_id_that_fits_into_a_log_is_taken_over() {
        let with = |text: &str| given(&HeaderMap::from_iter([(HEADER, text.parse().unwrap())]));
        assert_eq!(with("a-1_b.c:d").as_deref(), Some("a-1_b.c:d"));
        for bad in ["", "a b", "a\"b", &"x".repeat(65)] {
            assert_eq!(with(bad), None, "{bad}");
        }
        assert_eq!((given(&HeaderMap::new()), id()), (None, None));
    }
}
