//! People come into their validity and leave it while nobody touches them.

use std::sync::Arc;
use std::time::Duration;

use runtime::CancellationToken;
use tokio::time::sleep;

use crate::app::App;
use crate::clock;
use crate::db::{DbError, Tx, desired};

/// How often it looks: nobody passes longer than this after their time.
const LOOK: Duration = Duration::from_secs(5);

/// Works until `stopping`.
pub(super) async fn run(app: Arc<App>, stopping: CancellationToken) -> Result<(), DbError> {
    // Whatever happened while the process was not running is caught up with at the first look.
    let mut since = 0;
    loop {
        let now = clock::now();
        let crossed = app.db.read(move |tx: &mut Tx<'_>| desired::crossed_validity(tx, since, now)).await?;
        if !crossed.is_empty() {
            app.db
                .write(move |tx: &mut Tx<'_>| {
                    crossed.iter().try_for_each(|person| desired::recompute_for_person(tx, person, now))
                })
                .await?;
            app.nudge();
        }
        since = now;
        tokio::select! {
            () = stopping.cancelled() => return Ok(()),
            () = sleep(LOOK) => {}
        }
    }
}
