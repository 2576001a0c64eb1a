//! A few connections that only read; a panic in a read costs its connection and nothing else.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::{StoreError, connect, writer::panic_text};

/// Reads at one time: WAL lets them run beside the writer, more would only share the same two cores.
const READERS: usize = 3;

#[derive(Debug)]
pub(super) struct Readers {
    path: PathBuf,
    free: Arc<Mutex<Vec<Connection>>>,
    permits: Arc<Semaphore>,
}

impl Readers {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, free: Arc::default(), permits: Arc::new(Semaphore::new(READERS)) }
    }

    pub(super) async fn run<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| StoreError::Closed)?;
        let free = Arc::clone(&self.free);
        let path = self.path.clone();
        let reading = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let kept = free.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let connection = match kept {
                Some(connection) => connection,
                None => {
                    let fresh = connect(&path)?;
                    fresh.pragma_update(None, "query_only", "ON")?;
                    fresh
                }
            };
            match catch_unwind(AssertUnwindSafe(|| job(&connection))) {
                Ok(outcome) => {
                    free.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
                    outcome
                }
                Err(panic) => Err(StoreError::Panicked(panic_text(&*panic))),
            }
        });
        reading.await.unwrap_or(Err(StoreError::Closed))
    }
}
