//! The box through its front door: a real broker, a small HTTP platform that speaks only the documented minimum, real photos, and
//! the box's own API.

#![allow(clippy::unwrap_used, missing_docs)]

mod access;
mod backup;
mod bad_input;
mod cameras;
mod console;
mod crash;
mod discovery;
mod door_http;
mod doors;
mod enrolment;
mod events;
mod faults;
mod fog;
mod ftp;
mod gate;
mod link;
mod liveness;
mod local_api;
mod more_photos;
mod overview;
mod pad_people;
mod pads;
mod recognition;
mod results;
mod screens;
mod sealed;
mod support;
mod tls;
