//! The judge of builds without an engine: looks at the first bytes only.

use std::path::Path;

use bytes::Bytes;
use protocol::RegisterType;
use serde_json::json;

use super::{FaceTemplate, Judgement, ModelState};
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
    /// Sees nothing.
    pub(crate) async fn see(&self, _picture: Bytes) -> Result<Option<Seen>, Refusal> {
        let todo = "this program was built without an engine; use one that was built with it".to_owned();
        Err(Refusal::Unavailable { what: "models", todo })
    }

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

    /// Accepts whatever looks like a picture.
    pub(crate) async fn judge(&self, photo: Bytes, _of: RegisterType) -> Result<Judgement, Refusal> {
        if crate::blobs::media_type(&photo) != "application/octet-stream" {
            let verdict = json!({"judged": false, "code": 0, "name": "SUCCESS", "message": "not judged"});
            return Ok(Judgement { verdict, face: None });
        }
        let message = "not a JPEG, PNG, WebP or BMP picture".to_owned();
        let verdict = json!({"judged": false, "code": 40003, "name": "IMAGE_ERROR", "message": message});
        Err(Refusal::Photo { message, verdict })
    }

    /// As [`Self::judge`].
    pub(crate) async fn judge_in_turn(&self, photo: Bytes, of: RegisterType) -> Result<Judgement, Refusal> {
        self.judge(photo, of).await
    }

    /// Nobody finds the face.
    pub(crate) async fn crop(&self, _photo: Bytes) -> Result<Bytes, Refusal> {
        let todo = "this program was built without the recognition engine".to_owned();
        Err(Refusal::Unavailable { what: "models", todo })
    }

    /// Nobody is recognised.
    pub(crate) async fn template_in_turn(&self, _photo: Bytes) -> Result<Option<FaceTemplate>, Refusal> {
        Ok(None)
    }

    /// There are no packs.
    pub(crate) async fn pack(&self) -> Option<String> {
        None
    }

    /// How many photos of an import may be under way.
    pub(crate) fn at_once(&self) -> usize {
        1
    }
}
