//! The operator API through its front door: the real server on a free port, a database and photo store of its own, HTTP.

#![allow(clippy::unwrap_used, missing_docs)]

mod access;
mod api_keys;
mod audit;
mod bad_input;
mod boxes;
mod bulk;
mod by_face;
mod commands;
mod document;
mod drift;
mod events;
mod groups;
mod harness;
mod health;
mod idempotency;
mod imports;
mod limits;
mod metrics;
mod pairing;
mod people;
mod photos;
mod retention;
mod search_people;
mod second_factor;
mod session;
mod sites;
mod start;
mod stream;
mod tls;
mod walls;
mod webhooks;
