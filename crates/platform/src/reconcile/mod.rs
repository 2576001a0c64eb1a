//! The reconciliation, without database, clock or broker: what a box should hold, what it has proved to hold, and what
//! to send it next.
//!
//! The contract, which the model test drives with random interleavings:
//! * A [`Holding`] changes only by a wish (the operator's), by being sent, and by facts (the box's).
//! * `proved` is only ever set by a box's own words, and forgotten as soon as something may have undone it.
//! * A fact that is older than a newer command for the same person never confirms anything; it may only cause one more
//!   idempotent command. So results may be late, doubled, lost or out of order, and boxes may be wiped at any time:
//!   once the disturbances end, every box ends up with what it should hold.
//! * A person a box refused for good is left alone until the person changes. A leaver is never given up.

mod facts;
mod holding;
#[cfg(test)]
mod model;
mod plan;

pub(crate) use facts::{Answered, Fact, Source, judge};
pub(crate) use holding::{Errand, Holding, Pace, State, learn};
pub(crate) use plan::{BATCH, Open, Order, PROBE_AFTER, Standing, plan};
