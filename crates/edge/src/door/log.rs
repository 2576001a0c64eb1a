//! The `log` door: one line in the log for each opening. For tests, demonstrations and places without a lock.

use futures_util::future::BoxFuture;

use super::{Driver, Order};

/// The driver; it has no state.
#[derive(Debug)]
pub(super) struct Log;

impl Driver for Log {
    fn kind(&self) -> &'static str {
        "log"
    }

    fn open<'a>(&'a self, order: &'a Order) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            tracing::info!(camera = %order.camera, identity_id = %order.identity_id, reason = %order.reason, "door opens");
            Ok(())
        })
    }
}
