//! The box: cameras, decisions, commands, uploads and the box's own API.
//!
//! | module | keeps |
//! |---|---|
//! | [`config`] | what the box is told at start |
//! | [`app`] | what every part shares |
//! | [`store`] | everything that must survive a power cut |
//! | [`people`] | whom the box knows, in rows and in memory |
//! | [`link`] | the login and the broker sessions |
//! | [`command`] | what the platform orders, done once and answered |
//! | [`door`] | what is opened for those who may pass |
//! | [`local_api`] | the box's own HTTP API |
//! | [`http`] | the limits of outgoing requests |

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod app;
mod clock;
pub mod command;
pub mod config;
pub mod door;
pub mod http;
pub mod link;
pub mod local_api;
pub mod people;
mod run;
pub mod store;

pub use app::App;
pub use config::Config;
pub use run::run;
