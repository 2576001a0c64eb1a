//! The thresholds in force as people read them: as cosine and as score, with the rates they come from and what they lead to.

use serde::Serialize;
use vision::Engine;

use super::thresholds::Grounds;
use crate::decision::short;

/// The thresholds in force.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = Thresholds)]
pub struct InForce {
    /// People they were computed for.
    pub enrolled: usize,
    /// A door opens from here on: cosine.
    pub door: f64,
    /// The same as score, 0 to 1.
    pub door_score: f64,
    /// A name is shown from here on: cosine.
    pub name: f64,
    /// The same as score, 0 to 1.
    pub name_score: f64,
    /// A short list is offered from here on: cosine.
    pub possible: f64,
    /// The same as score, 0 to 1.
    pub possible_score: f64,
    /// Two people closer than this to one face are ambiguous: cosine.
    pub margin: f64,
    /// Expected share of strangers for whom a door opens.
    pub door_rate: f64,
    /// Expected share of strangers who get a name.
    pub name_rate: f64,
    /// What was asked for.
    pub wanted: Wanted,
    /// What the people of this site are like.
    pub site: SiteFacts,
    /// What an operator should read beside these numbers.
    pub warning: Option<String>,
}

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = WantedRates)]
pub struct Wanted {
    /// Share of strangers for whom a door may open.
    pub door_rate: f64,
    /// Share of strangers who may get a name.
    pub name_rate: f64,
    /// Share of strangers who may get a short list.
    pub possible_rate: f64,
    /// One cosine in place of the first two.
    pub threshold: Option<f64>,
}

/// What the people of this site are like.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, utoipa::ToSchema)]
pub struct SiteFacts {
    /// Upper 2 % quantile of the cosines between them; `None` with fewer than twenty people.
    pub alike: Option<f64>,
    /// By how much that raises the thresholds: cosine.
    pub shift: f64,
    /// Share of them whose template is a mean of three or more photos.
    pub averaged: f64,
}

impl InForce {
    pub(super) fn of(engine: &Engine, grounds: &Grounds) -> Self {
        let Grounds { site, policy, thresholds: now, shift } = grounds;
        let score = |cosine| short(engine.score(cosine));
        Self {
            enrolled: now.enrolled,
            door: short(now.door),
            door_score: score(now.door),
            name: short(now.name),
            name_score: score(now.name),
            possible: short(now.possible),
            possible_score: score(now.possible),
            margin: short(now.margin),
            door_rate: now.door_rate,
            name_rate: now.name_rate,
            wanted: Wanted {
                door_rate: policy.door_rate,
                name_rate: policy.name_rate,
                possible_rate: policy.possible_rate,
                threshold: policy.fixed.map(short),
            },
            site: SiteFacts {
                alike: site.q2.map(short),
                shift: short(*shift),
                averaged: short(site.averaged),
            },
            warning: now.warning.clone(),
        }
    }
}
