//! Works off what has to be derived again, a bounded part at a time, so that other writers get their turn in between.

use std::sync::Arc;
use std::time::Duration;

use runtime::CancellationToken;
use tokio::time::sleep;

use crate::app::App;
use crate::clock;
use crate::db::{DbError, Tx, recompute};

/// How often it looks without being woken: for what a process that ended has left behind.
const LOOK: Duration = Duration::from_secs(2);

/// Works until `stopping`.
pub(super) async fn run(app: Arc<App>, stopping: CancellationToken) -> Result<(), DbError> {
    loop {
        let any = app.db.read(recompute::is_any).await?;
        while any && !stopping.is_cancelled() {
            if !app.db.write(|tx: &mut Tx<'_>| recompute::step(tx, clock::now())).await? {
                break;
            }
            // Boxes need not wait until everything is derived.
            app.wake.reconciler.notify_one();
        }
        tokio::select! {
            () = stopping.cancelled() => return Ok(()),
            () = app.wake.recompute.notified() => {}
            () = sleep(LOOK) => {}
        }
    }
}
