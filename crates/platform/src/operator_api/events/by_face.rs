//! Past events searched by an uploaded face: an exact scan over the templates kept with events, newest first, in short steps. Who
//! searched, and why, is remembered before anything is looked at; the uploaded picture is not kept.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::task::spawn_blocking;
use tokio::time::Instant;
use utoipa::{IntoParams, ToSchema};

use super::query::EventQuery;
use super::view::EventView;
use crate::app::App;
use crate::clock;
use crate::db::event_filter::EventFilter;
use crate::db::event_template::{self, Kept};
use crate::db::{audit, event_list};
use crate::judge::Seen;
use crate::operator_api::access::Caller;
use crate::operator_api::error::{ApiResult, ErrorBody};
use crate::operator_api::extract::{AskedBoth, read_body};
use crate::operator_api::photos::PHOTO_LIMIT;
use crate::refusal::Refusal;
use crate::seal::{DayKey, Label};

/// Matches answered at most.
const MOST: usize = 100;
/// Rows looked at in one step.
const SLICE: i64 = 2_000;
/// How long one request may search.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why, and how many.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FaceQuery {
    /// Why the search is made, 3 to 300 characters; it is remembered with who made it.
    reason: String,
    /// Matches at most, 1 to 100; 20 unless given.
    limit: Option<usize>,
}

/// An event whose picture resembles the face.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FaceMatch {
    /// How much, 0 to 1; 0.5 where same and different are equally likely.
    similarity: f64,
    event: EventView,
}

/// What a search by face found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FaceMatches {
    /// Most similar first.
    items: Vec<FaceMatch>,
    /// Templates that were compared.
    compared: u64,
    /// Milliseconds the comparing took.
    took_ms: u64,
    /// Events before this time were not looked at any more: ask again with `until`. Null: all were.
    stopped_at: Option<i64>,
}

/// Searches past events by a face. The body is the picture (JPEG, PNG, WebP or BMP, at most 10 MiB); its largest face is compared with
/// the largest face of every event's capture, within the filters of the list. Needs `search.by_face`; pictures are looked at in the
/// background, so very recent events may be missing. Scores are of the models' own scale, and a resemblance is not an identity.
#[utoipa::path(post, path = "/api/v1/events/search-by-face", tag = "events", params(FaceQuery, EventQuery),
    request_body(content = Vec<u8>, content_type = "image/*"), responses(
    (status = OK, body = FaceMatches), (status = PAYLOAD_TOO_LARGE, body = ErrorBody),
    (status = UNPROCESSABLE_ENTITY, body = ErrorBody, description = "no face, or no reason"),
    (status = SERVICE_UNAVAILABLE, body = ErrorBody, description = "not enabled, no models, or too busy")))]
pub(crate) async fn search_by_face(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    AskedBoth(asked, events): AskedBoth<FaceQuery, EventQuery>,
    request: Request,
) -> ApiResult<Json<FaceMatches>> {
    if !app.config.search.by_face {
        let todo = "not enabled here: set search.by_face = true in the platform's configuration".to_owned();
        return Err(Refusal::Unavailable { what: "search by face", todo }.into());
    }
    let reason = asked.reason.trim().to_owned();
    if !(3..=300).contains(&reason.chars().count()) {
        return Err(Refusal::invalid("reason", "must be 3 to 300 characters that say why").into());
    }
    let limit = asked.limit.unwrap_or(20);
    if !(1..=MOST).contains(&limit) {
        return Err(Refusal::invalid("limit", format!("must be 1 to {MOST}")).into());
    }
    let mut filter = events.filter(&caller)?;
    filter.photo = Some(true);
    let picture = read_body(request, PHOTO_LIMIT).await?;
    let detail = json!({"reason": reason, "from": filter.from, "until": filter.until});
    let deed = caller.deed("event.search_by_face", "", detail);
    app.db.write(move |tx| audit::append(tx, &deed, clock::now())).await?;
    let face = app.judge.see(picture).await?;
    let face = face.ok_or_else(|| Refusal::invalid("body", "shows no face that can be compared"))?;
    Ok(Json(Scan::new(&app, face, filter).run(limit).await?))
}

/// A scan in progress.
struct Scan<'a> {
    app: &'a App,
    face: Arc<Seen>,
    filter: EventFilter,
    keys: HashMap<i64, Option<Arc<DayKey>>>,
    best: Vec<(f64, String)>,
    compared: u64,
}

impl<'a> Scan<'a> {
    fn new(app: &'a App, face: Seen, filter: EventFilter) -> Self {
        Self { app, face: Arc::new(face), filter, keys: HashMap::new(), best: Vec::new(), compared: 0 }
    }

    async fn run(mut self, limit: usize) -> Result<FaceMatches, Refusal> {
        let began = Instant::now();
        let mut place = None;
        let stopped_at = loop {
            let (filter, after, pack) = (self.filter.clone(), place, self.face.pack().to_owned());
            let read = move |tx: &mut crate::db::Tx<'_>| {
                event_template::step(tx, &pack, &filter, after.as_ref(), SLICE)
            };
            let found = self.app.db.read(read).await?;
            self.compare(found.what, limit).await?;
            place = found.reached;
            match &place {
                None => break None,
                Some((at, _)) if began.elapsed() >= PATIENCE => break Some(at + 1),
                Some(_) => {}
            }
        };
        let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let compared = self.compared;
        Ok(FaceMatches { items: self.matches().await?, compared, took_ms, stopped_at })
    }

    /// Opens and compares a page, and keeps the best.
    async fn compare(&mut self, page: Vec<Kept>, limit: usize) -> Result<(), Refusal> {
        let mut sealed = Vec::with_capacity(page.len());
        for kept in page {
            if let Some(key) = self.key(kept.day).await? {
                sealed.push((key, kept));
            }
        }
        self.compared += sealed.len() as u64;
        let face = Arc::clone(&self.face);
        let compare = move || {
            let alike = sealed.into_iter().filter_map(|(key, kept)| {
                let template = key.open(Label::Template(&kept.event_id), &kept.sealed).ok()?;
                face.resembles(&template).map(|similarity| (similarity, kept.event_id))
            });
            alike.collect::<Vec<_>>()
        };
        let alike = spawn_blocking(compare).await;
        self.best.extend(alike.map_err(|_| Refusal::Internal("comparing faces panicked".to_owned()))?);
        self.best.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| b.1.cmp(&a.1)));
        self.best.truncate(limit);
        Ok(())
    }

    /// The key of a day; `None` when it was destroyed.
    async fn key(&mut self, day: i64) -> Result<Option<Arc<DayKey>>, Refusal> {
        if let Some(known) = self.keys.get(&day) {
            return Ok(known.clone());
        }
        let key = self.app.seal.day(day).await?.map(Arc::new);
        self.keys.insert(day, key.clone());
        Ok(key)
    }

    async fn matches(self) -> Result<Vec<FaceMatch>, Refusal> {
        let best = self.best;
        let ids: Vec<String> = best.iter().map(|(_, id)| id.clone()).collect();
        let rows = self
            .app
            .db
            .read(move |tx| event_list::by_ids(tx, &ids.iter().map(String::as_str).collect::<Vec<_>>()))
            .await?;
        let mut events: HashMap<String, EventView> =
            rows.into_iter().map(|row| (row.id.clone(), row.into())).collect();
        let found = best
            .into_iter()
            .filter_map(|(similarity, id)| events.remove(&id).map(|event| FaceMatch { similarity, event }));
        Ok(found.collect())
    }
}
