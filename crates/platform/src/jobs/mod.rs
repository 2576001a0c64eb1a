//! The clock: work that is due without anybody asking. Each job is idempotent, run by a timer and by whoever wakes it.
//!
//! `job!` runs in every process, `once!` in the one of them whose turn it is.

mod clocks;
mod erasure;
mod expiry;
mod feed;
mod heartbeats;
pub(crate) mod imports;
mod leftovers;
mod person_templates;
pub(crate) mod presence;
mod recompute;
pub(crate) mod reconciler;
mod retention;
mod sealing;
mod templates;
pub(crate) mod turn;
mod validity;
mod viewers;

use std::sync::Arc;

use runtime::{Backoff, Lifecycle};

use crate::app::App;
use crate::{metrics, webhooks};
use turn::Turn;

/// Starts all jobs.
pub(crate) fn start(app: &Arc<App>, life: &Lifecycle) {
    let turn = Turn::start(app, life);
    macro_rules! job {
        ($name:literal, $run:path) => {
            let (stopping, shared) = (life.stopping(), Arc::clone(app));
            life.supervise($name, Backoff::link(), move || $run(Arc::clone(&shared), stopping.clone()));
        };
    }
    macro_rules! once {
        ($name:literal, $run:path) => {
            let (stopping, shared, turn) = (life.stopping(), Arc::clone(app), turn.clone());
            life.supervise($name, Backoff::link(), move || {
                let shared = Arc::clone(&shared);
                turn.clone().run(stopping.clone(), move |stopping| $run(Arc::clone(&shared), stopping))
            });
        };
    }
    once!("reconciler", reconciler::run);
    once!("recompute", recompute::run);
    once!("expiry", expiry::run);
    once!("validity", validity::run);
    once!("heartbeats", heartbeats::run);
    once!("presence", presence::run);
    job!("erasure", erasure::run);
    once!("sealing", sealing::run);
    job!("webhooks", webhooks::run);
    job!("samples for metrics", metrics::sample);
    job!("metrics", metrics::serve);
    job!("viewers", viewers::run);
    job!("clocks", clocks::run);
    once!("feed", feed::run);
    once!("leftovers", leftovers::run);
    // These have leases of their own: any process may be asked to run the first, the second has nothing to do by default, and each
    // process works on imports.
    job!("retention", retention::run);
    job!("templates of events", templates::run);
    job!("imports", imports::run);
    job!("templates of people", person_templates::run);
}
