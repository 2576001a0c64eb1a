//! Doors: what is opened for those who may pass. An action has a reason, a result and a time limit, and nothing a
//! door does can hold back the next face for longer than that limit.
//!
//! A kind of door is one file with a [`Driver`] and one line in [`Doors`]' list; a test walks the kinds of the configuration.

mod action;
mod breaker;
mod http;
mod log;
mod modbus;
mod mode;
mod registry;
mod relay_action;
mod state;

use std::time::Duration;

use futures_util::future::BoxFuture;

pub use action::{Action, Order, Outcome};
pub use mode::Mode;
pub use registry::{Doors, Overview, Passage};
pub use relay_action::Done;
pub use state::{Deed, Door, Status};

/// How long a door may take to answer.
pub const TIME_LIMIT: Duration = Duration::from_millis(1500);

/// One door's hardware.
pub trait Driver: Send + Sync + std::fmt::Debug {
    /// Name of the kind, as configured.
    fn kind(&self) -> &'static str;

    /// Where the hardware is, for people; no passwords, no keys.
    fn place(&self) -> String;

    /// Opens the door for its time, closes it, or raises its alarm. The error is a short reason for people; the caller sets the
    /// time limit and may stop waiting at any moment. A door that was opened closes by itself.
    fn carry_out<'a>(&'a self, action: Action, order: &'a Order) -> BoxFuture<'a, Result<(), String>>;

    /// Whether the hardware can be reached; nothing moves. The caller sets the time limit.
    fn reach(&self) -> BoxFuture<'_, Result<(), String>>;

    /// Whether [`Driver::open_for`] knows.
    fn tells(&self) -> bool {
        false
    }

    /// How long the door stays open, if it is open.
    fn open_for(&self) -> Option<Duration> {
        None
    }

    /// What an operator should know about the hardware.
    fn trouble(&self) -> Option<String> {
        None
    }

    /// Called when the box starts: closes what an earlier run may have left open. Returns at once.
    fn secure(&self) {}
}

#[cfg(test)]
mod tests;
