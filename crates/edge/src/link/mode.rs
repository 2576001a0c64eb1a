//! How the box works: managed by a platform, or alone. Licence key and login URL stay when the mode changes.

use super::Link;
use crate::store::{StoreError, settings};

/// How the box works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkMode {
    /// Alone: there is no link, and people are kept on the box itself.
    Local,
    /// Managed by a platform.
    Mq,
}

impl WorkMode {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Mq => "mq",
        }
    }

    /// The mode of a word, if it is one.
    pub fn of(word: &str) -> Option<Self> {
        [Self::Local, Self::Mq].into_iter().find(|mode| mode.as_str() == word)
    }
}

impl Link {
    /// The mode in force: alone when that was chosen, and as long as licence key or login URL is missing.
    ///
    /// # Errors
    /// What the store says.
    pub async fn work_mode(&self) -> Result<WorkMode, StoreError> {
        let chosen = self.shared.store.read(|db| settings::get(db, settings::WORK_MODE)).await?;
        if chosen.as_deref() == Some(WorkMode::Local.as_str()) {
            return Ok(WorkMode::Local);
        }
        let complete = self.dev_sno().await?.is_some() && self.login_url().await?.is_some();
        Ok(if complete { WorkMode::Mq } else { WorkMode::Local })
    }

    /// Chooses the mode: leaves the platform, or logs in to it.
    ///
    /// # Errors
    /// What the store says; nothing has changed then.
    pub async fn set_work_mode(&self, mode: WorkMode) -> Result<(), StoreError> {
        self.keep(settings::WORK_MODE, mode.as_str()).await
    }
}
