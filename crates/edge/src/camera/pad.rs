//! The `pad` camera: a gate or door terminal, or a browser, that calls the box with its pictures (`/api/v1/pad`). There is
//! nothing to fetch; the driver only says whether something was heard of it lately.

use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use super::{Driver, Outlet};
use crate::{clock, config};

/// A pad that was not heard of for so many milliseconds is offline.
const SILENCE: i64 = 60_000;
/// How often that is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// The driver; it has no state of its own.
pub(super) struct Pad;

impl Driver for Pad {
    fn kind(&self) -> config::CameraKind {
        config::CameraKind::Pad
    }

    fn run<'a>(
        &'a self,
        _settings: &'a config::Camera,
        outlet: &'a Outlet,
        stop: &'a CancellationToken,
    ) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            loop {
                if let Some(reason) = absence(outlet.heard_at(), clock::now()) {
                    outlet.offline(reason);
                }
                tokio::select! {
                    () = stop.cancelled() => return Ok(()),
                    () = tokio::time::sleep(LOOK) => {}
                }
            }
        })
    }
}

/// Why a pad last heard of at this time is offline now; `None`: it is not.
fn absence(heard_at: i64, now: i64) -> Option<&'static str> {
    match heard_at {
        0 => {
            Some("it has not called yet: it is to connect to /api/v1/pad/{name}/stream, or to send captures")
        }
        // A clock that was set back says nothing about the pad.
        at if now.saturating_sub(at) > SILENCE => Some("nothing was heard of it for a minute"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{SILENCE, absence};

    #[test]
    fn a_pad_is_online_for_a_minute_after_each_call() {
        assert!(absence(0, 5).unwrap().contains("has not called yet"));
        assert_eq!(absence(1000, 1000 + SILENCE), None);
        assert!(absence(1000, 1001 + SILENCE).unwrap().contains("minute"));
        assert_eq!(absence(SILENCE, 1), None);
    }
}
