//! The last step of a refusal towards a box: `{"error": {"code", "message", "status"}}` with its HTTP status.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use protocol::{Ack, Code, ErrorObject, ReadError};

use crate::blobs::BlobError;
use crate::db::DbError;
use crate::intake::events::IntakeError;
use crate::seal::SealError;

/// A request of a box that is not done.
#[derive(Debug)]
pub(super) struct Refused {
    status: StatusCode,
    code: Code,
    message: String,
    /// Seconds after which it may be tried again.
    retry_after: Option<u64>,
}

impl Refused {
    pub(super) fn new(status: StatusCode, code: Code, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), retry_after: None }
    }

    /// Nobody can tell whose request it is; a box logs in again.
    pub(super) fn stranger(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, Code::PARAM_ERROR, message)
    }

    /// The body cannot be read.
    pub(super) fn unreadable(error: &ReadError) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Code::PARAM_ERROR, error.to_string())
    }

    pub(super) fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, Code::NOT_FOUND, format!("there is no such {what}"))
    }

    /// A box asks more often than it may. What it has it keeps, and sends later.
    pub(super) fn too_many(seconds: u64) -> Self {
        let message = format!("too many requests or events from this box, try again in {seconds} s");
        let refused = Self::new(StatusCode::TOO_MANY_REQUESTS, Code::SERVER_PROCESS_FAILED, message);
        Self { retry_after: Some(seconds), ..refused }
    }

    /// Not the box's fault, and soon over.
    pub(super) fn busy() -> Self {
        Self { retry_after: Some(1), ..DbError::Busy.into() }
    }

    pub(super) fn too_large(limit: usize) -> Self {
        let message = format!("the body is larger than {limit} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, Code::PAYLOAD_TOO_LARGE, message)
    }
}

impl From<DbError> for Refused {
    fn from(error: DbError) -> Self {
        let (status, message) = match &error {
            DbError::Busy => (StatusCode::SERVICE_UNAVAILABLE, "the platform is busy, try again in a moment"),
            DbError::Full => {
                (StatusCode::INSUFFICIENT_STORAGE, "the platform's disk is full, nothing was stored")
            }
            DbError::Nul => (StatusCode::BAD_REQUEST, "text must not contain the character NUL"),
            DbError::Io(reason) => {
                tracing::warn!(reason, "the database cannot be used");
                (
                    StatusCode::SERVICE_UNAVAILABLE,
                    "the platform's database cannot be used just now, try again",
                )
            }
            other => {
                tracing::error!(error = %other, "a box's request failed by our own fault");
                (StatusCode::INTERNAL_SERVER_ERROR, "something went wrong on the platform's side")
            }
        };
        Self::new(status, Code::SERVER_PROCESS_FAILED, message)
    }
}

impl From<BlobError> for Refused {
    fn from(error: BlobError) -> Self {
        let error = match error {
            BlobError::Seal(SealError::Db(error)) => return error.into(),
            other => other,
        };
        tracing::error!(%error, "a photo could not be read or stored");
        if error.is_full() {
            return DbError::Full.into();
        }
        let message = "the platform's photo store cannot be used just now";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, Code::SERVER_PROCESS_FAILED, message)
    }
}

impl From<IntakeError> for Refused {
    fn from(error: IntakeError) -> Self {
        match error {
            IntakeError::Db(error) => error.into(),
            IntakeError::Blob(error) => error.into(),
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let text = serde_json::to_string(&ErrorObject::new(self.code, self.message)).unwrap_or_default();
        let mut response = (self.status, [(header::CONTENT_TYPE, "application/json")], text).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// The short acknowledgement of an upload.
pub(super) fn ack() -> Response {
    json(Ack::ok().to_json())
}

/// A JSON answer.
pub(super) fn json(text: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], text).into_response()
}
