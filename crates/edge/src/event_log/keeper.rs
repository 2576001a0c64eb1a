//! What is done to the ring beside its events: a backlog that has been delivered leaves in small steps, so that no door waits for it,
//! and what is owed is paid when there is room, although nobody comes.

use std::sync::Arc;
use std::time::Duration;

use runtime::CancellationToken;

use super::{EventLog, LEAVE_AT_ONCE};
use crate::store::{StoreError, events};

/// Between two steps, so that whatever else is written comes first.
const PAUSE: Duration = Duration::from_millis(50);
/// Between two attempts to pay.
const AGAIN: Duration = Duration::from_secs(2);

impl EventLog {
    /// Says that a target has accepted events: some may leave.
    pub fn delivered(&self) {
        self.inner.work.notify_one();
    }

    /// Keeps the ring as small as it may be, until `stop`.
    pub async fn keep(self, stop: CancellationToken) {
        while stop.run_until_cancelled(self.due()).await.is_some() {
            if let Err(error) = self.pay().await {
                tracing::debug!(%error, "what is owed cannot be written yet");
            }
            match self.shrink().await {
                Ok(left) if left >= LEAVE_AT_ONCE => {
                    self.inner.work.notify_one();
                    tokio::time::sleep(PAUSE).await;
                }
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "delivered events could not leave the ring"),
            }
        }
    }

    /// Returns when there may be something to do.
    async fn due(&self) {
        if self.owed().is_nothing() {
            return self.inner.work.notified().await;
        }
        tokio::time::sleep(AGAIN).await;
    }

    /// Lets the oldest events leave that nobody needs, as many as may leave at one time; how many those were.
    pub(super) async fn shrink(&self) -> Result<usize, StoreError> {
        let keep = self.inner.keep;
        self.inner.store.write(move |db| events::trim(db, keep, LEAVE_AT_ONCE)).await
    }

    /// Writes what is owed and tells what is complete with it.
    pub(super) async fn pay(&self) -> Result<(), StoreError> {
        let owed = Arc::new(std::mem::take(&mut *self.owed()));
        if owed.is_nothing() {
            return Ok(());
        }
        let paying = Arc::clone(&owed);
        match self.inner.store.write(move |db| paying.pay(db)).await {
            Ok(paid) => paid.into_iter().for_each(|event| self.tell(event)),
            Err(error) => {
                self.owed().add(&owed);
                return Err(error);
            }
        }
        Ok(())
    }
}
