//! From a capture to an event and a door: decode, find faces, judge their quality, make templates, search, decide, and act.
//!
//! The decision itself ([`crate::decision`]) is pure. Everything around it keeps three promises: every capture is settled (its source is
//! told), one person in front of one camera makes one event per interval ([`recent`]), and an event is durable before its door
//! moves and is never reported without the door's answer.

mod case;
mod follow;
mod habits;
mod in_force;
mod look;
mod recent;
pub mod settings;
mod sight;
mod tally;
mod thresholds;
mod track;
mod traffic;
mod unstored;
mod watch;
mod worker;

pub use in_force::{InForce, SiteFacts, Wanted};
pub use sight::{Label, SeenFace, Sights, View};
pub use tally::Counters;
pub use traffic::Expected;
pub use worker::Recognition;

#[cfg(test)]
mod tests;
