//! One file per subcommand.

pub(crate) mod edge;
pub(crate) mod face;
pub(crate) mod models;
pub(crate) mod platform;
mod serve;

pub(crate) use serve::ServeArgs;
