//! At which scale each camera's faces were found lately, so that they are looked for there first.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use vision::Habit;

/// Cameras remembered; beyond it all start anew.
const MOST: usize = 64;

/// The habits of all cameras, by name.
#[derive(Debug, Default)]
pub(super) struct Habits {
    of: Mutex<HashMap<String, Arc<Habit>>>,
}

impl Habits {
    /// The habit of a camera.
    pub(super) fn of(&self, camera: &str) -> Arc<Habit> {
        let mut known = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(habit) = known.get(camera) {
            return habit.clone();
        }
        if known.len() >= MOST {
            known.clear();
        }
        known.entry(camera.to_owned()).or_default().clone()
    }
}
