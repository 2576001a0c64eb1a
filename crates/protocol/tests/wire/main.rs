//! What is read, what is written, what is refused, and what the crate is made of.

#![allow(clippy::unwrap_used, missing_docs)]

mod case;
mod closure;
mod fixtures;
mod kinds;
mod round_trip;
mod status_codes;
mod tolerances;
