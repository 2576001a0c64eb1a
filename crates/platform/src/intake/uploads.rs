//! The reports of many requests, written together: whatever came while one transaction was committed goes into the next.
//!
//! The contract: a request is answered after its reports are durable. Reports that cannot be written take nobody else's with
//! them: when writing together fails, each request's are written alone. A request that is given up is written nevertheless.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use protocol::DevSno;
use tokio::sync::oneshot;

use crate::app::App;
use crate::db::box_intake::{self, Tally};
use crate::db::event::{self, Merged, Report};
use crate::db::{DbError, Tx, desired, device, feed};

/// Reports in one transaction, unless one request alone has more.
const TOGETHER: usize = 256;

/// What was reported and is not written yet.
#[derive(Debug, Default)]
pub(crate) struct Uploads {
    queue: Mutex<Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: Vec<Upload>,
    /// A task writes, and will look again.
    is_served: bool,
}

/// The reports of one request.
#[derive(Debug)]
struct Upload {
    part: Part,
    done: oneshot::Sender<Result<(), DbError>>,
}

/// What of it is written.
#[derive(Debug)]
struct Part {
    dev_sno: DevSno,
    reports: Vec<Report>,
    now: i64,
}

/// What a transaction did.
#[derive(Debug, Default)]
struct Written {
    new: u64,
    merged: u64,
    /// Reports that named another box's camera.
    foreign: u64,
    /// A box that had been silent came back.
    was_silent: bool,
    /// Box and event of each report, when the log wants them.
    told: Vec<(DevSno, Merged)>,
}

/// A task that writes. One that fails before its end lets those who wait know, and the next upload starts another.
struct Serving<'a> {
    uploads: &'a Uploads,
    is_over: bool,
}

impl Drop for Serving<'_> {
    fn drop(&mut self) {
        if !self.is_over {
            *self.uploads.lock() = Queue::default();
        }
    }
}

/// Makes the reports of one request durable.
pub(super) async fn store(
    app: &Arc<App>,
    dev_sno: DevSno,
    reports: Vec<Report>,
    now: i64,
) -> Result<(), DbError> {
    let (done, written) = oneshot::channel();
    let upload = Upload { part: Part { dev_sno, reports, now }, done };
    if app.uploads.add(upload) {
        let app = Arc::clone(app);
        tokio::spawn(async move { serve(&app).await });
    }
    written.await.unwrap_or(Err(DbError::Closed))
}

impl Uploads {
    /// Adds an upload; whether somebody has to be found who writes it.
    fn add(&self, upload: Upload) -> bool {
        let mut queue = self.lock();
        queue.waiting.push(upload);
        !std::mem::replace(&mut queue.is_served, true)
    }

    /// What is to be written next, the longest waiting first; when that is nothing, serving has ended.
    fn next(&self) -> Vec<Upload> {
        let mut queue = self.lock();
        let mut reports = 0;
        let fits = |upload: &Upload| {
            let is_first = reports == 0;
            reports += upload.part.reports.len().max(1);
            is_first || reports <= TOGETHER
        };
        let count = queue.waiting.iter().map(fits).take_while(|fits| *fits).count();
        queue.is_served = count > 0;
        queue.waiting.drain(..count).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes until nothing waits.
async fn serve(app: &App) {
    let mut serving = Serving { uploads: &app.uploads, is_over: false };
    loop {
        let (parts, waiting): (Vec<Part>, Vec<_>) =
            app.uploads.next().into_iter().map(|upload| (upload.part, upload.done)).unzip();
        if parts.is_empty() {
            serving.is_over = true;
            return;
        }
        let parts: Vec<Arc<Part>> = parts.into_iter().map(Arc::new).collect();
        match write(app, parts.clone()).await {
            Err(error) if parts.len() > 1 && !error.is_transient() => {
                for (part, done) in parts.into_iter().zip(waiting) {
                    // Whoever went away does not need the answer.
                    drop(done.send(write(app, vec![part]).await));
                }
            }
            outcome => waiting.into_iter().for_each(|done| drop(done.send(outcome.clone()))),
        }
    }
}

async fn write(app: &App, parts: Vec<Arc<Part>>) -> Result<(), DbError> {
    let written = app.db.write(move |tx: &mut Tx<'_>| write_all(tx, &parts)).await?;
    for (dev_sno, Merged { id, is_new, .. }) in &written.told {
        tracing::debug!(event_id = id, %dev_sno, is_new, "a recognition was stored");
    }
    if written.was_silent {
        app.nudge();
    }
    app.counts.events_new.add_many(written.new);
    app.counts.events_merged.add_many(written.merged);
    app.counts.event_cameras_foreign.add_many(written.foreign);
    if written.new > 0 {
        app.wake.feed.notify_waiters();
    }
    Ok(())
}

fn write_all(tx: &mut Tx<'_>, parts: &[Arc<Part>]) -> Result<Written, DbError> {
    let mut written = Written::default();
    let boxes: BTreeSet<&DevSno> = parts.iter().map(|part| &part.dev_sno).collect();
    let now = parts.iter().map(|part| part.now).max().unwrap_or(0);
    for dev_sno in boxes {
        if device::seen(tx, dev_sno, now)? {
            desired::hurry(tx, dev_sno, now)?;
            written.was_silent = true;
        }
    }
    let reports: Vec<&Report> = parts.iter().flat_map(|part| &part.reports).collect();
    let stored = event::store_all(tx, &reports)?;
    feed::append_all(
        tx,
        feed::EVENT,
        stored.iter().filter(|one| one.is_new).map(|one| one.id.as_str()),
        now,
    )?;
    written.new = stored.iter().filter(|one| one.is_new).count() as u64;
    written.merged = stored.len() as u64 - written.new;
    written.foreign = stored.iter().filter(|one| one.is_foreign).count() as u64;
    if tracing::enabled!(tracing::Level::DEBUG) {
        let boxes = parts.iter().flat_map(|part| part.reports.iter().map(|_| part.dev_sno.clone()));
        written.told = boxes.zip(stored.iter().cloned()).collect();
    }
    let mut stored = stored.iter();
    for part in parts {
        let tally = part.reports.iter().zip(&mut stored).fold(Tally::default(), count);
        box_intake::add(tx, part.dev_sno.as_str(), tally)?;
    }
    Ok(written)
}

fn count(tally: Tally, (report, stored): (&Report, &Merged)) -> Tally {
    Tally {
        repeats: tally.repeats + i64::from(stored.is_repeat),
        late: tally.late + i64::from(stored.is_new && report.is_late),
        ahead: tally.ahead + i64::from(stored.is_new && report.is_ahead),
    }
}
