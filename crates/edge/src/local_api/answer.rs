//! Answers of the local API: JSON, and the protocol's error object with the HTTP status of its code.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use protocol::{Code, ErrorObject, ReadError};
use serde::Serialize;

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
pub(super) struct Refusal(pub(super) ErrorObject);

/// A JSON answer.
pub(super) fn json<T: Serialize>(body: &T) -> Result<Response, Refusal> {
    let text = serde_json::to_string(body)
        .map_err(|error| Refusal(ErrorObject::new(Code::SERVER_PROCESS_FAILED, error.to_string())))?;
    Ok(([(header::CONTENT_TYPE, "application/json")], text).into_response())
}

/// A refusal with a status of its own.
pub(super) fn refuse(status: StatusCode, code: Code, text: impl Into<String>) -> Response {
    let mut response = Refusal::new(code, text).into_response();
    *response.status_mut() = status;
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
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
        Ok(bytes) if bytes.iter().all(u8::is_ascii_whitespace) => {
            Err(Refusal(ErrorObject::new(Code::EMPTY_REQUEST, "the request has no body")))
        }
        Ok(bytes) => Ok(bytes),
        Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            Err(Refusal(ErrorObject::new(Code::PAYLOAD_TOO_LARGE, "the body is too long")))
        }
        Err(rejection) => Err(Refusal(ErrorObject::new(Code::BAD_REQUEST, rejection.body_text()))),
    }
}

impl Refusal {
    /// A refusal with this code, and a sentence that says what to do.
    pub(super) fn new(code: Code, text: impl Into<String>) -> Self {
        Self(ErrorObject::new(code, text))
    }

    /// What was sent cannot be used.
    pub(super) fn wrong(text: impl Into<String>) -> Self {
        Self::new(Code::FOG_PARAM_ERROR, text)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.code.http_status()).unwrap_or(StatusCode::BAD_REQUEST);
        match json(&self.0) {
            Ok(mut response) => {
                *response.status_mut() = status;
                response
            }
            Err(_) => status.into_response(),
        }
    }
}

impl From<ReadError> for Refusal {
    fn from(error: ReadError) -> Self {
        Self::wrong(error.to_string())
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self(ErrorObject::new(Code::SERVER_PROCESS_FAILED, error.to_string()))
    }
}
