//! What happens now, as server-sent events. A viewer that is too slow is told what it missed; nobody waits for it. A viewer that
//! comes back is told everything since the last entry it saw, without a gap and without a double.

mod viewer;

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use self::viewer::Viewer;
use super::access::Caller;
use super::error::{ApiResult, ErrorBody};
use super::events::{numbers, words};
use super::extract::Asked;
use super::wall::Lens;
use crate::app::App;
use crate::live::{Filter, Place};
use crate::refusal::Refusal;

/// The header with which a client that lost the line says what it saw last.
const LAST_EVENT_ID: &str = "last-event-id";

/// What a viewer wants to see.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct StreamQuery {
    /// Begin after this number (an `id` of this stream) instead of now. The header `Last-Event-ID` goes before it.
    after: Option<i64>,
    /// Only these kinds, separated by commas: `event`, `box`.
    kind: Option<String>,
    /// Only of this box.
    dev_sno: Option<String>,
    /// Only of boxes at this site.
    site: Option<String>,
    /// Only of this camera.
    ep_id: Option<String>,
    /// Only of this library (`group_name`).
    group: Option<String>,
    /// Only of this person.
    identity_id: Option<String>,
    /// Only of these types, separated by commas: 1 employee, 2 visitor, 3 blacklist, 4 stranger, 5 VIP.
    r#type: Option<String>,
    /// Only strangers (`true`) or only known people (`false`).
    stranger: Option<bool>,
}

/// Live events. `event: hello` comes first; `event: event` is a recognition, its data as in `GET /api/v1/events/{id}`;
/// `event: box` tells that a box came or went (`{dev_sno, state, heartbeat_at}`). Each of them has an `id`: sent back as
/// `Last-Event-ID` (browsers do so by themselves) or `?after=`, everything since is told first. `event: trimmed`
/// (`{after, oldest}`) says that entries between are not kept any more; `event: lagged` (`{missed, after}`) that this viewer is
/// too slow and so many entries were passed over, which `?after=` brings. A stream ends after a quarter of an hour, so that who
/// lost the right to watch does not watch on; a client that comes back misses nothing.
#[utoipa::path(get, path = "/api/v1/stream", tag = "stream", params(StreamQuery,
    ("Last-Event-ID" = Option<String>, Header, description = "the last `id` seen")), responses(
    (status = OK, content_type = "text/event-stream", body = String),
    (status = UNPROCESSABLE_ENTITY, body = ErrorBody),
    (status = SERVICE_UNAVAILABLE, body = ErrorBody, description = "too many viewers")))]
pub(crate) async fn stream(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    Asked(asked): Asked<StreamQuery>,
) -> ApiResult<Response> {
    let after = last_seen(&headers)?.or(asked.after);
    let filter = Filter {
        kinds: words("kind", asked.kind.as_deref())?,
        dev_sno: asked.dev_sno,
        site: asked.site,
        ep_id: asked.ep_id,
        group: asked.group,
        identity_id: asked.identity_id,
        types: numbers("type", asked.r#type.as_deref())?,
        stranger: asked.stranger,
        sites: caller.sites.clone(),
    };
    let place = app.live.place().ok_or(Refusal::Busy)?;
    begin(app, filter, after, place, None).await
}

/// A stream of what `filter` lets pass, each event as `lens` shows it.
pub(super) async fn begin(
    app: Arc<App>,
    filter: Filter,
    after: Option<i64>,
    place: Place,
    lens: Option<Lens>,
) -> ApiResult<Response> {
    let viewer = Viewer::begin(app, filter, after, place, lens).await?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, Body::from_stream(viewer.frames())).into_response())
}

/// The number a client says it saw last. One that is none of ours is refused rather than guessed.
fn last_seen(headers: &HeaderMap) -> ApiResult<Option<i64>> {
    let Some(told) = headers.get(LAST_EVENT_ID) else { return Ok(None) };
    let told = told.to_str().ok().map(str::trim);
    match told {
        Some("") => Ok(None),
        Some(number) => match number.parse::<i64>() {
            Ok(number) if number >= 0 => Ok(Some(number)),
            _ => Err(Refusal::invalid("Last-Event-ID", "must be a number this stream gave").into()),
        },
        None => Err(Refusal::invalid("Last-Event-ID", "must be a number this stream gave").into()),
    }
}
