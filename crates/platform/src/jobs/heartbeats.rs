//! Keeps the history of heartbeats bounded: short spans become hours, and old hours go.

use std::sync::Arc;
use std::time::Duration;

use runtime::CancellationToken;
use tokio::time::sleep;

use crate::app::App;
use crate::clock;
use crate::db::{DbError, Tx, heartbeat};

/// How often it looks.
const LOOK: Duration = Duration::from_secs(60);
/// Rows taken in one transaction.
const PAGE: i64 = 300;

/// Works until `stopping`.
pub(super) async fn run(app: Arc<App>, stopping: CancellationToken) -> Result<(), DbError> {
    loop {
        while pass(&app, clock::now()).await? && !stopping.is_cancelled() {
            // Others write in between.
            tokio::task::yield_now().await;
        }
        tokio::select! {
            () = stopping.cancelled() => return Ok(()),
            () = sleep(LOOK) => {}
        }
    }
}

/// Does one part; answers whether there is more.
async fn pass(app: &Arc<App>, now: i64) -> Result<bool, DbError> {
    let boxes = &app.config.boxes;
    let (short, long) = (now - boxes.heartbeat_detail(), now - boxes.heartbeat_history());
    let full = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let done = app
        .db
        .write(move |tx: &mut Tx<'_>| {
            let joined = heartbeat::join(tx, short, PAGE)?;
            Ok::<_, DbError>(joined.max(heartbeat::prune(tx, long, PAGE)?))
        })
        .await?;
    Ok(done >= full)
}
