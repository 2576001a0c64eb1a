//! Beside the judges: measures how alike people are when the gallery has changed, and keeps count of the time watched.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use runtime::CancellationToken;

use super::traffic::{Expected, Traffic};
use super::worker::Inner;
use crate::clock;
use crate::store::{StoreError, settings};

/// The gallery is looked at this often; judges that find it changed do not wait for it.
const LOOK: Duration = Duration::from_secs(10);
/// Counts are written this often: a power cut may cost so much of them.
const KEEP: Duration = Duration::from_secs(300);

/// Watches until `stopping`.
pub(super) async fn watch(inner: Arc<Inner>, stopping: CancellationToken) {
    inner.restore().await;
    let (mut looked, mut kept) = (Instant::now(), Instant::now());
    loop {
        let measuring = inner.clone();
        let measured =
            tokio::task::spawn_blocking(move || measuring.judge.thresholds.measure(&measuring.judge.people));
        if measured.await.is_err() {
            tracing::error!("measuring the gallery broke down");
        }
        tokio::select! {
            () = stopping.cancelled() => break,
            () = inner.judge.thresholds.outgrown() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
        inner.traffic().watched(clock::now(), looked.elapsed().as_secs_f64());
        looked = Instant::now();
        if kept.elapsed() >= KEEP {
            inner.keep().await;
            kept = Instant::now();
        }
    }
    inner.traffic().watched(clock::now(), looked.elapsed().as_secs_f64());
    inner.keep().await;
}

impl Inner {
    pub(super) fn traffic(&self) -> std::sync::MutexGuard<'_, Traffic> {
        self.traffic.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the thresholds in force lead to with the faces that pass here; `None` before the first measurement.
    pub(super) fn expected(&self) -> Option<Expected> {
        let now = self.judge.thresholds.grounds()?.thresholds;
        Some(self.traffic().expected(clock::now(), now.name_rate, now.door_rate))
    }

    async fn restore(&self) {
        let stored = self.events.store().read(|db| settings::get(db, settings::TRAFFIC)).await;
        let read = match stored {
            Ok(None) => return,
            Ok(Some(text)) => serde_json::from_str(&text).map_err(StoreError::from),
            Err(error) => Err(error),
        };
        match read {
            Ok(earlier) => self.traffic().absorb(earlier),
            Err(error) => tracing::warn!(%error, "the counts of strangers cannot be read; they begin anew"),
        }
    }

    async fn keep(&self) {
        let text = serde_json::to_string(&*self.traffic()).map_err(StoreError::from);
        let kept = match text {
            Ok(text) => {
                self.events.store().write(move |db| settings::set(db, settings::TRAFFIC, &text)).await
            }
            Err(error) => Err(error),
        };
        if let Err(error) = kept {
            tracing::warn!(%error, "the counts of strangers cannot be kept");
        }
    }
}
