//! Judging enrolment photos: off the async threads, a few at a time, before anything is stored.
//!
//! The engine is opened for the first photo and put away after a quiet while, so that a platform nobody enrols at stays
//! small, and models that are fetched or changed meanwhile are used without a new start. Without models photos are refused
//! with what to do about it; everything else works. Without the engine compiled in, photos are accepted unjudged and the
//! answer says so.

use std::fmt;
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

/// What was found out about a photo that can be used.
#[derive(Debug)]
pub(crate) struct Judgement {
    /// `{judged, code, name, message, quality, bbox, score, faces}`.
    pub(crate) verdict: Value,
    /// Whom it shows, where there is an engine.
    pub(crate) face: Option<FaceTemplate>,
}

/// A face as numbers; two of the same pack can be compared.
#[derive(Clone, PartialEq)]
pub(crate) struct FaceTemplate {
    /// The model pack that made it.
    pub(crate) pack: String,
    /// 32-bit floats, little-endian.
    pub(crate) values: Vec<u8>,
}

impl fmt::Debug for FaceTemplate {
    /// Only the pack: a template is biometric data and never reaches a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FaceTemplate({})", self.pack)
    }
}

#[cfg(feature = "vision")]
mod seen;
#[cfg(feature = "vision")]
mod with_engine;
#[cfg(not(feature = "vision"))]
mod without_engine;

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
        app.look_alikes.rest().await;
    }
}
