//! Pictures whose events could not be stored and that come again: who is in them has been asked about at the door already, and is known to
//! be no repetition.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::camera::Seen;
use crate::decision::Record;
use crate::door::Outcome;

/// Pictures remembered; one that is forgotten is judged as a new one.
const MOST: usize = 128;
/// How long; sources try again much sooner.
const KEPT: Duration = Duration::from_secs(300);

/// The memory.
#[derive(Debug, Default)]
pub(super) struct Unstored(VecDeque<Picture>);

#[derive(Debug)]
struct Picture {
    number: u64,
    at: Instant,
    faces: Vec<Face>,
}

/// One face of such a picture.
#[derive(Debug, Clone)]
pub(super) struct Face {
    identity_id: String,
    /// What its door did.
    pub(super) door: Outcome,
    /// Whether there is nothing left to be stored of it.
    pub(super) done: bool,
}

impl Unstored {
    /// What is known of a picture that comes again; empty for one that is new.
    pub(super) fn take(&mut self, number: u64, now: Instant) -> Vec<Face> {
        self.0.retain(|picture| now.duration_since(picture.at) < KEPT);
        let found =
            self.0.iter().position(|picture| picture.number == number).and_then(|at| self.0.remove(at));
        found.map(|picture| picture.faces).unwrap_or_default()
    }

    /// Remembers a picture of which something could not be stored.
    pub(super) fn keep(&mut self, number: u64, seen: &[Seen], now: Instant) {
        let face = |seen: &Seen| Face {
            identity_id: seen.record.identity_id.clone(),
            door: seen.record.door.clone(),
            done: !seen.is_unstored(),
        };
        let faces = seen.iter().map(face).collect();
        self.0.push_back(Picture { number, at: now, faces });
        while self.0.len() > MOST {
            self.0.pop_front();
        }
    }
}

/// What became of this face when the picture came before.
pub(super) fn face_of<'a>(before: &'a [Face], record: &Record) -> Option<&'a Face> {
    // Strangers cannot be told apart: one that is still to be stored counts first.
    let mut same: Vec<&Face> = before.iter().filter(|face| face.identity_id == record.identity_id).collect();
    same.sort_by_key(|face| face.done);
    same.first().copied()
}
