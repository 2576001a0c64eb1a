//! The `rtsp` camera: a network camera's stream, fetched and decoded by ffmpeg over one TCP connection.
//!
//! The stream's address with account and password goes to ffmpeg through its standard input, never by its command line, which
//! every account of the computer can read; of what ffmpeg says, only what [`fault`] makes of it reaches logs and status.

mod address;
mod fault;

use std::ffi::OsStr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::ffmpeg::{self, End, Player};
use super::{Card, Driver, Intake, Outlet};
use crate::config;
use address::Address;
pub(crate) use fault::{Cause, Fault};

/// Seconds without a frame after which a stream counts as frozen, unless its settings say otherwise.
const FROZEN_AFTER: f64 = 15.0;
/// The box waits for a frame this much longer than ffmpeg waits for bytes, so that ffmpeg can say what is wrong.
const GRACE: Duration = Duration::from_secs(2);
/// Pause after a refused password: cameras lock accounts after a few wrong ones.
const LOCKED_OUT: Duration = Duration::from_secs(300);

/// The driver; it has no state of its own.
pub(super) struct Rtsp;

impl Driver for Rtsp {
    fn kind(&self) -> config::CameraKind {
        config::CameraKind::Rtsp
    }

    fn run<'a>(
        &'a self,
        settings: &'a config::Camera,
        outlet: &'a Outlet,
        stop: &'a CancellationToken,
    ) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            let Err(fault) = show(settings, outlet, stop).await else { return Ok(()) };
            if fault.locks {
                outlet.offline(format!("{}; tried again in {} min", fault.reason, LOCKED_OUT.as_secs() / 60));
                tokio::select! {
                    () = stop.cancelled() => return Ok(()),
                    () = tokio::time::sleep(LOCKED_OUT) => {}
                }
            }
            Err(fault.reason)
        })
    }
}

/// Waits for the stream's first picture, for `limit` at most, and leaves the camera alone again.
pub(crate) async fn first_picture(settings: &config::Camera, limit: Duration) -> Result<(), Fault> {
    let intake = Arc::new(Intake::default());
    let changes = Arc::new(watch::Sender::new(0));
    let outlet = Outlet::new(Card::of(settings), Arc::clone(&intake), Arc::default(), changes);
    let stop = CancellationToken::new();
    tokio::select! {
        _ = intake.next() => Ok(()),
        ended = show(settings, &outlet, &stop) => ended,
        () = tokio::time::sleep(limit) => {
            Err(Fault::other(format!("no picture came within {} s", limit.as_secs())))
        }
    }
}

/// Shows the stream until `stop`, or until it fails.
async fn show(settings: &config::Camera, outlet: &Outlet, stop: &CancellationToken) -> Result<(), Fault> {
    let address = Address::of(settings).map_err(Fault::other)?;
    let frozen_after = Duration::from_secs_f64(settings.frozen_after.unwrap_or(FROZEN_AFTER));
    let input = [
        "-protocol_whitelist",
        "pipe,rtsp,rtsps,rtp,udp,tcp,tls",
        "-f",
        "concat",
        "-safe",
        "0",
        "-i",
        "pipe:0",
    ]
    .map(OsStr::new);
    let player = Player::start(&input, Some(&address.script(frozen_after)), ffmpeg::rate(settings))
        .await
        .map_err(|reason| Fault::of(Cause::Ffmpeg, reason))?;
    let played = player.play(outlet, frozen_after + GRACE, stop).await;
    if let End::Left { complaint, .. } = &played.end {
        tracing::debug!(camera = outlet.name(), complaint = %address.scrub(complaint), "ffmpeg has left");
    }
    match fault::explain(&played, &address, frozen_after) {
        Some(fault) => Err(fault),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
