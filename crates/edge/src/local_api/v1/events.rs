//! Events with their traces: page by page, one by one with "why" in sentences, their pictures, and live as they happen.

pub(super) mod live;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use protocol::IdentityId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::IntoParams;

use crate::camera::content_type;
use crate::decision::{Flag, Record, Verdict, why};
use crate::door;
use crate::event_log::{Filter, Recorded};
use crate::local_api::Desk;
use crate::local_api::answer::{Refusal, json};
use crate::reason::table as reason;

/// Events of a page when the caller does not say.
const PAGE: usize = 50;
/// Events of a page at most.
const LARGEST_PAGE: usize = 200;

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Of this camera.
    camera: Option<String>,
    /// Of the person with this id; empty: of nobody known.
    person: Option<String>,
    /// Of whom this is a part of id or name.
    who: Option<String>,
    /// Of a person found in this library.
    library: Option<String>,
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
    /// The library the person was found in.
    group_name: &'a str,
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
            group_name: &record.group_name,
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
    let Query(wanted) = wanted.map_err(|error| Refusal::unreadable(error.body_text()))?;
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
        _ => return Err(reason::unknown_event_photo(name).into()),
    };
    let photo = photo.ok_or_else(|| reason::no_event_photo(seq, name))?;
    let kind = content_type(&photo);
    Ok(([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "private, no-store")], photo).into_response())
}

impl Wanted {
    fn filter(self) -> Result<Filter, Refusal> {
        let verdict = match self.verdict {
            Some(word) => Some(serde_json::from_value(word.clone().into()).map_err(|_| {
                reason::not_one_of(word, "let_in, refused, possible, stranger").of("verdict")
            })?),
            None => None,
        };
        Ok(Filter {
            camera: self.camera,
            person: self.person,
            who: self.who,
            library: self.library,
            verdict,
            from: self.from,
            to: self.to,
            before: self.cursor,
        })
    }
}

async fn found(desk: &Desk, seq: &str) -> Result<Recorded, Refusal> {
    let unknown = || reason::no_event(seq);
    let number = seq.parse::<i64>().map_err(|_| unknown())?;
    Ok(desk.stations.events.one(number).await?.ok_or_else(unknown)?)
}

fn names(desk: &Desk, record: &Record) -> Value {
    let name =
        |id: &String| Some((id.clone(), desk.app.people.find(&IdentityId::new(id.clone()))?.1.name.clone()));
    let candidates = record.trace.candidates.iter().map(|candidate| &candidate.identity_id);
    json!(candidates.filter_map(name).collect::<std::collections::BTreeMap<_, _>>())
}
