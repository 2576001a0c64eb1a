//! What the judges saw last of each camera, for those who watch: one reduced picture with the faces in it, in memory only. It is
//! made of what is looked at anyway: several times a second while somebody watches, else every few seconds.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use serde::Serialize;
use tokio::sync::watch;
use vision::Picture;

use crate::clock;
use crate::decision::{Record, Verdict};

/// The longer side of what is shown, pixels.
const LONG_SIDE: u32 = 960;
/// Quality of the JPEG.
const QUALITY: u8 = 70;
/// Least time between two pictures while somebody watches.
const WATCHED: Duration = Duration::from_millis(150);
/// The same while nobody does.
const UNWATCHED: Duration = Duration::from_secs(2);

/// What was seen of all cameras.
#[derive(Debug, Default)]
pub struct Sights {
    cameras: Mutex<HashMap<String, Sight>>,
}

#[derive(Debug)]
struct Sight {
    newest: watch::Sender<Option<Arc<View>>>,
    made_at: Option<Instant>,
}

/// One picture and the faces in it.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// When it was taken, milliseconds UTC.
    pub taken_at: i64,
    /// Its width and height as the camera delivered it, pixels.
    pub size: [u32; 2],
    /// Reduced, as JPEG.
    pub jpeg: Bytes,
    /// Those that were looked at.
    pub faces: Vec<SeenFace>,
}

/// A face in a picture.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct SeenFace {
    /// Left, top, right and bottom as parts of the picture's width and height, 0 to 1; a face at the edge may reach beyond.
    pub area: [f64; 4],
    /// What is known of it; null while it is only followed.
    pub label: Option<Label>,
}

/// What is known of a face.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = FaceLabel)]
pub struct Label {
    /// What was decided.
    pub verdict: Verdict,
    /// The person; null when there is no name.
    pub identity_id: Option<String>,
    /// The person's name.
    pub name: Option<String>,
    /// Score of the best match, 0 to 1.
    pub score: f64,
    /// Why, for people.
    pub reason: String,
}

impl Label {
    /// What a record says.
    pub(super) fn of(record: &Record) -> Self {
        let known = record.is_match();
        Self {
            verdict: record.verdict,
            identity_id: known.then(|| record.identity_id.clone()),
            name: known.then(|| record.identity_name.clone()),
            score: record.score,
            reason: record.reason.clone(),
        }
    }
}

impl SeenFace {
    /// A face at these pixels of a picture of this size.
    pub(super) fn new(bbox: [i32; 4], size: [u32; 2], label: Option<Label>) -> Self {
        let [width, height] = size.map(|side| f64::from(side.max(1)));
        let [left, top, right, bottom] = bbox.map(f64::from);
        Self { area: [left / width, top / height, right / width, bottom / height], label }
    }
}

impl Sights {
    /// Shows a picture, when its turn has come; `faces` is asked only then. Blocking: the picture is reduced and encoded.
    pub(super) fn show(
        &self,
        camera: &str,
        taken_at: i64,
        picture: &Picture,
        faces: impl FnOnce() -> Vec<SeenFace>,
    ) {
        if !self.takes_turn(camera, Instant::now()) {
            return;
        }
        let size = [picture.width(), picture.height()];
        let Ok(jpeg) = picture.at_most(LONG_SIDE).to_jpeg(QUALITY) else { return };
        let view = View { taken_at, size, jpeg: jpeg.into(), faces: faces() };
        if let Some(sight) = self.lock().get(camera) {
            sight.newest.send_modify(|newest| {
                // Several judges work at once: a late one does not show what was before. A clock that was set back is believed.
                let now = clock::now();
                if newest.as_ref().is_none_or(|shown| shown.taken_at <= taken_at || shown.taken_at > now) {
                    *newest = Some(Arc::new(view));
                }
            });
        }
    }

    /// The newest picture of a camera; none before the first.
    pub fn newest(&self, camera: &str) -> Option<Arc<View>> {
        self.lock().get(camera)?.newest.borrow().clone()
    }

    /// Every picture of a camera that is shown from now on, and the newest before.
    pub fn watch(&self, camera: &str) -> watch::Receiver<Option<Arc<View>>> {
        let mut cameras = self.lock();
        cameras.entry(camera.to_owned()).or_insert_with(Sight::new).newest.subscribe()
    }

    /// Forgets what was seen of a camera that is gone.
    pub fn forget(&self, camera: &str) {
        self.lock().remove(camera);
    }

    fn takes_turn(&self, camera: &str, now: Instant) -> bool {
        let mut cameras = self.lock();
        let sight = cameras.entry(camera.to_owned()).or_insert_with(Sight::new);
        let apart = if sight.newest.receiver_count() > 0 { WATCHED } else { UNWATCHED };
        let is_due = sight.made_at.is_none_or(|at| now.saturating_duration_since(at) >= apart);
        if is_due {
            sight.made_at = Some(now);
        }
        is_due
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Sight>> {
        self.cameras.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sight {
    fn new() -> Self {
        Self { newest: watch::Sender::new(None), made_at: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture() -> Picture {
        Picture::from_rgb(64, 48, vec![90; 64 * 48 * 3]).unwrap()
    }

    #[test]
    fn a_picture_is_made_now_and_then_and_more_often_while_somebody_watches() {
        let sights = Sights::default();
        let begin = Instant::now();
        assert!(sights.takes_turn("front", begin));
        assert!(!sights.takes_turn("front", begin + WATCHED));
        assert!(sights.takes_turn("back", begin), "each camera has turns of its own");
        assert!(sights.takes_turn("front", begin + UNWATCHED));
        let watching = sights.watch("front");
        assert!(sights.takes_turn("front", begin + UNWATCHED + WATCHED));
        drop(watching);
        assert!(!sights.takes_turn("front", begin + UNWATCHED + WATCHED + WATCHED));
    }

    #[test]
    fn the_newest_is_shown_with_its_faces_until_the_camera_is_gone() {
        let sights = Sights::default();
        assert_eq!(sights.newest("front"), None);
        let face = || vec![SeenFace::new([16, 12, 32, 24], [64, 48], None)];
        let begin = Instant::now();
        sights.show("front", 1000, &picture(), face);
        let view = sights.newest("front").unwrap();
        assert_eq!((view.taken_at, view.size), (1000, [64, 48]));
        assert_eq!(view.faces[0].area, [0.25, 0.25, 0.5, 0.5]);
        assert!(view.jpeg.starts_with(&[0xff, 0xd8]));
        sights.show("front", 2000, &picture(), || {
            assert!(begin.elapsed() >= UNWATCHED, "it is not its turn");
            Vec::new()
        });
        sights.forget("front");
        assert_eq!(sights.newest("front"), None);
    }
}
