//! A face that was seen in a picture, for comparing with others of the same model pack.

use std::sync::Arc;

use vision::engine::EngineError;
use vision::{DecodeLimits, Engine, Template, decode};

/// A face, and the engine it can be compared by.
pub(crate) struct Seen {
    engine: Arc<Engine>,
    template: Template,
}

impl Seen {
    /// The largest face of a picture, whatever its quality; `None` when the picture cannot be read or shows none.
    pub(super) fn in_picture(engine: Arc<Engine>, picture: &[u8]) -> Result<Option<Self>, EngineError> {
        let Ok(picture) = decode(picture, &DecodeLimits::default()) else { return Ok(None) };
        let faces = engine.detect_in_photo(&picture)?;
        let Some(face) = faces.first() else { return Ok(None) };
        match engine.template(&picture, face) {
            Ok(template) => Ok(Some(Self { engine, template })),
            Err(EngineError::Shapeless | EngineError::Template(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The model pack that made the template.
    pub(crate) fn pack(&self) -> &str {
        self.engine.pack_id()
    }

    /// The template as it is kept.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        self.template.to_bytes()
    }

    /// How much a kept template resembles this face, 0 to 1; `None` when it is somebody else by the pack's own threshold, or no
    /// template of this pack.
    pub(crate) fn resembles(&self, kept: &[u8]) -> Option<f64> {
        let kept = Template::from_bytes(kept).ok()?;
        let cosine = self.template.cosine(&kept);
        (cosine >= self.engine.rule().verification).then(|| self.engine.score(cosine))
    }
}
