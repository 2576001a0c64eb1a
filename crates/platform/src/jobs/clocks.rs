//! Keeps what was learnt of the boxes' clocks, and learns what other processes and earlier runs did.

use std::sync::Arc;
use std::time::Duration;

use runtime::CancellationToken;
use tokio::time::sleep;

use crate::app::App;
use crate::clock;
use crate::db::{DbError, Tx, box_intake};

/// How often it looks.
const LOOK: Duration = Duration::from_secs(5);
/// Rows written in one transaction.
const PAGE: usize = 200;
/// What others wrote is looked for this much further back than the last look: their clocks are their own, and so are their
/// commits. In milliseconds.
const OVERLAP: i64 = 60_000;

/// Works until `stopping`.
pub(super) async fn run(app: Arc<App>, stopping: CancellationToken) -> Result<(), DbError> {
    let mut since = 0;
    loop {
        let now = clock::now();
        for page in app.clocks.changed().chunks(PAGE) {
            let offsets = page.to_vec();
            app.db.write(move |tx| keep(tx, &offsets, now)).await?;
            app.clocks.written(page);
        }
        app.clocks.learn(app.db.read(move |tx| box_intake::clocks(tx, since)).await?);
        since = now - OVERLAP;
        tokio::select! {
            () = stopping.cancelled() => return Ok(()),
            () = sleep(LOOK) => {}
        }
    }
}

fn keep(tx: &mut Tx<'_>, offsets: &[(String, i64)], now: i64) -> Result<(), DbError> {
    offsets.iter().try_for_each(|(dev_sno, offset)| box_intake::set_clock(tx, dev_sno, *offset, now))
}
