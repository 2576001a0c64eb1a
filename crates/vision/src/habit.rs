//! At which scale faces were found lately: a camera over a door shows near faces again and again, one over a hall far ones, and
//! looking first where they are saves the other look.

use std::sync::atomic::{AtomicBool, Ordering};

/// What one camera's frames were like. Shared by whoever looks at them; a lost update costs one look.
#[derive(Debug, Default)]
pub struct Habit {
    far: AtomicBool,
}

impl Habit {
    /// Whether the faces of the last frame were too small for a coarse look.
    pub(crate) fn is_far(&self) -> bool {
        self.far.load(Ordering::Relaxed)
    }

    pub(crate) fn note(&self, far: bool) {
        self.far.store(far, Ordering::Relaxed);
    }
}
