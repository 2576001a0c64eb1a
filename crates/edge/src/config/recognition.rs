//! `[recognition]`: how faces are judged and named.

use protocol::FiqaLevel;
use serde::{Deserialize, Serialize};

use super::level;
use crate::reason::{Reason, table as reason};

/// A person who stands before a camera for longer than this makes another event.
const LONGEST_INTERVAL: f64 = 86_400.0;

/// `[recognition]`; the same shape is spoken by the local API, and what was set there is kept in the store and wins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = RecognitionSettings)]
pub struct Recognition {
    /// Share of strangers that may be taken for somebody enough to open a door, 0..1.
    pub door_rate: f64,
    /// Share of strangers that may be shown with a name, 0..1.
    pub name_rate: f64,
    /// Share of strangers for whom candidates may be offered, 0..1.
    pub possible_rate: f64,
    /// A fixed cosine threshold in place of the rates.
    pub threshold: Option<f32>,
    /// Least distance (cosine) between the two best people, below it the answer is "ambiguous"; default: the model pack's own.
    pub margin: Option<f32>,
    /// Seconds in which one person in front of one camera makes one event.
    pub duplicate_interval: f64,
    /// Quality asked of a captured face: `high`, `custom`, `middle`, `low` or `no`.
    pub quality: String,
}

impl Default for Recognition {
    fn default() -> Self {
        Self {
            door_rate: 0.001,
            name_rate: 0.01,
            possible_rate: 0.1,
            threshold: None,
            margin: None,
            duplicate_interval: 6.0,
            quality: "middle".into(),
        }
    }
}

impl Recognition {
    /// What the types cannot say: rates between 0 and 1, cosines, a known quality level.
    ///
    /// # Errors
    /// What is wrong with which key.
    pub fn check(&self) -> Result<(), Reason> {
        for (key, rate) in [
            ("door_rate", self.door_rate),
            ("name_rate", self.name_rate),
            ("possible_rate", self.possible_rate),
        ] {
            if !(rate > 0.0 && rate < 1.0) {
                return Err(reason::not_between(rate, 0.0, 1.0).of(key));
            }
        }
        for (key, cosine) in [("threshold", self.threshold), ("margin", self.margin)] {
            if let Some(cosine) = cosine.filter(|cosine| !(0.0..=1.0).contains(cosine)) {
                return Err(reason::not_between(cosine, 0.0, 1.0).of(key));
            }
        }
        if !(0.0..=LONGEST_INTERVAL).contains(&self.duplicate_interval) {
            return Err(
                reason::not_between(self.duplicate_interval, 0.0, LONGEST_INTERVAL).of("duplicate_interval")
            );
        }
        level(&self.quality).map_err(|error| error.of("quality"))?;
        Ok(())
    }

    /// The quality asked of a face.
    pub fn level(&self) -> FiqaLevel {
        level(&self.quality).unwrap_or_default()
    }

    /// Milliseconds in which one person in front of one camera makes one event.
    #[expect(clippy::cast_possible_truncation, reason = "checked: at most a day")]
    pub fn interval(&self) -> i64 {
        (self.duplicate_interval * 1000.0) as i64
    }
}
