//! What is seen: from pixels to faces, quality, templates and matches.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod net;
pub mod pack;
