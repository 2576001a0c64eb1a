//! Captures by WebSocket: binary messages go up, JSON comes down, one answer for each capture.
//!
//! One capture is judged at a time; while it is, one more may wait, and the newest wins: the one it replaces is told so. A
//! stream on which nothing comes for [`IDLE`] is closed, and so is one whose camera was changed or removed.

use std::future::pending;
use std::time::{Duration, Instant};

use axum::extract::rejection::QueryRejection;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{ConnectInfo, Extension, Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::SplitSink;
use futures_util::{SinkExt as _, StreamExt as _};
use serde::Deserialize;
use serde_json::{Value, json};

use super::access::{Admitted, Caller, is_from_here};
use super::decision::Decision;
use super::pair::COOKIE;
use super::seats::{Kind, Seat};
use super::{JUDGING, LARGEST, Outcome, Pads, judge};
use crate::local_api::answer::refuse;
use crate::local_api::cookie;
use crate::local_api::server::Peer;
use crate::reason::table as reason;

/// Nothing came for this long, not even an answer to a ping: nobody is there.
const IDLE: Duration = Duration::from_secs(30);
/// How often the pad is asked whether it is there, and told how the box is.
const BEAT: Duration = Duration::from_secs(10);
/// How long a message may take to be taken.
const SENDING: Duration = Duration::from_secs(10);
/// The longest order in text, bytes.
const LONGEST_TEXT: usize = 4 << 10;
/// A message up to this size is read to be refused in words; whoever sends more is cut off.
const CUT_OFF: usize = LARGEST + (1 << 20);

/// What a browser that was a pad is told.
const TAKEN_BACK: &str = "this terminal was taken back";

/// What stands in the address.
#[derive(Debug, Deserialize)]
pub(super) struct Address {
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    photo: bool,
}

/// What a pad may say.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Order {
    /// How are you?
    Ping,
    /// With or without registration photos from now on.
    Options {
        #[serde(default)]
        photo: bool,
    },
}

/// A stream of captures and decisions (WebSocket).
///
/// Each binary message is a capture: a JPEG or PNG of at most 6 MB. They are numbered from 1, and each has exactly one answer
/// with its number as `capture`: `{"type": "decision", …}` as the answer of `POST …/captures`,
/// `{"type": "superseded", "capture", "reason"}` when a newer one took its place, or `{"type": "error", "capture", "code",
/// "reason"}` with code `unreadable`, `too_large` or `busy`. Beside these come `{"type": "hello", "camera", "max_bytes",
/// "judged_within_ms", "idle_ms"}` first and `{"type": "health", "state", "people", "waiting"}` every ten seconds. The pad may
/// send `{"type": "options", "photo": true}` and `{"type": "ping"}`, which is answered by `health`. The cookie of a browser that was
/// paired is renewed.
#[utoipa::path(get, path = "/api/v1/pad/{camera}/stream", tag = "pads",
    params(("camera" = String, Path, description = "A camera of kind pad"),
        ("code" = Option<String>, Query, description = "The camera's password, for browsers, which can set no header here"),
        ("photo" = Option<bool>, Query, description = "With registration photos")),
    responses((status = SWITCHING_PROTOCOLS), (status = BAD_REQUEST), (status = UNAUTHORIZED),
        (status = FORBIDDEN, description = "A page of another host"), (status = NOT_FOUND),
        (status = SERVICE_UNAVAILABLE, description = "Too many streams")))]
pub(super) async fn stream(
    State(pads): State<Pads>,
    Path(camera): Path<String>,
    address: Result<Query<Address>, QueryRejection>,
    headers: HeaderMap,
    peer: Option<Extension<ConnectInfo<Peer>>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let (code, photo) = address.map_or((None, false), |Query(address)| (address.code, address.photo));
    let caller = Caller::of(peer.as_deref());
    let admitted = match pads.admit(&camera, caller, &headers, code).await {
        Ok(admitted) => admitted,
        Err(refusal) => return refusal,
    };
    if !is_from_here(&headers) {
        return refuse(reason::foreign_page());
    }
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade.max_message_size(CUT_OFF).max_frame_size(CUT_OFF),
        Err(rejection) => return rejection.into_response(),
    };
    let Some(seat) = pads.seats.take(Kind::Stream, &camera) else {
        return refuse(reason::too_many_streams());
    };
    let renewed = admitted.terminal.as_ref().and_then(|_| {
        cookie::make(COOKIE.0, cookie::read(&headers, COOKIE.0)?, COOKIE.1, &headers, peer.as_deref())
    });
    let mut answer = upgrade.on_upgrade(move |socket| async move {
        let (sink, source) = socket.split();
        let talk = Talk { pads, admitted, sink, photo, sent: 0, waiting: None, judging: None, _seat: seat };
        if talk.run(source).await.is_err() {
            tracing::debug!(%camera, "a pad's stream broke");
        }
    });
    answer.headers_mut().extend(renewed.map(|cookie| (header::SET_COOKIE, cookie)));
    answer
}

/// One stream.
struct Talk {
    pads: Pads,
    admitted: Admitted,
    sink: SplitSink<WebSocket, Message>,
    photo: bool,
    /// Captures that came so far.
    sent: u64,
    waiting: Option<(u64, Bytes)>,
    judging: Option<BoxFuture<'static, (u64, Outcome)>>,
    _seat: Seat,
}

/// The other side does not take what is sent.
struct Deaf;

impl Talk {
    async fn run(mut self, mut source: futures_util::stream::SplitStream<WebSocket>) -> Result<(), Deaf> {
        let stopping = self.pads.desk.app.life.stopping();
        let mut changes = self.pads.desk.stations.cameras.changes();
        let mut keys = self.pads.desk.stations.screens.keys.changes();
        // It may have been taken back while the stream was being opened.
        if !self.is_paired() {
            return self.close(close_code::POLICY, TAKEN_BACK).await;
        }
        self.begin().await;
        let mut beat = tokio::time::interval(BEAT);
        beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut heard = Instant::now();
        self.hello().await?;
        loop {
            self.judge_next();
            let judging = async {
                match self.judging.as_mut() {
                    Some(judging) => judging.await,
                    None => pending().await,
                }
            };
            tokio::select! {
                () = stopping.cancelled() => return self.close(close_code::AWAY, "the box is stopping").await,
                Ok(()) = changes.changed() => {
                    if !self.is_current() {
                        return self.close(close_code::AGAIN, "this camera was changed or removed").await;
                    }
                }
                Ok(()) = keys.changed() => {
                    if !self.is_paired() {
                        return self.close(close_code::POLICY, TAKEN_BACK).await;
                    }
                }
                (number, outcome) = judging => {
                    self.judging = None;
                    self.answer(number, outcome).await?;
                }
                _ = beat.tick() => {
                    if heard.elapsed() > IDLE {
                        return self.close(close_code::AWAY, "nothing was heard for too long").await;
                    }
                    self.send(Message::Ping(Bytes::new())).await?;
                    self.health().await?;
                }
                message = source.next() => {
                    heard = Instant::now();
                    match message {
                        Some(Ok(Message::Close(_))) | None => return Ok(()),
                        Some(Ok(message)) => self.hear(message).await?,
                        Some(Err(error)) => return self.broken(&error).await,
                    }
                }
            }
        }
    }

    /// Begins with the capture that waits, if none is being judged.
    fn judge_next(&mut self) {
        if self.judging.is_some() {
            return;
        }
        let Some((number, bytes)) = self.waiting.take() else { return };
        let outlet = self.admitted.outlet.clone();
        let judging = async move {
            let outcome = judge(&outlet, bytes.into(), format!("pad, capture {number}")).await;
            (number, outcome)
        };
        self.judging = Some(judging.boxed());
    }

    async fn hear(&mut self, message: Message) -> Result<(), Deaf> {
        self.admitted.outlet.heard();
        match message {
            Message::Binary(bytes) => {
                self.sent += 1;
                if bytes.len() > LARGEST {
                    let reason = format!("a picture may have {LARGEST} bytes at most");
                    self.admitted.outlet.refuse("a pad's capture", &reason);
                    return self.error(Some(self.sent), "too_large", &reason).await;
                }
                if let Some((number, _)) = self.waiting.replace((self.sent, bytes)) {
                    let reason = "a newer picture came";
                    self.say(&json!({"type": "superseded", "capture": number, "reason": reason})).await?;
                }
                Ok(())
            }
            Message::Text(text) if text.len() <= LONGEST_TEXT => match serde_json::from_str(&text) {
                Ok(Order::Ping) => self.health().await,
                Ok(Order::Options { photo }) => {
                    self.photo = photo;
                    Ok(())
                }
                Err(error) => self.error(None, "order", &error.to_string()).await,
            },
            Message::Text(_) => self.error(None, "order", "the text is too long").await,
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) => Ok(()),
        }
    }

    async fn answer(&mut self, number: u64, outcome: Outcome) -> Result<(), Deaf> {
        match outcome {
            Outcome::Judged(seen) => {
                let mut decision = Decision::of(&self.admitted.settings.name, seen);
                decision.capture = Some(number);
                if self.photo {
                    decision.photo = self.pads.photo(decision.identity_id.as_deref()).await;
                }
                self.say(&serde_json::to_value(decision).unwrap_or_default()).await
            }
            Outcome::Unreadable(reason) => {
                self.admitted.outlet.refuse("a pad's capture", &reason);
                self.error(Some(number), "unreadable", &reason).await
            }
            Outcome::Left(reason) => self.error(Some(number), "busy", reason).await,
        }
    }

    async fn hello(&mut self) -> Result<(), Deaf> {
        self.admitted.outlet.heard();
        let limit = |limit: Duration| u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
        let hello = json!({
            "type": "hello",
            "camera": self.admitted.settings.name,
            "max_bytes": LARGEST,
            "judged_within_ms": limit(JUDGING),
            "idle_ms": limit(IDLE),
        });
        self.say(&hello).await
    }

    async fn health(&mut self) -> Result<(), Deaf> {
        let desk = &self.pads.desk;
        let waiting = desk.stations.recognition.counters().waiting;
        let state = if waiting > 8 { "busy" } else { "ready" };
        let health =
            json!({"type": "health", "state": state, "people": desk.app.people.faces(), "waiting": waiting});
        self.say(&health).await
    }

    async fn error(&mut self, number: Option<u64>, code: &str, reason: &str) -> Result<(), Deaf> {
        self.say(&json!({"type": "error", "capture": number, "code": code, "reason": reason})).await
    }

    async fn say(&mut self, value: &Value) -> Result<(), Deaf> {
        self.send(Message::Text(value.to_string().into())).await
    }

    async fn send(&mut self, message: Message) -> Result<(), Deaf> {
        match tokio::time::timeout(SENDING, self.sink.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Deaf),
        }
    }

    /// What came is no message, or too large a one.
    async fn broken(&mut self, error: &axum::Error) -> Result<(), Deaf> {
        self.admitted.outlet.refuse("a pad's message", &error.to_string());
        self.close(close_code::SIZE, "a message is too large or broken").await
    }

    async fn close(&mut self, code: u16, reason: &'static str) -> Result<(), Deaf> {
        self.send(Message::Close(Some(CloseFrame { code, reason: reason.into() }))).await
    }

    /// Notes that a terminal has connected; whether that can be written does not concern it.
    async fn begin(&mut self) {
        let Some(id) = &self.admitted.terminal else { return };
        if let Err(error) = self.pads.desk.stations.screens.keys.used(id).await {
            tracing::warn!(%error, "it could not be noted that a terminal has connected");
        }
    }

    /// Whether whoever calls may still do so.
    fn is_paired(&self) -> bool {
        let keys = &self.pads.desk.stations.screens.keys;
        self.admitted.terminal.as_deref().is_none_or(|id| keys.holds(id))
    }

    /// Whether the camera is still the one this stream was opened for.
    fn is_current(&self) -> bool {
        let now = self.pads.desk.stations.cameras.settings(&self.admitted.settings.name);
        now.is_some_and(|now| std::sync::Arc::ptr_eq(&now, &self.admitted.settings))
    }
}
