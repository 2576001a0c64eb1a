//! Judging photos from outside: what is enrolled and what is refused, with the protocol's code and a sentence that says why.

use protocol::{Code, FaceQuality, FiqaLevel};

use crate::engine::{Engine, EngineError};
use crate::face::Face;
use crate::picture::{DecodeError, DecodeLimits, Picture, decode};
use crate::quality;
use crate::template::Template;

/// A photo that is good enough to enrol its largest face.
#[derive(Debug, Clone)]
pub struct Judged {
    /// Who, as the recogniser of the pack in use sees it.
    pub template: Template,
    /// How good.
    pub quality: FaceQuality,
    /// Where.
    pub face: Face,
    /// Every face of the picture, largest first; the first is the one that was judged.
    pub faces: Vec<Face>,
    /// The head with some surroundings, at most 480 pixels high or wide, as JPEG.
    pub crop_jpeg: Vec<u8>,
}

/// A photo that cannot be enrolled, or a picture that cannot be judged.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct Refused {
    /// 40003 no picture, 40004 no face, 40006 quality too low, 40007 picture too large, 40009 face too small, 50072 our own failure.
    pub code: Code,
    /// What was found and what is needed, for people.
    pub message: String,
    /// What was measured, when there was a face.
    pub quality: Option<Box<FaceQuality>>,
    /// Every face that was found, largest first.
    pub faces: Vec<Face>,
}

/// Around the head in a crop, as a share of the face.
const CROP_MARGIN: f32 = 0.4;
const CROP_SIDE: u32 = 480;
const CROP_QUALITY: u8 = 88;

impl Engine {
    /// Judges a photo for enrolment at `level`: decoded, the largest face found, measured, and turned into a template.
    ///
    /// # Errors
    /// [`Refused`] with the code and the reason.
    pub fn judge(&self, bytes: &[u8], level: FiqaLevel) -> Result<Judged, Refused> {
        let picture = decode(bytes, &DecodeLimits::default())?;
        let faces = self.detect_in_photo(&picture)?;
        let Some(&face) = faces.first() else { return Err(Refused::no_face()) };
        let mut measured = quality::measure(&picture, &face);
        if let Err(poor) = quality::judge(&mut measured, &self.gate(level)) {
            let code = if poor.too_small { Code::FACE_TOO_SMALL } else { Code::LOW_QUALITY };
            return Err(Refused { code, message: poor.message, quality: Some(Box::new(measured)), faces });
        }
        let template = match self.template(&picture, &face) {
            // Points that form no face: the detector was wrong.
            Err(EngineError::Shapeless | EngineError::Template(_)) => return Err(Refused::no_face()),
            other => other?,
        };
        let crop_jpeg = crop(&picture, &face)?;
        Ok(Judged { template, quality: measured, face, faces, crop_jpeg })
    }

    /// The quality of every face of a picture at `level`, largest first.
    ///
    /// # Errors
    /// [`Refused`] when it is no picture or has no face; poor faces are not refused but reported.
    pub fn fiqa(&self, bytes: &[u8], level: FiqaLevel) -> Result<Vec<FaceQuality>, Refused> {
        let picture = decode(bytes, &DecodeLimits::default())?;
        let faces = self.detect_in_photo(&picture)?;
        if faces.is_empty() {
            return Err(Refused::no_face());
        }
        Ok(faces.iter().map(|face| self.quality(&picture, face, level)).collect())
    }
}

impl Refused {
    fn no_face() -> Self {
        let message = "no face was found in the picture".to_owned();
        Self { code: Code::NO_FACE, message, quality: None, faces: Vec::new() }
    }
}

impl From<DecodeError> for Refused {
    fn from(error: DecodeError) -> Self {
        let code = match error {
            DecodeError::TooLong { .. } | DecodeError::TooManyPixels { .. } => Code::IMAGE_TOO_LARGE,
            DecodeError::UnknownFormat | DecodeError::Animated | DecodeError::Malformed(_) => {
                Code::IMAGE_ERROR
            }
        };
        Self { code, message: error.to_string(), quality: None, faces: Vec::new() }
    }
}

impl From<EngineError> for Refused {
    fn from(error: EngineError) -> Self {
        Self {
            code: Code::SERVER_PROCESS_FAILED,
            message: format!("the engine failed: {error}"),
            quality: None,
            faces: Vec::new(),
        }
    }
}

/// The head with some surroundings as JPEG.
fn crop(picture: &Picture, face: &Face) -> Result<Vec<u8>, Refused> {
    let head = picture.crop(face.with_margin(CROP_MARGIN)).at_most(CROP_SIDE);
    head.to_jpeg(CROP_QUALITY).map_err(|error| Refused {
        code: Code::IMAGE_ERROR,
        message: error.to_string(),
        quality: None,
        faces: vec![*face],
    })
}
