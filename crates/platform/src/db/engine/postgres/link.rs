//! One thread's connection: made again when it is lost, with growing pauses, while the thread's work waits within bounds.

use std::sync::Arc;
use std::time::{Duration, Instant};

use runtime::Backoff;
use tokio::runtime::{Builder, Runtime};

use super::super::job::BoxedJob;
use super::DbError;
use super::address::Address;
use super::session::Session;

/// How long work waits for a connection that is lost, at most: no longer than a statement may take.
const OUTAGE: Duration = Duration::from_secs(5);
/// Pauses between attempts to connect.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));

/// A connection and what is known of it.
pub(super) struct Link {
    address: Arc<Address>,
    /// Drives the connection; `None` only while it is dropped.
    runtime: Arc<Runtime>,
    session: Option<Session>,
    backoff: Backoff,
    /// Not tried again before.
    next: Instant,
    /// Why there is no connection.
    reason: String,
}

impl Link {
    /// A link that connects when it is first used.
    pub(super) fn new(address: Arc<Address>) -> Result<Self, DbError> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| DbError::Io(format!("no runtime: {error}")))?;
        Ok(Self {
            address,
            runtime: Arc::new(runtime),
            session: None,
            backoff: Backoff::new(PAUSES.0, PAUSES.1),
            next: Instant::now(),
            reason: "not connected yet".to_owned(),
        })
    }

    /// The first connection: tried for `patience`, or until it is known to be of no use.
    pub(super) fn first(&mut self, patience: Duration) -> Result<&mut Session, DbError> {
        let (begun, mut attempts) = (Instant::now(), 0_u32);
        while self.session.is_none() {
            self.pause(self.next);
            attempts += 1;
            match self.connect() {
                Ok(()) => {}
                Err(error @ DbError::Io(_)) if begun.elapsed() < patience => {
                    tracing::warn!(%error, database = self.address.place(), "the database cannot be reached yet");
                }
                Err(DbError::Io(why)) => {
                    let (place, seconds) = (self.address.place(), begun.elapsed().as_secs());
                    return Err(DbError::Io(format!(
                        "{place} could not be reached in {attempts} attempts over {seconds} s, the last one: {why}"
                    )));
                }
                Err(error) => return Err(error),
            }
        }
        self.session.as_mut().ok_or(DbError::Closed)
    }

    /// Works on `jobs` with `work` until none is left. `work` takes away those it has answered; what it leaves because the
    /// connection was lost is given to it again, or refused when it has waited too long.
    pub(super) fn serve(
        &mut self,
        jobs: &mut Vec<BoxedJob>,
        mut work: impl FnMut(&mut Session, &mut Vec<BoxedJob>),
    ) {
        loop {
            // A caller that went away before its turn was promised nothing, and gets nothing done.
            jobs.retain(|job| !job.is_abandoned());
            if jobs.is_empty() {
                return;
            }
            if let Some(session) = &mut self.session {
                work(session, jobs);
                if let Some(reason) = session.broken() {
                    self.lose(reason);
                }
            } else if self.next <= Instant::now() {
                // A failure is remembered, and answered below.
                drop(self.connect());
            } else {
                self.refuse_the_patient(jobs);
                self.pause(self.next);
            }
        }
    }

    fn refuse_the_patient(&self, jobs: &mut Vec<BoxedJob>) {
        let patience = OUTAGE.min(self.address.statement);
        for job in jobs.extract_if(.., |job| job.age() >= patience) {
            job.answer(Some(DbError::Io(self.reason.clone())));
        }
    }

    fn connect(&mut self) -> Result<(), DbError> {
        match Session::open(&self.address, &self.runtime) {
            Ok(session) => {
                if self.backoff.failures() > 0 {
                    tracing::info!(database = self.address.place(), "the database is reached again");
                }
                self.backoff.reset();
                self.session = Some(session);
                Ok(())
            }
            Err(error) => {
                let reason = match &error {
                    DbError::Io(reason) => reason.clone(),
                    other => other.to_string(),
                };
                self.lose(reason);
                Err(error)
            }
        }
    }

    fn lose(&mut self, reason: String) {
        self.session = None;
        let pause = self.backoff.next();
        tracing::warn!(reason, retry_ms = pause.as_millis(), "no connection to the database");
        self.next = Instant::now() + pause;
        self.reason = reason;
    }

    fn pause(&self, until: Instant) {
        let left = until.saturating_duration_since(Instant::now());
        if !left.is_zero() {
            self.runtime.block_on(async { tokio::time::sleep(left).await });
        }
    }
}
