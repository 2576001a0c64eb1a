//! The box's own receivers: what the configuration says until the local API says otherwise; what it said is kept in the store
//! and wins from then on. Receivers that a platform's login reply names come in addition ([`super::target`]).

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::config::{self, Format};
use crate::store::{Store, StoreError, settings};

/// All receivers of the box's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receivers {
    /// Get matches at once.
    pub realtime: Realtime,
    /// Get every event.
    pub history: History,
    /// Gets the heartbeat.
    pub status: Status,
}

/// Receivers of matches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Realtime {
    /// Addresses, served in this order.
    pub urls: Vec<String>,
    /// Whether events carry the registration photo; also those to the platform.
    pub photo: bool,
    /// How events are written.
    pub format: Format,
}

/// Receivers of every event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// Addresses.
    pub urls: Vec<String>,
    /// Whether events carry the registration photo; also those to the platform.
    pub photo: bool,
    /// How events are written.
    pub format: Format,
    /// Seconds between uploads.
    pub period: Period,
}

/// The receiver of the heartbeat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Its address.
    pub url: Option<String>,
    /// Seconds between reports.
    pub period: Period,
}

/// Seconds between two uploads, at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Period {
    /// From the configuration: a login's own period takes its place.
    First(u64),
    /// Set through the local API: it stays.
    Set(u64),
}

/// A part that is to be replaced.
#[derive(Debug, Clone)]
pub enum Change {
    /// Receivers of matches.
    Realtime(Realtime),
    /// Receivers of every event.
    History(History),
    /// The receiver of the heartbeat.
    Status(Status),
}

impl Period {
    /// The seconds when no login says otherwise.
    pub fn seconds(self) -> u64 {
        match self {
            Self::First(seconds) | Self::Set(seconds) => seconds.max(1),
        }
    }

    /// The seconds beside a login that says `theirs`.
    pub fn beside(self, theirs: Option<u64>) -> u64 {
        match (self, theirs) {
            (Self::First(_), Some(theirs)) => theirs.max(1),
            _ => self.seconds(),
        }
    }
}

impl Receivers {
    /// The configured ones.
    pub fn configured(first: &config::Uploads) -> Self {
        let plain = |urls: &[String]| {
            urls.iter().map(|url| url.trim().to_owned()).filter(|url| !url.is_empty()).collect()
        };
        Self {
            realtime: Realtime {
                urls: plain(&first.realtime),
                photo: first.realtime_photo,
                format: first.realtime_format,
            },
            history: History {
                urls: plain(&first.history),
                photo: first.history_photo,
                format: first.history_format,
                period: Period::First(first.history_period),
            },
            status: Status { url: first.status.clone(), period: Period::First(first.status_period) },
        }
    }

    /// The configured ones, or what was set in their place.
    ///
    /// # Errors
    /// What the store says.
    pub async fn load(store: &Store, first: &config::Uploads) -> Result<Self, StoreError> {
        let sealer = store.sealer();
        let kept = store
            .read(move |db| {
                let of = |name| match settings::secret(db, &sealer, name) {
                    Err(error @ StoreError::Sealed(_)) => {
                        tracing::error!(name, %error, "a kept setting cannot be opened; the configuration counts");
                        Ok(None)
                    }
                    other => other,
                };
                Ok((of(settings::REALTIME)?, of(settings::HISTORY)?, of(settings::STATUS)?))
            })
            .await?;
        let first = Self::configured(first);
        Ok(Self {
            realtime: read(settings::REALTIME, kept.0).unwrap_or(first.realtime),
            history: read(settings::HISTORY, kept.1).unwrap_or(first.history),
            status: read(settings::STATUS, kept.2).unwrap_or(first.status),
        })
    }

    pub(super) fn apply(&mut self, change: Change) {
        match change {
            Change::Realtime(realtime) => self.realtime = realtime,
            Change::History(history) => self.history = history,
            Change::Status(status) => self.status = status,
        }
    }
}

impl Change {
    /// Under which name it is kept, and as what.
    pub(super) fn row(&self) -> Result<(&'static str, String), StoreError> {
        Ok(match self {
            Self::Realtime(realtime) => (settings::REALTIME, serde_json::to_string(realtime)?),
            Self::History(history) => (settings::HISTORY, serde_json::to_string(history)?),
            Self::Status(status) => (settings::STATUS, serde_json::to_string(status)?),
        })
    }
}

/// What was kept; unreadable is as good as never set, and said.
fn read<T: DeserializeOwned>(name: &str, text: Option<String>) -> Option<T> {
    let read = serde_json::from_str(&text?);
    read.inspect_err(
        |error| tracing::error!(name, %error, "a kept setting cannot be read; the configuration counts"),
    )
    .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_sets_the_period_unless_somebody_has_set_it_here() {
        assert_eq!(Period::First(20).beside(None), 20);
        assert_eq!(Period::First(20).beside(Some(5)), 5);
        assert_eq!(Period::Set(30).beside(Some(5)), 30);
        assert_eq!((Period::Set(0).seconds(), Period::First(20).beside(Some(0))), (1, 1));
    }
}
