//! A driver's way out of its camera: where captures go, and where the camera's health is told.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value};
use tokio::sync::{oneshot, watch};

use super::{Capture, Card, Image, Inlets, Intake, Receipt};
use crate::clock;

/// Captures of one camera are at least this many milliseconds apart: receivers know an event of a stranger by camera and
/// millisecond, and each face of one picture takes a millisecond of its own.
const APART: i64 = 16;
/// Pause before a picture is handed over again whose events could not be stored.
const AGAIN: Duration = Duration::from_secs(5);
/// The number of the next picture that its source keeps.
static KEPT: AtomicU64 = AtomicU64::new(0);
/// A clock that was set back by more than this is believed.
const SET_BACK: i64 = 10_000;

/// Whether a camera delivers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(tag = "state", rename_all = "lowercase")]
#[schema(as = CameraHealth)]
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
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = CameraStatus)]
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
    /// Pictures that were sent to it and not taken, and logins that were refused.
    pub refused: u64,
    /// Why the last of them was.
    pub last_refusal: Option<Refusal>,
}

/// A picture that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = CameraRefusal)]
pub struct Refusal {
    /// When, milliseconds UTC.
    pub at: i64,
    /// Why, for people.
    pub reason: String,
}

/// A driver's way out: where captures go and where the camera's health is told. Cheap to clone.
#[derive(Clone)]
pub struct Outlet {
    camera: Arc<Camera>,
    intake: Arc<Intake>,
    inlets: Arc<Inlets>,
    changed: Arc<watch::Sender<u64>>,
}

struct Camera {
    card: Arc<Card>,
    health: Mutex<(Health, i64)>,
    captures: AtomicU64,
    last_capture_at: AtomicI64,
    heard_at: AtomicI64,
    refused: Mutex<(u64, Option<Refusal>)>,
}

impl Outlet {
    pub(super) fn new(
        card: Card,
        intake: Arc<Intake>,
        inlets: Arc<Inlets>,
        changed: Arc<watch::Sender<u64>>,
    ) -> Self {
        let camera = Camera {
            card: Arc::new(card),
            health: Mutex::new((Health::Starting, clock::now())),
            captures: AtomicU64::new(0),
            last_capture_at: AtomicI64::new(0),
            heard_at: AtomicI64::new(0),
            refused: Mutex::default(),
        };
        Self { camera: Arc::new(camera), intake, inlets, changed }
    }

    /// The camera's name.
    pub fn name(&self) -> &str {
        &self.camera.card.name
    }

    /// The camera's facts.
    pub fn card(&self) -> &Arc<Card> {
        &self.camera.card
    }

    /// Where pictures come in that nobody fetches.
    pub fn inlets(&self) -> &Inlets {
        &self.inlets
    }

    /// Something was heard of a device that calls by itself.
    pub fn heard(&self) {
        self.camera.heard_at.store(clock::now(), Ordering::Relaxed);
        self.online();
    }

    /// When something was last heard of such a device, milliseconds UTC; 0 before the first time.
    pub fn heard_at(&self) -> i64 {
        self.camera.heard_at.load(Ordering::Relaxed)
    }

    /// A picture was sent and is not taken, for `reason`.
    pub fn refuse(&self, source: &str, reason: &str) {
        tracing::warn!(camera = self.name(), source, reason, "a picture was refused");
        let mut refused = self.camera.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.0 += 1;
        refused.1 = Some(Refusal { at: clock::now(), reason: format!("{source}: {reason}") });
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
        let capture = self.capture(image, source, Map::new(), None);
        self.intake.offer(capture);
    }

    /// Hands over a live picture and asks what becomes of it; never waits. A receipt that never comes means that the
    /// picture gave way to newer ones, or that the box is stopping; whoever drops the receiver gives the picture up.
    pub fn ask(&self, image: Image, source: String) -> oneshot::Receiver<Receipt> {
        let (settle, receipt) = oneshot::channel();
        self.intake.offer(self.capture(image, source, Map::new(), Some(settle)));
        receipt
    }

    /// Has a picture judged that its source keeps, with what a capture machine measured itself; waits for room, and hands it over
    /// again until its events are stored. `None` means the box is stopping; the error says why it is no picture.
    pub async fn deliver(
        &self,
        picture: &[u8],
        source: &str,
        grab_fiqa_info: &Map<String, Value>,
    ) -> Option<Result<(), String>> {
        let kept = Some(KEPT.fetch_add(1, Ordering::Relaxed));
        loop {
            let (settle, receipt) = oneshot::channel();
            let image = Image::Encoded(picture.to_vec());
            let capture = self.capture(image, source.to_owned(), grab_fiqa_info.clone(), Some(settle));
            self.intake.put(Capture { kept, ..capture }).await;
            match receipt.await.ok()? {
                Receipt::Judged(_) => return Some(Ok(())),
                Receipt::Unreadable(reason) => return Some(Err(reason)),
                Receipt::Unstored => tokio::time::sleep(AGAIN).await,
            }
        }
    }

    fn capture(
        &self,
        image: Image,
        source: String,
        grab_fiqa_info: Map<String, Value>,
        receipt: Option<oneshot::Sender<Receipt>>,
    ) -> Capture {
        let now = clock::now();
        let last = &self.camera.last_capture_at;
        let before = last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(moment(last, now)));
        let taken_at = moment(before.unwrap_or_default(), now);
        self.camera.captures.fetch_add(1, Ordering::Relaxed);
        let camera = self.camera.card.clone();
        Capture { camera, taken_at, image, source, grab_fiqa_info, kept: None, receipt }
    }

    pub(super) fn status(&self) -> Status {
        let (health, since) = self.camera.health.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (refused, last_refusal) =
            self.camera.refused.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Status {
            name: self.camera.card.name.clone(),
            address: self.camera.card.address.clone(),
            health,
            since,
            captures: self.camera.captures.load(Ordering::Relaxed),
            dropped: self.intake.dropped(&self.camera.card.name),
            last_capture_at: self.camera.last_capture_at.load(Ordering::Relaxed),
            refused,
            last_refusal,
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
