//! The `http` door: each action is one POST with a small JSON body, and only a 2xx answer in time means that it was done.
//!
//! A redirect is followed only where it repeats the POST at the same place ([`http::sender`]): anything else would carry the
//! credentials elsewhere, or take the answer of some other page for an open door.

use futures_util::future::BoxFuture;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::json;
use url::Url;

use super::{Action, Driver, Order, TIME_LIMIT};
use crate::reason::{Reason, table as reason};
use crate::{clock, config, http};

/// The longest answer that is read, bytes.
const MAX_ANSWER: usize = 64 * 1024;

/// The driver.
pub(super) struct Http {
    client: reqwest::Client,
    url: Url,
    headers: HeaderMap,
    account: Option<(String, Option<String>)>,
}

impl Http {
    /// The driver of a configured door; the error names the key that is wrong.
    pub(super) fn new(client: reqwest::Client, settings: &config::HttpDoor) -> Result<Self, Reason> {
        let url = settings.address()?;
        let mut headers = HeaderMap::new();
        for (name, value) in &settings.headers {
            let wrong = || reason::bad_header(name.as_str()).of("headers");
            let name = HeaderName::try_from(name).map_err(|_| wrong())?;
            let mut value = HeaderValue::try_from(value).map_err(|_| wrong())?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        let account = settings.user.clone().map(|user| (user, settings.password.clone()));
        Ok(Self { client, url, headers, account })
    }

    async fn post(&self, action: Action, order: &Order) -> Result<(), String> {
        let body = json!({
            "action": action.word(),
            "camera": order.camera,
            "identity_id": order.identity_id,
            "reason": order.reason,
            "at": clock::now(),
        });
        let mut request = self.client.post(self.url.clone()).headers(self.headers.clone()).json(&body);
        if let Some((user, password)) = &self.account {
            request = request.basic_auth(user, password.as_ref());
        }
        let (status, _) =
            http::whole(request, TIME_LIMIT, MAX_ANSWER).await.map_err(|error| error.to_string())?;
        match status {
            200..=299 => Ok(()),
            300..=399 => Err(format!("it answered {status}, a redirect that is not followed")),
            401 | 403 => Err(format!("it answered {status}: user, password or headers are wrong")),
            other => Err(format!("it answered {other}")),
        }
    }
}

impl std::fmt::Debug for Http {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Http").field("place", &self.place()).finish_non_exhaustive()
    }
}

impl Driver for Http {
    fn kind(&self) -> &'static str {
        "http"
    }

    fn place(&self) -> String {
        // Tokens travel in queries.
        let mut shown = self.url.clone();
        shown.set_query(None);
        shown.into()
    }

    fn carry_out<'a>(&'a self, action: Action, order: &'a Order) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(self.post(action, order))
    }

    fn reach(&self) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(async move {
            let host = self.url.host_str().unwrap_or_default().trim_matches(['[', ']']);
            let port = self.url.port_or_known_default().unwrap_or(80);
            let connected = tokio::net::TcpStream::connect((host, port)).await;
            connected.map(drop).map_err(|error| format!("{host}:{port} cannot be reached: {error}"))
        })
    }
}
