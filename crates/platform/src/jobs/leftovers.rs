//! Forgets what is kept for a while only: answers to requests with an idempotency key, which may hold what is known of people, and
//! the boxes of receipts of erasure that were settled long ago.

use std::sync::Arc;
use std::time::Duration;

use runtime::CancellationToken;
use tokio::time::sleep;

use crate::app::App;
use crate::clock;
use crate::db::{DbError, Tx, erasure, idempotency};

/// How often it looks when there was nothing to do.
const LOOK: Duration = Duration::from_secs(300);
/// How long it rests between two portions, so that others write.
const REST: Duration = Duration::from_millis(50);
/// Receipts dealt with in one transaction; each may name every box of the fleet.
const RECEIPTS: i64 = 10;
/// Milliseconds of a day.
const DAY: i64 = 24 * 3_600_000;

/// Works until `stopping`.
pub(super) async fn run(app: Arc<App>, stopping: CancellationToken) -> Result<(), DbError> {
    loop {
        let now = clock::now();
        let answers = app.db.write(move |tx: &mut Tx<'_>| idempotency::forget(tx, now)).await?;
        let boxes = forget_boxes(&app, now).await?;
        tokio::select! {
            () = stopping.cancelled() => return Ok(()),
            () = sleep(if answers || boxes { REST } else { LOOK }) => {}
        }
    }
}

/// Forgets the boxes of some receipts; answers whether there may be more.
async fn forget_boxes(app: &Arc<App>, now: i64) -> Result<bool, DbError> {
    let days = i64::from(app.config.retention.erasure_boxes_days);
    if days == 0 {
        return Ok(false);
    }
    let before = now - days * DAY;
    let found = app.db.read(move |tx: &mut Tx<'_>| erasure::settled_before(tx, before, RECEIPTS)).await?;
    if found.is_empty() {
        return Ok(false);
    }
    app.db
        .write(move |tx: &mut Tx<'_>| found.iter().try_for_each(|id| erasure::forget_boxes(tx, id, now)))
        .await?;
    Ok(true)
}
