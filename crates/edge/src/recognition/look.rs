//! Looking at one capture: which faces are in it, how good they are, and their templates. Blocking and heavy.

use protocol::{FaceQuality, FiqaLevel};
use vision::{
    Attributes, DecodeLimits, Engine, EngineError, Face, Habit, Liveness, Picture, Template, decode,
};

use crate::camera::Image;

/// Faces judged per picture, largest first; smaller ones are only counted.
const MOST_FACES: usize = 16;
/// Smaller faces are not compared: below it the recommended recogniser loses people faster than it gains any.
const SMALLEST: f64 = 28.0;
/// Less clarity says nothing about a face.
const LEAST_CLARITY: f64 = 0.8;

/// What is in a picture.
pub(super) struct Scene {
    pub(super) picture: Picture,
    /// Faces found, those that are not judged included.
    pub(super) found: usize,
    /// Those judged, largest first.
    pub(super) faces: Vec<Look>,
}

/// One face.
pub(super) struct Look {
    pub(super) face: Face,
    pub(super) quality: FaceQuality,
    /// `None` when it is too poor to be compared.
    pub(super) template: Option<Template>,
    pub(super) attributes: Option<Attributes>,
    pub(super) liveness: Option<Liveness>,
}

/// Looks at a picture. The error says why it is none.
pub(super) fn look(engine: &Engine, image: Image, level: FiqaLevel, habit: &Habit) -> Result<Scene, String> {
    let (picture, found, faces) = find(engine, image, habit)?;
    let looks = faces.into_iter().map(|face| one(engine, &picture, face, level)).collect::<Result<_, _>>()?;
    Ok(Scene { picture, found, faces: looks })
}

/// Finds the faces of a picture: how many there are, and those that are judged, largest first. The error says why it is no picture.
pub(super) fn find(
    engine: &Engine,
    image: Image,
    habit: &Habit,
) -> Result<(Picture, usize, Vec<Face>), String> {
    let picture = match image {
        Image::Frame(picture) => picture,
        Image::Encoded(bytes) => {
            decode(&bytes, &DecodeLimits::default()).map_err(|error| error.to_string())?
        }
    };
    let mut faces = engine.detect_by_habit(&picture, habit).map_err(|error| error.to_string())?;
    let found = faces.len();
    faces.truncate(MOST_FACES);
    Ok((picture, found, faces))
}

/// Looks at one face of a picture.
pub(super) fn one(engine: &Engine, picture: &Picture, face: Face, level: FiqaLevel) -> Result<Look, String> {
    let mut quality = engine.quality(picture, &face, level);
    let mut hopeless = Vec::new();
    if quality.info.face_size < SMALLEST {
        hopeless.push("face_size");
    }
    if quality.info.clarity < LEAST_CLARITY {
        hopeless.push("clarity");
    }
    let template = if hopeless.is_empty() { template(engine, picture, &face)? } else { None };
    if template.is_none() {
        if hopeless.is_empty() {
            hopeless.push("landmarks");
        }
        mark(&mut quality, &hopeless);
        return Ok(Look { face, quality, template, attributes: None, liveness: None });
    }
    let attributes = engine.attributes(picture, &face).map_err(|error| error.to_string())?;
    let liveness = engine.liveness(picture, &face).map_err(|error| error.to_string())?;
    Ok(Look { face, quality, template, attributes, liveness })
}

/// The template; `None` when the face's points make none.
fn template(engine: &Engine, picture: &Picture, face: &Face) -> Result<Option<Template>, String> {
    match engine.template(picture, face) {
        Ok(template) => Ok(Some(template)),
        Err(EngineError::Shapeless | EngineError::Template(_)) => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

/// Notes checks that a face failed whatever level was asked for.
fn mark(quality: &mut FaceQuality, failed: &[&str]) {
    for name in failed {
        quality.success.retain(|passed| passed != name);
        if !quality.fails.iter().any(|known| known == name) {
            quality.fails.push((*name).to_owned());
        }
    }
    quality.fiqa_result = false;
}

/// The face with its surroundings, as the picture that is sent with an event.
pub(super) fn spot(picture: &Picture, face: &Face) -> Option<Vec<u8>> {
    picture.crop(face.with_margin(0.6)).at_most(480).to_jpeg(85).ok()
}
