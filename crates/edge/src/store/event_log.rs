//! The box's events as the rest of the box sees them: written durably, then told to whoever listens; the ring's rules and the
//! contract of the cursors are in [`super::events`].

mod page;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{broadcast, watch};

use super::events::{self, NewEvent, Ring, Row};
use super::{Store, StoreError};
use crate::machine;
use crate::recognition::Record;

pub use page::{Filter, Page};

/// Events a slow listener may be behind; older ones it misses.
const LIVE: usize = 64;
/// After so many events the disk is looked at.
const LOOK_EVERY: u64 = 64;
/// When the disk is full a tenth of the events leaves, and this many at least.
const LEAST_SHED: usize = 8;

/// An event that is stored and complete.
pub struct Recorded {
    /// Its number.
    pub seq: i64,
    /// The event.
    pub record: Record,
    /// The picture that is sent with it, JPEG.
    pub spot: Option<Vec<u8>>,
}

/// The event store (cheap to clone).
#[derive(Clone)]
pub struct EventLog {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    directory: PathBuf,
    keep: usize,
    added: AtomicU64,
    live: broadcast::Sender<Arc<Recorded>>,
    newest: watch::Sender<i64>,
}

impl EventLog {
    /// Opens the log: events whose door was moving when the box stopped are closed. `keep` events are kept, and more while some
    /// target has not got them.
    pub async fn open(store: Store, keep: usize) -> Result<Self, StoreError> {
        let (closed, ring) = store.write(|db| Ok((events::close_all(db)?, events::ring(db)?))).await?;
        if closed > 0 {
            tracing::warn!(events = closed, "the box had stopped while doors were moving");
        }
        let inner = Inner {
            directory: store.path().parent().map(PathBuf::from).unwrap_or_default(),
            store,
            keep,
            added: AtomicU64::new(0),
            live: broadcast::Sender::new(LIVE),
            newest: watch::Sender::new(ring.newest),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Stores a complete event and tells the listeners. Returns its number.
    pub async fn add(&self, record: &Record, spot: Option<Vec<u8>>) -> Result<i64, StoreError> {
        let seq = self.insert(record, spot.clone(), false).await?;
        self.tell(seq, record.clone(), spot);
        Ok(seq)
    }

    /// Stores an event whose door is about to move; nobody reads it before [`EventLog::finish`]. Returns its number.
    pub async fn begin(&self, record: &Record, spot: Option<Vec<u8>>) -> Result<i64, StoreError> {
        self.insert(record, spot, true).await
    }

    /// Completes an event that was begun and tells the listeners.
    pub async fn finish(&self, seq: i64, record: &Record, spot: Option<Vec<u8>>) -> Result<(), StoreError> {
        let body = serde_json::to_string(record)?;
        self.inner.store.write(move |db| events::close(db, seq, &body)).await?;
        self.tell(seq, record.clone(), spot);
        Ok(())
    }

    /// Every event from now on, as it is completed.
    pub fn live(&self) -> broadcast::Receiver<Arc<Recorded>> {
        self.inner.live.subscribe()
    }

    /// The number of the newest complete event; changes with each.
    pub fn newest(&self) -> watch::Receiver<i64> {
        self.inner.newest.subscribe()
    }

    /// The newest events first, at most `most`.
    pub async fn latest(&self, most: usize) -> Result<Vec<Recorded>, StoreError> {
        let sealer = self.inner.store.sealer();
        let rows = self.inner.store.read(move |db| events::newest(db, &sealer, most)).await?;
        Ok(rows.iter().filter_map(Recorded::of).collect())
    }

    /// At most `most` complete events after `seq` and about `bytes` of them; see [`events::after`].
    pub async fn after(&self, seq: i64, most: usize, bytes: usize) -> Result<Vec<Row>, StoreError> {
        let sealer = self.inner.store.sealer();
        self.inner.store.read(move |db| events::after(db, &sealer, seq, most, bytes)).await
    }

    /// Forgets every event; how many there were.
    pub async fn wipe(&self) -> Result<usize, StoreError> {
        wipe(&self.inner.store).await
    }

    /// The ring in numbers.
    pub async fn ring(&self) -> Result<Ring, StoreError> {
        self.inner.store.read(events::ring).await
    }

    /// Where cursors and events are.
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    async fn insert(&self, record: &Record, spot: Option<Vec<u8>>, open: bool) -> Result<i64, StoreError> {
        let new = NewEvent { taken_at: record.taken_at, body: serde_json::to_string(record)?, spot, open };
        let keep = self.inner.keep;
        if self.inner.added.fetch_add(1, Ordering::Relaxed).is_multiple_of(LOOK_EVERY) && self.disk_is_low() {
            self.make_room().await?;
        }
        let again = new.clone();
        let write = |new: NewEvent| {
            let sealer = self.inner.store.sealer();
            self.inner.store.write(move |db| {
                let seq = events::insert(db, &sealer, &new)?;
                events::trim(db, keep)?;
                Ok(seq)
            })
        };
        match write(new).await {
            Err(StoreError::Full) => {
                let kept = usize::try_from(self.ring().await?.kept).unwrap_or(0);
                self.shed((kept / 10).max(LEAST_SHED)).await?;
                write(again).await
            }
            other => other,
        }
    }

    fn disk_is_low(&self) -> bool {
        machine::disk(&self.inner.directory).is_some_and(|disk| disk.is_low())
    }

    /// On a disk that is nearly full the ring keeps its size and no more, uploaded or not.
    async fn make_room(&self) -> Result<(), StoreError> {
        let kept = usize::try_from(self.ring().await?.kept).unwrap_or(0);
        match kept.saturating_sub(self.inner.keep) {
            0 => Ok(()),
            over => self.shed(over).await,
        }
    }

    async fn shed(&self, number: usize) -> Result<(), StoreError> {
        let unsent = self.inner.store.write(move |db| events::shed(db, number)).await?;
        tracing::error!(dropped = number, unsent, "the disk is nearly full: the oldest events were dropped");
        Ok(())
    }

    fn tell(&self, seq: i64, record: Record, spot: Option<Vec<u8>>) {
        // Nobody listening is as good as everybody told.
        let _ = self.inner.live.send(Arc::new(Recorded { seq, record, spot }));
        self.inner.newest.send_if_modified(|newest| {
            let newer = seq > *newest;
            *newest = seq.max(*newest);
            newer
        });
    }
}

impl fmt::Debug for Recorded {
    /// Without the picture: none ever reaches a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorded")
            .field("seq", &self.seq)
            .field("record", &self.record)
            .finish_non_exhaustive()
    }
}

impl Recorded {
    /// A stored row; `None`, and a line in the log, when it cannot be read.
    pub fn of(row: &Row) -> Option<Self> {
        match serde_json::from_str(&row.body) {
            Ok(record) => Some(Self { seq: row.seq, record, spot: row.spot.clone() }),
            Err(error) => {
                tracing::error!(seq = row.seq, %error, "a stored event cannot be read");
                None
            }
        }
    }
}

/// Forgets every event, also where no log is open; how many there were.
pub async fn wipe(store: &Store) -> Result<usize, StoreError> {
    let sealer = store.sealer();
    store.erase(move |db| events::wipe(db, &sealer), |_| {}).await
}

#[cfg(test)]
mod tests;
