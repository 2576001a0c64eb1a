//! What a camera shows: its newest picture, and pictures with the faces in them as they come. Nothing of it is kept.

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{Path, State};
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse as _, Response};
use runtime::CancellationToken;
use serde::Serialize;
use utoipa::ToSchema;

use crate::camera::Status;
use crate::local_api::Desk;
use crate::local_api::answer::{Refusal, refuse};
use crate::local_api::guard::Caller;
use crate::reason::table as reason;
use crate::recognition::{SeenFace, View};

/// Those who watch at one time; each takes a connection, and a picture several times a second.
pub(in crate::local_api) const VIEWERS: usize = 12;
/// How often a viewer is asked whether it is there.
const BEAT: Duration = Duration::from_secs(10);
/// How long a message may take to be taken.
const SENDING: Duration = Duration::from_secs(10);
/// Viewers have nothing to say.
const LARGEST: usize = 4 << 10;

/// What comes down in text.
#[derive(Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum LiveMessage {
    /// A picture: its JPEG is the next message, a binary one.
    Frame {
        /// When it was taken, milliseconds UTC.
        taken_at: i64,
        /// Its width and height as the camera delivered it, pixels; the JPEG may be smaller.
        size: [u32; 2],
        faces: Vec<SeenFace>,
    },
    /// How the camera is, first of all and whenever that changes.
    State { camera: Status },
}

/// Somebody watches.
struct Viewer {
    desk: Desk,
    camera: String,
    socket: WebSocket,
    /// Ends with the session.
    ended: CancellationToken,
}

/// The viewer has gone, or does not take what is sent.
struct Gone;

/// The newest picture of a camera, reduced to 960 pixels. Its age is in `x-taken-at`: when it was taken, milliseconds UTC.
#[utoipa::path(get, path = "/api/v1/cameras/{name}/picture", tag = "cameras", params(("name" = String, Path)),
    responses((status = OK, content_type = "image/jpeg"),
        (status = NOT_FOUND, description = "There is no such camera, or it has delivered no picture since the box was started")))]
pub(super) async fn picture(State(desk): State<Desk>, Path(name): Path<String>) -> Result<Response, Refusal> {
    let settings = desk.stations.cameras.settings(&name).ok_or_else(|| reason::no_camera(name.as_str()))?;
    let newest = desk.stations.recognition.sights().newest(&settings.name);
    let view = newest.ok_or_else(|| reason::no_picture_yet(name))?;
    let headers = [
        (header::CONTENT_TYPE, "image/jpeg".to_owned()),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
        (HeaderName::from_static("x-taken-at"), view.taken_at.to_string()),
    ];
    Ok((headers, view.jpeg.clone()).into_response())
}

/// What a camera shows, as it comes (WebSocket): for each picture a text message of type `frame` with the faces in it, then the JPEG
/// as a binary message; and a text message of type `state` at first and whenever the camera's state changes (see `LiveMessage`).
/// A viewer that is too slow misses pictures, never gets old ones. At most twelve watch at one time. Nothing is kept.
#[utoipa::path(get, path = "/api/v1/cameras/{name}/live", tag = "cameras", params(("name" = String, Path)),
    responses((status = SWITCHING_PROTOCOLS, body = LiveMessage), (status = BAD_REQUEST), (status = NOT_FOUND),
        (status = SERVICE_UNAVAILABLE, description = "Too many watch already")))]
pub(super) async fn live(
    State(desk): State<Desk>,
    Path(name): Path<String>,
    Extension(caller): Extension<Caller>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    if desk.stations.cameras.settings(&name).is_none() {
        return refuse(reason::no_camera(name));
    }
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade.max_message_size(LARGEST).max_frame_size(LARGEST),
        Err(rejection) => return refuse(reason::no_upgrade(rejection.body_text())),
    };
    let Ok(place) = Arc::clone(&desk.viewers).try_acquire_owned() else {
        return refuse(reason::too_many_viewers());
    };
    let ended = match caller {
        Caller::Session(held) => held.ended,
        _ => CancellationToken::new(),
    };
    upgrade.on_upgrade(move |socket| async move {
        // The place is given back when nobody watches any more.
        let _place = place;
        let camera = name.clone();
        if (Viewer { desk, camera, socket, ended }).watch().await.is_err() {
            tracing::debug!(camera = %name, "a viewer has gone");
        }
    })
}

impl Viewer {
    async fn watch(mut self) -> Result<(), Gone> {
        let mut views = self.desk.stations.recognition.sights().watch(&self.camera);
        let mut changes = self.desk.stations.cameras.changes();
        let mut beat = tokio::time::interval(BEAT);
        let stopping = self.desk.app.life.stopping();
        let mut told = None;
        views.mark_changed();
        changes.mark_changed();
        loop {
            tokio::select! {
                () = stopping.cancelled() => return self.close(close_code::AWAY, "the box is stopping").await,
                () = self.ended.cancelled() => return self.close(close_code::POLICY, "the session has ended").await,
                changed = changes.changed() => {
                    let status = self.status();
                    let Some(camera) = status.filter(|_| changed.is_ok()) else {
                        return self.close(close_code::NORMAL, "the camera was removed").await;
                    };
                    // They tell of every camera's changes.
                    let state = (camera.health.clone(), camera.since);
                    if told.as_ref() != Some(&state) {
                        told = Some(state);
                        self.say(&LiveMessage::State { camera }).await?;
                    }
                }
                changed = views.changed() => {
                    if changed.is_err() {
                        return self.close(close_code::NORMAL, "the camera was removed").await;
                    }
                    let view = views.borrow_and_update().clone();
                    if let Some(view) = view {
                        self.show(&view).await?;
                    }
                }
                _ = beat.tick() => self.send(Message::Ping(Default::default())).await?,
                message = self.socket.recv() => match message {
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(Gone),
                    Some(Ok(_)) => {}
                },
            }
        }
    }

    fn status(&self) -> Option<Status> {
        self.desk.stations.cameras.status().into_iter().find(|status| status.name == self.camera)
    }

    async fn show(&mut self, view: &View) -> Result<(), Gone> {
        let View { taken_at, size, jpeg, faces } = view;
        self.say(&LiveMessage::Frame { taken_at: *taken_at, size: *size, faces: faces.clone() }).await?;
        self.send(Message::Binary(jpeg.clone())).await
    }

    async fn say(&mut self, message: &LiveMessage) -> Result<(), Gone> {
        let text = serde_json::to_string(message).map_err(|_| Gone)?;
        self.send(Message::Text(text.into())).await
    }

    async fn close(&mut self, code: u16, reason: &'static str) -> Result<(), Gone> {
        self.send(Message::Close(Some(CloseFrame { code, reason: reason.into() }))).await
    }

    async fn send(&mut self, message: Message) -> Result<(), Gone> {
        match tokio::time::timeout(SENDING, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Gone),
        }
    }
}
