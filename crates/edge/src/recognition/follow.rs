//! Cameras that watch people walk (`device_type` 3): a face is followed from frame to frame and judged by the best shot of it,
//! so that one walk makes one event, and a template is only made of shots that are worth one.
//!
//! A track is judged at once when a shot is very good; after a while when a shot is good enough; when it ends, by whatever
//! there is. Who is not let in then is looked at again when a better shot comes, or after a while; only a better verdict is
//! told. A track that goes on and on begins anew, so that who waits before a closed door is not forgotten.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use protocol::{DeviceType, FaceQuality};
use vision::{Face, Picture};

use super::case::{Case, Judge, Shot};
use super::look::{Scene, find, one};
use super::recent::rank;
use super::track::{LOST, TrackId, Tracker};
use super::{Label, SeenFace, Sights};
use crate::camera::{Card, Image};
use crate::decision::Verdict;

/// Smaller faces are not followed: they are compared with nobody.
const SMALLEST: f32 = 28.0;
/// A shot this good is not bettered by waiting.
const VERY_GOOD: f64 = 0.8;
/// Milliseconds a better shot is waited for once there is one that passes.
const SETTLE: i64 = 700;
/// Milliseconds a passing shot is waited for before a poor one is judged.
const PATIENCE: i64 = 3000;
/// A shot is better when it is worth this much more.
const BETTER: f64 = 0.05;
/// Milliseconds between two looks at a face that was not let in.
const AGAIN: i64 = 2000;
/// Milliseconds after which a track begins anew.
const LONGEST: i64 = 30_000;
/// How much of the surroundings of a face is kept with a shot, in its own sizes; more than the picture of an event shows.
const MARGIN: f32 = 0.8;

/// All cameras whose faces are followed.
#[derive(Default)]
pub(super) struct Followers {
    cameras: Mutex<HashMap<String, Follower>>,
}

/// One camera.
#[derive(Default)]
struct Follower {
    tracker: Tracker,
    walks: HashMap<TrackId, Walk>,
    /// The faces of the last frame: where, and whose track.
    visible: Vec<(TrackId, [i32; 4])>,
    /// When the latest frame was taken.
    newest: i64,
    /// Frames that are being looked at.
    looking: usize,
    /// When a frame was last looked at.
    looked: Option<Instant>,
}

/// What is known of one track.
struct Walk {
    begun: i64,
    shots: u32,
    /// When the first shot that passes was taken.
    passed: Option<i64>,
    /// The best shot since the last verdict.
    best: Option<Best>,
    judged: Option<Judged>,
    /// What the best verdict on this walk said, for those who watch.
    label: Option<Label>,
}

/// The best shot of a walk, cut out of its frame.
struct Best {
    worth: f64,
    shot: Shot,
    part: Picture,
    /// Where the part begins in the frame.
    corner: [i32; 2],
    /// The face, in the part's own pixels.
    face: Face,
    frame: [u32; 2],
    found: usize,
}

#[derive(Clone, Copy)]
struct Judged {
    at: i64,
    worth: f64,
    /// `None` while it is being judged for the first time.
    best: Option<Verdict>,
}

/// A shot whose time has come.
struct Due {
    track: TrackId,
    best: Best,
    shots: u32,
    /// The best verdict on this walk so far.
    before: Option<Verdict>,
}

/// A verdict and the camera it belongs to.
pub(super) type Told = (Case, Arc<Card>);

impl Followers {
    /// Whether the faces in this picture of a camera are followed: frames are, single pictures stand for themselves.
    pub(super) fn follow(card: &Card, image: &Image) -> bool {
        card.device_type == DeviceType::IpcDynamic && matches!(image, Image::Frame(_))
    }

    /// Follows the faces of a frame; returns what there is to tell now. The error says why it is no picture.
    pub(super) fn cases(
        &self,
        judge: &Judge,
        image: Image,
        shot: &Shot,
        sights: &Sights,
    ) -> Result<Vec<Case>, String> {
        let begun = Instant::now();
        let _look = self.look(&shot.camera.name);
        let (picture, found, mut faces) = find(&judge.engine, image, &judge.habits.of(&shot.camera.name))?;
        faces.retain(|face| face.size() >= SMALLEST);
        let level = shot.camera.quality.unwrap_or(shot.level);
        let qualities: Vec<_> =
            faces.iter().map(|face| judge.engine.quality(&picture, face, level)).collect();
        let mut shot = shot.clone();
        shot.times.looked = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let due = {
            let mut cameras = self.lock();
            let follower = cameras.entry(shot.camera.name.clone()).or_default();
            follower.see(&picture, found, &faces, &qualities, &shot)
        };
        let told = due.into_iter().filter_map(|due| self.judge(judge, due)).map(|(case, _)| case).collect();
        let size = [picture.width(), picture.height()];
        sights.show(&shot.camera.name, shot.taken_at, &picture, || self.visible(&shot.camera.name, size));
        Ok(told)
    }

    /// The faces of a camera's last frame, with what is known of each.
    fn visible(&self, camera: &str, size: [u32; 2]) -> Vec<SeenFace> {
        let cameras = self.lock();
        let Some(follower) = cameras.get(camera) else { return Vec::new() };
        let label = |track| follower.walks.get(track).and_then(|walk| walk.label.clone());
        follower.visible.iter().map(|(track, bbox)| SeenFace::new(*bbox, size, label(track))).collect()
    }

    /// Judges the walks that have ended, of all cameras; `waits` says whether frames of a camera are still to be looked at.
    pub(super) fn ended(&self, judge: &Judge, waits: impl Fn(&str) -> bool) -> Vec<Told> {
        let mut due = Vec::new();
        {
            let mut cameras = self.lock();
            for (camera, follower) in cameras.iter_mut() {
                due.extend(follower.ended(|| waits(camera)));
            }
            cameras.retain(|_, follower| follower.looking > 0 || !follower.tracker.is_empty());
        }
        due.into_iter().filter_map(|due| self.judge(judge, due)).collect()
    }

    /// Judges a shot; `None` when there is nothing better to tell than before.
    fn judge(&self, judge: &Judge, due: Due) -> Option<Told> {
        let Due { track, best, shots, before } = due;
        let Best { mut shot, part, corner, face, frame, found, .. } = best;
        if shots > 1 {
            shot.source = format!("{}, best of {shots} shots", shot.source);
        }
        let level = shot.camera.quality.unwrap_or(shot.level);
        let look = one(&judge.engine, &part, face, level)
            .inspect_err(
                |reason| tracing::warn!(camera = %shot.camera.name, %reason, "a face cannot be judged"),
            )
            .ok()?;
        let scene = Scene { picture: part, found, faces: Vec::new() };
        let mut case = judge.case(&scene, &look, &shot);
        let trace = &mut case.record.trace;
        trace.picture = frame;
        for (side, at) in trace.bbox.iter_mut().zip([corner[0], corner[1]].into_iter().cycle()) {
            *side += at;
        }
        let verdict = case.record.verdict;
        if let Some(walk) = self.lock().get_mut(&shot.camera.name).and_then(|f| f.walks.get_mut(&track))
            && let Some(judged) = &mut walk.judged
        {
            if judged.best.is_none_or(|best| rank(verdict) >= rank(best)) {
                walk.label = Some(Label::of(&case.record));
            }
            judged.best = judged.best.into_iter().chain([verdict]).max_by_key(|verdict| rank(*verdict));
        }
        let tells = before.is_none_or(|before| rank(verdict) > rank(before));
        tells.then(|| (case, shot.camera.clone()))
    }

    /// Notes that a frame of a camera is being looked at, until what it returns is dropped.
    fn look<'a>(&'a self, camera: &'a str) -> Look<'a> {
        self.lock().entry(camera.to_owned()).or_default().looking += 1;
        Look { followers: self, camera }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Follower>> {
        self.cameras.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A frame of a camera that is being looked at.
struct Look<'a> {
    followers: &'a Followers,
    camera: &'a str,
}

impl Drop for Look<'_> {
    fn drop(&mut self) {
        if let Some(follower) = self.followers.lock().get_mut(self.camera) {
            follower.looking -= 1;
            follower.looked = Some(Instant::now());
        }
    }
}

impl Follower {
    /// Takes the faces of a frame; returns the shots whose time has come.
    fn see(
        &mut self,
        picture: &Picture,
        found: usize,
        faces: &[Face],
        qualities: &[FaceQuality],
        shot: &Shot,
    ) -> Vec<Due> {
        let areas: Vec<_> = faces.iter().map(|face| face.bbox).collect();
        let tracks = self.tracker.follow(shot.taken_at, &areas);
        // Several judges look at once, so frames come a little out of order; a clock that was set back is followed.
        if shot.taken_at > self.newest || self.newest - shot.taken_at > LOST {
            self.newest = shot.taken_at;
        }
        self.visible = tracks.iter().copied().zip(faces.iter().map(|face| face.with_margin(0.0))).collect();
        self.walks.retain(|id, _| self.tracker.has(*id));
        let mut due = Vec::new();
        for (((track, face), quality), place) in tracks.into_iter().zip(faces).zip(qualities).zip(0..) {
            let walk = self.walks.entry(track).or_insert_with(|| Walk::begin(shot.taken_at));
            walk.shots += 1;
            if quality.fiqa_result {
                walk.passed.get_or_insert(shot.taken_at);
            }
            let worth = worth(quality);
            if walk.best.as_ref().is_none_or(|best| worth > best.worth) {
                let mut shot = shot.clone();
                // Receivers know a capture by camera, person and millisecond: strangers of one picture differ in the last.
                shot.taken_at += place;
                walk.best = Some(Best::cut(picture, found, face, worth, shot));
            }
            due.extend(walk.due(track, shot.taken_at));
        }
        due
    }

    /// The last shots of walks that have ended. Their time is that of the frames: on a busy box these wait to be looked at.
    fn ended(&mut self, waits: impl Fn() -> bool) -> Vec<Due> {
        let silence = Duration::from_millis(LOST.unsigned_abs());
        let is_silent = self.looking == 0 && self.looked.is_some_and(|at| at.elapsed() > silence) && !waits();
        let lost = if is_silent { self.tracker.end() } else { self.tracker.lost(self.newest) };
        lost.into_iter().filter_map(|track| self.walks.remove(&track)?.last(track)).collect()
    }
}

impl Walk {
    fn begin(at: i64) -> Self {
        Self { begun: at, shots: 0, passed: None, best: None, judged: None, label: None }
    }

    /// The best shot, when its time has come.
    fn due(&mut self, track: TrackId, now: i64) -> Option<Due> {
        if now - self.begun > LONGEST {
            *self = Self { best: self.best.take(), label: self.label.take(), ..Self::begin(now) };
        }
        let worth = self.best.as_ref()?.worth;
        let is_time = match self.judged {
            None => {
                worth >= VERY_GOOD
                    || self.passed.is_some_and(|at| now - at >= SETTLE)
                    || now - self.begun >= PATIENCE
            }
            Some(Judged { best: None | Some(Verdict::LetIn), .. }) => false,
            Some(judged) => worth > judged.worth + BETTER || now - judged.at >= AGAIN,
        };
        if !is_time {
            return None;
        }
        let before = self.judged.and_then(|judged| judged.best);
        self.judged = Some(Judged { at: now, worth, best: before });
        Some(Due { track, best: self.best.take()?, shots: self.shots, before })
    }

    /// The best shot of a walk that has ended, when it may change something.
    fn last(self, track: TrackId) -> Option<Due> {
        let best = self.best?;
        let before = match self.judged {
            None => None,
            Some(Judged { best: None | Some(Verdict::LetIn), .. }) => return None,
            Some(judged) if best.worth <= judged.worth + BETTER => return None,
            Some(judged) => judged.best,
        };
        Some(Due { track, best, shots: self.shots, before })
    }
}

impl Best {
    fn cut(picture: &Picture, found: usize, face: &Face, worth: f64, shot: Shot) -> Self {
        let area = face.with_margin(MARGIN);
        let corner = [area[0].max(0), area[1].max(0)];
        #[expect(clippy::cast_precision_loss, reason = "pixels")]
        let moved = face.moved(corner[0] as f32, corner[1] as f32);
        Self {
            worth,
            shot,
            part: picture.crop(area),
            corner,
            face: moved,
            frame: [picture.width(), picture.height()],
            found,
        }
    }
}

/// What a shot is worth, 0 to 1, from size, sharpness and pose; from 0.5 on it passes at the level asked for.
fn worth(quality: &FaceQuality) -> f64 {
    let info = &quality.info;
    let angles = info.headpose.pitch.abs() + info.headpose.yaw.abs() + info.headpose.roll.abs();
    let size = (info.face_size / 160.0).clamp(0.0, 1.0);
    let sharp = (info.clarity / 1.2).clamp(0.0, 1.0);
    let frontal = 1.0 - (angles / 120.0).clamp(0.0, 1.0);
    let whole = if info.partial { 0.5 } else { 1.0 };
    let worth = 0.5 * size * sharp * frontal * whole;
    if quality.fiqa_result { 0.5 + worth } else { worth }
}

/// How often walks that have ended are looked for, in milliseconds.
pub(super) const SWEEP: u64 = LOST as u64 / 3;

#[cfg(test)]
mod tests;
