//! A live wall as its screen sees it: by its key alone, and nothing but what it was made to show.
//!
//! The contract: an event that the wall's filter leaves out does not exist here, nor does one older than a day; without names no
//! name leaves, without photos no picture does. Who revokes the wall ends its streams.

mod seen;

use std::sync::Arc;

use axum::Json;
use axum::extract::connect_info::ConnectInfo;
use axum::extract::{Extension, State};
use axum::http::{HeaderName, header};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

pub(crate) use self::seen::{Lens, WallEvent};
use super::error::{ApiResult, ErrorBody};
use super::events::search::Search;
use super::extract::{Asked, At, Body};
use super::identify::{WALL_COOKIE, hash_of};
use super::photos::{Picture, picture};
use super::stream;
use crate::app::App;
use crate::clock;
use crate::db::audit::{self, Deed};
use crate::db::event_filter::EventFilter;
use crate::db::event_list::{self, EventRow};
use crate::db::feed;
use crate::db::wall::{self, Wall};
use crate::forwarded::Scheme;
use crate::live::{Filter, Head};
use crate::refusal::Refusal;
use crate::server::Peer;

/// How far back a wall looks, in milliseconds.
const BACK: i64 = 24 * 3_600_000;
/// Events that are shown when a screen is switched on.
const FIRST: usize = 24;

/// The key of a wall.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WallKey {
    key: String,
}

/// What a wall is like.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WallOpened {
    name: String,
    show_names: bool,
    show_photos: bool,
}

/// The newest events of a wall.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WallEvents {
    /// Newest first.
    items: Vec<WallEvent>,
}

/// Where to begin.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct WallStreamQuery {
    /// Begin after this number (an `id` of this stream) instead of now.
    after: Option<i64>,
}

/// Opens a wall: its key becomes a cookie that is sent with everything below `/api/v1/wall` and nothing else.
#[utoipa::path(post, path = "/api/v1/wall/session", tag = "wall", request_body = WallKey, responses(
    (status = OK, body = WallOpened), (status = UNAUTHORIZED, body = ErrorBody, description = "unknown, or revoked"),
    (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn open(
    State(app): State<Arc<App>>,
    ConnectInfo(Peer(peer)): ConnectInfo<Peer>,
    Extension(scheme): Extension<Scheme>,
    Body(asked): Body<WallKey>,
) -> ApiResult<([(HeaderName, String); 1], Json<WallOpened>)> {
    let hash = hash_of(&asked.key);
    let found = app.db.read(move |tx| wall::of_key(tx, &hash)).await?;
    let found = found.ok_or(Refusal::Unauthenticated(NO_WALL))?;
    let deed = Deed {
        actor: format!("wall:{}", found.id),
        address: peer.ip().to_canonical().to_string(),
        action: "wall.open",
        subject: found.id.clone(),
        detail: json!({"name": found.name}),
    };
    let now = clock::now();
    app.db
        .write(move |tx| {
            wall::touch(tx, &deed.subject, now)?;
            audit::append(tx, &deed, now)
        })
        .await?;
    let secure = if scheme == Scheme::Https { "; Secure" } else { "" };
    let cookie = format!("{WALL_COOKIE}={}; HttpOnly; SameSite=Strict; Path=/api/v1/wall{secure}", asked.key);
    let Wall { name, show_names, show_photos, .. } = found;
    Ok(([(header::SET_COOKIE, cookie)], Json(WallOpened { name, show_names, show_photos })))
}

/// What the wall shows first.
#[utoipa::path(get, path = "/api/v1/wall/events", tag = "wall", responses((status = OK, body = WallEvents)))]
pub(crate) async fn events(
    State(app): State<Arc<App>>,
    Extension(wall): Extension<Wall>,
) -> ApiResult<Json<WallEvents>> {
    let lens = Lens::of(&wall);
    let mut search = Search::new(wall.searched(clock::now() - BACK), None);
    let rows = search.page(&app, FIRST).await?;
    let items = rows.iter().map(|row| lens.through(WallEvent::of(row))).collect();
    Ok(Json(WallEvents { items }))
}

/// What the wall shows from now on, as server-sent events: `event: event` with what `GET /api/v1/wall/events` lists; otherwise
/// as `GET /api/v1/stream`.
#[utoipa::path(get, path = "/api/v1/wall/stream", tag = "wall", params(WallStreamQuery), responses(
    (status = OK, content_type = "text/event-stream", body = String),
    (status = UNPROCESSABLE_ENTITY, body = ErrorBody),
    (status = SERVICE_UNAVAILABLE, body = ErrorBody, description = "too many viewers")))]
pub(crate) async fn follow(
    State(app): State<Arc<App>>,
    Extension(wall): Extension<Wall>,
    Asked(asked): Asked<WallStreamQuery>,
) -> ApiResult<Response> {
    let place = app.live.place_at(&wall.id).ok_or(Refusal::Busy)?;
    stream::begin(app, wall.filter(), asked.after, place, Some(Lens::of(&wall))).await
}

/// A picture of an event that the wall shows.
#[utoipa::path(get, path = "/api/v1/wall/events/{id}/photos/{which}", tag = "wall",
    params(("id" = String, Path), ("which" = String, Path, description = "`spot` or `reg`")),
    responses((status = OK, content_type = "image/*", body = Vec<u8>), (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn photo(
    State(app): State<Arc<App>>,
    Extension(wall): Extension<Wall>,
    At((id, which)): At<(String, String)>,
) -> ApiResult<Picture> {
    let asked = id.clone();
    let found = app.db.read(move |tx| event_list::find(tx, &asked)).await?;
    let found = found.filter(|row| wall.shows(row, clock::now()) && wall.show_photos);
    let key = found.and_then(|found| match which.as_str() {
        "spot" => found.spot_key,
        "reg" => found.reg_key,
        _ => None,
    });
    picture(&app, &key.ok_or_else(|| Refusal::not_found("picture of event", id))?).await
}

/// What is said to a key that opens nothing.
pub(super) const NO_WALL: &str = "this wall is unknown or was revoked: ask whoever gave you the link";

impl Wall {
    fn filter(&self) -> Filter {
        Filter {
            kinds: vec![feed::EVENT.to_owned()],
            dev_sno: self.dev_sno.clone(),
            site: self.site.clone(),
            ep_id: self.ep_id.clone(),
            types: self.types.clone(),
            ..Filter::default()
        }
    }

    fn searched(&self, from: i64) -> EventFilter {
        EventFilter {
            from: Some(from),
            dev_sno: self.dev_sno.clone(),
            site: self.site.clone(),
            ep_id: self.ep_id.clone(),
            types: self.types.clone(),
            ..EventFilter::default()
        }
    }

    fn shows(&self, row: &EventRow, now: i64) -> bool {
        row.estimated_at >= now - BACK && self.filter().passes(&Head::of(row))
    }
}
