//! Who looks like whom: told to operators when they enrol somebody, so that they learn of it before a door does.

use serde::Serialize;
use utoipa::ToSchema;

#[cfg(feature = "vision")]
mod with_engine;
#[cfg(not(feature = "vision"))]
mod without_engine;

#[cfg(feature = "vision")]
pub(crate) use with_engine::LookAlikes;
#[cfg(not(feature = "vision"))]
pub(crate) use without_engine::LookAlikes;

/// Somebody who looks like the person asked about.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LookAlike {
    pub(crate) identity_id: String,
    pub(crate) name: String,
    /// How similar, 0 to 1, as boxes report it; 0.5 where the same person and another one are equally likely.
    pub(crate) score: f64,
    /// Whether some box lets both pass by their groups.
    pub(crate) same_doors: bool,
    /// So similar that a box would open for one as the other: the same person under two ids?
    pub(crate) possible_duplicate: bool,
}
