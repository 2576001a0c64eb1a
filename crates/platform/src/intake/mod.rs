//! What boxes report, whichever way it came: made durable first, acknowledged after.
//!
//! * `events`: recognitions, from `/device/records` and `/device/realtime`; pictures into the photo store, rows merged.
//! * `arrival`: when it really was, and whether the report comes late; `trace`: what the box decided.
//! * `clocks`: how far boxes' clocks are from ours.
//! * `results`: answers to commands, from the broker and from `/device/results`.

mod arrival;
mod clocks;
pub(crate) mod events;
pub(crate) mod results;
mod trace;

pub(crate) use clocks::Clocks;
