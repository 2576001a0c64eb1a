//! The judge that sees: the engine of the model pack in use.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use protocol::{Code, FaceQuality, FiqaLevel, RegisterType};
use serde_json::json;
use tokio::sync::{Mutex, Semaphore};
use tokio::task::spawn_blocking;
use vision::engine::EngineError;
use vision::pack::Pack;
use vision::{Engine, Face};

use super::{FaceTemplate, Judgement, ModelState, Seen, Value};
use crate::refusal::Refusal;

/// Photos that may wait for a judge; more are told to come again.
const WAITING: usize = 64;
/// Most faces a verdict names.
const FACES: usize = 32;
/// The engine is put away when nobody needed it for so long.
const QUIET: Duration = Duration::from_secs(300);

/// Whoever judges photos.
pub(crate) struct Judge {
    models: PathBuf,
    at_once: usize,
    places: Semaphore,
    queue: Semaphore,
    /// Photos of imports that may ask for a place at the same time.
    bulk: Semaphore,
    kept: Mutex<Option<Kept>>,
}

struct Kept {
    engine: Arc<Engine>,
    used: Instant,
}

impl Judge {
    /// A judge with the pack in use below `models`, for up to `at_once` photos at a time.
    pub(crate) fn new(models: &Path, at_once: usize) -> Self {
        let at_once = at_once.max(1);
        Self {
            models: models.to_owned(),
            at_once,
            places: Semaphore::new(at_once),
            queue: Semaphore::new(at_once + WAITING),
            bulk: Semaphore::new(at_once),
            kept: Mutex::new(None),
        }
    }

    /// Whether there are models, looked up now.
    pub(crate) async fn state(&self) -> ModelState {
        let models = self.models.clone();
        match spawn_blocking(move || Pack::active(&models)).await {
            Ok(Ok(pack)) => ModelState { ok: true, message: format!("photos are judged with {}", pack.id()) },
            Ok(Err(error)) => ModelState { ok: false, message: with_advice(&error.to_string()) },
            Err(_) => ModelState { ok: false, message: "looking for the models panicked".to_owned() },
        }
    }

    /// Judges a photo for enrolment at the level the protocol asks for. Somebody waits for the answer: when too many do, they are
    /// told to come again.
    pub(crate) async fn judge(&self, photo: Bytes, of: RegisterType) -> Result<Judgement, Refusal> {
        let _waiting = self.queue.try_acquire().map_err(|_| Refusal::Busy)?;
        self.look(photo, of.level()).await.map(|(judgement, _)| judgement)
    }

    /// Judges one of many photos nobody waits for. They take their places in turn with single ones, never more of them than there are
    /// places, so that a single one waits for no more than the photos just being judged.
    pub(crate) async fn judge_in_turn(&self, photo: Bytes, of: RegisterType) -> Result<Judgement, Refusal> {
        let _turn = self.bulk.acquire().await.map_err(|_| Refusal::Busy)?;
        self.look(photo, of.level()).await.map(|(judgement, _)| judgement)
    }

    /// The face of a photo that was accepted once, as a small JPEG.
    pub(crate) async fn crop(&self, photo: Bytes) -> Result<Bytes, Refusal> {
        let _waiting = self.queue.try_acquire().map_err(|_| Refusal::Busy)?;
        self.look(photo, FiqaLevel::No).await.map(|(_, crop)| crop)
    }

    /// The template of the face in a photo that was accepted once; `None` when nobody is recognised in it.
    pub(crate) async fn template_in_turn(&self, photo: Bytes) -> Result<Option<FaceTemplate>, Refusal> {
        let _turn = self.bulk.acquire().await.map_err(|_| Refusal::Busy)?;
        match self.look(photo, FiqaLevel::No).await {
            Ok((judgement, _)) => Ok(judgement.face),
            Err(Refusal::Photo { .. }) => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// The pack in use, looked up now; `None` when there is none.
    pub(crate) async fn pack(&self) -> Option<String> {
        let models = self.models.clone();
        let pack = spawn_blocking(move || Pack::active(&models)).await.ok()?.ok()?;
        Some(pack.id().to_owned())
    }

    /// How many photos of an import may be under way.
    pub(crate) fn at_once(&self) -> usize {
        self.at_once
    }

    async fn look(&self, photo: Bytes, level: FiqaLevel) -> Result<(Judgement, Bytes), Refusal> {
        let _place = self.places.acquire().await.map_err(|_| Refusal::Busy)?;
        let engine = self.engine().await?;
        let pack = engine.pack_id().to_owned();
        let judged = spawn_blocking(move || engine.judge(&photo, level).map_err(Box::new)).await;
        match judged.map_err(|_| Refusal::Internal("judging a photo panicked".to_owned()))? {
            Ok(judged) => {
                let verdict = verdict(&Code::SUCCESS, "usable", Some(&judged.quality), &judged.faces);
                let face = Some(FaceTemplate { pack, values: judged.template.to_bytes() });
                Ok((Judgement { verdict, face }, judged.crop_jpeg.into()))
            }
            Err(refused) if refused.code == Code::SERVER_PROCESS_FAILED => {
                Err(Refusal::Internal(refused.message))
            }
            Err(refused) => {
                let quality = refused.quality.as_deref();
                let verdict = verdict(&refused.code, &refused.message, quality, &refused.faces);
                Err(Refusal::Photo { message: refused.message, verdict })
            }
        }
    }

    /// Sees the largest face of a picture that need not be good enough to enrol; `None` when there is none.
    pub(crate) async fn see(&self, picture: Bytes) -> Result<Option<Seen>, Refusal> {
        let _waiting = self.queue.try_acquire().map_err(|_| Refusal::Busy)?;
        let _place = self.places.acquire().await.map_err(|_| Refusal::Busy)?;
        let engine = self.engine().await?;
        let seen = spawn_blocking(move || Seen::in_picture(engine, &picture)).await;
        let seen = seen.map_err(|_| Refusal::Internal("looking at a picture panicked".to_owned()))?;
        seen.map_err(|error| Refusal::Internal(error.to_string()))
    }

    /// Puts the engine away when nobody needed it lately.
    pub(crate) async fn rest(&self) {
        let mut kept = self.kept.lock().await;
        if kept.as_ref().is_some_and(|kept| kept.used.elapsed() >= QUIET) {
            *kept = None;
            tracing::debug!("no photos to judge: the engine is put away");
        }
    }

    /// The engine of the pack in use, opened when it is not.
    pub(crate) async fn engine(&self) -> Result<Arc<Engine>, Refusal> {
        let mut kept = self.kept.lock().await;
        let present = kept.as_ref().map(|kept| Arc::clone(&kept.engine));
        let (models, at_once) = (self.models.clone(), self.at_once);
        let opened = spawn_blocking(move || open(&models, at_once, present)).await;
        let engine = opened
            .map_err(|_| Refusal::Internal("opening the models panicked".to_owned()))?
            .map_err(|error| {
                tracing::warn!(%error, "photos cannot be judged");
                Refusal::Unavailable { what: "models", todo: with_advice(&error.to_string()) }
            })?;
        *kept = Some(Kept { engine: Arc::clone(&engine), used: Instant::now() });
        Ok(engine)
    }
}

/// The engine of the pack in use now: the present one unless another pack was chosen.
fn open(models: &Path, at_once: usize, present: Option<Arc<Engine>>) -> Result<Arc<Engine>, EngineError> {
    let pack = Pack::active(models)?;
    match present {
        Some(engine) if engine.pack_id() == pack.id() => Ok(engine),
        _ => Engine::of(&pack, at_once).map(Arc::new),
    }
}

fn with_advice(error: &str) -> String {
    let advice = "run `menshen models fetch`, or set vision.models to a folder that has them";
    if error.contains("menshen models") { error.to_owned() } else { format!("{error}; {advice}") }
}

fn verdict(code: &Code, message: &str, quality: Option<&FaceQuality>, faces: &[Face]) -> Value {
    let faces: Vec<Value> = faces.iter().take(FACES).map(face).collect();
    json!({
        "judged": true, "code": code, "name": code.name(), "message": message, "quality": quality,
        "bbox": quality.map(|quality| quality.bbox), "score": quality.map(|quality| quality.score), "faces": faces,
    })
}

/// Where a face is, in whole pixels of the photo, and how sure the detector is.
fn face(found: &Face) -> Value {
    let score = (f64::from(found.score) * 1000.0).round() / 1000.0;
    json!({"bbox": found.with_margin(0.0), "score": score})
}
