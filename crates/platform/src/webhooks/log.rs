//! How long the delivery log is kept: so many days, and so many rows of one webhook. What still waits is always kept.

use std::sync::Arc;

use crate::app::App;
use crate::clock;
use crate::db::{DbError, Tx, delivery, webhook};

/// Rows kept of one webhook at most.
const ROWS: i64 = 10_000;
/// Rows removed in one transaction, and transactions of one webhook in one go.
const CHUNK: i64 = 500;
const CHUNKS: usize = 200;
/// Webhooks looked at in one go: more than there can be.
const ALL: i64 = 1_000;

/// Forgets what is too old or too much.
pub(super) async fn prune(app: &Arc<App>) -> Result<(), DbError> {
    let kept = i64::from(app.config.webhooks.log_days).saturating_mul(24 * 3_600_000);
    let webhooks = app.db.read(|tx: &mut Tx<'_>| webhook::list(tx, "", ALL)).await?;
    for found in webhooks {
        let id = found.id.clone();
        let last = app.db.read(move |tx: &mut Tx<'_>| delivery::tried_at_of(tx, &id, ROWS)).await?;
        let before = (clock::now() - kept).max(last.unwrap_or(0));
        for _ in 0..CHUNKS {
            let id = found.id.clone();
            let removed =
                app.db.write(move |tx: &mut Tx<'_>| delivery::prune(tx, &id, before, CHUNK)).await?;
            if removed < CHUNK.unsigned_abs() {
                break;
            }
        }
    }
    Ok(())
}
