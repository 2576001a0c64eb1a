//! The clock: work that is due without anybody asking. Each job is idempotent, run by a timer and by whoever wakes it.

mod clocks;
mod erasure;
mod expiry;
mod feed;
pub(crate) mod imports;
pub(crate) mod presence;
pub(crate) mod reconciler;
mod sealing;
mod templates;
mod validity;
mod viewers;

use std::sync::Arc;

use runtime::{Backoff, Lifecycle};

use crate::app::App;

/// Starts all jobs.
pub(crate) fn start(app: &Arc<App>, life: &Lifecycle) {
    macro_rules! job {
        ($name:literal, $run:path) => {
            let (stopping, shared) = (life.stopping(), Arc::clone(app));
            life.supervise($name, Backoff::link(), move || $run(Arc::clone(&shared), stopping.clone()));
        };
    }
    job!("reconciler", reconciler::run);
    job!("expiry", expiry::run);
    job!("validity", validity::run);
    job!("presence", presence::run);
    job!("imports", imports::run);
    job!("templates", templates::run);
    job!("erasure", erasure::run);
    job!("sealing", sealing::run);
    job!("viewers", viewers::run);
    job!("clocks", clocks::run);
    job!("feed", feed::run);
}
