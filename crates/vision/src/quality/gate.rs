//! What each level of quality demands. The list of checks is one table; a level is a set of limits.

use protocol::{FaceQuality, FiqaLevel};

/// The limits a face has to keep; a missing one is not checked.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Gate {
    /// The shorter side of the face must be above this many pixels.
    pub face_size: Option<f64>,
    /// |pitch| + |yaw| + |roll| may be at most this many degrees.
    pub angles: Option<f64>,
    /// Darkest and brightest mean of the middle of the face, 0 to 1. Wide on purpose: it must not refuse dark skin.
    pub brightness: Option<[f64; 2]>,
    /// Least clarity.
    pub clarity: Option<f64>,
    /// Whether a face cut off by the picture's edge is refused.
    pub partial: bool,
    /// Whether eyes and mouth must all be inside the picture.
    pub occlusion: bool,
}

/// One check, by its name on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// `face_size`.
    FaceSize,
    /// `headpose`.
    HeadPose,
    /// `occlusion`.
    Occlusion,
    /// `clarity`.
    Clarity,
    /// `partial`.
    Partial,
    /// `brightness`.
    Brightness,
}

/// A face that failed: what failed first, and all of it in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PoorFace {
    /// Whether it is only or also too small.
    pub(crate) too_small: bool,
    /// For people: what was measured and what is needed.
    pub(crate) message: String,
}

const BRIGHTNESS: [f64; 2] = [0.07, 0.9];
const CLARITY: f64 = 0.8;

impl Check {
    /// All checks, in the order they are reported.
    pub const ALL: [Self; 6] =
        [Self::FaceSize, Self::HeadPose, Self::Occlusion, Self::Clarity, Self::Partial, Self::Brightness];

    /// The name on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::FaceSize => "face_size",
            Self::HeadPose => "headpose",
            Self::Occlusion => "occlusion",
            Self::Clarity => "clarity",
            Self::Partial => "partial",
            Self::Brightness => "brightness",
        }
    }
}

impl Gate {
    /// What a level demands; `custom` is `middle` until it is configured.
    #[must_use]
    pub fn of(level: FiqaLevel) -> Self {
        match level {
            FiqaLevel::High => Self {
                face_size: Some(112.0),
                angles: Some(60.0),
                brightness: Some(BRIGHTNESS),
                clarity: Some(CLARITY),
                partial: true,
                occlusion: true,
            },
            FiqaLevel::Middle | FiqaLevel::Custom => Self {
                face_size: Some(80.0),
                angles: Some(90.0),
                brightness: Some(BRIGHTNESS),
                partial: true,
                ..Self::default()
            },
            FiqaLevel::Low => Self { face_size: Some(60.0), angles: Some(120.0), ..Self::default() },
            FiqaLevel::No => Self::default(),
        }
    }

    /// None when the check is not part of this gate or is passed; otherwise what was measured and what is needed.
    fn objection(&self, check: Check, quality: &FaceQuality) -> Option<String> {
        let info = &quality.info;
        let pose = info.headpose;
        let angles = pose.pitch.abs() + pose.yaw.abs() + pose.roll.abs();
        match check {
            Check::FaceSize => {
                let least = self.face_size.filter(|&least| info.face_size <= least)?;
                Some(format!("the face is {:.0} pixels, more than {least:.0} are needed", info.face_size))
            }
            Check::HeadPose => {
                let most = self.angles.filter(|&most| angles > most)?;
                Some(format!(
                    "the head is turned by {angles:.0} degrees in all, at most {most:.0} are allowed"
                ))
            }
            Check::Brightness => {
                let [least, most] = self.brightness?;
                let word = match info.brightness {
                    value if value < least => "dark",
                    value if value > most => "bright",
                    _ => return None,
                };
                Some(format!(
                    "the face is too {word} ({:.2}, {least:.2} to {most:.2} is good)",
                    info.brightness
                ))
            }
            Check::Clarity => {
                let least = self.clarity.filter(|&least| info.clarity < least)?;
                Some(format!(
                    "the face is blurred (clarity {:.2}, at least {least:.2} is needed)",
                    info.clarity
                ))
            }
            Check::Partial => (self.partial && info.partial)
                .then(|| "part of the face is outside of the picture".to_owned()),
            Check::Occlusion => (self.occlusion && info.occlusion.contains(&false))
                .then(|| "an eye or the mouth is outside of the picture".to_owned()),
        }
    }

    fn has(&self, check: Check) -> bool {
        match check {
            Check::FaceSize => self.face_size.is_some(),
            Check::HeadPose => self.angles.is_some(),
            Check::Brightness => self.brightness.is_some(),
            Check::Clarity => self.clarity.is_some(),
            Check::Partial => self.partial,
            Check::Occlusion => self.occlusion,
        }
    }
}

/// Fills in which checks of the gate passed and failed, and the verdict.
///
/// # Errors
/// [`PoorFace`] when one failed; `quality` is filled in all the same.
pub(crate) fn judge(quality: &mut FaceQuality, gate: &Gate) -> Result<(), PoorFace> {
    quality.success.clear();
    quality.fails.clear();
    let mut objections = Vec::new();
    for check in Check::ALL.into_iter().filter(|&check| gate.has(check)) {
        match gate.objection(check, quality) {
            None => quality.success.push(check.name().to_owned()),
            Some(objection) => {
                quality.fails.push(check.name().to_owned());
                objections.push(objection);
            }
        }
    }
    quality.fiqa_result = objections.is_empty();
    if objections.is_empty() {
        return Ok(());
    }
    let too_small = gate.objection(Check::FaceSize, quality).is_some();
    Err(PoorFace { too_small, message: objections.join("; ") })
}
