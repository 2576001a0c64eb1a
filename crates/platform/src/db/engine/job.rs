//! Work on its way to an engine's threads: queued within bounds, run once, answered once.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};

use super::{DbError, Tx};

/// Closures that may wait for the writer, and as many for the readers.
const QUEUE: usize = 1024;
/// Most closures in one commit: bounds how long the first of them waits for the last.
const GROUP: usize = 128;
/// How long a caller waits for a place in a full queue.
const QUEUE_WAIT: Duration = Duration::from_secs(10);

/// A closure with its caller, the result type erased.
pub(super) type BoxedJob = Box<dyn Job>;

/// What the engines' threads do with a closure.
pub(super) trait Job: Send {
    /// Whether nobody waits for the answer any more.
    fn is_abandoned(&self) -> bool;
    /// How long the caller has waited.
    fn age(&self) -> Duration;
    /// Runs the closure; answers whether its changes are to be kept.
    fn run(&mut self, tx: &mut Tx<'_>) -> bool;
    /// Answers the caller: the closure's own result, or `failed` when the transaction around it failed.
    fn answer(self: Box<Self>, failed: Option<DbError>);
}

/// The ends of an engine's queues that callers hold. When they are dropped, the engine's threads end.
pub(super) struct Queues {
    writes: mpsc::Sender<BoxedJob>,
    reads: mpsc::Sender<BoxedJob>,
    full: Full,
}

/// When a closure last found the disk full.
#[derive(Clone, Default)]
struct Full(Arc<Mutex<Option<Instant>>>);

/// The writer's end of its queue.
pub(super) struct Writes(mpsc::Receiver<BoxedJob>);

/// The readers' end of their queue; its clones take turns.
#[derive(Clone)]
pub(super) struct Reads(Arc<Mutex<mpsc::Receiver<BoxedJob>>>);

struct Pending<F, R, E> {
    work: Option<F>,
    made: Option<Result<R, E>>,
    reply: oneshot::Sender<Result<R, E>>,
    since: Instant,
    full: Full,
}

/// New queues: the callers' ends, the writer's, the readers'.
pub(super) fn queues() -> (Queues, Writes, Reads) {
    let (writes, to_write) = mpsc::channel(QUEUE);
    let (reads, to_read) = mpsc::channel(QUEUE);
    (Queues { writes, reads, full: Full::default() }, Writes(to_write), Reads(Arc::new(Mutex::new(to_read))))
}

/// Starts one of an engine's threads.
pub(super) fn start(name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), DbError> {
    let started = thread::Builder::new().name(name.to_owned()).spawn(work);
    started.map(drop).map_err(|error| DbError::Io(format!("no thread: {error}")))
}

impl Queues {
    pub(super) async fn write<R, E>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<R, E> + Send + 'static,
    ) -> Result<R, E>
    where
        R: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        self.submit(&self.writes, work).await
    }

    pub(super) async fn read<R, E>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<R, E> + Send + 'static,
    ) -> Result<R, E>
    where
        R: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        self.submit(&self.reads, work).await
    }

    /// How long ago a closure found the disk full, if ever one did.
    pub(super) fn full_ago(&self) -> Option<Duration> {
        self.full.0.lock().unwrap_or_else(PoisonError::into_inner).map(|at| at.elapsed())
    }

    async fn submit<R, E>(
        &self,
        queue: &mpsc::Sender<BoxedJob>,
        work: impl FnOnce(&mut Tx<'_>) -> Result<R, E> + Send + 'static,
    ) -> Result<R, E>
    where
        R: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let (work, full) = (Some(work), self.full.clone());
        let job = Box::new(Pending { work, made: None, reply, since: Instant::now(), full });
        queue.send_timeout(job, QUEUE_WAIT).await.map_err(|error| match error {
            mpsc::error::SendTimeoutError::Timeout(_) => DbError::Busy,
            mpsc::error::SendTimeoutError::Closed(_) => DbError::Closed,
        })?;
        answer.await.unwrap_or_else(|_| Err(DbError::Closed.into()))
    }
}

impl Full {
    fn note(&self, failed: Option<&DbError>) {
        if let Some(DbError::Full) = failed {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        }
    }
}

impl Writes {
    /// Waits for work and adds what is there, a group at most. False when nobody is left to send any.
    pub(super) fn next(&mut self, group: &mut Vec<BoxedJob>) -> bool {
        self.0.blocking_recv_many(group, GROUP) > 0
    }
}

impl Reads {
    /// Waits for one closure. `None` when nobody is left to send any.
    pub(super) fn next(&self) -> Option<BoxedJob> {
        // Held while waiting: exactly one idle reader listens, the others queue for the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv()
    }
}

impl<F, R, E> Job for Pending<F, R, E>
where
    F: FnOnce(&mut Tx<'_>) -> Result<R, E> + Send,
    R: Send,
    E: From<DbError> + Send,
{
    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    fn age(&self) -> Duration {
        self.since.elapsed()
    }

    fn run(&mut self, tx: &mut Tx<'_>) -> bool {
        let Some(work) = self.work.take() else { return false };
        let made = catch_unwind(AssertUnwindSafe(|| work(tx))).unwrap_or_else(|panic| {
            tracing::error!(panic = words_of(panic.as_ref()), "work on the database panicked");
            Err(DbError::Panicked.into())
        });
        let failed = tx.failed();
        self.full.note(failed.as_ref());
        // A success that went over a failed statement would be half of the work.
        let made = match failed {
            Some(failed) if made.is_ok() => Err(failed.into()),
            _ => made,
        };
        let keep = made.is_ok();
        self.made = Some(made);
        keep
    }

    fn answer(self: Box<Self>, failed: Option<DbError>) {
        self.full.note(failed.as_ref());
        let outcome = match (failed, self.made) {
            (_, Some(Err(own))) => Err(own),
            (Some(failed), _) => Err(failed.into()),
            (None, Some(made)) => made,
            (None, None) => Err(DbError::Closed.into()),
        };
        // A caller that went away does not need the answer.
        drop(self.reply.send(outcome));
    }
}

fn words_of(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("?")
}
