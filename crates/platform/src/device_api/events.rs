//! `POST /device/records` (historic) and `POST /device/realtime`: recognitions, one or a batch.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{ConnectInfo, FromRequest, Multipart, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use protocol::{Code, DevSno, DeviceType, EpId, Event, Problem, ReadError};
use serde_json::Value;
use url::form_urlencoded;

use super::auth::Claim;
use super::body::{self, HEAVY};
use super::refused::ack;
use super::{Device, Refused, bounds};
use crate::clock;
use crate::db::event::Channel;
use crate::intake;
use crate::intake::results::head;
use crate::server::Peer;

/// Bodies larger than this are read on a thread of their own, so that they hold up nobody else.
const INLINE: usize = 256 * 1024;
/// Fields of a form at most.
const FIELDS: usize = 200;

/// Historic events: answered after they are durable, so that the box may forget them.
pub(super) async fn records(
    State(device): State<Arc<Device>>,
    ConnectInfo(Peer(peer)): ConnectInfo<Peer>,
    request: Request,
) -> Result<Response, Refused> {
    take(&device, Channel::History, peer, request).await
}

/// Real-time events.
pub(super) async fn realtime(
    State(device): State<Arc<Device>>,
    ConnectInfo(Peer(peer)): ConnectInfo<Peer>,
    request: Request,
) -> Result<Response, Refused> {
    take(&device, Channel::Realtime, peer, request).await
}

async fn take(
    device: &Arc<Device>,
    channel: Channel,
    peer: SocketAddr,
    request: Request,
) -> Result<Response, Refused> {
    let (parts, body) = request.into_parts();
    let claim = Claim::of(&parts);
    // Whoever can be told apart without the body is, before the body is read.
    let known = match (&claim.token, &claim.dev_sno) {
        (None, None) => None,
        _ => Some(device.identify(&claim, peer, None).await?),
    };
    let held = device.room.read(&parts.headers, body, HEAVY).await?;
    let batch =
        match read(&parts, held.bytes.clone()).await.map(Batch::shortened).and_then(Batch::without_nul) {
            Ok(batch) => batch,
            Err(error) => return Err(refuse(device, peer, &held.bytes, &error)),
        };
    let dev_sno = match known {
        Some(dev_sno) => dev_sno,
        None => {
            let named = batch.events.iter().find_map(Event::reported_box);
            device.identify(&claim, peer, named.as_ref()).await?
        }
    };
    for error in &batch.unreadable {
        tracing::warn!(%dev_sno, %error, "an event of a batch cannot be read and is left out");
        device.app.counts.events_unreadable.add();
    }
    bounds::tell(&device.app, &dev_sno, batch.shortened);
    device.pace.events(&dev_sno, batch.events.len(), clock::now());
    intake::events::accept(&device.app, channel, dev_sno, batch.events).await?;
    Ok(ack())
}

/// What an upload holds.
struct Batch {
    events: Vec<Event>,
    /// One event that cannot be read must not make the box repeat the others for ever.
    unreadable: Vec<ReadError>,
    /// Events with a text that was too long.
    shortened: usize,
}

impl Batch {
    /// Shortens texts that are too long to be kept.
    fn shortened(mut self) -> Self {
        self.shortened = self.events.iter_mut().map(bounds::event).filter(|shortened| *shortened).count();
        self
    }

    /// Leaves out events with a text no database stores; what is wrong with one when no other remains.
    fn without_nul(mut self) -> Result<Self, ReadError> {
        let (events, nul): (Vec<_>, Vec<_>) = self.events.into_iter().partition(|event| !holds_nul(event));
        self.events = events;
        let expected = "texts without the character NUL";
        let wrong = |event: &Event| ReadError {
            path: String::new(),
            problem: Problem::Wrong { expected, found: format!("{:?}", event.identity_id.as_str()) },
        };
        match nul.first() {
            Some(event) if self.events.is_empty() => Err(wrong(event)),
            _ => {
                self.unreadable.extend(nul.iter().map(wrong));
                Ok(self)
            }
        }
    }
}

/// Whether one of the texts that get a column of their own holds the character NUL; elsewhere JSON escapes it.
fn holds_nul(event: &Event) -> bool {
    let texts = [
        event.identity_id.as_str(),
        event.identity_name.as_str(),
        event.group_name.as_str(),
        event.ext.device_ip.as_str(),
        event.ext.ep_id.as_ref().map_or("", EpId::as_str),
        event.ext.device_type.as_ref().map_or("", DeviceType::as_str),
        event.ext.dev_sno.as_ref().map_or("", DevSno::as_str),
    ];
    texts.iter().any(|text| text.contains('\0'))
}

async fn read(parts: &Parts, body: Bytes) -> Result<Batch, ReadError> {
    if body::is_type(&parts.headers, "multipart/form-data") {
        let fields = multipart(parts, body).await?;
        let pairs = fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        return Event::read_form(pairs).map(whole);
    }
    let is_form =
        body::is_type(&parts.headers, "application/x-www-form-urlencoded") && !looks_like_json(&body);
    let parse = move || {
        if is_form {
            let fields: Vec<_> = form_urlencoded::parse(&body).collect();
            return Event::read_form(fields.iter().map(|(name, value)| (name.as_ref(), value.as_ref())))
                .map(whole);
        }
        json(&body)
    };
    if parts.headers.get(header::CONTENT_LENGTH).is_some_and(is_small) {
        return parse();
    }
    match tokio::task::spawn_blocking(parse).await {
        Ok(read) => read,
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    }
}

fn whole(events: Vec<Event>) -> Batch {
    Batch { events, unreadable: Vec::new(), shortened: 0 }
}

/// Reads JSON; where a list as a whole cannot be read, whatever of it can be.
fn json(body: &[u8]) -> Result<Batch, ReadError> {
    let error = match Event::read_batch(body) {
        Ok(events) => return Ok(whole(events)),
        Err(error) => error,
    };
    let in_a_list = error.path.contains('[');
    let value = if in_a_list { serde_json::from_slice::<Value>(body).ok() } else { None };
    let list = match value {
        Some(Value::Array(list)) => list,
        Some(Value::Object(fields)) => match fields.into_iter().find(|(_, value)| value.is_array()) {
            Some((_, Value::Array(list))) => list,
            _ => return Err(error),
        },
        _ => return Err(error),
    };
    let mut batch = whole(Vec::new());
    for value in list {
        let text = value.to_string();
        match Event::read(text.as_bytes()) {
            Ok(event) => batch.events.push(event),
            Err(error) => batch.unreadable.push(error),
        }
    }
    if batch.events.is_empty() { Err(error) } else { Ok(batch) }
}

async fn multipart(parts: &Parts, body: Bytes) -> Result<Vec<(String, String)>, ReadError> {
    let wrong = |error: &dyn std::fmt::Display| ReadError {
        path: String::new(),
        problem: Problem::NotJson(format!("no readable form: {error}")),
    };
    let mut request = Request::new(Body::from(body));
    *request.headers_mut() = parts.headers.clone();
    let mut form = Multipart::from_request(request, &()).await.map_err(|error| wrong(&error))?;
    let mut fields = Vec::new();
    while let Some(field) = form.next_field().await.map_err(|error| wrong(&error))? {
        if fields.len() >= FIELDS {
            return Err(wrong(&"too many fields"));
        }
        let name = field.name().unwrap_or("").to_owned();
        let value = field.bytes().await.map_err(|error| wrong(&error))?;
        fields.push((name, String::from_utf8_lossy(&value).into_owned()));
    }
    Ok(fields)
}

fn refuse(device: &Device, peer: SocketAddr, body: &[u8], error: &ReadError) -> Refused {
    device.app.counts.requests_unreadable.add();
    tracing::warn!(%peer, %error, bytes = body.len(), begins = head(body), "an upload of events cannot be read");
    match &error.problem {
        Problem::TooMany { limit, .. } => {
            let message = format!("{error}; send at most {limit}, better 100, at a time");
            Refused::new(StatusCode::PAYLOAD_TOO_LARGE, Code::PAYLOAD_TOO_LARGE, message)
        }
        _ => Refused::unreadable(error),
    }
}

fn is_small(length: &HeaderValue) -> bool {
    length
        .to_str()
        .ok()
        .and_then(|length| length.parse::<usize>().ok())
        .is_some_and(|length| length <= INLINE)
}

/// Clients that name no type, or the form type they were born with, nevertheless send JSON.
fn looks_like_json(body: &[u8]) -> bool {
    matches!(body.iter().find(|byte| !byte.is_ascii_whitespace()), Some(b'{' | b'['))
}
