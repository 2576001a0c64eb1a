//! Doors: what is opened for those who may pass. An action has a reason, a result and a time limit, and nothing a
//! door does can hold back the next face for longer than that limit.
//!
//! A kind of door is one file with a [`Driver`] and one line in [`driver`]; a test walks the kinds of the configuration.

mod action;
mod log;
mod registry;

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;

pub use action::{Action, Order, Outcome};
pub use registry::Doors;

use crate::config;

/// How long a door may take to answer.
pub const TIME_LIMIT: Duration = Duration::from_millis(1500);

/// One door's hardware.
pub trait Driver: Send + Sync + std::fmt::Debug {
    /// Name of the kind, as configured.
    fn kind(&self) -> &'static str;

    /// Opens the door. The error is a short reason for people; the caller sets the time limit.
    fn open<'a>(&'a self, order: &'a Order) -> BoxFuture<'a, Result<(), String>>;
}

/// The driver for a configured door. The error says why there is none.
pub fn driver(settings: &config::Door) -> Result<Arc<dyn Driver>, String> {
    match settings {
        config::Door::Log => Ok(Arc::new(log::Log)),
        other => Err(format!("this build has no driver for {other:?}")),
    }
}

/// Carries out `order`, within [`TIME_LIMIT`], and says what came of it. Never fails: a door that cannot be moved is a
/// result like any other.
pub async fn act(driver: &dyn Driver, order: &Order) -> Outcome {
    let begun = Instant::now();
    let result = match tokio::time::timeout(TIME_LIMIT, driver.open(order)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(reason)) => Err(reason),
        Err(_) => Err(format!("no answer within {} ms", TIME_LIMIT.as_millis())),
    };
    let ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    if let Err(reason) = &result {
        tracing::warn!(camera = %order.camera, door = driver.kind(), %reason, ms, "the door did not open");
    }
    Outcome {
        driver: driver.kind().to_owned(),
        action: Action::Open,
        result: result.map_or_else(|reason| format!("failed: {reason}"), |()| "ok".to_owned()),
        reason: order.reason.clone(),
        ms,
    }
}

#[cfg(test)]
mod tests;
