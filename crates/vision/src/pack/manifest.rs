//! `pack.toml`: what a pack is made of and how its networks are to be used. Everything that differs between two
//! packs is in here, so that the engine has no case per pack.

use serde::{Deserialize, Serialize};

use super::digest::Digest;
use super::{MANIFEST, PackError};

/// The layout of `pack.toml` this program reads and writes.
pub const FORMAT: u32 = 1;

/// The content of `pack.toml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Always [`FORMAT`].
    pub format: u32,
    /// The pack's name, also that of its directory. It is stored with every template: two packs with the same id must
    /// give the same templates for the same photo.
    pub id: String,
    /// One sentence for people.
    pub description: String,
    /// ONNX Runtime.
    pub runtime: Runtime,
    /// Finds faces and their five points.
    pub detector: Detector,
    /// Turns an aligned face into a template.
    pub recogniser: Recogniser,
    /// Estimates age and gender, when the pack has such a network.
    pub attributes: Option<Attributes>,
    /// Tell a living person from a picture of one, when the pack has such networks; their answers are averaged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub liveness: Vec<Liveness>,
    /// Every file of the pack except `pack.toml`.
    #[serde(rename = "file")]
    pub files: Vec<PackFile>,
}

/// One file of a pack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackFile {
    /// Its name inside of the pack's directory; no path.
    pub name: String,
    /// Its length in bytes.
    pub size: u64,
    /// Its SHA-256.
    pub sha256: Digest,
    /// SPDX expression of its licence.
    pub licence: String,
    /// Where it comes from, for people.
    pub source: String,
}

/// ONNX Runtime's shared library.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Runtime {
    /// Name of the shared library in the pack.
    pub file: String,
}

/// The face detector.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Detector {
    /// The network's file.
    pub file: String,
    /// How its outputs are to be read.
    pub kind: DetectorKind,
    /// Order of the channels in the input; values are 0..255.
    pub channels: Channels,
    /// Candidates below this score (0..1) are dropped.
    pub score: f32,
    /// Of two boxes that overlap by more than this (intersection over union), the better one stays.
    pub overlap: f32,
}

/// The families of detectors the engine can read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DetectorKind {
    /// CenterFace: heat map, size, offset and points at stride 4.
    CenterFace,
}

/// Order of colour channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channels {
    /// Red, green, blue.
    Rgb,
    /// Blue, green, red.
    Bgr,
}

/// A square input picture made from a face: aligned by its five points, then `(value - mean) * scale` per channel with
/// values 0..255.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaceInput {
    /// Width and height in pixels.
    pub size: u32,
    /// Order of the channels.
    pub channels: Channels,
    /// Subtracted first, in the order of `channels`.
    pub mean: [f32; 3],
    /// Multiplied afterwards.
    pub scale: f32,
    /// Where the five points (the eye on the left of the picture, the other eye, nose, left and right corner of the
    /// mouth) come to lie, in pixels of the input.
    pub points: [[f32; 2]; 5],
}

/// The recogniser.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recogniser {
    /// The network's file; its first output is the template, not normalised.
    pub file: String,
    /// Number of values in a template.
    pub template_length: usize,
    /// How the input is made.
    pub input: FaceInput,
    /// From cosine to the similarity shown to people and sent on the wire.
    pub similarity: Similarity,
    /// Constants of the threshold rule.
    pub rule: Rule,
    /// Subtracted from templates before they are quantised for the search, when templates are not centred around zero.
    /// Never used for scores. Empty or `template_length` values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub centre: Vec<f32>,
}

/// `1 / (1 + exp(-slope * (cosine - middle)))`: monotone in the cosine, between 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Similarity {
    /// How fast it rises; above 0.
    pub slope: f64,
    /// The cosine whose similarity is 0.5.
    pub middle: f64,
}

/// What the threshold rule needs to know of a recogniser; all values are cosines, measured for its weights.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// `A` of `t = A + b ln(kappa N / F)`.
    pub a: f32,
    /// `b` of the same: the slope of the tail of scores between different people.
    pub b: f32,
    /// The upper 2 % quantile of scores between different people where `a` and `b` were measured; a site whose own
    /// quantile is higher shifts its thresholds by the difference.
    pub q2: f32,
    /// Added when templates are means of three photos or more.
    pub mean_of_many: f32,
    /// The threshold of one-to-one verification at one false match in 1,000; no name is given below it.
    pub verification: f32,
    /// A threshold above this means that good photos will start to be missed.
    pub warn_above: f32,
}

/// The age and gender estimator: outputs `age` (years) and `gender` (probability of male first).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attributes {
    /// The network's file.
    pub file: String,
    /// How the input is made.
    pub input: FaceInput,
}

/// A network that tells a living person from a picture of one. Its input is the upright square around the face's box, not
/// aligned; its first output the scores of the classes, before softmax.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Liveness {
    /// The network's file.
    pub file: String,
    /// Width and height of the input in pixels.
    pub size: u32,
    /// Order of the channels.
    pub channels: Channels,
    /// Subtracted first, in the order of `channels`.
    pub mean: [f32; 3],
    /// Multiplied afterwards.
    pub scale: f32,
    /// How many times the face's box the input shows, 1 to 8.
    pub reach: f32,
    /// Number of the class of living people, from 0.
    pub live: usize,
}

impl Manifest {
    /// Reads `pack.toml` and checks that it is consistent in itself.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub fn read(text: &str) -> Result<Self, String> {
        let manifest: Self = toml::from_str(text).map_err(|e| e.to_string().trim().to_owned())?;
        manifest.check()?;
        Ok(manifest)
    }

    /// The text of `pack.toml`; the same manifest always gives the same text.
    pub(crate) fn to_text(&self) -> Result<String, PackError> {
        let wrong = |e: toml::ser::Error| PackError::Manifest { path: MANIFEST.into(), why: e.to_string() };
        toml::to_string(self).map_err(wrong)
    }

    /// The entry of that file.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<&PackFile> {
        self.files.iter().find(|f| f.name == name)
    }

    fn check(&self) -> Result<(), String> {
        if self.format != FORMAT {
            return Err(format!("format {} is not the one this program knows ({FORMAT})", self.format));
        }
        if !is_plain_name(&self.id) {
            return Err(format!("id {:?} is not a plain name (letters, digits, - _ .)", self.id));
        }
        for (i, file) in self.files.iter().enumerate() {
            if !is_plain_name(&file.name) {
                return Err(format!(
                    "file name {:?} is not a plain name (letters, digits, - _ .)",
                    file.name
                ));
            }
            if self.files[..i].iter().any(|f| f.name == file.name) {
                return Err(format!("file {:?} is listed twice", file.name));
            }
        }
        for used in self.used_files() {
            if self.file(used).is_none() {
                return Err(format!("{used:?} is used but not listed as a [[file]]"));
            }
        }
        self.check_recogniser()?;
        self.check_numbers()
    }

    fn used_files(&self) -> impl Iterator<Item = &str> {
        let attributes = self.attributes.iter().map(|a| a.file.as_str());
        let liveness = self.liveness.iter().map(|l| l.file.as_str());
        let always = [self.runtime.file.as_str(), &self.detector.file, &self.recogniser.file];
        always.into_iter().chain(attributes).chain(liveness)
    }

    fn check_recogniser(&self) -> Result<(), String> {
        let Recogniser { template_length, centre, similarity, rule, .. } = &self.recogniser;
        if !(8..=4096).contains(template_length) {
            return Err(format!("template_length {template_length} is not between 8 and 4096"));
        }
        if !centre.is_empty() && centre.len() != *template_length {
            return Err(format!(
                "centre has {} values where the template has {template_length}",
                centre.len()
            ));
        }
        if !(similarity.slope > 0.0 && rule.b > 0.0) {
            return Err("similarity.slope and rule.b must be above 0".to_owned());
        }
        Ok(())
    }

    fn check_numbers(&self) -> Result<(), String> {
        let Recogniser { centre, similarity, rule, .. } = &self.recogniser;
        let rule = [rule.a, rule.b, rule.q2, rule.mean_of_many, rule.verification, rule.warn_above];
        let mut finite = rule
            .iter()
            .chain(centre)
            .chain([&self.detector.score, &self.detector.overlap])
            .all(|v| v.is_finite());
        finite &= similarity.slope.is_finite() && similarity.middle.is_finite();
        for input in std::iter::once(&self.recogniser.input).chain(self.attributes.iter().map(|a| &a.input)) {
            if !(16..=1024).contains(&input.size) {
                return Err(format!("input size {} is not between 16 and 1024", input.size));
            }
            let side = input.size as f32;
            if !input.points.iter().flatten().all(|v| (0.0..=side).contains(v)) {
                return Err(format!("a point of the input lies outside of its {side} pixels"));
            }
            finite &= input.scale.is_finite() && input.mean.iter().all(|v| v.is_finite());
        }
        for liveness in &self.liveness {
            if !(16..=1024).contains(&liveness.size) {
                return Err(format!("liveness size {} is not between 16 and 1024", liveness.size));
            }
            if !(1.0..=8.0).contains(&liveness.reach) {
                return Err(format!("liveness reach {} is not between 1 and 8", liveness.reach));
            }
            finite &= liveness.scale.is_finite() && liveness.mean.iter().all(|v| v.is_finite());
        }
        if finite { Ok(()) } else { Err("a number is not finite".to_owned()) }
    }
}

/// Whether `name` can be a file or directory name that stays where it is put.
#[must_use]
pub(crate) fn is_plain_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    (1..=100).contains(&name.len()) && !name.starts_with('.') && name.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sound manifest.
    const SOUND: &str = r#"
        format = 1
        id = "mine-1"
        description = "for the test"
        runtime.file = "runtime.so"
        [detector]
        file = "d.onnx"
        kind = "centerface"
        channels = "rgb"
        score = 0.5
        overlap = 0.3
        [recogniser]
        file = "r.onnx"
        template_length = 512
        input = { size = 112, channels = "bgr", mean = [127.5, 127.5, 127.5], scale = 0.0078, points = [[38, 51], [73, 51], [56, 71], [41, 92], [70, 92]] }
        similarity = { slope = 20.0, middle = 0.3 }
        rule = { a = 0.1, b = 0.03, q2 = 0.2, mean_of_many = 0.01, verification = 0.35, warn_above = 0.6 }
        [[file]]
        name = "runtime.so"
        size = 1
        sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
        licence = "MIT"
        source = "x"
        [[file]]
        name = "d.onnx"
        size = 1
        sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
        licence = "MIT"
        source = "x"
        [[file]]
        name = "r.onnx"
        size = 1
        sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
        licence = "MIT"
        source = "x"
    "#;

    #[test]
    fn is_read_and_written_alike() {
        let manifest = Manifest::read(SOUND).unwrap();
        assert_eq!(Manifest::read(&manifest.to_text().unwrap()).unwrap(), manifest);
        assert_eq!(manifest.file("d.onnx").unwrap().size, 1);
    }

    #[test]
    fn networks_for_liveness_are_read_and_checked() {
        let slot = "[[liveness]]\nfile = \"d.onnx\"\nsize = 80\nchannels = \"bgr\"\nmean = [0, 0, 0]\nscale = 1.0\nreach = 2.7\nlive = 1\n";
        let with = |slot: &str| {
            Manifest::read(&SOUND.replacen("        [[file]]", &format!("{slot}        [[file]]"), 1))
        };
        let manifest = with(slot).unwrap();
        assert_eq!((manifest.liveness.len(), manifest.liveness[0].live), (1, 1));
        assert_eq!(Manifest::read(&manifest.to_text().unwrap()).unwrap(), manifest);
        for (old, new, expected) in [
            ("d.onnx", "e.onnx", "used but not listed"),
            ("size = 80", "size = 8", "liveness size 8"),
            ("reach = 2.7", "reach = 99.0", "liveness reach 99"),
            ("scale = 1.0", "scale = inf", "not finite"),
        ] {
            let found = with(&slot.replacen(old, new, 1)).unwrap_err();
            assert!(found.contains(expected), "{found:?} lacks {expected:?}");
        }
    }

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        let cases = [
            ("format = 1", "format = 2", "format 2 is not the one"),
            ("\"mine-1\"", "\"../mine\"", "is not a plain name"),
            ("\"mine-1\"", "\".hidden\"", "is not a plain name"),
            ("name = \"d.onnx\"", "name = \"d/x\"", "is not a plain name"),
            ("name = \"d.onnx\"", "name = \"r.onnx\"", "is listed twice"),
            ("name = \"d.onnx\"", "name = \"e.onnx\"", "used but not listed"),
            ("template_length = 512", "template_length = 0", "template_length 0"),
            ("size = 112", "size = 100000", "input size 100000"),
            ("[38, 51]", "[138, 51]", "lies outside"),
            ("slope = 20.0", "slope = -1.0", "must be above 0"),
            ("a = 0.1", "a = nan", "not finite"),
            ("score = 0.5", "score = 0.5\nscoer = 1", "scoer"),
            ("kind = \"centerface\"", "kind = \"other\"", "other"),
            ("template_length = 512", "template_length = 512\ncentre = [1.0]", "centre has 1 values"),
        ];
        for (old, new, expected) in cases {
            assert!(SOUND.contains(old), "{old}");
            let found = Manifest::read(&SOUND.replacen(old, new, 1)).unwrap_err();
            assert!(found.contains(expected), "{found:?} lacks {expected:?}");
        }
    }
}
