//! The last step of a refusal: its HTTP status and the one error shape `{"error":{"code","message","detail"}}`.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::refusal::Refusal;
use crate::request;

/// What every refused request is answered with.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ErrorBody {
    error: ErrorDetail,
}

/// Why a request was refused.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ErrorDetail {
    /// A word for programs, such as `not_found`.
    code: &'static str,
    /// A sentence for people.
    message: String,
    /// What else is known: the field, the verdict on a photo, the missing role.
    detail: Value,
    /// The id of the request, as in the header `x-request-id` and in the platform's log.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
}

/// A refusal on its way out over HTTP.
#[derive(Debug)]
pub(crate) struct ApiError(pub(crate) Refusal);

/// What handlers answer.
pub(crate) type ApiResult<T> = Result<T, ApiError>;

impl<R: Into<Refusal>> From<R> for ApiError {
    fn from(refusal: R) -> Self {
        Self(refusal.into())
    }
}

impl ApiError {
    fn parts(&self) -> (StatusCode, &'static str, Value) {
        match &self.0 {
            Refusal::NotFound { what, id } => {
                (StatusCode::NOT_FOUND, "not_found", json!({"what": what, "id": id}))
            }
            Refusal::Conflict(_) => (StatusCode::CONFLICT, "conflict", Value::Null),
            Refusal::Invalid { field, reason } => {
                (StatusCode::UNPROCESSABLE_ENTITY, "invalid", json!({"field": field, "reason": reason}))
            }
            Refusal::Photo { verdict, .. } => {
                (StatusCode::UNPROCESSABLE_ENTITY, "photo_refused", verdict.clone())
            }
            Refusal::Unauthenticated(_) => (StatusCode::UNAUTHORIZED, "unauthenticated", Value::Null),
            Refusal::Forbidden { needed, present } => {
                (StatusCode::FORBIDDEN, "forbidden", json!({"needed": needed, "present": present}))
            }
            Refusal::CodeNeeded => (StatusCode::UNAUTHORIZED, "code_needed", Value::Null),
            Refusal::NotASession(_) => (StatusCode::FORBIDDEN, "not_a_session", Value::Null),
            Refusal::OutsideSites(what) => (StatusCode::FORBIDDEN, "outside_sites", json!({"what": what})),
            Refusal::CrossOrigin => (StatusCode::FORBIDDEN, "cross_origin", Value::Null),
            Refusal::InProgress => (StatusCode::CONFLICT, "in_progress", Value::Null),
            Refusal::TooMany { seconds } | Refusal::TooOften { seconds } => {
                (StatusCode::TOO_MANY_REQUESTS, "too_many", json!({"retry_after_s": seconds}))
            }
            Refusal::TooLarge { limit } => {
                (StatusCode::PAYLOAD_TOO_LARGE, "too_large", json!({"limit": limit}))
            }
            Refusal::Busy => (StatusCode::SERVICE_UNAVAILABLE, "busy", Value::Null),
            Refusal::StorageFull => (StatusCode::INSUFFICIENT_STORAGE, "storage_full", Value::Null),
            Refusal::Unavailable { what, .. } => {
                (StatusCode::SERVICE_UNAVAILABLE, "unavailable", json!({"what": what}))
            }
            Refusal::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal", Value::Null),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, code, detail) = self.parts();
        let message = match &self.0 {
            Refusal::Internal(cause) => {
                tracing::error!(%cause, "a request failed by our own fault");
                "something went wrong on our side; the log of the platform tells what".to_owned()
            }
            told => told.to_string(),
        };
        let mut response = answer(status, code, message, detail);
        let wait = match self.0 {
            Refusal::TooMany { seconds } | Refusal::TooOften { seconds } => Some(seconds),
            Refusal::InProgress | Refusal::Busy => Some(1),
            _ => None,
        };
        if let Some(seconds) = wait {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// An error answer made outside of handlers, where no [`Refusal`] exists.
pub(crate) fn answer(status: StatusCode, code: &'static str, message: String, detail: Value) -> Response {
    let request_id = request::id().map(|id| id.to_string());
    (status, Json(ErrorBody { error: ErrorDetail { code, message, detail, request_id } })).into_response()
}

/// An address nobody serves.
pub(crate) async fn no_such_route(uri: axum::http::Uri) -> Response {
    let message = format!("nothing is served at {}; GET /api/docs lists what is", uri.path());
    answer(StatusCode::NOT_FOUND, "no_such_route", message, Value::Null)
}

/// A method an address does not serve; the answer's `Allow` header names those it does.
pub(crate) async fn no_such_method() -> Response {
    let message = "this address does not serve this method".to_owned();
    answer(StatusCode::METHOD_NOT_ALLOWED, "no_such_method", message, Value::Null)
}

/// What remains of a request that took too long.
pub(crate) fn gave_up() -> Response {
    ApiError(Refusal::Busy).into_response()
}

/// What remains of a request whose handler panicked.
pub(crate) fn panicked(cause: &(dyn std::any::Any + Send)) -> Response {
    let words = cause
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| cause.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("?");
    ApiError(Refusal::Internal(format!("panic: {words}"))).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_refusal_has_its_status_and_code_and_hides_our_own_faults() {
        let text = || "cause".to_owned();
        let all = [
            (Refusal::not_found("person", "1"), 404, "not_found"),
            (Refusal::Conflict(text()), 409, "conflict"),
            (Refusal::invalid("name", "too long"), 422, "invalid"),
            (Refusal::Photo { message: text(), verdict: json!({"code": 40004}) }, 422, "photo_refused"),
            (Refusal::Unauthenticated("log in"), 401, "unauthenticated"),
            (Refusal::Forbidden { needed: "admin", present: "viewer" }, 403, "forbidden"),
            (Refusal::CodeNeeded, 401, "code_needed"),
            (Refusal::NotASession("password"), 403, "not_a_session"),
            (Refusal::OutsideSites(text()), 403, "outside_sites"),
            (Refusal::CrossOrigin, 403, "cross_origin"),
            (Refusal::InProgress, 409, "in_progress"),
            (Refusal::TooMany { seconds: 6 }, 429, "too_many"),
            (Refusal::TooOften { seconds: 6 }, 429, "too_many"),
            (Refusal::TooLarge { limit: 1 }, 413, "too_large"),
            (Refusal::Busy, 503, "busy"),
            (Refusal::StorageFull, 507, "storage_full"),
            (Refusal::Unavailable { what: "models", todo: text() }, 503, "unavailable"),
            (Refusal::Internal("secret cause".to_owned()), 500, "internal"),
        ];
        for (refusal, status, code) in all {
            let response = ApiError(refusal).into_response();
            assert_eq!(response.status().as_u16(), status, "{code}");
            let tells_when = status == 429 || code == "busy" || code == "in_progress";
            assert_eq!(response.headers().contains_key(header::RETRY_AFTER), tells_when);
            let body = axum::body::to_bytes(response.into_body(), 4096).await.unwrap();
            let body: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(body["error"]["code"], code);
            assert!(!body.to_string().contains("secret cause"), "{body}");
        }
    }
}
