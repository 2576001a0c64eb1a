//! How a camera's faces were found lately: one over a door shows near faces again and again, one over a hall a crowd or tiny faces, and
//! looking first as it was needed the last time saves the other look.

use std::sync::atomic::{AtomicBool, Ordering};

/// What one camera's frames were like. Shared by whoever looks at them; a lost update costs one look.
#[derive(Debug, Default)]
pub struct Habit {
    far: AtomicBool,
}

impl Habit {
    /// Whether the last frame with faces had to be looked at finely everywhere.
    pub(crate) fn is_far(&self) -> bool {
        self.far.load(Ordering::Relaxed)
    }

    pub(crate) fn note(&self, far: bool) {
        self.far.store(far, Ordering::Relaxed);
    }
}
