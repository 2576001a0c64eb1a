//! Every box's queue exists: declared again whenever the link comes up, because a broker may come back empty.

use std::sync::Arc;

use protocol::DevSno;
use runtime::CancellationToken;
use runtime::amqp::LinkState;

use super::names;
use crate::app::App;
use crate::db::{DbError, device};

/// Boxes whose queues are declared in one go.
const PAGE: i64 = 100;

/// Works until `stopping`.
pub(super) async fn run(app: Arc<App>, stopping: CancellationToken) -> Result<(), DbError> {
    let mut state = app.broker.state();
    loop {
        let since = up_since(&state.borrow_and_update());
        if since.is_some() {
            declare_all(&app, &stopping).await?;
            // Whatever waited for a queue need not wait longer.
            app.wake.outbox.notify_one();
        }
        tokio::select! {
            () = stopping.cancelled() => return Ok(()),
            // Also when it was down for a moment that nobody saw.
            changed = state.wait_for(|state| up_since(state) != since) => if changed.is_err() { return Ok(()) },
        }
    }
}

/// Which connection is up, by when it came up; a broker that takes no messages for a while ends none.
fn up_since(state: &LinkState) -> Option<i64> {
    match state {
        LinkState::Up { since_ms } | LinkState::Blocked { since_ms, .. } => Some(*since_ms),
        LinkState::Connecting { .. } | LinkState::Down { .. } => None,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_told_apart_even_if_nobody_saw_one_end() {
        let up = |since_ms| LinkState::Up { since_ms };
        assert_ne!(up_since(&up(1)), up_since(&up(2)));
        let blocked = LinkState::Blocked { reason: "memory".to_owned(), since_ms: 1 };
        assert_eq!(up_since(&up(1)), up_since(&blocked));
        assert_eq!(up_since(&LinkState::Connecting { attempt: 1 }), None);
    }
}
