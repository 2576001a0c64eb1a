//! Ending a process in two phases: first the work stops (intake ends, what is in hand is finished or handed
//! back), then the services it used (broker sessions, writers); all within one grace period, and what did not
//! stop in time is named and aborted.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::Backoff;

/// A task that ran this long before it failed starts again at the first delay.
const STEADY: Duration = Duration::from_secs(60);

/// The life of one process (or of one server in a test). Clones share it.
#[derive(Clone, Debug)]
pub struct Lifecycle {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    grace: Duration,
    stopping: CancellationToken,
    closing: CancellationToken,
    tasks: Mutex<Tasks>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Tasks {
    next_id: u64,
    stopped_at: Option<Instant>,
    running: BTreeMap<u64, Task>,
}

#[derive(Debug)]
struct Task {
    name: String,
    phase: Phase,
    abort: Option<AbortHandle>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Work,
    Service,
}

impl Lifecycle {
    /// A life that, once told to stop, gives its tasks `grace` to do so.
    pub fn new(grace: Duration) -> Self {
        let inner = Inner {
            grace,
            stopping: CancellationToken::new(),
            closing: CancellationToken::new(),
            tasks: Mutex::default(),
            changed: Notify::new(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Cancelled when the process is to stop: end intake, finish or hand back what is in hand.
    pub fn stopping(&self) -> CancellationToken {
        self.inner.stopping.clone()
    }

    /// Cancelled when all work has ended (or its time is up): services close now.
    pub fn closing(&self) -> CancellationToken {
        self.inner.closing.clone()
    }

    /// Runs `work` as a task that [`Lifecycle::finish`] waits for. A panic is caught and logged with the name.
    /// The future is not dropped when the process stops: it listens to [`Lifecycle::stopping`] itself.
    pub fn spawn<F>(&self, name: impl Into<String>, work: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.track(name.into(), Phase::Work, work);
    }

    /// Runs something that the work of this process uses until its end, such as a connection. It is waited for
    /// after the work and listens to [`Lifecycle::closing`].
    pub fn spawn_service<F>(&self, name: impl Into<String>, service: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.track(name.into(), Phase::Service, service);
    }

    /// Runs the future that `start` makes; when it fails or panics, logs why and runs a new one after a delay
    /// of `backoff`, until the process stops or a run ends with `Ok`.
    pub fn supervise<S, F, E>(&self, name: impl Into<String>, mut backoff: Backoff, mut start: S)
    where
        S: FnMut() -> F + Send + 'static,
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Display + Send,
    {
        let name = name.into();
        let stopping = self.stopping();
        let task = name.clone();
        self.spawn(name, async move {
            while !stopping.is_cancelled() {
                let began = Instant::now();
                let reason = match AssertUnwindSafe(start()).catch_unwind().await {
                    Ok(Ok(())) => return,
                    Ok(Err(error)) => error.to_string(),
                    Err(panic) => format!("panic: {}", panic_text(panic.as_ref())),
                };
                if began.elapsed() >= STEADY {
                    backoff.reset();
                }
                let delay = backoff.next();
                tracing::warn!(
                    task,
                    reason,
                    failures = backoff.failures(),
                    retry_ms = delay.as_millis(),
                    "task failed"
                );
                tokio::select! {
                    () = stopping.cancelled() => return,
                    () = tokio::time::sleep(delay) => {}
                }
            }
        });
    }

    /// Begins to stop; returns at once.
    pub fn stop(&self) {
        self.lock().stopped_at.get_or_insert_with(Instant::now);
        self.inner.stopping.cancel();
    }

    /// Begins to stop if that has not happened, waits for work and then for services, and aborts what is left
    /// when the grace period is over (counted from the moment stopping began). Returns the names of those tasks.
    pub async fn finish(self) -> Vec<String> {
        self.stop();
        let stopped_at = self.lock().stopped_at.unwrap_or_else(Instant::now);
        let end = stopped_at + self.inner.grace;
        // A tenth of the grace stays for services even when some work never ends.
        self.wait_for(Phase::Work, end - self.inner.grace / 10).await;
        self.inner.closing.cancel();
        self.wait_for(Phase::Service, end).await;
        let left = std::mem::take(&mut self.lock().running);
        let mut names: Vec<String> = Vec::with_capacity(left.len());
        for task in left.into_values() {
            if let Some(abort) = task.abort {
                abort.abort();
            }
            tracing::error!(task = task.name, "did not stop within the grace period, aborted");
            names.push(task.name);
        }
        names
    }

    async fn wait_for(&self, phase: Phase, end: Instant) {
        loop {
            let changed = self.inner.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if !self.lock().running.values().any(|task| task.phase == phase) {
                return;
            }
            if tokio::time::timeout_at(end, changed).await.is_err() {
                return;
            }
        }
    }

    fn track<F>(&self, name: String, phase: Phase, future: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let id = {
            let mut tasks = self.lock();
            tasks.next_id += 1;
            let id = tasks.next_id;
            tasks.running.insert(id, Task { name: name.clone(), phase, abort: None });
            id
        };
        let registration = Registration { life: self.clone(), id };
        let handle = tokio::spawn(async move {
            let registration = registration;
            if let Err(panic) = AssertUnwindSafe(future).catch_unwind().await {
                tracing::error!(task = name, reason = panic_text(panic.as_ref()), "task panicked");
            }
            drop(registration);
        });
        if let Some(task) = self.lock().running.get_mut(&id) {
            task.abort = Some(handle.abort_handle());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Tasks> {
        // The table is consistent between statements: a panic elsewhere does not spoil it.
        self.inner.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes the task off the list however it ends.
struct Registration {
    life: Lifecycle,
    id: u64,
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.life.lock().running.remove(&self.id);
        self.life.inner.changed.notify_waiters();
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a value that is not text")
}

/// Returns when the process is asked to stop: SIGTERM or SIGINT. Where signals cannot be had, never returns.
pub async fn until_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut term), Ok(mut int)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        tracing::error!("signals are not available, only SIGKILL ends this process");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = term.recv() => tracing::info!("SIGTERM, stopping"),
        _ = int.recv() => tracing::info!("SIGINT, stopping"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// Longer than anything here takes on a busy machine.
    const GRACE: Duration = Duration::from_secs(60);

    /// Waits until it has come to that.
    async fn until(condition: impl Fn() -> bool) {
        let waiting = async {
            while !condition() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(GRACE, waiting).await.unwrap();
    }

    #[tokio::test]
    async fn work_ends_before_services_do() {
        let life = Lifecycle::new(GRACE);
        let order = Arc::new(Mutex::new(Vec::new()));
        let (stopping, closing) = (life.stopping(), life.closing());
        let (first, second) = (order.clone(), order.clone());
        life.spawn_service("connection", async move {
            closing.cancelled().await;
            second.lock().unwrap().push("connection");
        });
        life.spawn("uploads", async move {
            stopping.cancelled().await;
            tokio::time::sleep(Duration::from_millis(30)).await;
            first.lock().unwrap().push("uploads");
        });
        assert_eq!(life.finish().await, Vec::<String>::new());
        assert_eq!(*order.lock().unwrap(), ["uploads", "connection"]);
    }

    #[tokio::test]
    async fn stragglers_are_named_and_aborted_in_time() {
        let life = Lifecycle::new(Duration::from_millis(300));
        let alive = Arc::new(());
        let held = alive.clone();
        life.spawn("camera front", async move {
            let _held = held;
            std::future::pending::<()>().await;
        });
        life.spawn("quick", async {});
        until(|| life.lock().running.len() == 1).await;
        let began = Instant::now();
        assert_eq!(life.finish().await, ["camera front"]);
        assert!(began.elapsed() < GRACE);
        // The aborted task is dropped.
        until(|| Arc::strong_count(&alive) == 1).await;
    }

    #[tokio::test]
    async fn a_panic_is_one_tasks_own_affair() {
        let life = Lifecycle::new(GRACE);
        life.spawn("clumsy", async { panic!("dropped the photo") });
        until(|| life.lock().running.is_empty()).await;
        assert!(!life.stopping().is_cancelled());
        assert!(life.finish().await.is_empty());
    }

    #[tokio::test]
    async fn a_supervised_task_is_restarted_after_errors_and_panics_until_it_succeeds() {
        let life = Lifecycle::new(GRACE);
        let runs = Arc::new(AtomicU32::new(0));
        let counter = runs.clone();
        life.supervise("link", Backoff::new(Duration::from_millis(1), Duration::from_millis(5)), move || {
            let run = counter.fetch_add(1, Ordering::SeqCst);
            async move {
                match run {
                    0 => Err("refused"),
                    1 => panic!("unexpected"),
                    2 => Err("refused again"),
                    _ => Ok(()),
                }
            }
        });
        until(|| runs.load(Ordering::SeqCst) == 4).await;
        tokio::time::sleep(Duration::from_millis(30)).await;
        assert_eq!(runs.load(Ordering::SeqCst), 4);
        assert!(life.finish().await.is_empty());
    }

    #[tokio::test]
    async fn stopping_ends_the_wait_between_attempts() {
        let life = Lifecycle::new(GRACE);
        let hour = Duration::from_secs(3600);
        life.supervise("link", Backoff::new(hour, hour), || async { Err("refused") });
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(life.finish().await.is_empty(), "it waited for longer than there was time");
    }

    #[tokio::test]
    async fn finished_tasks_are_forgotten() {
        let life = Lifecycle::new(GRACE);
        for index in 0..100 {
            life.spawn(format!("request {index}"), async {});
        }
        until(|| life.lock().running.is_empty()).await;
    }
}
