//! HTTP for [`oxvif`], with limits: it talks to one computer only, follows no redirects, and neither an answer's size nor its depth
//! nor its time is without bound.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use oxvif::transport::{Transport, TransportError};
use reqwest::header::CONTENT_TYPE;
use url::Url;

use super::text::is_too_deep;
use crate::http;

/// How long one answer may take.
const LIMIT: Duration = Duration::from_secs(5);
/// The longest answer.
const LONGEST: usize = 512 * 1024;

/// The client for devices nobody vouches for.
pub(super) fn client() -> Result<reqwest::Client, String> {
    // The binary has done this first thing; a second time is harmless.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .connect_timeout(LIMIT)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .map_err(|error| format!("TLS cannot be set up: {error}"))
}

/// The way to one computer.
pub(super) struct Post {
    client: reqwest::Client,
    to: IpAddr,
    /// What went wrong last, for people.
    trouble: Mutex<Option<String>>,
}

impl Post {
    pub(super) fn new(client: reqwest::Client, to: IpAddr) -> Self {
        Self { client, to, trouble: Mutex::default() }
    }

    /// What went wrong last, for people.
    pub(super) fn trouble(&self) -> Option<String> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn send(&self, url: &str, action: &str, body: String) -> Result<String, (u16, String)> {
        let mut url = Url::parse(url).map_err(|_| (0, "it names an address that is none".to_owned()))?;
        // A camera behind a router names the address it has itself.
        if !["http", "https"].contains(&url.scheme()) || url.set_ip_host(self.to).is_err() {
            return Err((0, "it names an address that is no web address".to_owned()));
        }
        let kind = format!("application/soap+xml; charset=utf-8; action=\"{action}\"");
        let request = self.client.post(url).header(CONTENT_TYPE, kind).body(body);
        let (status, body) =
            http::whole(request, LIMIT, LONGEST).await.map_err(|error| (0, error.to_string()))?;
        match status {
            // A refusal in the protocol's own words comes as 400 or 500.
            200 | 400 | 500 => {}
            401 | 403 => return Err((status, "it refuses user or password".into())),
            _ => return Err((status, format!("it answers with HTTP status {status}"))),
        }
        let text =
            String::from_utf8(body.into()).map_err(|_| (status, "its answer is no text".to_owned()))?;
        if is_too_deep(&text) {
            return Err((status, "its answer cannot be read".into()));
        }
        Ok(text)
    }
}

impl Transport for Post {
    fn soap_post<'a, 'b, 'c, 'd>(
        &'a self,
        url: &'b str,
        action: &'c str,
        body: String,
    ) -> Pin<Box<dyn Future<Output = Result<String, TransportError>> + Send + 'd>>
    where
        'a: 'd,
        'b: 'd,
        'c: 'd,
        Self: 'd,
    {
        Box::pin(async move {
            let sent = self.send(url, action, body).await;
            let trouble = sent.as_ref().err().map(|(_, reason)| reason.clone());
            *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
            sent.map_err(|(status, body)| TransportError::HttpStatus { status, body })
        })
    }
}
