//! From a capture to an event and a door: decode, find faces, judge their quality, make templates, search, decide, and act.
//!
//! The decision itself ([`verdict`]) is pure. Everything around it keeps three promises: every capture is settled (its source is
//! told), one person in front of one camera makes one event per interval ([`recent`]), and an event is durable before its door
//! moves and is never reported without the door's answer.

mod case;
mod follow;
mod gates;
mod habits;
mod in_force;
mod look;
mod recent;
mod record;
pub mod settings;
mod sight;
mod tally;
mod thresholds;
mod trace;
mod track;
mod traffic;
mod unstored;
mod validity;
mod verdict;
mod watch;
mod why;
mod worker;

pub use gates::Step;
pub use in_force::{InForce, SiteFacts, Wanted};
pub use record::{Record, STRANGER};
pub use sight::{Label, SeenFace, Sights, View};
pub use tally::Counters;
pub use trace::{Attributes, Band, Candidate, Flag, Limits, Liveness, Quality, Times, Trace};
pub use traffic::Expected;
pub use validity::Validity;
pub use verdict::{Facts, Gate, Judgement, Person, Verdict, judge};
pub use why::why;
pub use worker::Recognition;

#[cfg(test)]
mod tests;
