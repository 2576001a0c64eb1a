//! People come into their validity and leave it while nobody touches them.
//!
//! A change is committed some time after it looked at the clock. So each look also takes what is up to [`OVERLAP`] older than the last one,
//! and remembers what of that it has dealt with.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use runtime::CancellationToken;
use tokio::time::sleep;

use crate::app::App;
use crate::clock;
use crate::db::validity::{Crossing, Edge, crossed};
use crate::db::{DbError, Tx, recompute};

/// How often it looks: nobody passes longer than this after their time.
const LOOK: Duration = Duration::from_secs(5);
/// People written down in one transaction.
const PAGE: i64 = 500;
/// No change takes longer than this from reading the clock to its commit, and no two processes' clocks differ by more. In milliseconds.
const OVERLAP: i64 = 60_000;

/// Works until `stopping`.
pub(super) async fn run(app: Arc<App>, stopping: CancellationToken) -> Result<(), DbError> {
    // Whatever happened while the process was not running is caught up with at the first look.
    let (mut since, mut done) = (0, HashSet::new());
    loop {
        let now = clock::now();
        for edge in [Edge::From, Edge::Until] {
            look(&app, edge, since, now, &mut done).await?;
        }
        since = now - OVERLAP;
        done.retain(|crossing: &Crossing| crossing.at >= since);
        tokio::select! {
            () = stopping.cancelled() => return Ok(()),
            () = sleep(LOOK) => {}
        }
    }
}

/// Has derived again what follows from every crossing of one kind since `since` that is not `done`.
async fn look(
    app: &App,
    edge: Edge,
    since: i64,
    now: i64,
    done: &mut HashSet<Crossing>,
) -> Result<(), DbError> {
    let mut after = (since, String::new());
    loop {
        let (from, id) = after.clone();
        let mut page = app.db.read(move |tx: &mut Tx<'_>| crossed(tx, edge, (from, &id), now, PAGE)).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = (last.at, last.person.as_str().to_owned());
        page.retain(|crossing| !done.contains(crossing));
        if page.is_empty() {
            continue;
        }
        done.extend(page.iter().filter(|crossing| crossing.at >= now - OVERLAP).cloned());
        app.db
            .write(move |tx: &mut Tx<'_>| {
                page.iter().try_for_each(|crossing| recompute::person_later(tx, &crossing.person, now))
            })
            .await?;
        app.nudge();
    }
}
