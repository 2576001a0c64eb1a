//! What boxes report, whichever way it came: made durable first, acknowledged after.
//!
//! * `events`: recognitions, from `/device/records` and `/device/realtime`; pictures into the photo store, rows merged.
//! * `results`: answers to commands, from the broker and from `/device/results`.

pub(crate) mod events;
pub(crate) mod results;
