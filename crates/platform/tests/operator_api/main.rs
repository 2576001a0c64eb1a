//! The operator API through its front door: the real server on a free port, a database and photo store of its own, HTTP.

#![allow(clippy::unwrap_used, missing_docs)]

mod access;
mod bad_input;
mod bulk;
mod boxes;
mod commands;
mod document;
mod events;
mod groups;
mod harness;
mod health;
mod imports;
mod people;
mod photos;
mod session;
mod search_people;
mod start;
mod stream;
