//! Webhooks: what happens is posted to addresses of others, signed, in order, at least once.
//!
//! * `manager`: one task for each enabled webhook, in one process at a time.
//! * `worker`: one webhook's way through the feed, read by `batch`; `progress` decides what an answer means for it.
//! * `filter`: what a webhook is told of; `message` what it is told; `signature` and `post` how.
//! * `log`: how long the delivery log is kept. `keep`: secrets at rest.

mod batch;
mod filter;
pub(crate) mod keep;
mod log;
mod manager;
mod message;
mod post;
mod progress;
mod signature;
#[cfg(test)]
mod tests;
mod worker;

pub(crate) use filter::{Filter, KINDS};
pub(crate) use manager::run;
pub(crate) use message::{Pictures, body, event_id, test_message};
pub(crate) use post::{Post, client};
pub(crate) use progress::Answer;
