//! The fake world: independent players of both sides of the protocol.
//!
//! A player here is somebody else's product. It reads and writes the wire by hand, from the documentation alone, and with an AMQP client
//! of its own; were it built on our `protocol` crate, one misreading would hide on both sides.
//!
//! * [`ForeignPlatform`] is a management platform that says only what it must.
//! * [`ForeignBox`] is a box that does only what it must.
//! * [`receiver`] is the documented example receiver of events, which anybody can run.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod foreign_box;
pub mod foreign_platform;
mod http;
mod kept;
mod line;
pub mod receiver;

pub use foreign_box::ForeignBox;
pub use foreign_platform::ForeignPlatform;
pub use line::Broker;
