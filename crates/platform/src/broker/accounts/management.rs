//! RabbitMQ's management API, as far as accounts need it: every call has a time limit and may be made twice.

use std::time::Duration;

use reqwest::{Client, Method, StatusCode};
use runtime::amqp::BrokerAddress;
use serde_json::{Value, json};
use url::Url;

/// One call, from the connection to the end of the answer.
const WITHIN: Duration = Duration::from_secs(5);

/// The management API of one broker.
pub(super) struct Management {
    client: Client,
    base: Url,
    login: String,
    password: String,
}

/// Why a call did not do what it should. Never holds a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ManagementError {
    /// Nobody answers.
    #[error("RabbitMQ's management API does not answer: {0}")]
    Unreachable(String),
    /// It answers, and refuses.
    #[error("RabbitMQ's management API answered {status} to {what}: {said}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// What was asked.
        what: &'static str,
        /// The beginning of its answer.
        said: String,
    },
}

impl Management {
    /// Reads `http(s)://user:password@host:port`. The error is a sentence without the password.
    pub(super) fn of(url: &str) -> Result<Self, String> {
        let rule = "must be http(s)://user:password@host:port";
        let mut base = Url::parse(url.trim()).map_err(|error| format!("{rule}: {error}"))?;
        if !matches!(base.scheme(), "http" | "https") || !base.has_host() || base.username().is_empty() {
            return Err(rule.to_owned());
        }
        // The account is written as in the broker's own address, and read the same way.
        let account = BrokerAddress::from_url(&url.trim().replacen("http", "amqp", 1))
            .map_err(|error| format!("{rule}: {error}"))?;
        let cleared = base.set_username("").and_then(|()| base.set_password(None));
        cleared.map_err(|()| rule.to_owned())?;
        let client = Client::builder()
            .timeout(WITHIN)
            .connect_timeout(WITHIN)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(|error| format!("TLS cannot be set up: {error}"))?;
        Ok(Self { client, base, login: account.login, password: account.password })
    }

    /// Whether it answers and knows us.
    pub(super) async fn probe(&self) -> Result<(), ManagementError> {
        self.call(Method::GET, &["whoami"], None, "whoami").await
    }

    /// Whether it answers and knows us as one who may make accounts: only an administrator may see them all.
    pub(super) async fn administrator(&self) -> Result<(), ManagementError> {
        self.call(Method::GET, &["users"], None, "the list of accounts").await
    }

    /// A virtual host, and all rights in it for an account.
    pub(super) async fn vhost(&self, vhost: &str, login: &str) -> Result<(), ManagementError> {
        self.call(Method::PUT, &["vhosts", vhost], Some(&json!({})), "a virtual host").await?;
        self.permit(vhost, login, &json!({"configure": ".*", "write": ".*", "read": ".*"})).await
    }

    /// An account with this password; its connections stay when it has one already.
    pub(super) async fn account(&self, login: &str, password: &str) -> Result<(), ManagementError> {
        let body = json!({"password": password, "tags": ""});
        self.call(Method::PUT, &["users", login], Some(&body), "an account").await
    }

    /// Takes an account's password away; its connections stay.
    pub(super) async fn lock(&self, login: &str) -> Result<(), ManagementError> {
        let body = json!({"password_hash": "", "tags": ""});
        self.call(Method::PUT, &["users", login], Some(&body), "locking an account").await
    }

    /// What an account may do in a virtual host.
    pub(super) async fn permit(
        &self,
        vhost: &str,
        login: &str,
        rights: &Value,
    ) -> Result<(), ManagementError> {
        self.call(Method::PUT, &["permissions", vhost, login], Some(rights), "permissions").await
    }

    /// Removes an account, which ends its connections; one that is not there is gone already.
    pub(super) async fn remove(&self, login: &str) -> Result<(), ManagementError> {
        match self.call(Method::DELETE, &["users", login], None, "removing an account").await {
            Err(ManagementError::Refused { status: 404, .. }) => Ok(()),
            other => other,
        }
    }

    async fn call(
        &self,
        method: Method,
        path: &[&str],
        body: Option<&Value>,
        what: &'static str,
    ) -> Result<(), ManagementError> {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push("api").extend(path);
        }
        let mut request = self.client.request(method, url).basic_auth(&self.login, Some(&self.password));
        if let Some(body) = body {
            request = request.json(body);
        }
        let unreachable = |error: reqwest::Error| ManagementError::Unreachable(plain(&error));
        let mut answer = request.send().await.map_err(unreachable)?;
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        let said = answer.chunk().await.ok().flatten().unwrap_or_default();
        let said = String::from_utf8_lossy(&said[..said.len().min(200)]).into_owned();
        let said = if status == StatusCode::UNAUTHORIZED {
            "it does not know the account of broker.management_url, or not as an administrator".to_owned()
        } else {
            said
        };
        Err(ManagementError::Refused { status: status.as_u16(), what, said })
    }
}

/// The innermost cause, without the address.
fn plain(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    let text = cause.to_string();
    if text.contains("://") { "the request could not be made".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_holds_an_account() {
        drop(rustls::crypto::ring::default_provider().install_default());
        let read = Management::of("http://admin:p%40ss@127.0.0.1:15672").unwrap();
        assert_eq!((read.login.as_str(), read.password.as_str()), ("admin", "p@ss"));
        assert_eq!(read.base.as_str(), "http://127.0.0.1:15672/");
        for wrong in ["", "amqp://a:b@h", "http://h:15672", "http://", "127.0.0.1:15672"] {
            let error = Management::of(wrong).map(|_| ()).unwrap_err();
            assert!(error.contains("must be http(s)://"), "{wrong}: {error}");
        }
    }
}
