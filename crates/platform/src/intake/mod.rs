//! What boxes report, whichever way it came: made durable first, acknowledged after.
//!
//! * `events`: recognitions, from `/device/records` and `/device/realtime`; pictures into the photo store.
//! * `uploads`: the rows of many requests written together, repeats merged, followers told.
//! * `arrival`: when it really was, and whether the report comes late; `trace`: what the box decided.
//! * `clocks`: how far boxes' clocks are from ours.
//! * `results`: answers to commands, from the broker and from `/device/results`.

mod arrival;
mod clocks;
pub(crate) mod events;
pub(crate) mod results;
mod trace;
mod uploads;

pub(crate) use clocks::Clocks;
pub(crate) use uploads::Uploads;
