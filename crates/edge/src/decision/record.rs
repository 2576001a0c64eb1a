//! One recognition as the box keeps it: what goes on the wire is made from it when it is sent, because only then it is known
//! under which licence key and to whom.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Trace, Verdict};
use crate::door;

/// The name of everybody who has none here.
pub const STRANGER: &str = "stranger";

/// A recognition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = EventRecord)]
pub struct Record {
    /// When the picture was taken, milliseconds UTC.
    pub taken_at: i64,
    /// The camera's name.
    pub camera: String,
    /// The camera's address (`device_ip`).
    pub address: String,
    /// The camera's kind, as the wire has it.
    pub device_type: String,
    /// The person's id; empty for strangers.
    pub identity_id: String,
    /// The person's name; [`STRANGER`] for strangers.
    pub identity_name: String,
    /// The library the person was found in.
    pub group_name: String,
    /// Person type on the wire, 1 to 5; 4 for strangers.
    pub person_type: i64,
    /// Score of the best match, 0 to 1.
    pub score: f64,
    /// The box's verdict on the picture, for capture machines; empty otherwise.
    pub box_fiqa_info: Map<String, Value>,
    /// What a capture machine measured itself; empty otherwise.
    #[serde(default)]
    pub grab_fiqa_info: Map<String, Value>,
    /// What was decided.
    pub verdict: Verdict,
    /// Why, for people.
    pub reason: String,
    /// What the door did.
    pub door: door::Outcome,
    /// What was measured.
    pub trace: Trace,
}

impl Record {
    /// Whether this goes out in real time: somebody was recognised.
    pub fn is_match(&self) -> bool {
        !self.identity_id.is_empty()
    }
}
