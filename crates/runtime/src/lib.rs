//! How we run: shutdown, supervised tasks, backoff, the AMQP session, configuration and telemetry.
//!
//! * [`Lifecycle`] ends a process in two phases and names what did not stop.
//! * [`Backoff`] spaces attempts, with jitter, for ever.
//! * [`amqp::Session`] keeps one connection to a broker alive and tells the truth about it.
//! * [`config::load`] reads a TOML file and the environment, and refuses what it does not know.
//! * [`net::Places`] accepts a bounded number of connections and ends the silent ones.
//! * [`tls::Listener`] does the same with TLS, by a certificate that follows its files.
//! * [`password`] hashes passwords and knows which of them keep nobody out.
//! * [`origin::Whence`] tells pages of other origins from our own.
//! * [`seal::Key`] seals what is kept, so that it opens with the key file only.
//! * [`telemetry::init`] sends the log to the standard error stream, as text or JSON.
//! * `testing` (a feature) starts private brokers and breaks lines.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod amqp;
mod backoff;
pub mod config;
pub mod finding;
mod lifecycle;
pub mod net;
pub mod origin;
pub mod password;
pub mod seal;
pub mod telemetry;
#[cfg(feature = "testing")]
pub mod testing;
pub mod tls;

pub use backoff::Backoff;
pub use lifecycle::{Lifecycle, until_signal};
/// What [`Lifecycle::stopping`] hands out.
pub use tokio_util::sync::CancellationToken;
