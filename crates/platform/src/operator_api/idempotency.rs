//! Idempotency keys: a creating request that carries `Idempotency-Key` is done once, and whoever repeats it gets the first
//! answer again.
//!
//! The contract: a key belongs to one caller and one address. The first request claims it in the database before anything is
//! done. The same key with another body is refused; a repetition while the first is at work is told so; afterwards it is
//! answered as the first was, for a day. What failed by our own fault, or was refused because we were busy, is not kept: the
//! next request with the key is a first one. A process that dies at work leaves a claim that ends by itself.
//!
//! Answers are kept as they were sent, so operations that show a secret take no key. Files are not read before the work begins: two
//! are taken for the same when they are of the same length.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

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
use super::takes_file;
use crate::app::App;
use crate::blobs::hex;
use crate::clock;
use crate::db::DbError;
use crate::db::idempotency::{self, Answer, Known};
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
    "/api/v1/people/bulk",
    "/api/v1/people/imports",
    "/api/v1/boxes",
    "/api/v1/boxes/bulk",
    "/api/v1/boxes/{dev_sno}/commands",
    "/api/v1/boxes/{dev_sno}/commands/raw",
    "/api/v1/fiqa",
    "/api/v1/operators",
];

/// Longest key, in characters.
pub(super) const KEY: usize = 255;
/// Largest answer that is kept, in bytes: that to a whole body of new boxes.
const LARGEST: usize = 4 << 20;
/// How long an answer is kept, in milliseconds: a day.
const KEPT: i64 = 24 * 3_600_000;
/// How long a claim lasts without a sign that the first request is still at work, in milliseconds.
const AT_WORK: i64 = 2 * 60_000;
/// How often it gives one.
const SIGN: Duration = Duration::from_secs(40);

/// Whether the operation `POST` of a path takes a key.
pub(super) fn takes_key(path: &str) -> bool {
    ROUTES.contains(&path)
}

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
    let Some(caller) = caller.filter(|_| takes_key(matched.as_str())) else {
        return Err(Refusal::invalid("Idempotency-Key", "is not taken by this operation").into());
    };
    let id = hash(&[caller.as_bytes(), request.uri().path().as_bytes(), key.as_bytes()]);
    let (request, body_hash) = told_apart(request).await?;

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
        Known::Answered(answer) => return Ok(replayed(answer)),
    }
    // Were the client to leave now, the work would go on all the same and the answer be kept.
    let work = tokio::spawn(async move {
        let response = tokio::select! {
            response = next.run(request) => response,
            never = signs(&app, &id) => match never {},
        };
        settle(&app, id, response).await
    });
    work.await.map_err(|error| Refusal::Internal(format!("a request with an idempotency key: {error}")))?
}

/// The request, and what tells it from others with the same key: its query and its body, or how long its file is.
async fn told_apart(request: Request) -> ApiResult<(Request, String)> {
    let query = request.uri().query().unwrap_or("").to_owned();
    if takes_file(request.method(), request.uri().path()) {
        let length = request.headers().get(header::CONTENT_LENGTH).map_or(&b""[..], HeaderValue::as_bytes);
        let told = hash(&[query.as_bytes(), length]);
        return Ok((request, told));
    }
    let (parts, body) = request.into_parts();
    let body = read_body(Request::from_parts(parts.clone(), body), BODY_LIMIT).await?;
    let told = hash(&[query.as_bytes(), &body]);
    Ok((Request::from_parts(parts, Body::from(body)), told))
}

/// Keeps a claim while the work lasts.
async fn signs(app: &App, id: &str) -> Infallible {
    loop {
        tokio::time::sleep(SIGN).await;
        let (id, until) = (id.to_owned(), clock::now() + AT_WORK);
        if let Err(error) = app.db.write(move |tx| idempotency::extend(tx, &id, until)).await {
            tracing::debug!(%error, "the claim of a request with an idempotency key was not renewed");
        }
    }
}

/// Keeps the answer, or gives the key back when it is one that a repetition may change.
async fn settle(app: &App, id: String, response: Response) -> ApiResult<Response> {
    let (parts, body) = response.into_parts();
    let answer = axum::body::to_bytes(body, LARGEST).await;
    let answer = answer.map_err(|error| Refusal::Internal(format!("an answer to be kept: {error}")));
    let passing = [StatusCode::TOO_MANY_REQUESTS, StatusCode::REQUEST_TIMEOUT];
    let is_kept = !parts.status.is_server_error() && !passing.contains(&parts.status);
    match &answer {
        Ok(answer) if is_kept => {
            let media_type = parts.headers.get(header::CONTENT_TYPE).and_then(|told| told.to_str().ok());
            let kept = Answer {
                status: parts.status.as_u16().into(),
                media_type: media_type.map(str::to_owned),
                body: answer.to_vec(),
            };
            let until = clock::now() + KEPT;
            note(app.db.write(move |tx| idempotency::keep(tx, &id, kept, until)).await);
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

fn replayed(answer: Answer) -> Response {
    let status = u16::try_from(answer.status).ok().and_then(|status| StatusCode::from_u16(status).ok());
    let media_type = answer.media_type.and_then(|told| HeaderValue::from_str(&told).ok());
    let mut response = Response::new(Body::from(Bytes::from(answer.body)));
    *response.status_mut() = status.unwrap_or(StatusCode::OK);
    let headers = response.headers_mut();
    let json = || HeaderValue::from_static("application/json");
    headers.insert(header::CONTENT_TYPE, media_type.unwrap_or_else(json));
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
