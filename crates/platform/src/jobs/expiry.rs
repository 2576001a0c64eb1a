//! Ends commands nobody answered, and forgets commands that ended long ago.

use std::sync::Arc;
use std::time::Duration;

use runtime::CancellationToken;
use tokio::time::{Instant, sleep};

use crate::app::App;
use crate::clock;
use crate::db::{DbError, Tx, answer, command};

/// How often it looks.
const LOOK: Duration = Duration::from_secs(2);
/// Commands ended in one transaction.
const PAGE: i64 = 50;
/// How often old commands are removed, and how many at a time.
const PRUNE: Duration = Duration::from_secs(300);
const PRUNED: i64 = 5_000;
/// Commands are kept this long after they ended, in milliseconds.
const KEPT: i64 = 30 * 24 * 3_600_000;

/// Works until `stopping`.
pub(super) async fn run(app: Arc<App>, stopping: CancellationToken) -> Result<(), DbError> {
    let mut next_prune = Instant::now();
    loop {
        let ended = pass(&app).await?;
        if Instant::now() >= next_prune {
            let before = clock::now() - KEPT;
            app.db.write(move |tx: &mut Tx<'_>| command::prune(tx, before, PRUNED)).await?;
            next_prune = Instant::now() + PRUNE;
        }
        if ended > 0 {
            app.nudge();
            tracing::info!(ended, "commands expired without an answer");
            continue;
        }
        tokio::select! {
            () = stopping.cancelled() => return Ok(()),
            () = sleep(LOOK) => {}
        }
    }
}

/// Ends what is overdue; answers how many commands that were.
async fn pass(app: &Arc<App>) -> Result<usize, DbError> {
    let now = clock::now();
    let nothing = app
        .db
        .read(move |tx: &mut Tx<'_>| Ok::<_, DbError>(command::overdue(tx, now, 1)?.is_empty()))
        .await?;
    if nothing {
        return Ok(0);
    }
    app.db
        .write(move |tx: &mut Tx<'_>| {
            let overdue = command::overdue(tx, now, PAGE)?;
            for command in &overdue {
                answer::expire(tx, command, now)?;
            }
            Ok(overdue.len())
        })
        .await
}
