//! Follows the feed for live viewers: what any process commits is told here, at once when it was this one and within half a
//! second otherwise. While nobody watches only the newest number is looked up.

use std::sync::Arc;
use std::time::Duration;

use runtime::CancellationToken;
use tokio::time::sleep;

use crate::app::App;
use crate::db::{DbError, feed};
use crate::live::Stretch;

/// How often it looks without being woken.
const LOOK: Duration = Duration::from_millis(500);
/// Entries read at a time.
const PAGE: i64 = 256;

/// Works until `stopping`.
pub(super) async fn run(app: Arc<App>, stopping: CancellationToken) -> Result<(), DbError> {
    while !stopping.is_cancelled() {
        // Listened for before looking, so that nothing committed meanwhile goes unheard.
        let woken = app.wake.feed.notified();
        tokio::pin!(woken);
        woken.as_mut().enable();
        let went_on = if app.live.is_watched() { tell(&app).await? } else { keep_up(&app).await? };
        if went_on {
            continue;
        }
        let is_watched = app.live.is_watched();
        tokio::select! {
            () = stopping.cancelled() => break,
            // While nobody watches, commits need not wake anybody here.
            () = woken, if is_watched => {}
            () = app.live.joined() => {}
            () = sleep(LOOK) => {}
        }
    }
    Ok(())
}

/// Tells the next stretch; whether there may be more.
async fn tell(app: &App) -> Result<bool, DbError> {
    let reached = app.live.reached();
    let stretch = app.db.read(move |tx| Stretch::read(tx, reached, PAGE)).await?;
    let is_full = stretch.len() == usize::try_from(PAGE).unwrap_or(usize::MAX);
    app.live.tell(stretch);
    Ok(is_full)
}

/// Moves to the newest number, unless somebody began to watch meanwhile: then it must be told.
async fn keep_up(app: &App) -> Result<bool, DbError> {
    let newest = app.db.read(feed::newest).await?;
    if !app.live.is_watched() {
        app.live.reach(newest);
    }
    Ok(false)
}
