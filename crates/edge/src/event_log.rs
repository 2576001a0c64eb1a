//! The box's events as the rest of the box sees them: written durably, then told to whoever listens; the ring's rules and the
//! contract of the cursors are in [`crate::store::events`].

mod keeper;
mod owed;
mod page;
mod room;

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;
use tokio::sync::{Notify, broadcast, watch};

use crate::decision::Record;
use crate::store::events::{self, NewEvent, Ring, Row};
use crate::store::{Store, StoreError};
use owed::Owed;
use room::{Allowance, Room};

pub use page::{Filter, Page};

/// Events a slow listener may be behind; older ones it misses.
const LIVE: usize = 64;
/// Events that leave at one time: their removal takes room and time itself, and a new event, with its door, waits for it.
const LEAVE_AT_ONCE: usize = 32;

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
    room: Arc<Room>,
    keep: usize,
    owed: Mutex<Owed>,
    live: broadcast::Sender<Arc<Recorded>>,
    newest: watch::Sender<i64>,
    /// Wakes what keeps the ring small.
    work: Notify,
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
            room: Arc::new(Room::of(store.path().parent().unwrap_or(Path::new(".")))),
            store,
            keep,
            owed: Mutex::default(),
            live: broadcast::Sender::new(LIVE),
            newest: watch::Sender::new(ring.newest),
            work: Notify::new(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Stores a complete event and tells the listeners. Returns its number.
    pub async fn add(&self, record: &Record, spot: Option<Vec<u8>>) -> Result<i64, StoreError> {
        let seq = self.insert(record, spot.clone(), false).await?;
        self.tell(Arc::new(Recorded { seq, record: record.clone(), spot }));
        Ok(seq)
    }

    /// Stores an event whose door is about to move; nobody reads it before [`EventLog::finish`]. Returns its number.
    pub async fn begin(&self, record: &Record, spot: Option<Vec<u8>>) -> Result<i64, StoreError> {
        self.insert(record, spot, true).await
    }

    /// Completes an event that was begun and tells the listeners. What cannot be written is written, and told, as soon as there is room.
    pub async fn finish(&self, seq: i64, record: &Record, spot: Option<Vec<u8>>) -> Result<(), StoreError> {
        let body: Arc<str> = serde_json::to_string(record)?.into();
        let mut closed = self.close(seq, &body).await;
        if matches!(closed, Err(StoreError::Full)) {
            self.relieve().await;
            closed = self.close(seq, &body).await;
        }
        let event = Arc::new(Recorded { seq, record: record.clone(), spot });
        match closed {
            Ok(true) => self.tell(event),
            // It was wiped meanwhile: it is nobody's business any more.
            Ok(false) => {}
            Err(error) => {
                // An event that stays open would hold up every other.
                self.owed().unfinished.push(event);
                self.inner.work.notify_one();
                return Err(error);
            }
        }
        Ok(())
    }

    async fn close(&self, seq: i64, body: &Arc<str>) -> Result<bool, StoreError> {
        let body = Arc::clone(body);
        self.inner.store.write(move |db| events::close(db, seq, &body)).await
    }

    /// Counts an event that could not be stored and never will be.
    pub fn count_lost(&self) {
        self.owed().lost += 1;
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
        let ring = self.inner.store.read(events::ring).await?;
        Ok(Ring { lost: ring.lost + self.owed().lost, ..ring })
    }

    /// Where cursors and events are.
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    async fn insert(&self, record: &Record, spot: Option<Vec<u8>>, open: bool) -> Result<i64, StoreError> {
        let new = NewEvent { taken_at: record.taken_at, body: serde_json::to_string(record)?, spot, open };
        let new = Arc::new(new);
        let mut stored = self.store_event(&new, false).await;
        if matches!(stored, Err(StoreError::Full)) {
            self.relieve().await;
            stored = self.store_event(&new, true).await;
        }
        stored
    }

    /// Stores it in one step with what is owed, where the disk has room; in the place of old ones where it has none.
    async fn store_event(&self, new: &Arc<NewEvent>, full: bool) -> Result<i64, StoreError> {
        let (new, sealer, keep) = (Arc::clone(new), self.inner.store.sealer(), self.inner.keep);
        let room = Arc::clone(&self.inner.room);
        let owed = Arc::new(std::mem::take(&mut *self.owed()));
        let paying = Arc::clone(&owed);
        let job = move |db: &Connection| {
            match if full { Allowance::Replace } else { room.look() } {
                Allowance::All => {}
                Allowance::Ring => shed_beyond(db, keep)?,
                Allowance::Replace => {
                    events::shed_to_fit(db, new.bytes())?;
                }
            }
            let paid = paying.pay(db)?;
            let seq = events::insert(db, &sealer, &new)?;
            Ok((seq, paid, events::trim(db, keep, LEAVE_AT_ONCE)?))
        };
        let (seq, paid, left) = match self.inner.store.write(job).await {
            Ok(stored) => stored,
            Err(error) => {
                self.owed().add(&owed);
                return Err(error);
            }
        };
        paid.into_iter().for_each(|event| self.tell(event));
        if left >= LEAVE_AT_ONCE {
            self.inner.work.notify_one();
        }
        Ok(seq)
    }

    /// Makes what room can be made on a disk that is full.
    async fn relieve(&self) {
        self.inner.room.give();
        // What is in the log takes its room twice until it has been written into the database.
        if let Err(error) = self.inner.store.erase(|_| Ok(()), |()| {}).await {
            tracing::debug!(%error, "the write-ahead log could not be emptied");
        }
    }

    fn owed(&self) -> MutexGuard<'_, Owed> {
        self.inner.owed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, event: Arc<Recorded>) {
        let seq = event.seq;
        // Nobody listening is as good as everybody told.
        let _ = self.inner.live.send(event);
        self.inner.newest.send_if_modified(|newest| {
            let newer = seq > *newest;
            *newest = seq.max(*newest);
            newer
        });
    }
}

/// The ring keeps its size and no more, uploaded or not.
fn shed_beyond(db: &Connection, keep: usize) -> Result<(), StoreError> {
    let over = events::ring(db)?.kept - i64::try_from(keep).unwrap_or(i64::MAX);
    let over = usize::try_from(over).unwrap_or(0);
    if over > 0 {
        events::shed(db, over.min(LEAVE_AT_ONCE))?;
    }
    Ok(())
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
