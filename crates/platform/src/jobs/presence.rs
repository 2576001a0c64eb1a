//! Appends to the feed when a box comes or goes. Whether a box is online is never stored: it follows from the age of its last
//! heartbeat whenever somebody asks. What is stored is what followers were last told, so that each change is told once, however
//! many processes look and however often they start.

use std::sync::Arc;
use std::time::Duration;

use runtime::CancellationToken;
use serde_json::json;
use tokio::time::sleep;

use crate::app::App;
use crate::clock;
use crate::db::box_intake::{self, Change};
use crate::db::{DbError, Tx, feed};

/// How often it looks.
const LOOK: Duration = Duration::from_secs(2);
/// Changes told in one transaction.
const PAGE: usize = 100;

/// Works until `stopping`.
pub(super) async fn run(app: Arc<App>, stopping: CancellationToken) -> Result<(), DbError> {
    loop {
        let online_since = clock::now() - app.config.boxes.online_for();
        let changes = app.db.read(move |tx| box_intake::changes(tx, online_since)).await?;
        for page in changes.chunks(PAGE) {
            let page = page.to_vec();
            app.db.write(move |tx| page.iter().try_for_each(|change| tell(tx, change, clock::now()))).await?;
            app.wake.feed.notify_waiters();
        }
        tokio::select! {
            () = stopping.cancelled() => return Ok(()),
            () = sleep(LOOK) => {}
        }
    }
}

fn tell(tx: &mut Tx<'_>, change: &Change, now: i64) -> Result<(), DbError> {
    if box_intake::tell(tx, change)? {
        let (dev_sno, heartbeat_at) = (change.dev_sno.as_str(), change.heartbeat_at);
        let state = if change.is_online { "online" } else { "offline" };
        tracing::info!(dev_sno, state, age_ms = now - heartbeat_at, "a box changed its presence");
        let data = json!({"dev_sno": dev_sno, "state": state, "heartbeat_at": heartbeat_at});
        feed::append(tx, feed::BOX, dev_sno, &data, now)?;
    }
    Ok(())
}
