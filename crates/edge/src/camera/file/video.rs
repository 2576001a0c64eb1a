//! A video file as a camera: it is played once at its own speed; afterwards the camera is offline until the file changes.

use std::ffi::OsStr;
use std::path::Path;
use std::time::{Duration, SystemTime};

use tokio_util::sync::CancellationToken;

use crate::camera::Outlet;
use crate::camera::ffmpeg::{End, Played, Player};

/// A video that shows nothing for so long is given up.
const SILENCE: Duration = Duration::from_secs(15);
/// Pause between two looks whether a video that ended was replaced.
const PAUSE: Duration = Duration::from_secs(1);

/// Plays the video, `rate` frames per second of it, and waits for another one in its place.
pub(super) async fn run(
    file: &Path,
    rate: f64,
    outlet: &Outlet,
    stop: &CancellationToken,
) -> Result<(), String> {
    let version = fingerprint(file).await?;
    // At its own speed, like a camera.
    let input = [OsStr::new("-re"), OsStr::new("-i"), file.as_os_str()];
    let Played { frames, end } = Player::start(&input, None, rate).await?.play(outlet, SILENCE, stop).await;
    match end {
        End::Stopped => return Ok(()),
        End::Left { success: true, .. } if frames > 0 => {}
        End::Left { complaint, .. } if complaint.is_empty() => return Err("there is no picture in it".into()),
        End::Left { complaint, .. } => return Err(format!("ffmpeg: {complaint}")),
        End::Silent(patience) => return Err(format!("no frame for {} s", patience.as_secs())),
        End::Garbled(error) => return Err(format!("ffmpeg's frames cannot be read: {error}")),
    }
    outlet.offline(format!("the video has ended after {frames} frames"));
    loop {
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(PAUSE) => {}
        }
        if fingerprint(file).await? != version {
            return Ok(());
        }
    }
}

async fn fingerprint(file: &Path) -> Result<(u64, Option<SystemTime>), String> {
    let facts = tokio::fs::metadata(file).await.map_err(|error| format!("{}: {error}", file.display()))?;
    Ok((facts.len(), facts.modified().ok()))
}
