//! What the tests of this folder share.

pub(crate) mod agent;
pub(crate) mod people;
pub(crate) mod photos;
pub(crate) mod platform;
pub(crate) mod process;
pub(crate) mod relay;
pub(crate) mod world;

pub(crate) use agent::Agent;
pub(crate) use platform::Platform;
pub(crate) use world::World;

use std::time::Duration;

/// Generous: the machine may be busy with other tests.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);
