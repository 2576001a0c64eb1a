//! Where pictures come in that nobody fetches: what the cameras share that are spoken to instead of asked.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use runtime::Lifecycle;

use super::ftp;
use crate::config;
use crate::store::seal::Sealer;

/// The ways in.
#[derive(Default)]
pub struct Inlets {
    ftp: Option<Arc<ftp::Server>>,
    data_dir: Option<PathBuf>,
}

impl Inlets {
    /// Nothing listens yet: the first camera that needs it opens it.
    /// What cameras left that are not among `cameras` any more is removed. What comes in is sealed by `sealer` while it waits.
    pub fn new(
        life: &Lifecycle,
        settings: &config::Config,
        cameras: &[config::Camera],
        sealer: Sealer,
    ) -> Self {
        ftp::forget_others(&settings.data_dir, cameras);
        Self {
            ftp: Some(Arc::new(ftp::Server::new(life, settings, sealer))),
            data_dir: Some(settings.data_dir.clone()),
        }
    }

    /// The box's own directory, where there is one.
    pub(super) fn data_dir(&self) -> Option<&Path> {
        self.data_dir.as_deref()
    }

    pub(super) fn ftp(&self) -> Option<&Arc<ftp::Server>> {
        self.ftp.as_ref()
    }
}
