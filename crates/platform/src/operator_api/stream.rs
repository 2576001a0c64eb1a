//! What happens now, as server-sent events. A viewer that is too slow is told what it missed; nobody waits for it.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, StreamExt, stream};
use serde_json::json;
use tokio_stream::wrappers::BroadcastStream;
use tokio_stream::wrappers::errors::BroadcastStreamRecvError;

use super::error::{ApiResult, ErrorBody};
use crate::app::App;
use crate::clock;
use crate::refusal::Refusal;

/// How often a quiet stream sends a comment, so that both ends know that the line holds.
const COMMENT: Duration = Duration::from_secs(15);

/// Live events. `event: hello` comes first; `event: event` is a recognition, its data as in `GET /api/v1/events/{id}`;
/// `event: box` tells that a box came or went; `event: lagged` tells how many were missed by a viewer that is too slow.
#[utoipa::path(get, path = "/api/v1/stream", tag = "stream", responses(
    (status = OK, content_type = "text/event-stream", body = String),
    (status = SERVICE_UNAVAILABLE, body = ErrorBody, description = "too many viewers")))]
pub(crate) async fn stream(
    State(app): State<Arc<App>>,
) -> ApiResult<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    let place = Arc::clone(&app.viewers).try_acquire_owned().map_err(|_| Refusal::Busy)?;
    let told = BroadcastStream::new(app.live.subscribe()).map(|next| match next {
        Ok(live) => Event::default().event(live.kind).id(live.id).data(live.data.to_string()),
        Err(BroadcastStreamRecvError::Lagged(missed)) => {
            Event::default().event("lagged").data(json!({"missed": missed}).to_string())
        }
    });
    let hello = Event::default().event("hello").data(json!({"at": clock::now()}).to_string());
    let stopping = app.stopping.clone();
    let all = stream::once(async { hello }).chain(told).take_until(async move { stopping.cancelled().await });
    let all = all.map(move |event| {
        // The place is taken for as long as the stream lives.
        let _held = &place;
        Ok(event)
    });
    Ok(Sse::new(all).keep_alive(KeepAlive::new().interval(COMMENT)))
}
