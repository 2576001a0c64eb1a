//! The HTTP client of the players: bounded in time and size, following no redirects.

use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::Value;

/// Longest wait for one exchange.
const PATIENCE: Duration = Duration::from_secs(10);

/// Largest answer read, in bytes.
const LARGEST: usize = 16 * 1024 * 1024;

/// A peer's answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body, whatever it is.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// A client. Chooses a TLS implementation for the process when nobody has.
pub(crate) fn client() -> anyhow::Result<reqwest::Client> {
    let _already_chosen = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().timeout(PATIENCE).redirect(reqwest::redirect::Policy::none());
    client.build().context("no HTTP client")
}

/// Fetches an address.
pub(crate) async fn get(client: &reqwest::Client, url: &str) -> anyhow::Result<Answer> {
    exchange(client.get(url)).await.with_context(|| format!("GET {url}"))
}

/// Posts JSON to an address.
pub(crate) async fn post(client: &reqwest::Client, url: &str, body: &Value) -> anyhow::Result<Answer> {
    let request = client.post(url).header("content-type", "application/json").body(body.to_string());
    exchange(request).await.with_context(|| format!("POST {url}"))
}

async fn exchange(request: reqwest::RequestBuilder) -> anyhow::Result<Answer> {
    let mut response = request.send().await?;
    let status = response.status().as_u16();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        ensure!(body.len() + chunk.len() <= LARGEST, "the answer is larger than {LARGEST} bytes");
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, body })
}
