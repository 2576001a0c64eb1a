//! Every box's queue exists: declared again whenever the link comes up, because a broker may come back empty.

use std::sync::Arc;

use protocol::DevSno;
use runtime::CancellationToken;

use super::names;
use crate::app::App;
use crate::db::{DbError, device};

/// Boxes whose queues are declared in one go.
const PAGE: i64 = 100;

/// Works until `stopping`.
pub(super) async fn run(app: Arc<App>, stopping: CancellationToken) -> Result<(), DbError> {
    let mut state = app.broker.state();
    loop {
        let was_up = state.borrow_and_update().is_up();
        if was_up {
            declare_all(&app, &stopping).await?;
            // Whatever waited for a queue need not wait longer.
            app.wake.outbox.notify_one();
        }
        tokio::select! {
            () = stopping.cancelled() => return Ok(()),
            changed = state.wait_for(|state| state.is_up() != was_up) => if changed.is_err() { return Ok(()) },
        }
    }
}

async fn declare_all(app: &App, stopping: &CancellationToken) -> Result<(), DbError> {
    let mut cursor = String::new();
    let mut count = 0_usize;
    loop {
        let after = cursor.clone();
        let page: Vec<DevSno> =
            app.db.read(move |tx| -> Result<_, DbError> { device::keys_after(tx, &after, PAGE) }).await?;
        let Some(last) = page.last() else { break };
        cursor = last.to_string();
        count += page.len();
        let wanted = page.iter().flat_map(names::of_box).collect();
        let declared = tokio::select! {
            () = stopping.cancelled() => return Ok(()),
            declared = app.broker.session.declare(wanted) => declared,
        };
        if let Err(error) = declared {
            // The link is down again (it comes back, and so do we), or a queue exists with other settings: one by one, then.
            tracing::debug!(%error, "not every box's queue could be declared at once");
            for dev_sno in &page {
                if let Err(error) = app.broker.ensure_queue(dev_sno).await {
                    tracing::warn!(%dev_sno, %error, "the queue of a box could not be declared");
                    if !app.broker.state().borrow().is_up() {
                        return Ok(());
                    }
                }
            }
        }
    }
    tracing::info!(count, "queues of boxes declared");
    Ok(())
}
