//! Followers of the feed: each works in one process at a time and moves its cursor only for what was told.
//!
//! * `term`: the lease under which a follower works, and the fence that keeps a process from writing after it lost it.
//! * `newest`: how a follower learns that the feed has grown.

mod newest;
mod term;

pub(crate) use newest::watch;
pub(crate) use term::{Term, in_turn};
