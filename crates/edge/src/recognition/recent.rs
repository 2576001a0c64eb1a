//! Who was seen a moment ago: one person in front of one camera makes one event per interval.
//!
//! A named person is known by the id; an unnamed face by its template, because a stranger has nothing else, and because a
//! poor picture of somebody who was just recognised is no stranger. A better verdict is always told: who was refused as
//! not certain enough and is certain a second later must not wait in front of a closed door. Two unnamed faces of one picture
//! are two people, however alike.

use std::collections::VecDeque;

use vision::Template;

use crate::decision::Verdict;

/// Sightings remembered at most; beyond it the oldest are forgotten early.
const MOST: usize = 512;
/// Whoever stands in front of a door that failed may ask again after this time, in milliseconds, however long the interval is.
const AT_A_FAILED_DOOR: i64 = 2000;

/// A face that was judged.
#[derive(Debug, Clone)]
pub(super) struct Sighting {
    /// Number of the capture it was found in.
    pub(super) capture: u64,
    /// The camera's name.
    pub(super) camera: String,
    /// When, milliseconds UTC.
    pub(super) at: i64,
    /// Milliseconds in which one person makes one event here; `None`: as everywhere.
    pub(super) interval: Option<i64>,
    /// Who, when it has a name.
    pub(super) identity: Option<String>,
    /// What was decided.
    pub(super) verdict: Verdict,
    /// Its template; `None` when the picture was too poor for one.
    pub(super) template: Option<Template>,
}

/// The memory.
#[derive(Debug)]
pub(super) struct Recent {
    interval: i64,
    same: f32,
    seen: VecDeque<Kept>,
}

/// A sighting that made an event.
#[derive(Debug)]
struct Kept {
    sighting: Sighting,
    door_failed: bool,
}

impl Recent {
    /// `interval` in milliseconds; faces whose cosine is at least `same` are taken for one person.
    pub(super) fn new(interval: i64, same: f32) -> Self {
        Self { interval, same, seen: VecDeque::new() }
    }

    /// Another interval is in force from now on, milliseconds.
    pub(super) fn follow(&mut self, interval: i64) {
        self.interval = interval;
    }

    /// Whether this sighting makes an event; if so it is remembered.
    pub(super) fn admit(&mut self, sighting: Sighting) -> bool {
        let interval = sighting.interval.unwrap_or(self.interval);
        if interval <= 0 {
            return true;
        }
        let repeated = self
            .seen
            .iter()
            .filter(|old| {
                let interval = if old.door_failed { interval.min(AT_A_FAILED_DOOR) } else { interval };
                old.sighting.camera == sighting.camera && (sighting.at - old.sighting.at).abs() < interval
            })
            .any(|old| self.repeats(&old.sighting, &sighting));
        if repeated {
            return false;
        }
        // Workers finish out of order, so an old sighting is kept for two intervals of its own camera.
        // One from a later time is of before the clock was set back.
        let kept = |Kept { sighting: old, .. }: &Kept| {
            2 * old.interval.unwrap_or(self.interval) >= (sighting.at - old.at).abs()
        };
        self.seen.retain(kept);
        while self.seen.len() >= MOST {
            self.seen.pop_front();
        }
        self.seen.push_back(Kept { sighting, door_failed: false });
        true
    }

    /// The door did not open for this person, who was admitted last at this camera.
    pub(super) fn door_failed(&mut self, camera: &str, identity: &str) {
        let is_it = |old: &&mut Kept| {
            old.sighting.camera == camera && old.sighting.identity.as_deref() == Some(identity)
        };
        if let Some(kept) = self.seen.iter_mut().rev().find(is_it) {
            kept.door_failed = true;
        }
    }

    fn repeats(&self, old: &Sighting, new: &Sighting) -> bool {
        match (&new.identity, &old.identity) {
            (Some(new_id), Some(old_id)) => new_id == old_id && rank(new.verdict) <= rank(old.verdict),
            (Some(_), None) => false,
            (None, _) if new.capture == old.capture => false,
            (None, _) => match (&new.template, &old.template) {
                (Some(a), Some(b)) => a.cosine(b) >= self.same && rank(new.verdict) <= rank(old.verdict),
                // Nothing tells one smudge from another.
                (None, _) => true,
                (Some(_), None) => false,
            },
        }
    }
}

/// Which of two verdicts is better, as a number.
pub(super) fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::LetIn => 2,
        Verdict::Refused => 1,
        Verdict::Possible | Verdict::Stranger => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(direction: usize) -> Template {
        let mut values = [0.0; 4];
        values[direction] = 1.0;
        values[3] = 0.1;
        Template::normalised(&values).unwrap()
    }

    fn sighting(at: i64, identity: Option<&str>, verdict: Verdict, template: Option<Template>) -> Sighting {
        let capture = u64::try_from(at).unwrap();
        Sighting {
            capture,
            camera: "front".into(),
            at,
            interval: None,
            identity: identity.map(Into::into),
            verdict,
            template,
        }
    }

    #[test]
    fn one_person_makes_one_event_per_interval_and_camera() {
        let mut recent = Recent::new(6000, 0.4);
        let at = |at| sighting(at, Some("1"), Verdict::LetIn, Some(face(0)));
        assert!(recent.admit(at(0)));
        assert!(!recent.admit(at(5999)));
        assert!(recent.admit(at(6000)));
        assert!(recent.admit(Sighting { camera: "back".into(), ..at(6001) }));
        assert!(recent.admit(sighting(6002, Some("2"), Verdict::LetIn, Some(face(0)))));
        assert!(!recent.admit(at(5000)), "a picture judged late is still the same person");
    }

    #[test]
    fn a_better_verdict_is_told_at_once() {
        let mut recent = Recent::new(6000, 0.4);
        assert!(recent.admit(sighting(0, None, Verdict::Stranger, Some(face(0)))));
        assert!(recent.admit(sighting(200, Some("1"), Verdict::Refused, Some(face(0)))));
        assert!(recent.admit(sighting(400, Some("1"), Verdict::LetIn, Some(face(0)))));
        assert!(!recent.admit(sighting(600, Some("1"), Verdict::Refused, Some(face(0)))));
        assert!(
            !recent.admit(sighting(800, None, Verdict::Stranger, Some(face(0)))),
            "a worse frame of the same face"
        );
    }

    #[test]
    fn whoever_stands_at_a_failed_door_may_ask_again_soon() {
        let mut recent = Recent::new(60_000, 0.4);
        let at = |at| sighting(at, Some("1"), Verdict::LetIn, Some(face(0)));
        assert!(recent.admit(at(0)));
        recent.door_failed("front", "1");
        assert!(!recent.admit(at(1999)));
        assert!(recent.admit(at(2000)));
        assert!(!recent.admit(at(4000)), "this time it opened");
    }

    #[test]
    fn strangers_are_told_apart_by_their_faces() {
        let mut recent = Recent::new(6000, 0.4);
        assert!(recent.admit(sighting(0, None, Verdict::Stranger, Some(face(0)))));
        assert!(!recent.admit(sighting(100, None, Verdict::Stranger, Some(face(0)))));
        assert!(recent.admit(sighting(200, None, Verdict::Stranger, Some(face(1)))));
        assert!(!recent.admit(sighting(300, None, Verdict::Refused, None)), "a smudge says nothing new");
        assert!(recent.admit(sighting(7000, None, Verdict::Stranger, Some(face(0)))));
        assert!(
            recent.admit(sighting(7000, None, Verdict::Stranger, Some(face(0)))),
            "two faces of one picture"
        );
        assert!(!recent.admit(sighting(7100, None, Verdict::Stranger, Some(face(0)))));
    }

    #[test]
    fn a_clock_that_is_set_makes_nobody_a_repeat() {
        let mut recent = Recent::new(6000, 0.4);
        let day = 86_400_000;
        let at = |at| sighting(at, Some("1"), Verdict::LetIn, Some(face(0)));
        assert!(recent.admit(at(2 * day)));
        assert!(recent.admit(at(day)), "set back");
        assert_eq!(recent.seen.len(), 1, "what lies in the future is forgotten");
        assert!(recent.admit(at(2 * day)), "set forward");
    }

    #[test]
    fn the_memory_is_bounded() {
        let mut recent = Recent::new(60_000, 0.4);
        for n in 0..2000 {
            recent.admit(sighting(n, Some(&n.to_string()), Verdict::LetIn, None));
        }
        assert!(recent.seen.len() <= MOST);
    }
}
