//! The engine sees: it opens the model pack in use and turns pictures into faces, templates and estimates.
//!
//! It is shared between threads behind an `Arc`; every call is heavy on the processor and blocks, so asynchronous callers use a
//! blocking thread. As many calls run at once as the engine has threads, the others wait.

use std::path::Path;

use protocol::{FaceQuality, FiqaLevel};

use crate::align::Chip;
use crate::decision::ThresholdRule;
use crate::detect::{Detector, scaled};
use crate::face::{Attributes, Face, Seen};
use crate::gallery::Gallery;
use crate::habit::Habit;
use crate::liveness::{Checker, Liveness};
use crate::net::{Net, NetError, Ort, Threads};
use crate::pack::manifest::FaceInput;
use crate::pack::{Manifest, Pack, PackError};
use crate::parts::{self, Part};
use crate::picture::Picture;
use crate::quality::{self, Gate};
use crate::template::{Template, TemplateError};

/// The networks of the pack in use.
#[derive(Debug)]
pub struct Engine {
    manifest: Manifest,
    rule: ThresholdRule,
    custom: Gate,
    detector: Detector,
    recogniser: Net,
    attributes: Option<(Net, FaceInput)>,
    liveness: Checker,
}

/// Why the engine cannot open or answer.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The model pack is missing or damaged.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// A network cannot be loaded or run.
    #[error(transparent)]
    Net(#[from] NetError),
    /// The recogniser's answer is no template.
    #[error("the recogniser gave no usable template: {0}")]
    Template(#[from] TemplateError),
    /// The five points of the face do not form one.
    #[error("the points of the face do not form a face")]
    Shapeless,
}

/// The fine look: with this long side a face of 30 pixels in a 1080p frame is found.
pub const FRAME_SIDE: u32 = 640;
/// The coarse look, for photographs of a person and for somebody right before a camera.
pub const PHOTO_SIDE: u32 = 320;
/// In photographs, faces smaller than this many pixels of the coarse look are looked at finely.
const SMALL_IN_PHOTO: f32 = 64.0;
/// The same in frames: 192 pixels in a 1080p frame. Measured down to 144 pixels, coarse points recognise as well as fine ones.
const SMALL_IN_FRAME: f32 = 32.0;
/// Where the coarse look is at least this sure of a face, the fine one looks: it is of every face of 52 pixels in a 1080p frame.
const SUSPICION: f32 = 0.05;
/// It has to be this sure of one of them, as it is of a face of 70 pixels; then the fine look is confined to where faces are suspected.
const SURE_ENOUGH: f32 = 0.3;
/// Pixels of the coarse look from which on it is that sure of a face.
const SEEN_COARSELY: f32 = 12.0;
/// Points of faces above this many pixels of the fine look are misplaced.
const LARGE_IN_FINE: f32 = 240.0;
/// A face that takes more than this share of a side has too little around it to be placed well.
const FILLS: f32 = 0.8;
/// How much is put around a picture whose face fills it, as a share of its long side.
const BORDER: f64 = 0.35;
/// Below this many pixels a face cannot be recognised; [`Engine::see`] passes over it.
pub const SMALLEST_FACE: f32 = 28.0;
/// Faces of one frame that are recognised: a crowd must not stop the door. The largest are nearest.
const MOST_FACES: usize = 16;

impl Engine {
    /// Opens the pack that is in use in `models_dir`, for up to `threads` calls at a time (at least one).
    ///
    /// # Errors
    /// [`EngineError::Pack`] when there is none or it is incomplete, [`EngineError::Net`] when a network cannot be loaded.
    pub fn open(models_dir: &Path, threads: usize) -> Result<Self, EngineError> {
        Self::of(&Pack::active(models_dir)?, threads)
    }

    /// Opens this pack.
    ///
    /// # Errors
    /// As [`Engine::open`].
    pub fn of(pack: &Pack, threads: usize) -> Result<Self, EngineError> {
        let manifest = pack.manifest().clone();
        let ort = Ort::load(&pack.path(&manifest.runtime.file))?;
        let load = |file: &str| Net::load(&ort, &pack.path(file), Threads::callers(threads));
        let attributes = match &manifest.attributes {
            // One is enough for all callers: it answers in a tenth of the time of the others.
            Some(attributes) => {
                let net = Net::load(&ort, &pack.path(&attributes.file), Threads::SINGLE)?;
                Some((net, attributes.input.clone()))
            }
            None => None,
        };
        let liveness = manifest
            .liveness
            .iter()
            .map(|recipe| Ok((load(&recipe.file)?, recipe.clone())))
            .collect::<Result<_, NetError>>()?;
        Ok(Self {
            liveness: Checker::new(liveness),
            rule: ThresholdRule::from(&manifest.recogniser.rule),
            custom: Gate::of(FiqaLevel::Custom),
            detector: Detector::new(load(&manifest.detector.file)?, &manifest.detector),
            recogniser: load(&manifest.recogniser.file)?,
            attributes,
            manifest,
        })
    }

    /// The same engine with other limits for the level `custom`.
    #[must_use]
    pub fn with_custom_gate(mut self, gate: Gate) -> Self {
        self.custom = gate;
        self
    }

    /// The id of the pack; templates of different packs cannot be compared.
    #[must_use]
    pub fn pack_id(&self) -> &str {
        &self.manifest.id
    }

    /// How many values a template has.
    #[must_use]
    pub fn template_len(&self) -> usize {
        self.manifest.recogniser.template_length
    }

    /// The threshold rule of the pack's recogniser.
    #[must_use]
    pub fn rule(&self) -> &ThresholdRule {
        &self.rule
    }

    /// An empty gallery for templates of this pack.
    #[must_use]
    pub fn gallery(&self) -> Gallery {
        let centre = &self.manifest.recogniser.centre;
        Gallery::new(self.template_len(), (!centre.is_empty()).then(|| centre.clone()))
    }

    /// The similarity shown to people and sent on the wire, 0 to 1: rises with the cosine, 0.5 where same and different are equally likely.
    #[must_use]
    pub fn score(&self, cosine: f32) -> f64 {
        let similarity = self.manifest.recogniser.similarity;
        1.0 / (1.0 + (-similarity.slope * (f64::from(cosine) - similarity.middle)).exp())
    }

    /// The limits of a level.
    #[must_use]
    pub fn gate(&self, level: FiqaLevel) -> Gate {
        if level == FiqaLevel::Custom { self.custom } else { Gate::of(level) }
    }

    /// All faces, largest first, with the picture scaled to `long_side` for the network. A picture smaller than that, and one whose face
    /// fills it, gets a black border of 35 % first, because points of faces that fill the picture are misplaced.
    ///
    /// # Errors
    /// [`EngineError::Net`] when the network fails.
    pub fn detect(&self, picture: &Picture, long_side: u32) -> Result<Vec<Face>, EngineError> {
        if picture.width().max(picture.height()) < long_side {
            return self.detect_bordered(picture, long_side);
        }
        let faces = self.detector.run(picture, long_side)?;
        self.unless_filled(picture, faces, long_side)
    }

    /// These faces, or those found with a border when one of them fills the picture.
    fn unless_filled(
        &self,
        picture: &Picture,
        faces: Vec<Face>,
        long_side: u32,
    ) -> Result<Vec<Face>, EngineError> {
        if faces.first().is_some_and(|face| fills(face, picture)) {
            let bordered = self.detect_bordered(picture, long_side)?;
            return Ok(if bordered.is_empty() { faces } else { bordered });
        }
        Ok(faces)
    }

    /// All faces of a photograph, largest first: looked at coarsely, again finely when faces are small or none is found, and with a
    /// border when there still is none.
    ///
    /// # Errors
    /// [`EngineError::Net`] when the network fails.
    pub fn detect_in_photo(&self, picture: &Picture) -> Result<Vec<Face>, EngineError> {
        let faces = self.look(picture, SMALL_IN_PHOTO)?;
        if !faces.is_empty() || is_small(picture) {
            return Ok(faces);
        }
        self.detect_bordered(picture, PHOTO_SIDE)
    }

    /// The faces of a camera's frame, largest first: looked at coarsely, which is enough when somebody stands before the camera; finely
    /// where the coarse look suspects faces, when it is sure enough of one; and finely everywhere otherwise. Beside somebody who is seen
    /// so, faces smaller than some 50 pixels of a 1080p frame are passed over (docs/decisions/0022).
    ///
    /// # Errors
    /// [`EngineError::Net`] when the network fails.
    pub fn detect_in_frame(&self, picture: &Picture) -> Result<Vec<Face>, EngineError> {
        Ok(self.look_in_frame(picture)?.0)
    }

    /// As [`Engine::detect_in_frame`], for one camera's frames after each other: where the last ones had to be looked at finely
    /// everywhere, that comes first and is enough. It finds what the other finds, and smaller faces beside.
    ///
    /// # Errors
    /// [`EngineError::Net`] when the network fails.
    pub fn detect_by_habit(&self, picture: &Picture, habit: &Habit) -> Result<Vec<Face>, EngineError> {
        if !habit.is_far() || is_small(picture) {
            let (faces, everywhere) = self.look_in_frame(picture)?;
            // An empty frame says nothing about the next one.
            if !faces.is_empty() {
                habit.note(everywhere);
            }
            return Ok(faces);
        }
        let side = FRAME_SIDE.min(long_side(picture));
        let fine = self.detector.run(picture, side)?;
        let Some(largest) = fine.first() else {
            // Somebody right before the camera can be too large for the fine look.
            let coarse = self.detect(picture, PHOTO_SIDE)?;
            habit.note(!coarse.first().is_some_and(|face| coarse_size(face, picture) >= SMALL_IN_FRAME));
            return Ok(coarse);
        };
        let would_do = coarse_size(largest, picture) >= SEEN_COARSELY
            && (coarse_size(largest, picture) >= SMALL_IN_FRAME || parts(&fine, picture, side).is_some());
        habit.note(!would_do);
        if largest.size() * side as f32 / long_side(picture) as f32 > LARGE_IN_FINE {
            return self.detect_in_frame(picture);
        }
        Ok(fine)
    }

    /// The faces of a frame, and whether it had to be looked at finely everywhere.
    fn look_in_frame(&self, picture: &Picture) -> Result<(Vec<Face>, bool), EngineError> {
        if is_small(picture) {
            return Ok((self.look(picture, SMALL_IN_FRAME)?, false));
        }
        let (sure, unsure) = self.detector.suspect(picture, PHOTO_SIDE, SUSPICION)?;
        let sure = self.unless_filled(picture, sure, PHOTO_SIDE)?;
        if sure.first().is_some_and(|face| coarse_size(face, picture) >= SMALL_IN_FRAME) {
            return Ok((sure, false));
        }
        let side = FRAME_SIDE.min(long_side(picture));
        let suspects: Vec<Face> = sure.iter().chain(&unsure).copied().collect();
        if suspects.iter().any(|face| face.score >= SURE_ENOUGH)
            && let Some(parts) = parts(&suspects, picture, side)
        {
            let found = self.detector.run_in(picture, side, &parts)?;
            if !found.is_empty() {
                return Ok((found, false));
            }
        }
        let fine = self.detector.run(picture, side)?;
        Ok((if fine.is_empty() { sure } else { fine }, true))
    }

    /// Looks with a long side of 320 and, when the largest face has fewer than `enough` pixels there, with 640. Coarse comes first not
    /// only because it costs a quarter: the points of faces above some 300 pixels of the network's input are misplaced.
    fn look(&self, picture: &Picture, enough: f32) -> Result<Vec<Face>, EngineError> {
        let coarse = self.detect(picture, PHOTO_SIDE)?;
        if coarse.first().is_some_and(|face| coarse_size(face, picture) >= enough) || is_small(picture) {
            return Ok(coarse);
        }
        let fine = self.detector.run(picture, FRAME_SIDE.min(long_side(picture)))?;
        Ok(if fine.is_empty() { coarse } else { fine })
    }

    /// Measures a face and judges it at a level.
    #[must_use]
    pub fn quality(&self, picture: &Picture, face: &Face, level: FiqaLevel) -> FaceQuality {
        let mut measured = quality::measure(picture, face);
        self.grade(&mut measured, level);
        measured
    }

    /// Judges what was measured at another level; whether it passes.
    pub fn grade(&self, quality: &mut FaceQuality, level: FiqaLevel) -> bool {
        quality::judge(quality, &self.gate(level)).is_ok()
    }

    /// The template of a face.
    ///
    /// # Errors
    /// [`EngineError::Shapeless`] when the points have no direction, [`EngineError::Net`] and [`EngineError::Template`] when the network fails.
    pub fn template(&self, picture: &Picture, face: &Face) -> Result<Template, EngineError> {
        let recipe = &self.manifest.recogniser;
        let outputs = self.run(&self.recogniser, picture, face, &recipe.input)?;
        let values = &outputs.first()?.data;
        if values.len() != recipe.template_length {
            return Err(TemplateError::Length(values.len()).into());
        }
        Ok(Template::normalised(values)?)
    }

    /// Age and gender; None when the pack has no network for them.
    ///
    /// # Errors
    /// [`EngineError::Shapeless`] when the points have no direction, [`EngineError::Net`] when the network fails.
    pub fn attributes(&self, picture: &Picture, face: &Face) -> Result<Option<Attributes>, EngineError> {
        let Some((net, input)) = &self.attributes else { return Ok(None) };
        let outputs = self.run(net, picture, face, input)?;
        let first = |name: &str| -> Result<f32, NetError> {
            let tensor = outputs.get(name)?;
            tensor.data.first().copied().ok_or_else(|| NetError::Run(format!("output {name} is empty")))
        };
        Ok(Some(Attributes { age: first("age")?.max(0.0), male: first("gender")?.clamp(0.0, 1.0) }))
    }

    /// Whether a living person stands there, as a hint; None when the pack has no network for it.
    ///
    /// # Errors
    /// [`EngineError::Net`] when a network fails.
    pub fn liveness(&self, picture: &Picture, face: &Face) -> Result<Option<Liveness>, EngineError> {
        self.liveness.check(picture, face)
    }

    /// Everything about the faces of a frame, largest first; at most 16, none smaller than 28 pixels.
    ///
    /// # Errors
    /// [`EngineError`] when a network fails. A face whose points do not form a face is left out.
    pub fn see(&self, picture: &Picture) -> Result<Vec<Seen>, EngineError> {
        let mut seen = Vec::new();
        for face in self
            .detect_in_frame(picture)?
            .into_iter()
            .filter(|face| face.size() >= SMALLEST_FACE)
            .take(MOST_FACES)
        {
            let template = match self.template(picture, &face) {
                Ok(template) => template,
                Err(EngineError::Shapeless | EngineError::Template(_)) => continue,
                Err(error) => return Err(error),
            };
            let attributes = self.attributes(picture, &face)?;
            seen.push(Seen {
                face,
                quality: self.quality(picture, &face, FiqaLevel::Low),
                template,
                attributes,
            });
        }
        Ok(seen)
    }

    fn detect_bordered(&self, picture: &Picture, long_side: u32) -> Result<Vec<Face>, EngineError> {
        let border = (f64::from(picture.width().max(picture.height())) * BORDER) as u32;
        let faces = self.detector.run(&picture.bordered(border, border), long_side)?;
        let back = border as f32;
        Ok(faces.into_iter().map(|face| face.moved(back, back)).collect())
    }

    fn run(
        &self,
        net: &Net,
        picture: &Picture,
        face: &Face,
        input: &FaceInput,
    ) -> Result<crate::net::Outputs, EngineError> {
        let chip =
            Chip::cut(picture, &face.landmarks, &input.points, input.size).ok_or(EngineError::Shapeless)?;
        Ok(net.run(&[1, 3, chip.size, chip.size], &chip.planes(input))?)
    }
}

/// Whether the coarse look already saw every pixel.
fn is_small(picture: &Picture) -> bool {
    long_side(picture) <= PHOTO_SIDE
}

fn long_side(picture: &Picture) -> u32 {
    picture.width().max(picture.height())
}

/// How large a face is in the coarse look, in its pixels.
fn coarse_size(face: &Face, picture: &Picture) -> f32 {
    face.size() * PHOTO_SIDE as f32 / long_side(picture) as f32
}

/// The parts of a fine look with the long side `side` that these faces are in.
fn parts(faces: &[Face], picture: &Picture, side: u32) -> Option<Vec<Part>> {
    let whole = scaled(picture, side);
    parts::around(faces, whole[0] as f32 / picture.width() as f32, whole)
}

fn fills(face: &Face, picture: &Picture) -> bool {
    face.width() > FILLS * picture.width() as f32 || face.height() > FILLS * picture.height() as f32
}
