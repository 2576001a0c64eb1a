//! The operator API through its front door: the real server on a free port, a database and photo store of its own, HTTP.

#![allow(clippy::unwrap_used, missing_docs)]

mod access;
mod bad_input;
mod boxes;
mod by_face;
mod commands;
mod document;
mod drift;
mod events;
mod groups;
mod harness;
mod health;
mod pairing;
mod people;
mod photos;
mod retention;
mod session;
mod start;
mod stream;
