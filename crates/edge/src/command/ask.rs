//! A request to an address the platform named: with credentials where they belong, once more after a broken connection or a new
//! login, never longer than its limit each time.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use protocol::address;
use reqwest::RequestBuilder;

use super::Commands;
use crate::http::{self, FetchError};
use crate::link::Joined;

/// Between two attempts over a connection that broke.
const PAUSE: Duration = Duration::from_millis(500);
/// How long a new login is waited for after the platform refused our token.
const LOGIN: Duration = Duration::from_secs(5);

/// What is read, and for how long.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) time: Duration,
    pub(super) bytes: usize,
}

impl Commands {
    /// Status and body of the answer to the request that `make` builds for an address with credentials.
    pub(super) async fn ask(
        &self,
        joined: &Arc<Joined>,
        url: &str,
        limits: Limits,
        make: impl Fn(&str) -> RequestBuilder,
    ) -> Result<(u16, Bytes), FetchError> {
        // The command came under one login, but the newest one has the token that counts.
        let joined = self.current(joined);
        let once = |joined: Arc<Joined>| {
            let request = make(&joined.with_credentials(url));
            http::whole(request, limits.time, limits.bytes)
        };
        match once(Arc::clone(&joined)).await {
            Err(FetchError::Unreachable { .. }) => {
                tokio::time::sleep(PAUSE).await;
                once(self.current(&joined)).await
            }
            Ok((status @ (401 | 403), body)) if address::same_origin(url, &joined.login_url) => {
                self.app.link.token_refused(&joined);
                match self.fresh_login(&joined).await {
                    Some(fresh) => once(fresh).await,
                    None => Ok((status, body)),
                }
            }
            other => other,
        }
    }

    /// The newest login to the same platform, else the one given.
    fn current(&self, joined: &Arc<Joined>) -> Arc<Joined> {
        let newest = self.app.link.current();
        newest.filter(|newest| newest.login_url == joined.login_url).unwrap_or_else(|| Arc::clone(joined))
    }

    /// The next login with another token than `old`'s.
    async fn fresh_login(&self, old: &Joined) -> Option<Arc<Joined>> {
        let mut logins = self.app.link.joined();
        let fresh = logins.wait_for(|joined| {
            joined.as_ref().is_some_and(|joined| {
                joined.login_url == old.login_url && joined.reply.token != old.reply.token
            })
        });
        let fresh = tokio::time::timeout(LOGIN, fresh).await.ok()?;
        fresh.ok().and_then(|fresh| fresh.clone())
    }
}
