//! Builds without an engine compare nobody.

use std::sync::Arc;

use protocol::IdentityId;

use super::LookAlike;
use crate::app::App;
use crate::judge::FaceTemplate;
use crate::refusal::Refusal;

/// Nothing is kept.
#[derive(Default)]
pub(crate) struct LookAlikes;

impl LookAlikes {
    /// Nobody knows.
    pub(crate) async fn of_new(
        _app: &Arc<App>,
        _id: &IdentityId,
        _face: FaceTemplate,
    ) -> Result<Option<Vec<LookAlike>>, Refusal> {
        Ok(None)
    }

    /// Nobody knows.
    pub(crate) async fn of(_app: &Arc<App>, _id: &IdentityId) -> Result<Option<Vec<LookAlike>>, Refusal> {
        Ok(None)
    }

    /// There is nothing to put away.
    pub(crate) async fn rest(&self) {}
}
