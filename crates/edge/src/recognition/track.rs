//! Follows faces from frame to frame by where they are, and by nothing else: each face of a frame belongs to exactly one track,
//! and the number of tracks is bounded whatever comes.
//!
//! A track expects its face where it would be if it moved on as it did, or failing that where it was. The most alike pair of track and face is joined first,
//! by overlap and by distance in units of the face's own size; a face that fits no track begins one. Frames may come a little
//! out of order, because several judges work at once: a late one is joined to the tracks, but moves none of them.

/// A face's box: left, top, right, bottom in pixels.
pub(super) type Area = [f32; 4];
/// Number of a track; never used twice.
pub(super) type TrackId = u64;

/// Milliseconds without its face after which a track has ended, in the time of its camera's frames.
pub(super) const LOST: i64 = 900;
/// Frames without its face before a track may end: frames that were dropped say nothing of where the face is.
const MISSES: u8 = 2;
/// Milliseconds for which a face is expected to move on as it did.
const AHEAD: i64 = 2000;
/// Tracks at once; beyond it the one not seen for longest ends.
const MOST: usize = 32;
/// Less alike than this is another face: two boxes that do not touch are.
const LEAST: f32 = 0.15;
/// A face that moves by more than this many of its own sizes is another one.
const REACH: f32 = 1.5;
/// A face whose size changes by more than this factor between two frames is another one.
const GROWTH: f32 = 2.0;
/// How much being where it was counts beside being where it is expected.
const STILL: f32 = 0.8;
/// How much of the newest movement goes into the expected one.
const FRESH: f32 = 0.5;

/// The faces of one camera that are followed.
#[derive(Debug, Default)]
pub(super) struct Tracker {
    tracks: Vec<Track>,
    next: TrackId,
}

#[derive(Debug)]
struct Track {
    id: TrackId,
    area: Area,
    /// Pixels per millisecond.
    speed: [f32; 2],
    seen_at: i64,
    /// Later frames that did not show the face.
    missed: u8,
}

impl Tracker {
    /// The track of each face of a frame taken `at` (milliseconds), in the faces' order.
    pub(super) fn follow(&mut self, at: i64, faces: &[Area]) -> Vec<TrackId> {
        let mut pairs = Vec::new();
        for (t, track) in self.tracks.iter().enumerate() {
            let expected = track.expected(at);
            for (f, face) in faces.iter().enumerate() {
                // Frames of a stream that stalls and then hurries carry times that say little about speed: a face may also
                // be where it was, though where it is expected counts for more.
                let alike = likeness(&expected, face).max(STILL * likeness(&track.area, face));
                if alike >= LEAST {
                    pairs.push((alike, t, f));
                }
            }
        }
        pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut of_face = vec![None; faces.len()];
        let mut taken = vec![false; self.tracks.len()];
        for (_, t, f) in pairs {
            if !taken[t] && of_face[f].is_none() {
                taken[t] = true;
                of_face[f] = Some(t);
            }
        }
        let known: Vec<Option<TrackId>> = of_face
            .iter()
            .zip(faces)
            .map(|(t, face)| {
                let track = &mut self.tracks[(*t)?];
                track.saw(at, *face);
                Some(track.id)
            })
            .collect();
        for (track, taken) in self.tracks.iter_mut().zip(taken) {
            if !taken && (at > track.seen_at || track.seen_at - at > LOST) {
                track.missed = track.missed.saturating_add(1);
            }
        }
        known.into_iter().zip(faces).map(|(id, face)| id.unwrap_or_else(|| self.begin(at, *face))).collect()
    }

    /// Ends the tracks whose faces are not in the latest frames, the last of which was taken at `newest`, and returns them.
    pub(super) fn lost(&mut self, newest: i64) -> Vec<TrackId> {
        let (lost, kept) = std::mem::take(&mut self.tracks)
            .into_iter()
            .partition::<Vec<_>, _>(|track| track.missed >= MISSES && (newest - track.seen_at).abs() > LOST);
        self.tracks = kept;
        lost.into_iter().map(|track| track.id).collect()
    }

    /// Ends every track: no frame comes any more.
    pub(super) fn end(&mut self) -> Vec<TrackId> {
        std::mem::take(&mut self.tracks).into_iter().map(|track| track.id).collect()
    }

    /// Whether a track goes on.
    pub(super) fn has(&self, id: TrackId) -> bool {
        self.tracks.iter().any(|track| track.id == id)
    }

    /// Whether nobody is followed.
    pub(super) fn is_empty(&self) -> bool {
        self.tracks.is_empty()
    }

    fn begin(&mut self, at: i64, area: Area) -> TrackId {
        if self.tracks.len() >= MOST
            && let Some(oldest) = (0..self.tracks.len()).min_by_key(|&t| self.tracks[t].seen_at)
        {
            self.tracks.swap_remove(oldest);
        }
        let id = self.next;
        self.next += 1;
        self.tracks.push(Track { id, area, speed: [0.0; 2], seen_at: at, missed: 0 });
        id
    }
}

impl Track {
    /// Where the face is at `at` if it moves on as it did.
    fn expected(&self, at: i64) -> Area {
        #[expect(clippy::cast_precision_loss, reason = "at most AHEAD")]
        let passed = (at - self.seen_at).clamp(-AHEAD, AHEAD) as f32;
        let [dx, dy] = self.speed.map(|speed| speed * passed);
        let [left, top, right, bottom] = self.area;
        [left + dx, top + dy, right + dx, bottom + dy]
    }

    fn saw(&mut self, at: i64, area: Area) {
        self.missed = 0;
        if at <= self.seen_at {
            return;
        }
        #[expect(clippy::cast_precision_loss, reason = "milliseconds between frames")]
        let passed = (at - self.seen_at) as f32;
        let (before, now) = (centre(&self.area), centre(&area));
        for axis in 0..2 {
            let speed = (now[axis] - before[axis]) / passed;
            self.speed[axis] += FRESH * (speed - self.speed[axis]);
        }
        self.area = area;
        self.seen_at = at;
    }
}

/// How likely two boxes show one face: 0 not at all, 1 beyond doubt.
fn likeness(a: &Area, b: &Area) -> f32 {
    let (size_a, size_b) = (size(a), size(b));
    let (small, large) = (size_a.min(size_b), size_a.max(size_b));
    if !(small > 0.0 && large <= small * GROWTH) {
        return 0.0;
    }
    let ([ax, ay], [bx, by]) = (centre(a), centre(b));
    let distance = (ax - bx).hypot(ay - by) / (0.5 * (size_a + size_b));
    let closeness = (1.0 - distance / REACH).max(0.0);
    0.5 * (closeness + overlap(a, b))
}

/// Intersection over union.
fn overlap(a: &Area, b: &Area) -> f32 {
    let width = a[2].min(b[2]) - a[0].max(b[0]);
    let height = a[3].min(b[3]) - a[1].max(b[1]);
    if width <= 0.0 || height <= 0.0 {
        return 0.0;
    }
    let both = width * height;
    let area = |r: &Area| (r[2] - r[0]) * (r[3] - r[1]);
    both / (area(a) + area(b) - both)
}

fn centre(area: &Area) -> [f32; 2] {
    [0.5 * (area[0] + area[2]), 0.5 * (area[1] + area[3])]
}

fn size(area: &Area) -> f32 {
    ((area[2] - area[0]) * (area[3] - area[1])).max(0.0).sqrt()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Area, LOST, MOST, Tracker};

    fn at(x: f32, y: f32, size: f32) -> Area {
        [x, y, x + size, y + size]
    }

    #[test]
    fn a_face_that_walks_keeps_its_track_and_a_pause_ends_it() {
        let mut tracker = Tracker::default();
        let first = tracker.follow(0, &[at(0.0, 100.0, 80.0)]);
        for frame in 1..20_u8 {
            // It speeds up to three quarters of its size per frame, which no box alone would bridge.
            let x = 1.6 * f32::from(frame) * f32::from(frame);
            assert_eq!(tracker.follow(i64::from(frame) * 125, &[at(x, 100.0, 80.0)]), first, "frame {frame}");
        }
        let last = 19 * 125;
        assert!(tracker.follow(last + LOST, &[]).is_empty());
        assert!(tracker.follow(last + LOST + 1, &[]).is_empty());
        assert!(tracker.lost(last + LOST).is_empty());
        assert_eq!(tracker.lost(last + LOST + 1), first);
        assert!(tracker.is_empty());
        assert_ne!(tracker.follow(9000, &[at(577.0, 100.0, 80.0)]), first);
    }

    #[test]
    fn two_who_meet_and_pass_are_not_mixed_up() {
        let mut tracker = Tracker::default();
        let both = tracker.follow(0, &[at(0.0, 0.0, 60.0), at(400.0, 30.0, 60.0)]);
        for frame in 1..=10_u8 {
            let walked = 40.0 * f32::from(frame);
            let faces = [at(400.0 - walked, 30.0, 60.0), at(walked, 0.0, 60.0)];
            let found = tracker.follow(i64::from(frame) * 125, &faces);
            assert_eq!(found, [both[1], both[0]], "frame {frame}");
        }
    }

    #[test]
    fn a_stream_that_stalls_and_then_hurries_does_not_split_a_walk() {
        let mut tracker = Tracker::default();
        let mut x = 0.0;
        let first = tracker.follow(0, &[at(x, 100.0, 80.0)]);
        // Somebody walks 20 pixels from frame to frame; the frames come evenly, then late, then all at once, then evenly.
        let gaps = [125, 125, 125, 125, 800, 4, 4, 4, 4, 4, 125, 125, 125, 850, 3, 3, 125, 125];
        let mut now = 0;
        for (frame, gap) in gaps.into_iter().enumerate() {
            now += gap;
            x += 20.0;
            assert_eq!(tracker.follow(now, &[at(x, 100.0, 80.0)]), first, "frame {frame}");
        }
    }

    #[test]
    fn frames_that_were_dropped_do_not_split_a_walk() {
        let mut tracker = Tracker::default();
        let first = tracker.follow(0, &[at(0.0, 100.0, 80.0)]);
        let mut now = 0;
        // Of the frames of somebody who walks 20 pixels in 100 ms, a busy box looks at few.
        for gap in [100, 200, 300, 1000, 100, 1500, 200, 1200, 1200] {
            now += gap;
            #[expect(clippy::cast_precision_loss, reason = "small")]
            let x = now as f32 * 0.2;
            assert_eq!(tracker.follow(now, &[at(x, 100.0, 80.0)]), first, "after {gap} ms");
            assert!(tracker.lost(now).is_empty());
        }
        tracker.follow(now + 2 * LOST, &[]);
        assert!(tracker.lost(now + 2 * LOST).is_empty(), "one frame without a face is no end");
        assert_eq!(tracker.end(), first);
    }

    #[test]
    fn a_late_frame_is_joined_and_moves_nothing() {
        let mut tracker = Tracker::default();
        let id = tracker.follow(0, &[at(0.0, 0.0, 60.0)]);
        assert_eq!(tracker.follow(200, &[at(40.0, 0.0, 60.0)]), id);
        assert_eq!(tracker.follow(100, &[at(20.0, 0.0, 60.0)]), id);
        assert_eq!(tracker.follow(300, &[at(60.0, 0.0, 60.0)]), id);
    }

    #[test]
    fn a_much_larger_face_at_the_same_place_is_another() {
        let mut tracker = Tracker::default();
        let far = tracker.follow(0, &[at(100.0, 100.0, 40.0)]);
        assert_ne!(tracker.follow(125, &[at(60.0, 60.0, 120.0)]), far);
    }

    proptest! {
        /// Whatever a detector delivers: one track per face of a frame, never one track twice, and a bound on all of them.
        #[test]
        fn every_face_has_a_track_of_its_own(
            frames in prop::collection::vec(
                prop::collection::vec((-50.0_f32..2000.0, -50.0_f32..1100.0, 0.0_f32..500.0), 0..16), 0..40),
            step in -200_i64..1500,
        ) {
            let mut tracker = Tracker::default();
            for (frame, n) in frames.iter().zip(0..) {
                let faces: Vec<Area> = frame.iter().map(|&(x, y, size)| at(x, y, size)).collect();
                let mut ids = tracker.follow(n * step, &faces);
                prop_assert_eq!(ids.len(), faces.len());
                ids.sort_unstable();
                ids.dedup();
                prop_assert_eq!(ids.len(), faces.len());
                prop_assert!(tracker.tracks.len() <= MOST);
                tracker.lost(n * step);
            }
        }

        /// People far from each other are never mixed up, however they are listed.
        #[test]
        fn far_apart_means_never_swapped(
            moves in prop::collection::vec((-12.0_f32..12.0, -12.0_f32..12.0, any::<bool>()), 1..60),
        ) {
            let mut tracker = Tracker::default();
            let (mut a, mut b) = ([500.0, 500.0], [1500.0, 500.0]);
            let ids = tracker.follow(0, &[at(a[0], a[1], 90.0), at(b[0], b[1], 90.0)]);
            for (&(dx, dy, turned), n) in moves.iter().zip(1..) {
                // Neither may reach the other: they drift around their places.
                a = [500.0 + dx * 1.2 + (a[0] - 500.0) * 0.5, 500.0 + dy];
                b = [1500.0 - dx * 1.2 + (b[0] - 1500.0) * 0.5, 500.0 - dy];
                let (face_a, face_b) = (at(a[0], a[1], 90.0), at(b[0], b[1], 90.0));
                let found = if turned {
                    let found = tracker.follow(n * 125, &[face_b, face_a]);
                    vec![found[1], found[0]]
                } else {
                    tracker.follow(n * 125, &[face_a, face_b])
                };
                prop_assert_eq!(&found, &ids);
            }
        }
    }
}
