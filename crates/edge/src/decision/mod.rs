//! What is decided about a face, and how it is told: pure, so that every rule can be tried without a camera, a door or a disk.
//!
//! [`judge`] asks each gate in turn; the answers stand in the [`Trace`] of the [`Record`] that is stored, uploaded and shown.

mod gates;
mod record;
mod trace;
mod validity;
mod verdict;
mod why;

pub use gates::Step;
pub use record::{Record, STRANGER};
pub use trace::{Attributes, Band, Candidate, Flag, Limits, Liveness, Quality, Times, Trace};
pub(crate) use trace::{info, short};
pub use validity::Validity;
pub use verdict::{Facts, Gate, Judgement, Person, Verdict, judge};
pub use why::why;
