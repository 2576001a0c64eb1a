//! The task that keeps the link: logs in, hands out what it learned, and notices when it has to do so again.

use std::sync::Arc;
use std::time::Duration;

use protocol::{DevSno, Mac};
use runtime::amqp::LinkState;
use runtime::{Backoff, CancellationToken, Lifecycle};

use super::{Broker, Joined, Link, LinkStatus, WorkMode, login, mac};
use crate::clock;

/// With the broker out of reach this long the platform is asked again: its address or our account there may have changed.
const PATIENCE: Duration = Duration::from_secs(60);
/// A token refused sooner than this after its login means that logging in again does not help by itself: it is spaced out.
const STEADY: Duration = Duration::from_secs(30);

impl Link {
    /// Runs the link until the process stops.
    pub fn start(&self, client: reqwest::Client, life: &Lifecycle) {
        let keeper = Keeper { link: self.clone(), client, life: life.clone(), stopping: life.stopping() };
        life.supervise("link", Backoff::link(), move || keeper.clone().run());
    }
}

#[derive(Clone)]
struct Keeper {
    link: Link,
    client: reqwest::Client,
    life: Lifecycle,
    stopping: CancellationToken,
}

/// Why a login has to be repeated.
enum Again {
    Settings,
    Token,
    Broker,
}

impl Keeper {
    async fn run(self) -> Result<(), crate::store::StoreError> {
        let mac = mac::of_this_box(self.link.shared.first.mac.as_deref(), &self.link.shared.store).await?;
        let mut backoff = Backoff::link();
        let mut identity = self.identity().await?;
        while !self.stopping.is_cancelled() {
            let Some((dev_sno, login_url)) = identity.clone() else {
                self.leave(LinkStatus::Local).await;
                self.wait_for_settings().await;
                identity = self.identity().await?;
                continue;
            };
            let Some(joined) = self.log_in(&login_url, &dev_sno, &mac, &mut backoff).await else {
                // Stopping, or the settings changed under the attempt: an older login is not ours any more then.
                if !self.stopping.is_cancelled() {
                    identity = self.identity().await?;
                    self.leave(LinkStatus::LoggingIn { failures: 0, reason: None, next_attempt_ms: None })
                        .await;
                }
                continue;
            };
            let began = tokio::time::Instant::now();
            self.arrive(joined).await;
            let Some(again) = self.watch().await else { return Ok(()) };
            if began.elapsed() >= STEADY {
                backoff.reset();
            }
            match again {
                Again::Settings => {
                    identity = self.identity().await?;
                    backoff.reset();
                    self.leave(LinkStatus::LoggingIn { failures: 0, reason: None, next_attempt_ms: None })
                        .await;
                }
                Again::Token => {
                    tracing::info!("the platform no longer takes the token, logging in again");
                    self.pause(backoff.next()).await;
                }
                Again::Broker => {
                    tracing::info!(
                        "the broker stays out of reach, asking the platform for its address again"
                    );
                }
            }
        }
        Ok(())
    }

    /// Licence key and login URL, when there are both and the box is not to work alone.
    async fn identity(&self) -> Result<Option<(DevSno, String)>, crate::store::StoreError> {
        if self.link.work_mode().await? == WorkMode::Local {
            return Ok(None);
        }
        let (dev_sno, login_url) = (self.link.dev_sno().await?, self.link.login_url().await?);
        Ok(dev_sno.map(DevSno::new).zip(login_url))
    }

    /// Tries until it succeeds; `None` when the process stops or the settings change meanwhile.
    async fn log_in(&self, url: &str, dev_sno: &DevSno, mac: &Mac, backoff: &mut Backoff) -> Option<Joined> {
        let mut reason = None;
        let mut failures = 0;
        loop {
            // While an older login still serves, that is what is true of the link.
            if self.link.shared.joined.borrow().is_none() {
                self.link.shared.status.send_replace(LinkStatus::LoggingIn {
                    failures,
                    reason: reason.clone(),
                    next_attempt_ms: None,
                });
            }
            let outcome = tokio::select! {
                () = self.stopping.cancelled() => return None,
                () = self.link.shared.changed.notified() => return None,
                outcome = login::attempt(&self.client, url, dev_sno, mac) => outcome,
            };
            let text = match outcome {
                Ok(joined) => return Some(joined),
                Err(text) => text,
            };
            failures += 1;
            let delay = backoff.next();
            let next = clock::now() + i64::try_from(delay.as_millis()).unwrap_or(i64::MAX);
            tracing::warn!(dev_sno = %dev_sno, reason = text, failures, retry_ms = delay.as_millis(), "login failed");
            reason = Some(text);
            self.link.shared.status.send_replace(LinkStatus::LoggingIn {
                failures,
                reason: reason.clone(),
                next_attempt_ms: Some(next),
            });
            tokio::select! {
                () = self.stopping.cancelled() => return None,
                () = self.link.shared.changed.notified() => return None,
                () = tokio::time::sleep(delay) => {}
            }
        }
    }

    /// Hands out a login; the broker sessions are made anew only when the platform told something else about the broker.
    async fn arrive(&self, joined: Joined) {
        let shared = &self.link.shared;
        tracing::info!(dev_sno = %joined.dev_sno, platform = joined.base, "logged in");
        let current = shared.broker.borrow().clone();
        let same = current.as_ref().is_some_and(|broker| broker.block == joined.reply.rabbitmq);
        let block = joined.reply.rabbitmq.clone();
        shared.status.send_replace(LinkStatus::Joined { at_ms: joined.at });
        shared.joined.send_replace(Some(Arc::new(joined)));
        if !same {
            if let Some(old) = current {
                shared.broker.send_replace(None);
                old.close().await;
            }
            shared.broker.send_replace(Some(Arc::new(Broker::start(&self.life, block))));
        }
    }

    async fn leave(&self, status: LinkStatus) {
        let shared = &self.link.shared;
        shared.joined.send_replace(None);
        if let Some(old) = shared.broker.send_replace(None) {
            old.close().await;
        }
        shared.status.send_replace(status);
    }

    /// Waits until the login has to be repeated; `None` when the process stops.
    async fn watch(&self) -> Option<Again> {
        let shared = &self.link.shared;
        let token = shared.joined.borrow().as_ref().map(|joined| joined.reply.token.clone());
        let mut refused = shared.refused.subscribe();
        tokio::select! {
            () = self.stopping.cancelled() => None,
            () = shared.changed.notified() => Some(Again::Settings),
            outcome = refused.wait_for(|refused| refused.is_some() && *refused == token) => {
                // The sender lives in what we hold, so there is always a value; it has been heard now.
                drop(outcome);
                shared.refused.send_replace(None);
                Some(Again::Token)
            }
            () = self.broker_lost() => Some(Again::Broker),
        }
    }

    /// Returns when the command leg has been down for [`PATIENCE`].
    async fn broker_lost(&self) {
        let broker = self.link.shared.broker.borrow().clone();
        let Some(broker) = broker else { return std::future::pending().await };
        let mut state = broker.commands.state();
        loop {
            let up =
                tokio::time::timeout(PATIENCE, state.wait_for(LinkState::is_up)).await.map(|up| up.is_ok());
            match up {
                Err(_) => return,
                Ok(true) => {}
                Ok(false) => break,
            }
            if state.wait_for(|state| !state.is_up()).await.is_err() {
                break;
            }
        }
        // The session has been closed: whoever closed it knows.
        std::future::pending::<()>().await;
    }

    async fn wait_for_settings(&self) {
        tokio::select! {
            () = self.stopping.cancelled() => {}
            () = self.link.shared.changed.notified() => {}
        }
    }

    async fn pause(&self, delay: Duration) {
        tokio::select! {
            () = self.stopping.cancelled() => {}
            () = tokio::time::sleep(delay) => {}
        }
    }
}
