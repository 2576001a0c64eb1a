//! Judging enrolment photos: off the async threads, a few at a time, before anything is stored.
//!
//! The engine is opened for the first photo and put away after a quiet while, so that a platform nobody enrols at stays
//! small, and models that are fetched or changed meanwhile are used without a new start. Without models photos are refused
//! with what to do about it; everything else works. Without the engine compiled in, photos are accepted unjudged and the
//! answer says so.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::app::App;

/// How often it is looked whether the engine can be put away.
const LOOK: Duration = Duration::from_secs(60);

/// What is known of the models, for those who ask whether the platform is ready.
#[derive(Debug, Clone)]
pub(crate) struct ModelState {
    /// Photos can be judged, or need not be.
    pub(crate) ok: bool,
    /// Which pack is in use; or why none is, and what to do.
    pub(crate) message: String,
}

#[cfg(feature = "vision")]
mod seen;

#[cfg(feature = "vision")]
pub(crate) use seen::Seen;
#[cfg(feature = "vision")]
pub(crate) use with_engine::Judge;
#[cfg(not(feature = "vision"))]
pub(crate) use without_engine::{Judge, Seen};

/// Lets the judge rest when there are no photos, until the platform stops.
pub(crate) async fn rest(app: Arc<App>) {
    let mut looks = tokio::time::interval(LOOK);
    while app.stopping.run_until_cancelled(looks.tick()).await.is_some() {
        app.judge.rest().await;
    }
}

#[cfg(feature = "vision")]
mod with_engine {
    use std::path::{Path, PathBuf};
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use bytes::Bytes;
    use protocol::{Code, FaceQuality, FiqaLevel};
    use serde_json::json;
    use tokio::sync::{Mutex, Semaphore};
    use tokio::task::spawn_blocking;
    use vision::Engine;
    use vision::engine::EngineError;
    use vision::pack::Pack;

    use super::{ModelState, Seen, Value};
    use crate::refusal::Refusal;

    /// Photos that may wait for a judge; more are told to come again.
    const WAITING: usize = 64;
    /// The engine is put away when nobody needed it for so long.
    const QUIET: Duration = Duration::from_secs(300);

    /// Whoever judges photos.
    pub(crate) struct Judge {
        models: PathBuf,
        at_once: usize,
        places: Semaphore,
        queue: Semaphore,
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
                kept: Mutex::new(None),
            }
        }

        /// Whether there are models, looked up now.
        pub(crate) async fn state(&self) -> ModelState {
            let models = self.models.clone();
            match spawn_blocking(move || Pack::active(&models)).await {
                Ok(Ok(pack)) => {
                    ModelState { ok: true, message: format!("photos are judged with {}", pack.id()) }
                }
                Ok(Err(error)) => ModelState { ok: false, message: with_advice(&error.to_string()) },
                Err(_) => ModelState { ok: false, message: "looking for the models panicked".to_owned() },
            }
        }

        /// The id of the pack in use; `None` when there is none.
        pub(crate) async fn pack(&self) -> Option<String> {
            let models = self.models.clone();
            let found = spawn_blocking(move || Pack::active(&models).map(|pack| pack.id().to_owned())).await;
            found.ok().and_then(Result::ok)
        }

        /// Judges a photo for enrolment at the level the protocol asks for; answers the verdict.
        pub(crate) async fn judge(&self, photo: Bytes) -> Result<Value, Refusal> {
            let _waiting = self.queue.try_acquire().map_err(|_| Refusal::Busy)?;
            let _place = self.places.acquire().await.map_err(|_| Refusal::Busy)?;
            let engine = self.engine().await?;
            let judged =
                spawn_blocking(move || engine.judge(&photo, FiqaLevel::High).map_err(Box::new)).await;
            match judged.map_err(|_| Refusal::Internal("judging a photo panicked".to_owned()))? {
                Ok(judged) => Ok(verdict(&Code::SUCCESS, "usable", Some(&judged.quality))),
                Err(refused) if refused.code == Code::SERVER_PROCESS_FAILED => {
                    Err(Refusal::Internal(refused.message))
                }
                Err(refused) => {
                    let verdict = verdict(&refused.code, &refused.message, refused.quality.as_deref());
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

        async fn engine(&self) -> Result<Arc<Engine>, Refusal> {
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

    fn verdict(code: &Code, message: &str, quality: Option<&FaceQuality>) -> Value {
        json!({
            "judged": true, "code": code, "name": code.name(), "message": message, "quality": quality,
            "bbox": quality.map(|quality| quality.bbox), "score": quality.map(|quality| quality.score),
        })
    }
}

#[cfg(not(feature = "vision"))]
mod without_engine {
    use std::path::Path;

    use bytes::Bytes;
    use serde_json::json;

    use super::{ModelState, Value};
    use crate::refusal::Refusal;

    /// Whoever would judge photos.
    pub(crate) struct Judge;

    /// A face nobody can see.
    pub(crate) enum Seen {}

    impl Seen {
        /// There is none.
        pub(crate) fn pack(&self) -> &str {
            match *self {}
        }

        /// There is none.
        pub(crate) fn to_bytes(&self) -> Vec<u8> {
            match *self {}
        }

        /// There is none.
        pub(crate) fn resembles(&self, _kept: &[u8]) -> Option<f64> {
            match *self {}
        }
    }

    impl Judge {
        /// There is nothing to open.
        pub(crate) fn new(_models: &Path, _at_once: usize) -> Self {
            Self
        }

        /// Photos need not be judged.
        pub(crate) async fn state(&self) -> ModelState {
            ModelState { ok: true, message: "built without an engine: photos are not judged".to_owned() }
        }

        /// There is nothing to put away.
        pub(crate) async fn rest(&self) {}

        /// There is none.
        pub(crate) async fn pack(&self) -> Option<String> {
            None
        }

        /// Sees nothing.
        pub(crate) async fn see(&self, _picture: Bytes) -> Result<Option<Seen>, Refusal> {
            let todo = "this program was built without an engine; use one that was built with it".to_owned();
            Err(Refusal::Unavailable { what: "models", todo })
        }

        /// Accepts whatever looks like a picture.
        pub(crate) async fn judge(&self, photo: Bytes) -> Result<Value, Refusal> {
            if crate::blobs::media_type(&photo) != "application/octet-stream" {
                return Ok(json!({"judged": false, "code": 0, "name": "SUCCESS", "message": "not judged"}));
            }
            let message = "not a JPEG, PNG, WebP or BMP picture".to_owned();
            let verdict = json!({"judged": false, "code": 40003, "name": "IMAGE_ERROR", "message": message});
            Err(Refusal::Photo { message, verdict })
        }
    }
}
