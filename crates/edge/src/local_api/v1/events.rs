//! Events with their traces: page by page, one by one with "why" in sentences, their pictures, and live as they happen.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::{Stream, StreamExt as _, stream};
use protocol::{Code, ErrorObject, IdentityId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use utoipa::IntoParams;

use crate::camera::content_type;
use crate::door;
use crate::local_api::Desk;
use crate::local_api::answer::{Refusal, json, refuse};
use crate::recognition::{Flag, Record, Verdict, why};
use crate::store::event_log::{Filter, Recorded};

/// Events of a page when the caller does not say.
const PAGE: usize = 50;
/// Events of a page at most.
const LARGEST_PAGE: usize = 200;
/// Events a listener that comes back is told at once.
const CAUGHT_UP: usize = 200;

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Of this camera.
    camera: Option<String>,
    /// Of the person with this id; empty: of nobody known.
    person: Option<String>,
    /// `let_in`, `refused`, `possible` or `stranger`.
    verdict: Option<String>,
    /// Taken at this moment or later, milliseconds UTC.
    from: Option<i64>,
    /// Taken before this moment, milliseconds UTC.
    to: Option<i64>,
    /// `next` of the page before.
    cursor: Option<i64>,
    /// Events of a page, at most 200.
    limit: Option<usize>,
}

/// An event in a list.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = EventLine)]
pub(super) struct Line<'a> {
    seq: i64,
    taken_at: i64,
    camera: &'a str,
    identity_id: &'a str,
    identity_name: &'a str,
    person_type: i64,
    score: f64,
    verdict: Verdict,
    reason: &'a str,
    flag: Option<Flag>,
    door: &'a door::Outcome,
}

/// An event with everything that is known about it.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Event)]
pub(super) struct Whole<'a> {
    seq: i64,
    #[serde(flatten)]
    record: &'a Record,
    why: Vec<String>,
    /// Names of the people in the trace who are still enrolled, by id.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    names: Value,
    photos: Photos,
}

/// A page of events.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Events)]
pub(super) struct Lines<'a> {
    items: Vec<Line<'a>>,
    /// The cursor of the following page; null on the last.
    next: Option<i64>,
}

/// Where the pictures are.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = EventPhotos)]
struct Photos {
    spot: Option<String>,
    registration: Option<String>,
}

impl<'a> Line<'a> {
    fn of(seq: i64, record: &'a Record) -> Self {
        Self {
            seq,
            taken_at: record.taken_at,
            camera: &record.camera,
            identity_id: &record.identity_id,
            identity_name: &record.identity_name,
            person_type: record.person_type,
            score: record.score,
            verdict: record.verdict,
            reason: &record.reason,
            flag: record.trace.flag,
            door: &record.door,
        }
    }
}

/// Events, newest first. A page can be empty and still have a `next`: then nothing that fits was among the events looked at.
#[utoipa::path(get, path = "/api/v1/events", tag = "events", params(Wanted),
    responses((status = OK, body = Lines<'_>), (status = BAD_REQUEST)))]
pub(super) async fn list(
    State(desk): State<Desk>,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Response, Refusal> {
    let Query(wanted) = wanted.map_err(|error| wrong(error.body_text()))?;
    let limit = wanted.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE);
    let page = desk.stations.events.page(wanted.filter()?, limit).await?;
    let items: Vec<Line<'_>> = page.events.iter().map(|(seq, record)| Line::of(*seq, record)).collect();
    json(&Lines { items, next: page.next })
}

/// One event: everything that was measured, what each gate said, and why, in sentences.
#[utoipa::path(get, path = "/api/v1/events/{seq}", tag = "events", params(("seq" = i64, Path)),
    responses((status = OK, body = Whole<'_>), (status = NOT_FOUND)))]
pub(super) async fn show(State(desk): State<Desk>, Path(seq): Path<String>) -> Result<Response, Refusal> {
    let event = found(&desk, &seq).await?;
    let at = |name: &str| format!("/api/v1/events/{}/photos/{name}", event.seq);
    json(&Whole {
        seq: event.seq,
        record: &event.record,
        why: why(&event.record),
        names: names(&desk, &event.record),
        photos: Photos {
            spot: event.spot.as_ref().map(|_| at("spot")),
            registration: event.record.is_match().then(|| at("registration")),
        },
    })
}

/// A picture of an event: `spot` is what the camera saw, `registration` the photo the person is enrolled with now.
#[utoipa::path(get, path = "/api/v1/events/{seq}/photos/{name}", tag = "events",
    params(("seq" = i64, Path), ("name" = String, Path)),
    responses((status = OK, content_type = "image/jpeg"), (status = NOT_FOUND)))]
pub(super) async fn photo(
    State(desk): State<Desk>,
    Path((seq, name)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    let event = found(&desk, &seq).await?;
    let photo = match name.as_str() {
        "spot" => event.spot,
        "registration" => match desk.app.people.find(&IdentityId::new(event.record.identity_id.clone())) {
            Some((key, _)) if event.record.is_match() => desk.app.people.photo(key).await?,
            _ => None,
        },
        _ => return Err(missing(format!("an event has the photos spot and registration, not \"{name}\""))),
    };
    let photo = photo.ok_or_else(|| missing(format!("event {seq} has no {name} photo")))?;
    let kind = content_type(&photo);
    Ok(([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "private, no-store")], photo).into_response())
}

/// Events as they happen, as server-sent events: `event` with the number as id, and `missed` with a count when the listener was
/// too slow. A listener that comes back with `Last-Event-ID` is told what it missed, at most 200 events of it. At most 16 listen
/// at one time.
#[utoipa::path(get, path = "/api/v1/events/stream", tag = "events",
    responses((status = OK, content_type = "text/event-stream"),
        (status = SERVICE_UNAVAILABLE, description = "Too many listen already")))]
pub(super) async fn stream_live(State(desk): State<Desk>, headers: HeaderMap) -> Result<Response, Refusal> {
    let Ok(place) = desk.listeners.clone().try_acquire_owned() else {
        let text = "as many as may follow the events of this box do so already; close another listener, or ask for /api/v1/events";
        return Ok(refuse(StatusCode::SERVICE_UNAVAILABLE, Code::SERVER_PROCESS_FAILED, text));
    };
    let live = desk.stations.events.live();
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse::<i64>().ok());
    let earlier = match last {
        Some(seq) => desk.stations.events.since(seq, CAUGHT_UP).await?,
        None => Vec::new(),
    };
    let told = earlier.last().map_or(last.unwrap_or(0), |event| event.seq);
    let earlier =
        stream::iter(earlier.into_iter().filter_map(|event| message(&event)).map(Ok::<_, Infallible>));
    let all = earlier.chain(following(live, told).map(Ok));
    let stopping = desk.app.life.stopping();
    // The place is given back with the stream.
    let until_stop = all.take_until(stopping.cancelled_owned()).inspect(move |_| _ = &place);
    Ok(Sse::new(until_stop).keep_alive(KeepAlive::default()).into_response())
}

/// What is told from now on, without what was told already.
fn following(live: Receiver<Arc<Recorded>>, told: i64) -> impl Stream<Item = Event> {
    let next = move |mut live: Receiver<Arc<Recorded>>| async move {
        loop {
            let event = match live.recv().await {
                Ok(event) if event.seq <= told => continue,
                Ok(event) => message(&event),
                Err(RecvError::Lagged(missed)) => {
                    Some(Event::default().event("missed").data(missed.to_string()))
                }
                Err(RecvError::Closed) => return None,
            };
            if let Some(event) = event {
                return Some((event, live));
            }
        }
    };
    stream::unfold(live, next)
}

fn message(event: &Recorded) -> Option<Event> {
    let line = Line::of(event.seq, &event.record);
    Event::default().event("event").id(event.seq.to_string()).json_data(line).ok()
}

impl Wanted {
    fn filter(self) -> Result<Filter, Refusal> {
        let verdict = match self.verdict {
            Some(word) => Some(serde_json::from_value(word.clone().into()).map_err(|_| {
                wrong(format!("verdict: \"{word}\" is not one of let_in, refused, possible, stranger"))
            })?),
            None => None,
        };
        Ok(Filter {
            camera: self.camera,
            person: self.person,
            verdict,
            from: self.from,
            to: self.to,
            before: self.cursor,
        })
    }
}

async fn found(desk: &Desk, seq: &str) -> Result<Recorded, Refusal> {
    let unknown = || missing(format!("event {seq} is not kept (any more)"));
    let number = seq.parse::<i64>().map_err(|_| unknown())?;
    desk.stations.events.one(number).await?.ok_or_else(unknown)
}

fn names(desk: &Desk, record: &Record) -> Value {
    let name =
        |id: &String| Some((id.clone(), desk.app.people.find(&IdentityId::new(id.clone()))?.1.name.clone()));
    let candidates = record.trace.candidates.iter().map(|candidate| &candidate.identity_id);
    json!(candidates.filter_map(name).collect::<std::collections::BTreeMap<_, _>>())
}

fn wrong(text: String) -> Refusal {
    Refusal(ErrorObject::new(Code::FOG_PARAM_ERROR, text))
}

fn missing(text: String) -> Refusal {
    Refusal(ErrorObject::new(Code::FOG_NOT_FOUND, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_slow_listener_is_told_how_much_it_missed() {
        let (sender, live) = tokio::sync::broadcast::channel(2);
        for seq in 1..=5 {
            let record = crate::testing::record(seq, "7");
            sender.send(Arc::new(Recorded { seq, record, spot: None })).unwrap();
        }
        drop(sender);
        let told: Vec<String> =
            following(live, 4).map(|event| format!("{event:?}")).collect::<Vec<_>>().await;
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].contains("missed") && told[1].contains("id: 5"), "{told:?}");
    }
}
