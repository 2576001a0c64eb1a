//! The `file` camera: a folder, where each new image is one capture, or a video that is played once at its own speed.

mod folder;
mod shelf;
mod video;

use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use super::{Driver, Outlet, ffmpeg};
use crate::config;

/// The driver; it has no state of its own.
pub(super) struct File;

impl Driver for File {
    fn kind(&self) -> config::CameraKind {
        config::CameraKind::File
    }

    fn run<'a>(
        &'a self,
        settings: &'a config::Camera,
        outlet: &'a Outlet,
        stop: &'a CancellationToken,
    ) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            let path = settings.path.as_deref().ok_or("no path is configured")?;
            // Links may lead elsewhere by now than when the camera was added.
            if let Some(data_dir) = outlet.inlets().data_dir() {
                config::place::check(path, data_dir).map_err(|error| error.to_string())?;
            }
            match tokio::fs::metadata(path).await {
                Ok(facts) if facts.is_dir() => folder::run(path, outlet, stop).await,
                Ok(facts) if facts.is_file() => video::run(path, ffmpeg::rate(settings), outlet, stop).await,
                Ok(_) => Err(format!("{} is neither a folder nor a file", path.display())),
                Err(error) => Err(format!("{}: {error}", path.display())),
            }
        })
    }
}
