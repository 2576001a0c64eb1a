//! The `log` door: one line in the log for each action. For tests, demonstrations and places without a lock.

use futures_util::future::BoxFuture;

use super::{Action, Driver, Order};

/// The driver; it has no state.
#[derive(Debug)]
pub(super) struct Log;

impl Driver for Log {
    fn kind(&self) -> &'static str {
        "log"
    }

    fn place(&self) -> String {
        "this box's log".to_owned()
    }

    fn carry_out<'a>(&'a self, action: Action, order: &'a Order) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            let Order { camera, identity_id, reason } = order;
            tracing::info!(%camera, %identity_id, %reason, action = action.word(), "door");
            Ok(())
        })
    }

    fn reach(&self) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(async { Ok(()) })
    }
}
