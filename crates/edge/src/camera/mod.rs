//! Cameras: each is a supervised task that turns a source into captures. A camera that fails is reported offline with
//! the reason and started again with backoff; it never takes anything else down.
//!
//! A kind of camera is one file with a [`Driver`] and one line in [`DRIVERS`]; a test walks the list.

mod capture;
mod card;
pub mod discovery;
pub(crate) mod ffmpeg;
mod file;
mod ftp;
mod inlets;
mod intake;
mod outlet;
mod pad;
mod roster;
pub(crate) mod rtsp;
mod sniff;
mod trial;

use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;

pub use capture::{Capture, Image, Receipt, Seen};
pub use card::{Card, without_password};
pub use inlets::Inlets;
pub use intake::Intake;
pub use outlet::{Health, Outlet, Refusal, Status};
pub use roster::Cameras;
pub(crate) use sniff::{Looks, content_type, looks};
pub use trial::try_out;

use crate::config;

/// One kind of source.
pub trait Driver: Send + Sync {
    /// The kind it serves.
    fn kind(&self) -> config::CameraKind;

    /// Takes pictures and hands them to `outlet` until `stop`; returns when the source has ended for good.
    /// The error is a reason for people; the camera is then offline and `run` is called again after a while.
    fn run<'a>(
        &'a self,
        settings: &'a config::Camera,
        outlet: &'a Outlet,
        stop: &'a CancellationToken,
    ) -> BoxFuture<'a, Result<(), String>>;
}

/// Every kind of camera this build can run.
pub static DRIVERS: &[&dyn Driver] = &[&file::File, &rtsp::Rtsp, &ftp::Ftp, &pad::Pad];

/// The driver of a kind, if this build has it.
pub fn driver(kind: config::CameraKind) -> Option<&'static dyn Driver> {
    DRIVERS.iter().copied().find(|driver| driver.kind() == kind)
}

#[cfg(test)]
mod tests;
