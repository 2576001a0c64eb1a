//! What a greeting screen itself calls: it trades the secret of its link for a cookie, follows the greetings, and fetches pictures.
//! A link that is taken back ends it all at once.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{ConnectInfo, Extension, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use utoipa::ToSchema;

use super::super::pad::access::{Caller, challenge, is_from_here, too_many};
use super::{Lobby, media};
use crate::clock;
use crate::local_api::answer::refuse;
use crate::local_api::cookie;
use crate::local_api::sent::Sent;
use crate::local_api::server::Peer;
use crate::reason::table as reason;
use crate::screen::Keyring;
use crate::screen::welcome::{Greeting, Settings, View};
use crate::store::screen_keys::Key;
use crate::store::welcome_media::Media;

/// The cookie's name, and below which path it is sent.
const COOKIE: (&str, &str) = ("menshen_welcome", "/api/v1/welcome/screen");
/// How often a screen hears that the box is there; one that does not connects anew.
const BEAT: Duration = Duration::from_secs(10);

/// What the link holds.
#[derive(Deserialize, ToSchema)]
pub(super) struct Secret {
    #[serde(default)]
    key: String,
}

/// What a screen is told first, and whenever it changes.
#[derive(Serialize, ToSchema)]
struct Setup<'a> {
    settings: &'a Settings,
    media: &'a [Media],
}

/// One screen's stream.
struct Watching {
    view: View,
    keys: (Keyring, watch::Receiver<u64>),
    key: String,
    stopping: runtime::CancellationToken,
    beat: tokio::time::Interval,
    missed: std::vec::IntoIter<Arc<Greeting>>,
    told: u64,
    set_up: bool,
}

/// Makes the browser that asks a greeting screen, by the secret behind `#` in its link; it comes back as a cookie that scripts cannot
/// read. Wrong secrets are slowed down per address.
#[utoipa::path(post, path = "/api/v1/welcome/screen/session", tag = "welcome", request_body = Secret,
    responses((status = NO_CONTENT), (status = UNAUTHORIZED), (status = FORBIDDEN, description = "A page of another host"),
        (status = TOO_MANY_REQUESTS)))]
pub(super) async fn enter(
    State(lobby): State<Lobby>,
    headers: HeaderMap,
    peer: Option<Extension<ConnectInfo<Peer>>>,
    sent: Sent,
) -> Response {
    if !is_from_here(&headers) {
        return refuse(reason::foreign_page());
    }
    let Caller(caller) = Caller::of(peer.as_deref());
    if let Some(wait) = lobby.attempts.wait(caller, Instant::now()) {
        return too_many(wait);
    }
    let Secret { key: secret } = match sent.plain() {
        Ok(sent) => sent,
        Err(refusal) => return refusal.into_response(),
    };
    let keys = &lobby.desk.stations.screens.keys;
    if keys.find(&secret).is_none_or(|key| key.camera.is_some()) {
        lobby.attempts.failed(caller, Instant::now());
        tracing::warn!(%caller, "a greeting screen was refused: wrong link");
        return challenge(reason::wrong_screen_link(), &headers);
    }
    let cookie = cookie::make(COOKIE.0, &secret, COOKIE.1, &headers, peer.as_deref());
    let mut answer = StatusCode::NO_CONTENT.into_response();
    answer.headers_mut().extend(cookie.map(|cookie| (header::SET_COOKIE, cookie)));
    answer
}

/// What a screen shows, as server-sent events: `setup` (settings and media) first and whenever it changes, `greeting` for each person
/// to greet, `beat` every ten seconds, and `revoked` before the end when the link was taken back. A screen that comes back with
/// `Last-Event-ID` hears what it missed, as far as it is not older than ten seconds. Its cookie is renewed. At most 16 look at one
/// time.
#[utoipa::path(get, path = "/api/v1/welcome/screen/stream", tag = "welcome",
    responses((status = OK, content_type = "text/event-stream"), (status = UNAUTHORIZED),
        (status = SERVICE_UNAVAILABLE, description = "Too many look already")))]
pub(super) async fn stream(
    State(lobby): State<Lobby>,
    headers: HeaderMap,
    peer: Option<Extension<ConnectInfo<Peer>>>,
) -> Response {
    let screens = &lobby.desk.stations.screens;
    let changes = screens.keys.changes();
    let Some(key) = key_of(&lobby, &headers) else { return refused(&headers) };
    let Some(view) = screens.welcome.view() else {
        return refuse(reason::too_many_watching_screens());
    };
    if let Err(error) = screens.keys.used(&key.id).await {
        tracing::warn!(%error, "it could not be noted that a greeting screen has connected");
    }
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    let missed = last.map_or_else(Vec::new, |id| screens.welcome.since(id));
    let watching = Watching {
        view,
        keys: (screens.keys.clone(), changes),
        key: key.id.clone(),
        stopping: lobby.desk.app.life.stopping(),
        beat: tokio::time::interval(BEAT),
        missed: missed.into_iter(),
        told: last.unwrap_or(0),
        set_up: false,
    };
    let events = stream::unfold(Some(watching), |watching| async move {
        let (event, watching) = watching?.next().await?;
        Some((Ok::<_, Infallible>(event), watching))
    });
    let mut answer = ([(header::CACHE_CONTROL, "no-store")], Sse::new(events)).into_response();
    let renewed = cookie::read(&headers, COOKIE.0)
        .and_then(|secret| cookie::make(COOKIE.0, secret, COOKIE.1, &headers, peer.as_deref()));
    answer.headers_mut().extend(renewed.map(|cookie| (header::SET_COOKIE, cookie)));
    answer
}

/// The picture of a greeting, for a minute and a half.
#[utoipa::path(get, path = "/api/v1/welcome/screen/pictures/{id}", tag = "welcome", params(("id" = u64, Path)),
    responses((status = OK, content_type = "image/jpeg"), (status = UNAUTHORIZED), (status = NOT_FOUND)))]
pub(super) async fn picture(
    State(lobby): State<Lobby>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    if key_of(&lobby, &headers).is_none() {
        return refused(&headers);
    }
    match id.parse().ok().and_then(|id| lobby.desk.stations.screens.welcome.picture(id)) {
        Some((bytes, kind)) => {
            let headers = [
                (header::CONTENT_TYPE, kind),
                (header::CACHE_CONTROL, "private, no-store"),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            ];
            (headers, bytes).into_response()
        }
        None => refuse(reason::picture_gone()),
    }
}

/// A logo, background or video; `Range` is followed.
#[utoipa::path(get, path = "/api/v1/welcome/screen/media/{id}", tag = "welcome", params(("id" = String, Path)),
    responses((status = OK, content_type = "image/png"), (status = PARTIAL_CONTENT), (status = UNAUTHORIZED), (status = NOT_FOUND),
        (status = RANGE_NOT_SATISFIABLE)))]
pub(super) async fn piece(
    State(lobby): State<Lobby>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    if key_of(&lobby, &headers).is_none() {
        return refused(&headers);
    }
    media::piece(&lobby.desk, &id, &headers).await.unwrap_or_else(axum::response::IntoResponse::into_response)
}

/// The link of the screen that calls.
fn key_of(lobby: &Lobby, headers: &HeaderMap) -> Option<Arc<Key>> {
    let key = lobby.desk.stations.screens.keys.find(cookie::read(headers, COOKIE.0)?)?;
    (key.camera.is_none() && is_from_here(headers)).then_some(key)
}

fn refused(headers: &HeaderMap) -> Response {
    challenge(reason::no_screen_here(), headers)
}

impl Watching {
    /// The next event, and the stream after it unless that was the last.
    async fn next(mut self) -> Option<(Event, Option<Self>)> {
        if !self.set_up {
            self.set_up = true;
            let event = self.setup();
            return Some((event, Some(self)));
        }
        if let Some(greeting) = self.missed.next() {
            return Some((self.tell(&greeting), Some(self)));
        }
        loop {
            tokio::select! {
                // Settings that were changed before a greeting are told before it.
                biased;
                () = self.stopping.cancelled() => return None,
                Ok(()) = self.keys.1.changed() => {
                    if !self.keys.0.holds(&self.key) {
                        return Some((Event::default().event("revoked").data("the link was taken back"), None));
                    }
                }
                Ok(()) = self.view.settings.changed() => return Some((self.setup(), Some(self))),
                Ok(()) = self.view.media.changed() => return Some((self.setup(), Some(self))),
                _ = self.beat.tick() => {
                    let event = Event::default().event("beat").data(clock::now().to_string());
                    return Some((event, Some(self)));
                }
                greeting = self.view.told.recv() => match greeting {
                    // What was told as missed already.
                    Ok(greeting) if greeting.id <= self.told => {}
                    Ok(greeting) => return Some((self.tell(&greeting), Some(self))),
                    // Whoever passed so long ago needs no greeting any more.
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return None,
                },
            }
        }
    }

    fn setup(&mut self) -> Event {
        let settings = self.view.settings.borrow_and_update().clone();
        let media = self.view.media.borrow_and_update().clone();
        written("setup", &Setup { settings: &settings, media: &media })
    }

    fn tell(&mut self, greeting: &Greeting) -> Event {
        self.told = self.told.max(greeting.id);
        written("greeting", greeting).id(greeting.id.to_string())
    }
}

fn written(name: &str, data: &impl Serialize) -> Event {
    // Structs of strings and numbers always serialise.
    Event::default().event(name).json_data(data).unwrap_or_default()
}
