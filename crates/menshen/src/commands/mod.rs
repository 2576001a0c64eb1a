//! One file per subcommand.

pub(crate) mod doctor;
pub(crate) mod edge;
pub(crate) mod face;
pub(crate) mod models;
pub(crate) mod platform;
pub(crate) mod receive;
mod serve;
