//! The verdict on one face picture, in the shape the `fiqa` command answers with.

use serde::Serialize;
use serde_json::Value;

use crate::lenient::{Fields, FromValue, deserialize_leniently};
use crate::read_error::ReadError;
use crate::strict;

/// The value of [`QualityInfo::mask`] when masks were not looked for.
pub const MASK_NOT_RUN: f64 = -1.0;

/// The verdict on one face.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct FaceQuality {
    /// Left, top, right, bottom in pixels.
    pub bbox: [i32; 4],
    /// Names of the checks that failed.
    pub fails: Vec<String>,
    /// Whether the face passed at the level asked for.
    pub fiqa_result: bool,
    /// What was measured.
    pub info: QualityInfo,
    /// One figure for the whole; equals the clarity.
    #[serde(serialize_with = "strict::finite")]
    pub score: f64,
    /// Names of the checks that passed.
    pub success: Vec<String>,
}

/// What was measured on one face.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct QualityInfo {
    /// 0 dark to 1 bright.
    #[serde(serialize_with = "strict::finite")]
    pub brightness: f64,
    /// Sharpness; about 1 is ordinary, larger is sharper.
    #[serde(serialize_with = "strict::finite")]
    pub clarity: f64,
    /// Shorter side of the face in pixels.
    #[serde(serialize_with = "strict::finite")]
    pub face_size: f64,
    /// Where the face looks.
    pub headpose: HeadPose,
    /// Probability of a mask 0 to 1; -1 when it was not looked for.
    #[serde(serialize_with = "strict::finite")]
    pub mask: f64,
    /// One flag per region, true while nothing covers it.
    pub occlusion: Vec<bool>,
    /// Whether part of the face is outside the picture.
    pub partial: bool,
}

/// Where a face looks, in degrees; 0 is straight ahead.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct HeadPose {
    /// Up and down.
    #[serde(rename = "pitch_angle", serialize_with = "strict::finite")]
    pub pitch: f64,
    /// Tilt to the shoulders.
    #[serde(rename = "roll_angle", serialize_with = "strict::finite")]
    pub roll: f64,
    /// Left and right.
    #[serde(rename = "yaw_angle", serialize_with = "strict::finite")]
    pub yaw: f64,
}

impl FromValue for FaceQuality {
    const EXPECTED: &'static str = "a face's quality";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let mut fields = Fields::open(value)?;
        let info: QualityInfo = fields.or("info", QualityInfo::default())?;
        Ok(Self {
            bbox: fields.get("bbox")?.map_or([0; 4], |Corners(corners)| corners),
            fails: fields.or("fails", Vec::new())?,
            fiqa_result: fields.or("fiqa_result", false)?,
            score: fields.or("score", info.clarity)?,
            success: fields.or("success", Vec::new())?,
            info,
        })
    }
}

impl FromValue for QualityInfo {
    const EXPECTED: &'static str = "an object with measurements";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let mut fields = Fields::open(value)?;
        Ok(Self {
            brightness: fields.or("brightness", 0.0)?,
            clarity: fields.or("clarity", 0.0)?,
            face_size: fields.or("face_size", 0.0)?,
            headpose: fields.or("headpose|face_angle", HeadPose::default())?,
            mask: fields.or("mask", MASK_NOT_RUN)?,
            occlusion: fields.or("occlusion", Vec::new())?,
            partial: fields.or("partial", false)?,
        })
    }
}

impl FromValue for HeadPose {
    const EXPECTED: &'static str = "an object or a list of three angles";

    /// Later versions write a list; its order is not documented and taken as pitch, roll, yaw, as the object lists them.
    fn from_value(value: Value) -> Result<Self, ReadError> {
        if value.is_array() {
            let angles: Vec<f64> = Vec::from_value(value)?;
            let angle = |index: usize| angles.get(index).copied().unwrap_or(0.0);
            return Ok(Self { pitch: angle(0), roll: angle(1), yaw: angle(2) });
        }
        let mut fields = Fields::open(value)?;
        Ok(Self {
            pitch: fields.or("pitch_angle|pitch", 0.0)?,
            roll: fields.or("roll_angle|roll", 0.0)?,
            yaw: fields.or("yaw_angle|yaw", 0.0)?,
        })
    }
}

/// The two corners of a face.
struct Corners([i32; 4]);

impl FromValue for Corners {
    const EXPECTED: &'static str = "a list of four numbers";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let corners: Vec<f64> = Vec::from_value(value.clone())?;
        // The conversion of a float saturates, so that no corner is out of range.
        let corners: Vec<i32> = corners.into_iter().map(|corner| corner.round() as i32).collect();
        <[i32; 4]>::try_from(corners).map(Self).map_err(|_| Self::wrong(&value))
    }
}

deserialize_leniently!(FaceQuality, QualityInfo, HeadPose);
