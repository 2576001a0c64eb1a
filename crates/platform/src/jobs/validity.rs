//! People come into their validity and leave it while nobody touches them.

use std::sync::Arc;
use std::time::Duration;

use runtime::CancellationToken;
use tokio::time::sleep;

use crate::app::App;
use crate::clock;
use crate::db::{DbError, Tx, desired, recompute};

/// How often it looks: nobody passes longer than this after their time.
const LOOK: Duration = Duration::from_secs(5);
/// People written down in one transaction.
const PAGE: i64 = 500;

/// Works until `stopping`.
pub(super) async fn run(app: Arc<App>, stopping: CancellationToken) -> Result<(), DbError> {
    // Whatever happened while the process was not running is caught up with at the first look.
    let mut since = 0;
    loop {
        let now = clock::now();
        let mut after = String::new();
        loop {
            let (seen_since, cursor) = (since, after.clone());
            let crossed = app
                .db
                .read(move |tx: &mut Tx<'_>| desired::crossed_validity(tx, seen_since, now, &cursor, PAGE))
                .await?;
            let Some(last) = crossed.last() else { break };
            after = last.as_str().to_owned();
            app.db
                .write(move |tx: &mut Tx<'_>| {
                    crossed.iter().try_for_each(|person| recompute::person_later(tx, person, now))
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
