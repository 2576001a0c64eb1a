//! Events as they happen, as server-sent events.
//!
//! The contract: every event after the number a listener begins with is told once and in the order of the numbers, or is counted as
//! missed because it is not kept any more. An event whose door is still moving is told when that has answered (within
//! [`crate::door::TIME_LIMIT`]), and so are those behind it. What comes while a listener is up to date is told from memory, everything else is read from the store, so nobody who
//! is slow loses anything.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::{Stream, StreamExt as _, stream};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use utoipa::IntoParams;

use super::Line;
use crate::decision::Record;
use crate::event_log::{EventLog, Recorded};
use crate::local_api::Desk;
use crate::local_api::answer::Refusal;
use crate::reason::table as reason;
use crate::store::StoreError;

/// Events read at one time.
const PAGE: usize = 100;
/// The header with which a listener that comes back says what it was told last.
const LAST_EVENT_ID: &str = "last-event-id";

/// Where to begin.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::local_api::v1) struct Asked {
    /// Begin after the event with this number (an `id` of this stream) instead of now. The header `Last-Event-ID` goes before it.
    after: Option<i64>,
}

/// Events as they happen, as server-sent events: `hello` (`{after}`) first, then `event` for each, its data as in the list of events.
/// Each has an `id`, `hello` too: sent back as `Last-Event-ID` (browsers do so by themselves) or as `?after=`, everything since is told
/// first, nothing of it twice. `missed` has the number of events between that are not kept any more. At most 16 listen at one time.
#[utoipa::path(get, path = "/api/v1/events/stream", tag = "events", params(Asked,
        ("Last-Event-ID" = Option<String>, Header, description = "The last `id` that was told")),
    responses((status = OK, content_type = "text/event-stream"), (status = BAD_REQUEST, description = "No number of this stream"),
        (status = SERVICE_UNAVAILABLE, description = "Too many listen already")))]
pub(in crate::local_api::v1) async fn stream(
    State(desk): State<Desk>,
    headers: HeaderMap,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Refusal> {
    let Query(asked) = asked.map_err(|error| Refusal::unreadable(error.body_text()))?;
    let after = told_last(&headers)?.or(asked.after);
    if after.is_some_and(|after| after < 0) {
        return Err(reason::not_a_number().of("after").into());
    }
    let Ok(place) = desk.listeners.clone().try_acquire_owned() else {
        return Err(reason::too_many_listeners().into());
    };
    let told = Listener::begin(desk.stations.events.clone(), after).await?.told().map(Ok::<_, Infallible>);
    let stopping = desk.app.life.stopping();
    // The place is given back with the stream.
    let until_stop = told.take_until(stopping.cancelled_owned()).inspect(move |_| _ = &place);
    let answer = Sse::new(until_stop).keep_alive(KeepAlive::default());
    Ok(([(header::CACHE_CONTROL, "no-store")], answer).into_response())
}

/// What a listener that comes back was told last. A number that is none is refused rather than guessed.
fn told_last(headers: &HeaderMap) -> Result<Option<i64>, Refusal> {
    let Some(told) = headers.get(LAST_EVENT_ID).map(|told| told.to_str().unwrap_or("?").trim()) else {
        return Ok(None);
    };
    if told.is_empty() {
        return Ok(None);
    }
    let number = told.parse().ok().filter(|number| *number >= 0);
    number.map(Some).ok_or_else(|| reason::not_a_number().of("Last-Event-ID").into())
}

/// Somebody who listens.
struct Listener {
    log: EventLog,
    live: Receiver<Arc<Recorded>>,
    /// What is told next.
    ready: VecDeque<Event>,
    /// The number up to which everything was told.
    last: i64,
    /// There may be more in the store than was read.
    is_behind: bool,
    /// The largest number that was heard of.
    heard: i64,
}

impl Listener {
    /// One that begins after a number, or now.
    async fn begin(log: EventLog, after: Option<i64>) -> Result<Self, StoreError> {
        // It listens first: what is stored from here on is heard of.
        let live = log.live();
        let (settled, newest) = log.settled().await?;
        // Not a number of another box, or of this one before it was set up anew: there, all there is may be news.
        let known = after.filter(|after| *after <= newest);
        let last = known.unwrap_or(settled);
        let mut listener =
            Self { log, live, ready: VecDeque::new(), last, is_behind: last < newest, heard: newest };
        listener.tell(Event::default().event("hello").json_data(json!({"after": last})), Some(last));
        if known != after && newest > 0 {
            listener.missed(newest);
        }
        Ok(listener)
    }

    /// What is told, until the box stops or the store cannot be read; then the listener comes back with the last number.
    fn told(self) -> impl Stream<Item = Event> {
        stream::unfold(self, |mut listener| async move {
            loop {
                if let Some(event) = listener.ready.pop_front() {
                    return Some((event, listener));
                }
                if listener.is_behind {
                    let read = listener.read().await;
                    read.inspect_err(|error| tracing::warn!(%error, "a listener's stream ends")).ok()?;
                } else {
                    listener.listen().await?;
                }
            }
        })
    }

    /// Reads some of what was not told yet.
    async fn read(&mut self) -> Result<(), StoreError> {
        let rows = self.log.since(self.last, PAGE).await?;
        self.is_behind = rows.len() == PAGE;
        for row in rows {
            if row.seq > self.last + 1 {
                self.missed(row.seq - self.last - 1);
            }
            self.last = row.seq;
            if let Some(event) = Recorded::of(&row) {
                self.event(event.seq, &event.record);
            }
        }
        Ok(())
    }

    /// Waits for the next event; `None` when there will be none.
    async fn listen(&mut self) -> Option<()> {
        match self.live.recv().await {
            // It was read already.
            Ok(event) if event.seq <= self.last => {}
            Ok(event) => {
                if event.seq == self.last + 1 {
                    self.last = event.seq;
                    self.event(event.seq, &event.record);
                }
                self.heard = self.heard.max(event.seq);
                self.is_behind = self.last < self.heard;
            }
            Err(RecvError::Lagged(_)) => self.is_behind = true,
            Err(RecvError::Closed) => return None,
        }
        Some(())
    }

    fn event(&mut self, seq: i64, record: &Record) {
        self.tell(Event::default().event("event").json_data(Line::of(seq, record)), Some(seq));
    }

    fn missed(&mut self, count: i64) {
        self.tell(Ok(Event::default().event("missed").data(count.to_string())), None);
    }

    fn tell(&mut self, event: Result<Event, axum::Error>, id: Option<i64>) {
        // What is told are numbers and strings, which always serialise.
        let Ok(event) = event else { return };
        self.ready.push_back(match id {
            Some(id) => event.id(id.to_string()),
            None => event,
        });
    }
}

#[cfg(test)]
mod tests;
