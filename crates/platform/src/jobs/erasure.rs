//! After keys were destroyed, empties what of the database's files still holds them.

use std::sync::Arc;
use std::time::Duration;

use runtime::CancellationToken;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::app::App;
use crate::db::{DbError, traces};

/// Until the next try while readers are in the way (an export, for one).
const AGAIN: Duration = Duration::from_secs(5);

/// Works until `stopping`. The first pass takes what a crash left.
pub(super) async fn run(app: Arc<App>, stopping: CancellationToken) -> Result<(), DbError> {
    loop {
        let url = app.config.database_url();
        let emptied = spawn_blocking(move || traces::empty_log(&url)).await.map_err(|_| DbError::Panicked)?;
        let pause = match emptied {
            Ok(()) => Duration::MAX,
            Err(error) if error.is_transient() => AGAIN,
            Err(error) => return Err(error),
        };
        tokio::select! {
            () = stopping.cancelled() => return Ok(()),
            () = app.wake.erasure.notified() => {}
            () = sleep(pause) => {}
        }
    }
}
