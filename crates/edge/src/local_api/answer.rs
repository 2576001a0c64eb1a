//! Answers of the local API: JSON, and the protocol's error object with the HTTP status of its code.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use protocol::{Code, Problem, ReadError};
use serde::Serialize;

use crate::reason::{Reason, table as reason};
use crate::store::StoreError;

/// What a list answers.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct Page<T> {
    items: Vec<T>,
    /// The cursor of the following page; null on the last.
    next: Option<String>,
}

impl<T> Page<T> {
    /// A page that is followed by the one `next` leads to.
    pub(super) fn new(items: Vec<T>, next: Option<String>) -> Self {
        Self { items, next }
    }

    /// All there is.
    pub(super) fn whole(items: Vec<T>) -> Self {
        Self::new(items, None)
    }
}

/// A refusal.
#[derive(Debug)]
pub(super) struct Refusal(pub(super) Reason);

/// A JSON answer.
pub(super) fn json<T: Serialize>(body: &T) -> Result<Response, Refusal> {
    let text = serde_json::to_string(body).map_err(|error| reason::failed(error.to_string()))?;
    Ok(([(header::CONTENT_TYPE, "application/json")], text).into_response())
}

/// A refusal as an answer.
pub(super) fn refuse(why: impl Into<Refusal>) -> Response {
    why.into().into_response()
}

/// A refusal that tells for how many seconds it holds.
pub(super) fn refuse_for(seconds: u64, why: Reason) -> Response {
    let mut response = refuse(why);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// After a body that was not read to its end the connection cannot be used again; whoever sends the next request by it has to know.
pub(super) async fn last_of_its_connection(mut response: Response) -> Response {
    if response.status() == StatusCode::PAYLOAD_TOO_LARGE {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// The body of a request, or why there is none.
pub(super) fn body(body: Result<Bytes, BytesRejection>) -> Result<Bytes, Refusal> {
    match body {
        Ok(bytes) if bytes.iter().all(u8::is_ascii_whitespace) => Err(reason::no_body().into()),
        Ok(bytes) => Ok(bytes),
        Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            Err(reason::body_too_long().into())
        }
        Err(rejection) => Err(reason::broken_off(rejection.body_text()).into()),
    }
}

impl Refusal {
    /// What was sent cannot be read; the words are the reader's.
    #[expect(clippy::needless_pass_by_value, reason = "what `map_err` hands over")]
    pub(super) fn unreadable(why: impl ToString) -> Self {
        Self(reason::unreadable(why.to_string()))
    }

    /// A photo that cannot be used, by the engine's code for it.
    pub(super) fn of_photo((code, why): (Code, String)) -> Self {
        Self(match code {
            code if code == Code::IMAGE_ERROR => reason::photo_unreadable(why),
            code if code == Code::IMAGE_TOO_LARGE => reason::photo_too_large(why),
            code if code == Code::NO_FACE => reason::photo_without_face(why),
            code if code == Code::FACE_TOO_SMALL => reason::face_too_small(why),
            code if code == Code::LOW_QUALITY => reason::photo_too_poor(why),
            _ => reason::failed(why),
        })
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status()).unwrap_or(StatusCode::BAD_REQUEST);
        let body = (status, [(header::CONTENT_TYPE, "application/json")], self.0.body().to_string());
        let mut response = body.into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        Self(reason)
    }
}

impl From<ReadError> for Refusal {
    fn from(error: ReadError) -> Self {
        let ReadError { path, problem } = error;
        let reason = match problem {
            Problem::NotJson(why) => reason::not_json(why),
            Problem::Missing { expected } => reason::missing(expected),
            Problem::Wrong { expected, found } => reason::unexpected(expected, found),
            Problem::TooMany { what, limit } => reason::more_than(limit, what),
            other => reason::unreadable(ReadError { path: String::new(), problem: other }.to_string()),
        };
        Self(if path.is_empty() { reason } else { reason.of(&path) })
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self(match error {
            StoreError::Refused(reason) => reason,
            StoreError::Full => reason::disk_full(),
            other => reason::failed(other.to_string()),
        })
    }
}
