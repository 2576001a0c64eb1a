//! The box: cameras, decisions, commands, uploads and the box's own API.
//!
//! | module | keeps |
//! |---|---|
//! | [`config`] | what the box is told at start |
//! | [`door`] | what is opened for those who may pass |
//! | [`store`] | everything that must survive a power cut |

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod config;
pub mod door;
pub mod store;

pub use config::Config;
