//! A camera that is tried before it is added: its driver runs until the first picture, or until it says why there is none.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{Card, Health, Image, Intake, Outlet, driver};
use crate::config;

/// The first picture of a camera with these settings. Nothing is kept, and the camera is left alone again.
///
/// # Errors
/// What the camera answered, for people.
pub async fn try_out(settings: &config::Camera, limit: Duration) -> Result<Image, String> {
    let Some(driver) = driver(settings.kind) else {
        return Err(format!("this build cannot run cameras of kind {:?}", settings.kind));
    };
    let intake = Arc::new(Intake::default());
    let changes = Arc::new(watch::Sender::new(0));
    let changed = changes.subscribe();
    let outlet = Outlet::new(Card::of(settings), Arc::clone(&intake), Arc::default(), changes);
    let stop = CancellationToken::new();
    tokio::select! {
        capture = intake.next() => capture.map(|capture| capture.image).ok_or_else(|| "the box is stopping".to_owned()),
        ended = driver.run(settings, &outlet, &stop) => {
            Err(ended.err().unwrap_or_else(|| "it ended before it showed anything".to_owned()))
        }
        reason = offline(changed, &outlet) => Err(reason),
        () = tokio::time::sleep(limit) => Err(format!("no picture within {} s", limit.as_secs())),
    }
}

/// Why the camera went offline, once it has: its driver may go on trying for longer than anybody waits.
async fn offline(mut changed: watch::Receiver<u64>, outlet: &Outlet) -> String {
    loop {
        if let Health::Offline { reason } = outlet.status().health {
            return reason;
        }
        if changed.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
