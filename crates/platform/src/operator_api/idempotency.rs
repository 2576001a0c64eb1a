//! Idempotency keys: a creating request that carries `Idempotency-Key` is done once, and whoever repeats it gets the first
//! answer again.
//!
//! The contract: a key belongs to one caller and one address. The first request claims it in the database before anything is
//! done. The same key with another body is refused; a repetition while the first is at work is told so; afterwards it is
//! answered as the first was, for a day. What failed by our own fault, or was refused because we were busy, is not kept: the
//! next request with the key is a first one. A process that dies at work leaves a claim that ends by itself.
//!
//! Answers are kept as they were sent, so operations that show a secret take no key.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::access::Caller;
use super::error::{ApiError, ApiResult};
use super::extract::{BODY_LIMIT, read_body};
use crate::app::App;
use crate::blobs::hex;
use crate::clock;
use crate::db::DbError;
use crate::db::idempotency::{self, Known};
use crate::refusal::Refusal;

/// The header that carries the key.
const HEADER: HeaderName = HeaderName::from_static("idempotency-key");
/// Marks an answer that was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// The operations that take a key, by path; all are `POST`.
#[rustfmt::skip]
const ROUTES: &[&str] = &[
    "/api/v1/people",
    "/api/v1/groups",
    "/api/v1/groups/{group_id}/people",
    "/api/v1/boxes",
    "/api/v1/boxes/{dev_sno}/commands",
    "/api/v1/boxes/{dev_sno}/commands/raw",
    "/api/v1/operators",
];

/// Longest key, in characters.
const KEY: usize = 255;
/// Largest answer that is kept, in bytes.
const ANSWER: usize = 256 << 10;
/// How long an answer is kept, in milliseconds: a day.
const KEPT: i64 = 24 * 3_600_000;
/// How long a first request may be at work, in milliseconds: longer than any is answered within.
const AT_WORK: i64 = 2 * 60_000;

/// Answers a request that carries a key as the first one with it was answered.
pub(super) async fn answer_once(
    State(app): State<Arc<App>>,
    matched: MatchedPath,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    if request.method() != axum::http::Method::POST {
        return Ok(next.run(request).await);
    }
    let Some(key) = read_key(&request)? else { return Ok(next.run(request).await) };
    let caller = request.extensions().get::<Caller>().map(|caller| caller.username.clone());
    let Some(caller) = caller.filter(|_| ROUTES.contains(&matched.as_str())) else {
        return Err(Refusal::invalid("Idempotency-Key", "is not taken by this operation").into());
    };
    let id = hash(&[caller.as_bytes(), request.uri().path().as_bytes(), key.as_bytes()]);
    let (parts, body) = request.into_parts();
    let body = read_body(Request::from_parts(parts.clone(), body), BODY_LIMIT).await?;
    let body_hash = hash(&[parts.uri.query().unwrap_or("").as_bytes(), &body]);

    let (asked, now) = (id.clone(), clock::now());
    let known = app
        .db
        .write(move |tx| idempotency::claim(tx, &asked, &caller, &body_hash, now, now + AT_WORK))
        .await?;
    match known {
        Known::Claimed => {}
        Known::AtWork => return Err(Refusal::InProgress.into()),
        Known::OtherBody => {
            let reason = "was used for another request: a new request needs a new key";
            return Err(Refusal::invalid("Idempotency-Key", reason).into());
        }
        Known::Answered { status, answer } => return Ok(replayed(status, answer)),
    }
    // Were the client to leave now, the work would go on all the same and the answer be kept.
    let work = tokio::spawn(async move {
        let response = next.run(Request::from_parts(parts, Body::from(body))).await;
        settle(&app, id, response).await
    });
    work.await.map_err(|error| Refusal::Internal(format!("a request with an idempotency key: {error}")))?
}

/// Keeps the answer, or gives the key back when it is one that a repetition may change.
async fn settle(app: &App, id: String, response: Response) -> ApiResult<Response> {
    let (parts, body) = response.into_parts();
    let answer = axum::body::to_bytes(body, ANSWER).await;
    let answer = answer.map_err(|error| Refusal::Internal(format!("an answer to be kept: {error}")));
    let passing = [StatusCode::TOO_MANY_REQUESTS, StatusCode::REQUEST_TIMEOUT];
    let is_kept = !parts.status.is_server_error() && !passing.contains(&parts.status);
    match &answer {
        Ok(answer) if is_kept => {
            let (status, kept) = (i64::from(parts.status.as_u16()), answer.to_vec());
            let until = clock::now() + KEPT;
            note(app.db.write(move |tx| idempotency::keep(tx, &id, status, kept, until)).await);
        }
        _ => note(app.db.write(move |tx| idempotency::release(tx, &id)).await),
    }
    Ok(Response::from_parts(parts, Body::from(answer?)))
}

/// What was done is done: whoever asked gets the answer even when it could not be kept.
fn note(outcome: Result<(), DbError>) {
    if let Err(error) = outcome {
        tracing::error!(%error, "the answer to a request with an idempotency key was not kept");
    }
}

fn replayed(status: i64, answer: Vec<u8>) -> Response {
    let status = u16::try_from(status).ok().and_then(|status| StatusCode::from_u16(status).ok());
    let mut response = Response::new(Body::from(Bytes::from(answer)));
    *response.status_mut() = status.unwrap_or(StatusCode::OK);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

fn read_key(request: &Request) -> Result<Option<String>, Refusal> {
    let Some(value) = request.headers().get(HEADER) else { return Ok(None) };
    let key = value.to_str().ok().filter(|key| (1..=KEY).contains(&key.len()));
    let key = key.ok_or_else(|| {
        Refusal::invalid("Idempotency-Key", format!("must be 1 to {KEY} printable ASCII characters"))
    })?;
    Ok(Some(key.to_owned()))
}

/// A hash over several texts, each preceded by its length.
fn hash(parts: &[&[u8]]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    hex(&digest.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_that_takes_a_key_is_served_by_post() {
        for path in ROUTES {
            assert!(super::super::access::need_of("POST", path).is_some(), "{path}");
        }
    }
}
