//! Forgets what is kept for a while only: answers to requests with an idempotency key, which may hold what is known of people.

use std::sync::Arc;
use std::time::Duration;

use runtime::CancellationToken;
use tokio::time::sleep;

use crate::app::App;
use crate::clock;
use crate::db::{DbError, Tx, idempotency};

/// How often it looks when there was nothing to do.
const LOOK: Duration = Duration::from_secs(300);
/// How long it rests between two portions, so that others write.
const REST: Duration = Duration::from_millis(50);

/// Works until `stopping`.
pub(super) async fn run(app: Arc<App>, stopping: CancellationToken) -> Result<(), DbError> {
    loop {
        let now = clock::now();
        let has_more = app.db.write(move |tx: &mut Tx<'_>| idempotency::forget(tx, now)).await?;
        tokio::select! {
            () = stopping.cancelled() => return Ok(()),
            () = sleep(if has_more { REST } else { LOOK }) => {}
        }
    }
}
