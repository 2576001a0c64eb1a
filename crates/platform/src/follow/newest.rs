//! How a follower learns that the feed has grown, by whichever process: one cheap look a moment, shared by all that wait.

use std::sync::Arc;
use std::time::Duration;

use runtime::CancellationToken;
use tokio::sync::watch;
use tokio::time::sleep;

use crate::app::App;
use crate::db::{DbError, feed};

/// How often it looks.
const LOOK: Duration = Duration::from_millis(250);

/// The number of the newest entry, kept up to date until `ended`. Errors of the database are waited out.
pub(crate) fn watch(app: &Arc<App>, ended: CancellationToken) -> watch::Receiver<i64> {
    let (tell, told) = watch::channel(0);
    let app = Arc::clone(app);
    tokio::spawn(async move {
        while !ended.is_cancelled() && !tell.is_closed() {
            match app.db.read(|tx| -> Result<_, DbError> { feed::newest(tx) }).await {
                Ok(newest) => {
                    tell.send_if_modified(|known| std::mem::replace(known, newest) != newest);
                }
                Err(error) => tracing::debug!(%error, "the feed cannot be looked at"),
            }
            tokio::select! {
                () = ended.cancelled() => {}
                () = app.wake.feed.notified() => {}
                () = sleep(LOOK) => {}
            }
        }
    });
    told
}
