//! Judging enrolment photos: off the async threads, a few at a time, before anything is stored.
//!
//! Without the engine compiled in, photos are accepted unjudged and the answer says so. With it but without models,
//! photos are refused with what to do about it; everything else works.

use std::path::Path;

use bytes::Bytes;
use serde_json::{Value, json};
#[cfg(feature = "vision")]
use {std::sync::Arc, tokio::sync::Semaphore};

use crate::refusal::Refusal;

/// Photos that may wait for a judge; more are told to come again.
#[cfg(feature = "vision")]
const WAITING: usize = 64;

/// Whoever judges photos.
pub(crate) struct Judge {
    #[cfg(feature = "vision")]
    engine: Result<Arc<vision::Engine>, String>,
    #[cfg(feature = "vision")]
    places: Semaphore,
    #[cfg(feature = "vision")]
    queue: Semaphore,
}

/// What is known of the models, for those who ask whether the platform is ready.
#[derive(Debug, Clone)]
pub(crate) struct ModelState {
    /// Photos can be judged, or need not be.
    pub(crate) ok: bool,
    /// Which pack is in use; or why none is, and what to do.
    pub(crate) message: String,
}

#[cfg(feature = "vision")]
impl Judge {
    /// Opens the active model pack below `models`; its absence is remembered, not fatal.
    pub(crate) async fn open(models: &Path, at_once: usize) -> Self {
        let folder = models.to_owned();
        let opened = tokio::task::spawn_blocking(move || vision::Engine::open(&folder, at_once.max(1))).await;
        let engine = match opened {
            Ok(Ok(engine)) => Ok(Arc::new(engine)),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("opening the models panicked".to_owned()),
        };
        match &engine {
            Ok(engine) => tracing::info!(pack = engine.pack_id(), "photos are judged with this model pack"),
            Err(error) => tracing::warn!(
                %error, models = %models.display(),
                "no usable models: photos cannot be enrolled until `menshen models fetch` has filled the folder and the \
                 platform was started again"
            ),
        }
        let at_once = at_once.max(1);
        Self { engine, places: Semaphore::new(at_once), queue: Semaphore::new(at_once + WAITING) }
    }

    pub(crate) fn state(&self) -> ModelState {
        match &self.engine {
            Ok(engine) => {
                ModelState { ok: true, message: format!("photos are judged with {}", engine.pack_id()) }
            }
            Err(error) => ModelState { ok: false, message: format!("{error}; {TODO}") },
        }
    }

    /// Judges a photo for enrolment at the level the protocol asks for; answers the verdict.
    pub(crate) async fn judge(&self, photo: Bytes) -> Result<Value, Refusal> {
        let missing = |_: &String| Refusal::Unavailable { what: "models", todo: TODO.to_owned() };
        let engine = Arc::clone(self.engine.as_ref().map_err(missing)?);
        let _waiting = self.queue.try_acquire().map_err(|_| Refusal::Busy)?;
        let _place = self.places.acquire().await.map_err(|_| Refusal::Busy)?;
        let level = protocol::FiqaLevel::High;
        let judged = tokio::task::spawn_blocking(move || engine.judge(&photo, level).map_err(Box::new)).await;
        match judged.map_err(|_| Refusal::Internal("judging a photo panicked".to_owned()))? {
            Ok(judged) => Ok(verdict(&protocol::Code::SUCCESS, "usable", Some(&judged.quality))),
            Err(refused) => {
                let verdict = verdict(&refused.code, &refused.message, refused.quality.as_ref());
                Err(Refusal::Photo { message: refused.message, verdict })
            }
        }
    }
}

#[cfg(feature = "vision")]
const TODO: &str = "run `menshen models fetch` (or set vision.models to a folder that has them) and start the platform again";

#[cfg(feature = "vision")]
fn verdict(code: &protocol::Code, message: &str, quality: Option<&protocol::FaceQuality>) -> Value {
    json!({
        "judged": true, "code": code, "name": code.name(), "message": message, "quality": quality,
        "bbox": quality.map(|quality| quality.bbox), "score": quality.map(|quality| quality.score),
    })
}

#[cfg(not(feature = "vision"))]
impl Judge {
    /// There is nothing to open.
    pub(crate) async fn open(_models: &Path, _at_once: usize) -> Self {
        Self {}
    }

    pub(crate) fn state(&self) -> ModelState {
        ModelState { ok: true, message: "built without an engine: photos are not judged".to_owned() }
    }

    /// Accepts whatever looks like a picture.
    pub(crate) async fn judge(&self, photo: Bytes) -> Result<Value, Refusal> {
        if crate::blobs::media_type(&photo) != "application/octet-stream" {
            return Ok(json!({"judged": false, "code": 0, "name": "SUCCESS", "message": "not judged"}));
        }
        let verdict =
            json!({"judged": false, "code": 40003, "name": "IMAGE_ERROR", "message": "not a picture"});
        Err(Refusal::Photo { message: "not a picture".to_owned(), verdict })
    }
}
