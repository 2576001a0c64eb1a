//! A driver's way out of its camera: where captures go, and where the camera's health is told.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use tokio::sync::{oneshot, watch};

use super::{Capture, Card, Image, Intake, Receipt};
use crate::clock;

/// Captures of one camera are at least this many milliseconds apart: receivers know an event of a stranger by camera and
/// millisecond, and each face of one picture takes a millisecond of its own.
const APART: i64 = 16;
/// A clock that was set back by more than this is believed.
const SET_BACK: i64 = 10_000;

/// Whether a camera delivers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum Health {
    /// It is being opened for the first time.
    Starting,
    /// It delivers, or would if something happened in front of it.
    Online,
    /// It does not.
    Offline {
        /// Why, for people.
        reason: String,
    },
}

/// One camera as status shows it.
#[derive(Debug, Clone, Serialize)]
pub struct Status {
    /// Its name.
    pub name: String,
    /// `device_ip` on the wire.
    pub address: String,
    /// Whether it delivers.
    #[serde(flatten)]
    pub health: Health,
    /// Since when, milliseconds UTC.
    pub since: i64,
    /// Pictures it handed over since the start.
    pub captures: u64,
    /// Those of them that gave way to newer ones before they were judged.
    pub dropped: u64,
    /// When the last one was taken, milliseconds UTC; 0 before the first.
    pub last_capture_at: i64,
}

/// A driver's way out: where captures go and where the camera's health is told. Cheap to clone.
#[derive(Clone)]
pub struct Outlet {
    camera: Arc<Camera>,
    intake: Arc<Intake>,
    changed: Arc<watch::Sender<u64>>,
}

struct Camera {
    card: Arc<Card>,
    health: Mutex<(Health, i64)>,
    captures: AtomicU64,
    last_capture_at: AtomicI64,
}

impl Outlet {
    pub(super) fn new(card: Card, intake: Arc<Intake>, changed: Arc<watch::Sender<u64>>) -> Self {
        let camera = Camera {
            card: Arc::new(card),
            health: Mutex::new((Health::Starting, clock::now())),
            captures: AtomicU64::new(0),
            last_capture_at: AtomicI64::new(0),
        };
        Self { camera: Arc::new(camera), intake, changed }
    }

    /// The camera's name.
    pub fn name(&self) -> &str {
        &self.camera.card.name
    }

    /// The camera's facts.
    pub fn card(&self) -> &Arc<Card> {
        &self.camera.card
    }

    /// The camera delivers.
    pub fn online(&self) {
        self.set(Health::Online);
    }

    /// The camera does not deliver, for `reason`.
    pub fn offline(&self, reason: impl Into<String>) {
        self.set(Health::Offline { reason: reason.into() });
    }

    /// Hands over a live picture; never waits.
    pub fn offer(&self, image: Image, source: String) {
        let capture = self.capture(image, source, None);
        self.intake.offer(capture);
    }

    /// Hands over a picture that is kept until the receipt comes; waits for room. A receipt that never comes means the
    /// box is stopping.
    pub async fn put(&self, image: Image, source: String) -> oneshot::Receiver<Receipt> {
        let (settle, receipt) = oneshot::channel();
        self.intake.put(self.capture(image, source, Some(settle))).await;
        receipt
    }

    fn capture(&self, image: Image, source: String, receipt: Option<oneshot::Sender<Receipt>>) -> Capture {
        let now = clock::now();
        let last = &self.camera.last_capture_at;
        let before = last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(moment(last, now)));
        let taken_at = moment(before.unwrap_or_default(), now);
        self.camera.captures.fetch_add(1, Ordering::Relaxed);
        Capture { camera: self.camera.card.clone(), taken_at, image, source, receipt }
    }

    pub(super) fn status(&self) -> Status {
        let (health, since) = self.camera.health.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Status {
            name: self.camera.card.name.clone(),
            address: self.camera.card.address.clone(),
            health,
            since,
            captures: self.camera.captures.load(Ordering::Relaxed),
            dropped: self.intake.dropped(&self.camera.card.name),
            last_capture_at: self.camera.last_capture_at.load(Ordering::Relaxed),
        }
    }

    fn set(&self, health: Health) {
        {
            let mut now = self.camera.health.lock().unwrap_or_else(PoisonError::into_inner);
            if now.0 == health {
                return;
            }
            match &health {
                Health::Offline { reason } => tracing::warn!(camera = self.name(), %reason, "camera offline"),
                _ => tracing::info!(camera = self.name(), "camera online"),
            }
            *now = (health, clock::now());
        }
        self.changed.send_modify(|version| *version += 1);
    }
}

/// When a picture taken `now` counts as taken, after one taken at `last`.
fn moment(last: i64, now: i64) -> i64 {
    let earliest = last.saturating_add(APART);
    if now < earliest && earliest - now < SET_BACK { earliest } else { now }
}

#[cfg(test)]
mod tests {
    use super::moment;

    #[test]
    fn captures_have_moments_of_their_own_and_follow_the_clock() {
        assert_eq!(moment(0, 1000), 1000);
        assert_eq!(moment(1000, 1000), 1016);
        assert_eq!(moment(1016, 1001), 1032);
        assert_eq!(moment(1000, 5000), 5000);
        assert_eq!(moment(3_600_000, 1000), 1000, "a clock that was set back is believed");
    }
}
