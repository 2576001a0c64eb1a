//! Commands of the platform: journaled, executed, answered, acknowledged, in that order.
//!
//! A command is acknowledged when its effect and its result are durable (see [`crate::store::journal`]). Its result is sent
//! before that if it can be; what cannot be sent waits in the journal and never holds other commands back. People are handled one
//! by one, in order per person ([`lanes`]), so a photo that is slow to come delays its own person and nobody else.
//!
//! One file per command: [`add`], [`delete`], [`wipe`], [`fiqa`]; a new one is a file and a line in [`execute`].

mod add;
mod ask;
mod delete;
mod details;
mod direct;
mod execute;
mod fiqa;
mod intake;
mod lanes;
mod photo;
mod results;
mod scrub;
mod wipe;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use serde::Serialize;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::App;
pub use direct::Place;
use lanes::Lanes;
use results::Results;

/// Photos fetched at one time: the platform's server is shared with other boxes.
const PHOTOS_AT_ONCE: usize = 8;

/// Everything the execution of commands shares.
pub struct Commands {
    app: Arc<App>,
    lanes: Lanes,
    results: Results,
    counters: Counters,
    // Commands in execution, so that a repeat waits for the first instead of running beside it.
    running: Mutex<HashMap<i64, CancellationToken>>,
    photos: Semaphore,
    // The networks use every core by themselves; more callers would only queue inside.
    engine: Arc<Semaphore>,
    // Memory for bodies in execution, KiB.
    room: Arc<Semaphore>,
    tasks: TaskTracker,
}

/// What has come in since the start.
#[derive(Debug, Default)]
pub struct Counters {
    received: AtomicU64,
    executed: AtomicU64,
    repeated: AtomicU64,
    refused: AtomicU64,
    results_sent: AtomicU64,
    results_given_up: AtomicU64,
}

/// [`Counters`] at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = CommandCounts)]
pub struct Counts {
    /// Messages.
    pub received: u64,
    /// Commands that ran to their end.
    pub executed: u64,
    /// Repeats whose stored result was sent again.
    pub repeated: u64,
    /// Messages that are no command we know.
    pub refused: u64,
    /// Results a platform has taken.
    pub results_sent: u64,
    /// Results that could not be delivered in three days, or whose platform this box has left.
    pub results_given_up: u64,
}

impl Commands {
    /// Starts to take commands from whatever broker the link hands out, until the process stops.
    pub fn start(app: Arc<App>) -> Arc<Self> {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let commands = Arc::new(Self {
            results: Results::default(),
            app,
            lanes: Lanes::default(),
            counters: Counters::default(),
            running: Mutex::default(),
            photos: Semaphore::new(PHOTOS_AT_ONCE),
            engine: Arc::new(Semaphore::new(cores)),
            room: Arc::new(Semaphore::new(intake::BUDGET_KIB as usize)),
            tasks: TaskTracker::new(),
        });
        let life = commands.app.life.clone();
        for leg in [intake::Leg::Commands, intake::Leg::Fiqa] {
            life.spawn(leg.name(), Arc::clone(&commands).listen(leg));
        }
        life.spawn("command results", Arc::clone(&commands).send_results());
        commands
    }

    /// What has come in since the start.
    pub fn counts(&self) -> Counts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let c = &self.counters;
        Counts {
            received: read(&c.received),
            executed: read(&c.executed),
            repeated: read(&c.repeated),
            refused: read(&c.refused),
            results_sent: read(&c.results_sent),
            results_given_up: read(&c.results_given_up),
        }
    }
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// Stopped before the end: nothing is said about the command, it is handed back and comes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Interrupted;
