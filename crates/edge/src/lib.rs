//! The box: cameras, decisions, commands, uploads and the box's own API.
//!
//! | module | keeps |
//! |---|---|
//! | [`config`] | what the box is told at start |
//! | [`app`] | what every part shares |
//! | [`store`] | everything that must survive a power cut |
//! | [`people`] | whom the box knows, in rows and in memory |
//! | [`link`] | the login and the broker sessions |
//! | [`name`] | what the box is called |
//! | [`password`] | the account of the box's own pages |
//! | [`pairing`] | how a box learns from a link whom to log in to |
//! | [`command`] | what the platform orders, done once and answered |
//! | [`camera`] | what delivers pictures |
//! | [`decision`] | what is decided about a face, and how it is told |
//! | [`event_log`] | the events, until all who want them have them |
//! | [`recognition`] | from a picture to a decision, an event and a door |
//! | [`doctor`] | what keeps a box from working, and what to do |
//! | [`door`] | what is opened for those who may pass |
//! | [`upload`] | what is sent to whom |
//! | [`screen`] | what browsers at doors and on walls show |
//! | [`stations`] | cameras to uploads, started together |
//! | [`local_api`] | the box's own HTTP API |
//! | [`reason`] | why something is refused, for programs and for people |
//! | [`http`] | the limits of outgoing requests |

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod app;
pub mod camera;
mod clock;
pub mod command;
pub mod config;
pub mod decision;
pub mod doctor;
pub mod door;
pub mod event_log;
pub mod http;
pub mod link;
pub mod local_api;
mod machine;
pub mod name;
pub mod pairing;
pub mod password;
pub mod people;
mod private;
pub mod reason;
pub mod recognition;
mod run;
mod running;
pub mod screen;
mod secret;
pub mod stations;
pub mod store;
#[cfg(test)]
mod testing;
pub mod upload;

pub use app::App;
pub use config::Config;
pub use run::run;
