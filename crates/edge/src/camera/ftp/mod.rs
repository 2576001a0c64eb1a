//! The `ftp` camera: a capture machine that puts its snapshots on the box.
//!
//! The server is our own and knows no more of the protocol than uploads need (docs/decisions/0009): what comes in has
//! limits everywhere, in lines, files, bytes, sessions and time, before anybody has logged in and after. Nothing can be read
//! back. An upload is answered when it is on the disk, sealed, and leaves the disk when it was judged.

mod channel;
mod incoming;
mod lines;
mod path;
mod sealed;
mod server;
mod session;
mod spool;
mod taker;
mod transfer;

use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use super::{Driver, Outlet};
use crate::config;

pub(crate) use server::{Server, forget_others};

/// The driver; the server is among the inlets.
pub(super) struct Ftp;

impl Driver for Ftp {
    fn kind(&self) -> config::CameraKind {
        config::CameraKind::Ftp
    }

    fn run<'a>(
        &'a self,
        settings: &'a config::Camera,
        outlet: &'a Outlet,
        stop: &'a CancellationToken,
    ) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            let server = outlet.inlets().ftp().ok_or("there is no FTP server here")?;
            let place = server.register(settings, outlet).await?;
            outlet.online();
            taker::run(&place.account.spool, outlet, stop).await
        })
    }
}

#[cfg(test)]
mod tests;
