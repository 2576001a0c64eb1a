//! The link to the management platform: who we are there, and what it told us when we logged in.
//!
//! A login is repeated until it succeeds and again whenever the platform no longer takes the token, the box's licence key or
//! login URL changes, or the broker stays out of reach. Everything else watches [`Link::joined`] and [`Link::broker`]: each leg
//! (login, commands, quality checks, results) comes back by itself. Without licence key or login URL the box works alone.

mod broker;
mod keeper;
mod login;
pub mod mac;
mod mode;

use std::sync::Arc;

use protocol::{DevSno, LoginReply, Mac, address};
use serde::Serialize;
use tokio::sync::{Notify, watch};

pub use broker::Broker;
pub(crate) use broker::address as broker_address;
pub(crate) use login::attempt;
pub use mode::WorkMode;

use crate::config::Identity;
use crate::store::{Store, StoreError, settings};

/// A successful login.
#[derive(Debug)]
pub struct Joined {
    /// The licence key we logged in with.
    pub dev_sno: DevSno,
    /// The MAC we told.
    pub mac: Mac,
    /// Where.
    pub login_url: String,
    /// What relative addresses are appended to.
    pub base: String,
    /// What the platform answered.
    pub reply: LoginReply,
    /// When, milliseconds UTC.
    pub at: i64,
    /// Milliseconds by which our clock was ahead of the platform's then, to half a second; `None` when it did not say.
    pub ahead_ms: Option<i64>,
}

/// What is known of the login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum LinkStatus {
    /// Stand-alone: that was chosen, or there is no licence key or no login URL.
    Local,
    /// Not logged in.
    LoggingIn {
        /// Failed attempts since the last success.
        failures: u32,
        /// Why the last one failed.
        reason: Option<String>,
        /// When the next attempt begins, milliseconds UTC; none while one is under way.
        next_attempt_ms: Option<i64>,
    },
    /// Logged in.
    Joined {
        /// When, milliseconds UTC.
        at_ms: i64,
    },
}

/// A handle on the link; clones share it.
#[derive(Debug, Clone)]
pub struct Link {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    store: Store,
    first: Identity,
    joined: watch::Sender<Option<Arc<Joined>>>,
    broker: watch::Sender<Option<Arc<Broker>>>,
    status: watch::Sender<LinkStatus>,
    // Wakes the keeper: the settings changed.
    changed: Notify,
    // Wakes the keeper: the platform refused this token.
    refused: watch::Sender<Option<String>>,
}

impl Joined {
    /// The complete form of an address of the platform's.
    pub fn resolve(&self, address: &str) -> String {
        address::resolve(&self.base, address)
    }

    /// The address with token and licence key, if it is the platform's own; any other as it is.
    pub fn with_credentials(&self, url: &str) -> String {
        if address::same_origin(url, &self.login_url) {
            address::with_credentials(url, &self.reply.token, &self.dev_sno)
        } else {
            url.to_owned()
        }
    }
}

impl Link {
    /// A link that is not running yet; `first` serves until the store holds other values.
    pub fn new(store: Store, first: Identity) -> Self {
        let shared = Shared {
            store,
            first,
            joined: watch::Sender::new(None),
            broker: watch::Sender::new(None),
            status: watch::Sender::new(LinkStatus::Local),
            changed: Notify::new(),
            refused: watch::Sender::new(None),
        };
        Self { shared: Arc::new(shared) }
    }

    /// The last successful login; `None` before the first and after the settings changed.
    pub fn joined(&self) -> watch::Receiver<Option<Arc<Joined>>> {
        self.shared.joined.subscribe()
    }

    /// The last successful login, now.
    pub fn current(&self) -> Option<Arc<Joined>> {
        self.shared.joined.borrow().clone()
    }

    /// The broker of that login, now.
    pub fn current_broker(&self) -> Option<Arc<Broker>> {
        self.shared.broker.borrow().clone()
    }

    /// The broker of that login.
    pub fn broker(&self) -> watch::Receiver<Option<Arc<Broker>>> {
        self.shared.broker.subscribe()
    }

    /// What is known of the login.
    pub fn status(&self) -> watch::Receiver<LinkStatus> {
        self.shared.status.subscribe()
    }

    /// The platform answered a request of ours with an authentication error: log in again, unless that has happened since.
    pub fn token_refused(&self, joined: &Joined) {
        let token = joined.reply.token.clone();
        self.shared.refused.send_if_modified(|known| {
            let news = known.as_deref() != Some(&token);
            *known = Some(token);
            news
        });
    }

    /// The licence key in force: set through the local API, else configured.
    ///
    /// # Errors
    /// What the store says.
    pub async fn dev_sno(&self) -> Result<Option<String>, StoreError> {
        let kept = self.shared.store.read(|db| settings::get(db, settings::DEV_SNO)).await?;
        Ok(kept.or_else(|| self.shared.first.dev_sno.clone()).filter(|text| !text.is_empty()))
    }

    /// The login URL in force: set through the local API, else configured.
    ///
    /// # Errors
    /// What the store says.
    pub async fn login_url(&self) -> Result<Option<String>, StoreError> {
        let kept = self.shared.store.read(|db| settings::get(db, settings::LOGIN_URL)).await?;
        Ok(kept.or_else(|| self.shared.first.login_url.clone()).filter(|text| !text.is_empty()))
    }

    /// Keeps another licence key (empty: none) and logs in with it.
    ///
    /// # Errors
    /// What the store says; nothing has changed then.
    pub async fn set_dev_sno(&self, dev_sno: &str) -> Result<(), StoreError> {
        self.keep(settings::DEV_SNO, dev_sno).await
    }

    /// Keeps another login URL (empty: none) and logs in there.
    ///
    /// # Errors
    /// What the store says; nothing has changed then.
    pub async fn set_login_url(&self, login_url: &str) -> Result<(), StoreError> {
        self.keep(settings::LOGIN_URL, login_url).await
    }

    /// Keeps licence key and login URL together, and logs in with them from now on.
    ///
    /// # Errors
    /// What the store says; nothing has changed then.
    pub async fn pair(&self, dev_sno: &str, login_url: &str) -> Result<(), StoreError> {
        let (dev_sno, login_url) = (dev_sno.to_owned(), login_url.to_owned());
        self.shared
            .store
            .write(move |db| {
                settings::set(db, settings::DEV_SNO, &dev_sno)?;
                settings::set(db, settings::LOGIN_URL, &login_url)?;
                settings::set(db, settings::WORK_MODE, WorkMode::Mq.as_str())
            })
            .await?;
        self.shared.changed.notify_one();
        Ok(())
    }

    /// Drops the login and the broker sessions and makes them anew.
    pub fn renew(&self) {
        self.shared.changed.notify_one();
    }

    async fn keep(&self, name: &'static str, value: &str) -> Result<(), StoreError> {
        let value = value.trim().to_owned();
        let changed = self
            .shared
            .store
            .write(move |db| {
                let before = settings::get(db, name)?;
                settings::set(db, name, &value)?;
                Ok(before.as_deref() != Some(&value))
            })
            .await?;
        if changed {
            self.shared.changed.notify_one();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr as _;

    use super::*;

    #[test]
    fn credentials_go_to_the_platform_and_to_nobody_else() {
        let reply = br#"{"token": "t&1", "rabbitmq": {"host": "h", "port": "5672", "login": "l", "password": "p", "queue": "q"}}"#;
        let joined = Joined {
            dev_sno: DevSno::new("KEY"),
            mac: Mac::from_str("0xe0a50900062b").unwrap(),
            login_url: "http://platform:9061/api/login".into(),
            base: "http://platform:9061".into(),
            reply: LoginReply::read(200, reply).unwrap(),
            at: 0,
            ahead_ms: None,
        };
        let own = joined.with_credentials(&joined.resolve("photos/1?size=2"));
        assert_eq!(own, "http://platform:9061/photos/1?size=2&token=t%261&dev_sno=KEY");
        for foreign in [
            "https://platform:9061/x",
            "http://platform/x",
            "http://other:9061/x",
            "http://platform.evil:9061/x",
        ] {
            assert_eq!(joined.with_credentials(foreign), foreign);
        }
    }
}
