//! The trace of one event: what was measured, against which thresholds, and which gate decided. It is stored with the event
//! and sent to our own platform, so that "why?" has an answer later.

use protocol::QualityInfo;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Gate, Step};

/// Everything that was measured on the way to a verdict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Trace {
    /// File or frame the face was found in.
    pub source: String,
    /// The model pack that looked.
    pub pack: String,
    /// Size of the picture in pixels.
    pub picture: [u32; 2],
    /// Faces found in it.
    pub faces: usize,
    /// The face's box in it: left, top, right, bottom.
    pub bbox: [i32; 4],
    /// How certain the detector is that this is a face, 0 to 1.
    pub detection: f64,
    /// The quality asked for and what was found.
    pub quality: Quality,
    /// Years and probability of male, where the pack can tell.
    pub attributes: Option<Attributes>,
    /// Whether a living person stood there, where the pack can tell; a hint that no verdict uses.
    #[serde(default)]
    pub liveness: Option<Liveness>,
    /// The thresholds in force.
    pub thresholds: Limits,
    /// The most similar people, best first.
    pub candidates: Vec<Candidate>,
    /// What an operator should look at.
    #[serde(default)]
    pub flag: Option<Flag>,
    /// The gate that decided.
    pub gate: Gate,
    /// What every gate said.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// How long it took.
    pub ms: Times,
}

/// Quality of the face.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = FaceQuality)]
pub struct Quality {
    /// Level asked for.
    pub level: String,
    /// Checks it failed; none: good enough.
    pub fails: Vec<String>,
    /// What was measured, as the protocol names it.
    pub info: Value,
    /// Overall score, 0 to 1.
    pub score: f64,
}

/// What the face looks like.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = FaceAttributes)]
pub struct Attributes {
    /// Age in years.
    pub age: f64,
    /// Probability of male, 0 to 1.
    pub male: f64,
}

/// Thresholds, as cosines and as the score people see.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = ThresholdLimits)]
pub struct Limits {
    /// People enrolled when they were computed.
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
    #[serde(default)]
    pub possible_score: f64,
    /// Expected share of strangers that pass `door`.
    pub door_rate: f64,
    /// Expected share of strangers that get a name.
    pub name_rate: f64,
}

/// One of the most similar people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Candidate {
    /// The person.
    pub identity_id: String,
    /// Cosine of the two templates.
    pub cosine: f64,
    /// The score people see, 0 to 1.
    pub score: f64,
    /// How far that reaches.
    #[serde(default)]
    pub band: Band,
}

/// What a cosine is enough for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Band {
    /// A door.
    Door,
    /// A name.
    Name,
    /// The short list of people it might be.
    Possible,
    /// Nothing; it is the nearest all the same.
    #[default]
    None,
}

/// What an operator should look at, whatever the door did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// Somebody on the black list.
    Blacklist,
    /// Possibly somebody on the black list: on the short list, or as similar as the person named.
    PossibleBlacklist,
}

/// Whether a living person stood before the camera.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Liveness {
    /// Probability of a living person, 0 to 1; 0 when it was not checked.
    pub score: f64,
    /// Whether there was enough of the face's surroundings to tell.
    pub checked: bool,
}

/// Milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Times {
    /// From the capture to the beginning of the work on it.
    pub waited: u64,
    /// Decoding, detection, quality and templates of the whole picture.
    pub looked: u64,
    /// From the capture to the verdict.
    pub total: u64,
}

/// Four digits are what the measurements carry; more would only fill the disk.
pub(crate) fn short(value: impl Into<f64>) -> f64 {
    let value: f64 = value.into();
    (value * 1e4).round() / 1e4
}

/// The measurements as JSON, under the protocol's names.
pub(crate) fn info(info: &QualityInfo) -> Value {
    serde_json::to_value(info).unwrap_or_default()
}
