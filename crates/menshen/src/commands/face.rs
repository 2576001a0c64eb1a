//! `menshen face`: what the engine sees in photos, in words for people or as JSON for scripts.
//!
//! The JSON is a contract: keys are added, never renamed. A photo without a face or that cannot be read makes the command leave with 1
//! after everything else was answered.
#![expect(clippy::print_stdout, reason = "this command talks to the person at the terminal")]

mod words;

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, Subcommand, ValueEnum};
use protocol::{FaceQuality, FiqaLevel};
use serde::Serialize;
use vision::{DecodeLimits, Engine, Face, Picture, Template, decode};

/// The arguments of `menshen face`.
#[derive(Debug, Args)]
pub(crate) struct FaceArgs {
    /// The models directory.
    #[arg(long, global = true, env = "MENSHEN_MODELS", default_value = "models", value_name = "DIR")]
    models: PathBuf,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Shows every face of the photos: where it is, how good, what it looks like, and whether it can be enrolled.
    Inspect {
        /// The photos (JPEG, PNG, WebP, BMP).
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// The quality level to judge at.
        #[arg(long, value_enum, default_value_t = Level::High)]
        level: Level,
        /// JSON instead of words.
        #[arg(long)]
        json: bool,
    },
    /// Compares the largest faces of two photos.
    Compare {
        /// One photo.
        a: PathBuf,
        /// The other.
        b: PathBuf,
        /// JSON instead of words.
        #[arg(long)]
        json: bool,
    },
}

/// The quality levels of the protocol.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Level {
    High,
    Custom,
    Middle,
    Low,
    No,
}

/// What `inspect --json` prints.
#[derive(Debug, Serialize)]
struct Inspection {
    pack: String,
    level: &'static str,
    photos: Vec<Inspected>,
}

#[derive(Debug, Serialize)]
struct Inspected {
    file: PathBuf,
    width: Option<u32>,
    height: Option<u32>,
    /// Why there is nothing below; null when there is.
    error: Option<String>,
    /// Largest first.
    faces: Vec<InspectedFace>,
}

#[derive(Debug, Serialize)]
struct InspectedFace {
    /// Left, top, right, bottom in pixels.
    bbox: [f32; 4],
    /// How sure the detector is, 0 to 1.
    score: f32,
    /// Eyes, nose, corners of the mouth.
    landmarks: [[f32; 2]; 5],
    /// Years; null when the pack has no such network.
    age: Option<f32>,
    /// Probability of a man, 0 to 1.
    male: Option<f32>,
    /// The protocol's quality verdict.
    quality: FaceQuality,
}

/// What `compare --json` prints.
#[derive(Debug, Serialize)]
struct Comparison {
    pack: String,
    a: PathBuf,
    b: PathBuf,
    /// -1 to 1.
    cosine: f32,
    /// The similarity on the wire, 0 to 1.
    similarity: f64,
    verdict: Verdict,
    /// The cosine from which on two photos count as one person, at one false match in 1,000 pairs of different people.
    verification_threshold: f32,
    /// How often two different people are this similar, as far as the rule reaches.
    chance_of_different_people: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Same,
    Uncertain,
    Different,
}

/// Between this chance and the verification threshold nothing is certain.
const UNCERTAIN_CHANCE: f64 = 0.01;

impl FaceArgs {
    /// Runs the chosen action.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let engine = Engine::open(&self.models, 1)?;
        match self.action {
            Action::Inspect { files, level, json } => inspect(&engine, &files, level, json),
            Action::Compare { a, b, json } => compare(&engine, a, b, json),
        }
    }
}

fn inspect(engine: &Engine, files: &[PathBuf], level: Level, json: bool) -> anyhow::Result<()> {
    let mut inspection =
        Inspection { pack: engine.pack_id().to_owned(), level: level.name(), photos: Vec::new() };
    for file in files {
        let photo = inspect_one(engine, file, level.into());
        if !json {
            print!("{}", words::inspected(&photo, level.name()));
        }
        inspection.photos.push(photo);
    }
    if json {
        println!("{}", serde_json::to_string_pretty(&inspection)?);
    }
    let useless = inspection.photos.iter().filter(|photo| photo.error.is_some()).count();
    if useless > 0 {
        bail!("{useless} of {} photos could not be read or show no face", files.len());
    }
    Ok(())
}

fn inspect_one(engine: &Engine, file: &Path, level: FiqaLevel) -> Inspected {
    let mut photo =
        Inspected { file: file.to_owned(), width: None, height: None, error: None, faces: Vec::new() };
    let outcome = read(file).and_then(|picture| {
        (photo.width, photo.height) = (Some(picture.width()), Some(picture.height()));
        for face in engine.detect_in_photo(&picture)? {
            photo.faces.push(inspect_face(engine, &picture, &face, level)?);
        }
        Ok(())
    });
    photo.error = match outcome {
        Err(error) => Some(format!("{error:#}")),
        Ok(()) if photo.faces.is_empty() => Some("no face was found".to_owned()),
        Ok(()) => None,
    };
    photo
}

fn inspect_face(
    engine: &Engine,
    picture: &Picture,
    face: &Face,
    level: FiqaLevel,
) -> anyhow::Result<InspectedFace> {
    let attributes = engine.attributes(picture, face)?;
    Ok(InspectedFace {
        bbox: face.bbox,
        score: face.score,
        landmarks: face.landmarks,
        age: attributes.map(|attributes| attributes.age),
        male: attributes.map(|attributes| attributes.male),
        quality: engine.quality(picture, face, level),
    })
}

fn compare(engine: &Engine, a: PathBuf, b: PathBuf, json: bool) -> anyhow::Result<()> {
    let cosine = template(engine, &a)?.cosine(&template(engine, &b)?);
    let rule = engine.rule();
    let chance = rule.chance(cosine);
    let verdict = match cosine {
        same if same >= rule.verification => Verdict::Same,
        _ if chance <= UNCERTAIN_CHANCE => Verdict::Uncertain,
        _ => Verdict::Different,
    };
    let comparison = Comparison {
        pack: engine.pack_id().to_owned(),
        a,
        b,
        cosine,
        similarity: engine.score(cosine),
        verdict,
        verification_threshold: rule.verification,
        chance_of_different_people: chance,
    };
    if json {
        println!("{}", serde_json::to_string_pretty(&comparison)?);
    } else {
        print!("{}", words::compared(&comparison));
    }
    Ok(())
}

fn template(engine: &Engine, file: &Path) -> anyhow::Result<Template> {
    let picture = read(file)?;
    let faces = engine.detect_in_photo(&picture)?;
    let Some(face) = faces.first() else { bail!("{}: no face was found", file.display()) };
    Ok(engine.template(&picture, face)?)
}

fn read(file: &Path) -> anyhow::Result<Picture> {
    let limits = DecodeLimits::default();
    let length = std::fs::metadata(file).with_context(|| file.display().to_string())?.len();
    if length > limits.max_bytes as u64 {
        bail!("{}: {length} bytes are more than the {} allowed", file.display(), limits.max_bytes);
    }
    let bytes = std::fs::read(file).with_context(|| file.display().to_string())?;
    decode(&bytes, &limits).with_context(|| file.display().to_string())
}

impl Level {
    fn name(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Custom => "custom",
            Self::Middle => "middle",
            Self::Low => "low",
            Self::No => "no",
        }
    }
}

impl From<Level> for FiqaLevel {
    fn from(level: Level) -> Self {
        match level {
            Level::High => Self::High,
            Level::Custom => Self::Custom,
            Level::Middle => Self::Middle,
            Level::Low => Self::Low,
            Level::No => Self::No,
        }
    }
}
