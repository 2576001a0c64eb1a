//! What a caller sent, whatever form it came in: a JSON body, form fields where those are documented, or a query in place of a
//! body. Bounded in bytes by its route, and in time.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{HeaderMap, header};
use protocol::{ReadError, form};
use serde::de::DeserializeOwned;
use tokio::sync::OwnedSemaphorePermit;

use super::Desk;
use super::answer::{self, Refusal};
use crate::reason::table as reason;

/// Form fields in one request; the documented calls have four.
const MOST_FIELDS: usize = 64;
/// How long a body may take; a photo over a slow line takes seconds.
const TIME: Duration = Duration::from_secs(60);

/// The content of a request, not read yet.
pub(super) struct Sent {
    body: Body,
    query: String,
}

enum Body {
    Json(Bytes),
    Form(Vec<(String, String)>),
}

/// A request that may carry a photo. There is room for a few at one time; the others wait before their body is read.
pub(super) struct Heavy {
    pub(super) sent: Sent,
    pub(super) _room: OwnedSemaphorePermit,
}

/// What the content type says.
enum Kind {
    /// JSON, or nothing said.
    Json,
    /// A form that many clients name without meaning it, or what nobody knows: JSON when it looks like JSON.
    Urlencoded,
    Multipart,
}

impl Sent {
    async fn receive<S: Send + Sync>(request: Request, state: &S, kind: &Kind) -> Result<Self, Refusal> {
        let query = request.uri().query().unwrap_or_default().to_owned();
        let body = tokio::time::timeout(TIME, body(request, state, kind));
        let body = body.await.unwrap_or_else(|_| Err(reason::body_too_slow(TIME.as_secs()).into()))?;
        Ok(Self { body, query })
    }

    /// Reads a message from a JSON body.
    pub(super) fn json<T>(&self, read: fn(&[u8]) -> Result<T, ReadError>) -> Result<T, Refusal> {
        match &self.body {
            Body::Json(bytes) => Ok(read(&filled(bytes)?)?),
            Body::Form(_) => Err(unsupported("a form")),
        }
    }

    /// Reads one of our own shapes from a JSON body.
    pub(super) fn plain<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        let Body::Json(bytes) = &self.body else { return Err(unsupported("a form")) };
        serde_json::from_slice(&filled(bytes)?).map_err(Refusal::unreadable)
    }

    /// Reads a message from a JSON body or from form fields.
    pub(super) fn json_or_form<T>(&self, read: fn(&[u8]) -> Result<T, ReadError>) -> Result<T, Refusal> {
        match &self.body {
            Body::Json(bytes) => Ok(read(&filled(bytes)?)?),
            Body::Form(fields) => {
                let pairs = fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
                Ok(read(form::tree(pairs)?.to_string().as_bytes())?)
            }
        }
    }

    /// Reads a message from a JSON body, or from the query when there is no body.
    pub(super) fn json_or_query<T>(
        &self,
        read: fn(&[u8]) -> Result<T, ReadError>,
        from_query: fn(&str) -> Result<T, ReadError>,
    ) -> Result<T, Refusal> {
        match &self.body {
            Body::Json(bytes) if bytes.is_empty() && !self.query.is_empty() => Ok(from_query(&self.query)?),
            _ => self.json(read),
        }
    }

    /// Reads a message from the query.
    pub(super) fn query<T>(&self, from_query: fn(&str) -> Result<T, ReadError>) -> Result<T, Refusal> {
        Ok(from_query(&self.query)?)
    }

    /// Whether a JSON body names `key` with an empty text: given, but empty.
    pub(super) fn is_blank(&self, key: &str) -> bool {
        let Body::Json(bytes) = &self.body else { return false };
        let value: serde_json::Value = serde_json::from_slice(bytes).unwrap_or_default();
        value.get(key).and_then(|value| value.as_str()).is_some_and(|text| text.trim().is_empty())
    }
}

impl<S: Send + Sync> FromRequest<S> for Sent {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let kind = kind(request.headers())?;
        Self::receive(request, state, &kind).await
    }
}

impl FromRequest<Desk> for Heavy {
    type Rejection = Refusal;

    async fn from_request(request: Request, desk: &Desk) -> Result<Self, Refusal> {
        let _room = room(desk).await?;
        Ok(Self { sent: Sent::from_request(request, desk).await?, _room })
    }
}

impl Heavy {
    /// The same from senders that call what they send anything, or nothing: JSON when it looks like JSON, else a form.
    pub(super) async fn called_anything(request: Request, desk: &Desk) -> Result<Self, Refusal> {
        let _room = room(desk).await?;
        let kind = kind(request.headers()).unwrap_or(Kind::Urlencoded);
        Ok(Self { sent: Sent::receive(request, desk, &kind).await?, _room })
    }
}

async fn room(desk: &Desk) -> Result<OwnedSemaphorePermit, Refusal> {
    Arc::clone(&desk.room).acquire_owned().await.map_err(|_| reason::stopping().into())
}

async fn body<S: Send + Sync>(request: Request, state: &S, kind: &Kind) -> Result<Body, Refusal> {
    if matches!(kind, Kind::Multipart) {
        return multipart(request, state).await.map(Body::Form);
    }
    let bytes = match Bytes::from_request(request, state).await {
        Ok(bytes) if bytes.iter().all(u8::is_ascii_whitespace) => Bytes::new(),
        other => answer::body(other)?,
    };
    let looks_like_json =
        bytes.iter().find(|byte| !byte.is_ascii_whitespace()).is_none_or(|byte| b"{[\"".contains(byte));
    if matches!(kind, Kind::Urlencoded) && !looks_like_json {
        let pairs = url::form_urlencoded::parse(&bytes).into_owned();
        return Ok(Body::Form(joined(pairs.take(MOST_FIELDS))));
    }
    Ok(Body::Json(bytes))
}

async fn multipart<S: Send + Sync>(request: Request, state: &S) -> Result<Vec<(String, String)>, Refusal> {
    let unreadable = |text: String| Refusal::unreadable(format!("the form cannot be read: {text}"));
    let mut parts =
        Multipart::from_request(request, state).await.map_err(|error| unreadable(error.body_text()))?;
    let mut fields = Vec::new();
    loop {
        let failed = |error: axum::extract::multipart::MultipartError| match error.status() {
            axum::http::StatusCode::PAYLOAD_TOO_LARGE => reason::body_too_long().into(),
            _ => unreadable(error.body_text()),
        };
        let Some(field) = parts.next_field().await.map_err(failed)? else { break };
        if fields.len() == MOST_FIELDS {
            return Err(reason::more_than(MOST_FIELDS, "fields of a form").into());
        }
        let name = field.name().unwrap_or_default().to_owned();
        fields.push((name, field.text().await.map_err(failed)?));
    }
    Ok(joined(fields.into_iter()))
}

/// A field that comes several times is a list.
fn joined(fields: impl Iterator<Item = (String, String)>) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = Vec::new();
    for (name, value) in fields {
        match all.iter_mut().find(|(known, _)| *known == name) {
            Some((_, text)) => {
                text.push(',');
                text.push_str(&value);
            }
            None => all.push((name, value)),
        }
    }
    all
}

fn kind(headers: &HeaderMap) -> Result<Kind, Refusal> {
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return Ok(Kind::Json) };
    let text = value.to_str().unwrap_or_default().to_ascii_lowercase();
    let essence = text.split(';').next().unwrap_or_default().trim();
    match essence {
        "" | "application/json" | "text/json" => Ok(Kind::Json),
        "application/x-www-form-urlencoded" => Ok(Kind::Urlencoded),
        "multipart/form-data" => Ok(Kind::Multipart),
        _ if essence.ends_with("+json") => Ok(Kind::Json),
        other => Err(unsupported(other)),
    }
}

fn filled(bytes: &Bytes) -> Result<Bytes, Refusal> {
    answer::body(Ok(bytes.clone()))
}

fn unsupported(found: &str) -> Refusal {
    reason::only_json(found).into()
}
