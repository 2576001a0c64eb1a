//! The one thread that writes: groups what waits into one transaction, answers after the commit.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::{StoreError, empty_log};

/// Writes that may wait before a caller has to.
const QUEUE: usize = 256;
/// Writes that share one transaction: enough to spread the cost of a sync, few enough to stay below some milliseconds.
const GROUP: usize = 64;

/// Says how the commit went to whoever asked for the write.
type Finish = Box<dyn FnOnce(Result<(), &StoreError>) + Send>;
/// Runs inside a savepoint, or hears why there is none; without a `Finish` the savepoint is to be undone and the caller knows.
type Step = Box<dyn FnOnce(Result<&Connection, &StoreError>) -> Option<Finish> + Send>;

/// What a write is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Something is added or changed.
    Change,
    /// Something must not be found in any file afterwards.
    Erasure,
}

struct Job {
    step: Step,
    kind: Kind,
}

#[derive(Debug)]
pub(super) struct Writer {
    // `None` once the store is being dropped.
    jobs: Option<mpsc::Sender<Job>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    pub(super) fn start(connection: Connection) -> Result<Self, StoreError> {
        let (jobs, inbox) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || work(&connection, inbox))
            .map_err(|error| StoreError::Commit(format!("no thread for the database: {error}")))?;
        Ok(Self { jobs: Some(jobs), thread: Mutex::new(Some(thread)) })
    }

    pub(super) async fn run<T, F, A>(&self, job: F, then: A, kind: Kind) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
        A: FnOnce(&T) + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let step: Step = Box::new(move |connection| {
            let outcome = match connection {
                Ok(connection) => catch_unwind(AssertUnwindSafe(|| job(connection)))
                    .unwrap_or_else(|panic| Err(StoreError::Panicked(panic_text(&*panic)))),
                Err(error) => Err(error.for_neighbour()),
            };
            match outcome {
                Ok(value) => Some(Box::new(move |committed: Result<(), &StoreError>| {
                    let told = match committed {
                        Ok(()) => {
                            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| then(&value))) {
                                tracing::error!(
                                    panic = panic_text(&*panic),
                                    "a step after a commit panicked"
                                );
                            }
                            Ok(value)
                        }
                        Err(error) => Err(error.for_neighbour()),
                    };
                    // The caller may have gone; the write stands all the same.
                    let _ = answer.send(told);
                }) as Finish),
                Err(error) => {
                    let _ = answer.send(Err(error));
                    None
                }
            }
        });
        let jobs = self.jobs.as_ref().ok_or(StoreError::Closed)?;
        jobs.send(Job { step, kind }).await.map_err(|_| StoreError::Closed)?;
        answered.await.unwrap_or(Err(StoreError::Closed))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        let thread = self.thread.get_mut().ok().and_then(Option::take);
        // Everything accepted is written before the last handle is gone; a store dropped by its own thread cannot wait for it.
        if let Some(thread) = thread.filter(|t| t.thread().id() != std::thread::current().id()) {
            let _ = thread.join();
        }
    }
}

/// What the write-ahead log holds.
#[derive(Debug, Default)]
struct Log {
    /// Rows as they were before they were erased.
    holds_erased: bool,
}

impl Log {
    /// Empties the log when it holds what was erased; tried again after the next commit when a reader stands in the way.
    fn settle(&mut self, connection: &Connection) {
        if !self.holds_erased {
            return;
        }
        match empty_log(connection) {
            Ok(emptied) => self.holds_erased = !emptied,
            Err(error) => tracing::warn!(%error, "the write-ahead log could not be emptied after an erasure"),
        }
    }
}

fn work(connection: &Connection, mut inbox: mpsc::Receiver<Job>) {
    let mut group = Vec::with_capacity(GROUP);
    let mut log = Log::default();
    while let Some(first) = inbox.blocking_recv() {
        group.push(first);
        while group.len() < GROUP {
            match inbox.try_recv() {
                Ok(job) => group.push(job),
                Err(_) => break,
            }
        }
        commit(connection, group.drain(..), &mut log);
    }
    // What is in the log belongs in the file before the process leaves; it is safe in either.
    if let Err(error) = empty_log(connection) {
        tracing::debug!(%error, "the write-ahead log stays as it is");
    }
}

fn commit(connection: &Connection, jobs: impl Iterator<Item = Job>, log: &mut Log) {
    let begun = connection.execute_batch("BEGIN IMMEDIATE").map_err(StoreError::from);
    let mut finishing = Vec::new();
    for Job { step, kind } in jobs {
        log.holds_erased |= kind == Kind::Erasure;
        finishing.extend(in_savepoint(connection, begun.as_ref().map(|&()| ()), step));
    }
    let outcome = begun.and_then(|()| connection.execute_batch("COMMIT").map_err(StoreError::from));
    if let Err(error) = &outcome {
        tracing::error!(%error, "a database transaction failed");
        if !connection.is_autocommit() {
            let _ = connection.execute_batch("ROLLBACK");
        }
    }
    log.settle(connection);
    for finish in finishing {
        finish(outcome.as_ref().map(|&()| ()));
    }
}

fn in_savepoint(connection: &Connection, begun: Result<(), &StoreError>, job: Step) -> Option<Finish> {
    if let Err(error) = begun {
        return job(Err(error));
    }
    if let Err(error) = connection.execute_batch("SAVEPOINT step") {
        return job(Err(&error.into()));
    }
    let finish = job(Ok(connection));
    // Should one of these fail (the disk is full), SQLite refuses the COMMIT too, which every caller of the group hears.
    let _ = connection.execute_batch(match finish {
        Some(_) => "RELEASE step",
        None => "ROLLBACK TO step; RELEASE step",
    });
    finish
}

/// What a panic said.
pub(super) fn panic_text(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".into())
}
