//! Outgoing HTTP: every request has a time limit and every answer a size limit; redirects never change the scheme.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use reqwest::redirect::{Attempt, Policy};

/// A server that does not take a connection in this time is down.
const CONNECT: Duration = Duration::from_secs(5);
/// Redirects followed.
const REDIRECTS: usize = 5;
/// Redirects of a request that sends something.
const REPEATS: usize = 3;

/// Why there is no whole answer. The texts never hold a query, where tokens travel.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The address is no URL.
    #[error("the address cannot be read: {0}")]
    Address(String),
    /// Nobody answered in time.
    #[error("no answer from {host} within {}", human(.limit))]
    Timeout {
        /// Whom we asked.
        host: String,
        /// For how long.
        limit: Duration,
    },
    /// No connection, or it broke.
    #[error("cannot reach {host}: {reason}")]
    Unreachable {
        /// Whom we asked.
        host: String,
        /// In plain words.
        reason: String,
    },
    /// A redirect that is not followed.
    #[error("{host} redirects in a way that is not followed")]
    Redirect {
        /// Who redirects.
        host: String,
    },
    /// The answer is longer than it may be.
    #[error("the answer of {host} is longer than {limit} bytes")]
    TooLarge {
        /// Whom we asked.
        host: String,
        /// The most that is read.
        limit: usize,
    },
}

/// The client for whatever is asked for.
///
/// # Errors
/// When TLS cannot be set up.
pub fn client() -> Result<reqwest::Client, reqwest::Error> {
    builder().redirect(Policy::custom(follow)).build()
}

/// The client for whatever is sent. A redirect is followed only where it repeats the POST (307, 308) at the same scheme, host and
/// port: by any other the POST would arrive as an empty GET, whose success would be none, or somewhere it was not meant for.
///
/// # Errors
/// When TLS cannot be set up.
pub fn sender() -> Result<reqwest::Client, reqwest::Error> {
    builder().redirect(Policy::custom(repeat)).build()
}

/// A client that believes only a server with the certificate of this file, which is the box's own.
///
/// # Errors
/// What is wrong with the file.
pub(crate) fn only(certificate: &Path) -> Result<reqwest::Client, String> {
    let believed = runtime::tls::pinned(certificate).map_err(|error| error.to_string())?;
    let client = builder().tls_backend_preconfigured(believed).redirect(Policy::none()).build();
    client.map_err(|error| format!("TLS cannot be set up: {error}"))
}

/// What every client has in common; redirects are the caller's matter.
pub(crate) fn builder() -> reqwest::ClientBuilder {
    // The binary has done this first thing; a second time is harmless.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .connect_timeout(CONNECT)
        .pool_idle_timeout(Duration::from_secs(30))
        .user_agent(concat!("menshen-edge/", env!("CARGO_PKG_VERSION")))
}

/// Sends the request and reads the answer whole: its status and body.
///
/// # Errors
/// [`FetchError`]; a status that means failure is no error here.
pub async fn whole(
    request: reqwest::RequestBuilder,
    limit: Duration,
    max: usize,
) -> Result<(u16, Bytes), FetchError> {
    let (status, body, _) = exchange(request, limit, max, Longer::IsAnError).await?;
    Ok((status, body))
}

/// As [`whole`], but of a longer answer it reads only the beginning.
///
/// # Errors
/// As [`whole`].
pub async fn beginning(
    request: reqwest::RequestBuilder,
    limit: Duration,
    max: usize,
) -> Result<(u16, Bytes), FetchError> {
    let (status, body, _) = exchange(request, limit, max, Longer::IsCutOff).await?;
    Ok((status, body))
}

/// As [`whole`], with the time the server says it is: milliseconds UTC, a whole second.
///
/// # Errors
/// As [`whole`].
pub async fn dated(
    request: reqwest::RequestBuilder,
    limit: Duration,
    max: usize,
) -> Result<(u16, Bytes, Option<i64>), FetchError> {
    exchange(request, limit, max, Longer::IsAnError).await
}

/// What becomes of an answer that is longer than it may be.
#[derive(Clone, Copy, PartialEq)]
enum Longer {
    IsAnError,
    IsCutOff,
}

async fn exchange(
    request: reqwest::RequestBuilder,
    limit: Duration,
    max: usize,
    longer: Longer,
) -> Result<(u16, Bytes, Option<i64>), FetchError> {
    let (client, request) = request.build_split();
    let request = request.map_err(|error| FetchError::Address(plain(&error)))?;
    let host = host_of(request.url());
    let exchange = async {
        let mut answer = client.execute(request).await.map_err(|error| failure(&host, &error))?;
        let too_large = || FetchError::TooLarge { host: host.clone(), limit: max };
        let is_longer = answer.content_length().is_some_and(|length| length > max as u64);
        if is_longer && longer == Longer::IsAnError {
            return Err(too_large());
        }
        let status = answer.status().as_u16();
        let date = answer.headers().get("date").and_then(|date| date.to_str().ok());
        let date = date.and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
        let date = date.map(|date| date.timestamp().as_millisecond());
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| failure(&host, &error))? {
            let room = max - body.len();
            body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            match longer {
                _ if chunk.len() <= room => {}
                Longer::IsAnError => return Err(too_large()),
                Longer::IsCutOff => break,
            }
        }
        Ok((status, Bytes::from(body), date))
    };
    match tokio::time::timeout(limit, exchange).await {
        Ok(outcome) => outcome,
        Err(_) => Err(FetchError::Timeout { host: host.clone(), limit }),
    }
}

fn follow(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let same_scheme = attempt.previous().last().is_some_and(|last| last.scheme() == attempt.url().scheme());
    if attempt.previous().len() > REDIRECTS || !same_scheme {
        attempt.error("not followed")
    } else {
        attempt.follow()
    }
}

fn repeat(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let repeats = matches!(attempt.status().as_u16(), 307 | 308);
    let at_home = attempt.previous().first().is_some_and(|first| first.origin() == attempt.url().origin());
    if repeats && at_home && attempt.previous().len() <= REPEATS { attempt.follow() } else { attempt.stop() }
}

fn failure(host: &str, error: &reqwest::Error) -> FetchError {
    let host = host.to_owned();
    if error.is_redirect() {
        FetchError::Redirect { host }
    } else if error.is_timeout() {
        FetchError::Timeout { host, limit: CONNECT }
    } else {
        FetchError::Unreachable { host, reason: plain(error) }
    }
}

/// The innermost cause, which is the one that says something, without the URL.
fn plain(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    let text = cause.to_string();
    if text.contains("://") { "the request could not be made".to_owned() } else { text }
}

fn host_of(url: &url::Url) -> String {
    match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        _ => "an address without host".to_owned(),
    }
}

fn human(limit: &Duration) -> String {
    format!("{} s", limit.as_secs_f32())
}

#[cfg(test)]
mod tests;
