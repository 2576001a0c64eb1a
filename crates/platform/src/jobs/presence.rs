//! Tells live viewers when a box comes or goes. Whether a box is online is never stored: it follows from the age of its last
//! heartbeat whenever somebody asks.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use protocol::DevSno;
use runtime::CancellationToken;
use serde_json::json;
use tokio::time::sleep;

use crate::app::{App, LiveEvent};
use crate::clock;
use crate::db::{DbError, device};

/// How often it looks.
const LOOK: Duration = Duration::from_secs(2);

/// Works until `stopping`.
pub(super) async fn run(app: Arc<App>, stopping: CancellationToken) -> Result<(), DbError> {
    let mut known: BTreeMap<DevSno, bool> = BTreeMap::new();
    let online_for = app.config.boxes.online_for();
    loop {
        let beats = app.db.read(device::heartbeats).await?;
        let now = clock::now();
        for (dev_sno, heartbeat_at) in beats {
            let online = now - heartbeat_at < online_for;
            let before = known.insert(dev_sno.clone(), online);
            if before == Some(online) || (before.is_none() && !online) {
                continue;
            }
            let state = if online { "online" } else { "offline" };
            tracing::info!(%dev_sno, state, age_ms = now - heartbeat_at, "a box changed its presence");
            let data = json!({"dev_sno": dev_sno, "state": state, "heartbeat_at": heartbeat_at});
            // No receiver is no error: viewers come and go.
            drop(app.live.send(LiveEvent { kind: "box", id: dev_sno.to_string(), data: Arc::new(data) }));
        }
        tokio::select! {
            () = stopping.cancelled() => return Ok(()),
            () = sleep(LOOK) => {}
        }
    }
}
