//! How much pads may occupy at one time: captures sent by HTTP, and streams; in all, and for each camera.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// A capture on its way by HTTP: each may hold a whole body.
    Call,
    /// A stream.
    Stream,
}

impl Kind {
    /// Most in all, and of one camera.
    fn limits(self) -> (usize, usize) {
        match self {
            Self::Call => (12, 2),
            Self::Stream => (24, 4),
        }
    }
}

/// Who sits where.
#[derive(Debug, Default)]
pub(super) struct Seats(Mutex<HashMap<(Kind, String), usize>>);

/// One seat, until it is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    seats: Arc<Seats>,
    key: (Kind, String),
}

impl Seats {
    /// A seat, if there is one.
    pub(super) fn take(self: &Arc<Self>, kind: Kind, camera: &str) -> Option<Seat> {
        let (most, most_here) = kind.limits();
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = taken.iter().filter(|((of, _), _)| *of == kind).map(|(_, n)| n).sum();
        let key = (kind, camera.to_owned());
        let here = taken.get(&key).copied().unwrap_or(0);
        if all >= most || here >= most_here {
            return None;
        }
        taken.insert(key.clone(), here + 1);
        Some(Seat { seats: self.clone(), key })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.0.lock().unwrap_or_else(PoisonError::into_inner);
        match taken.get_mut(&self.key) {
            Some(here) if *here > 1 => *here -= 1,
            _ => {
                taken.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seats_are_few_and_come_back() {
        let seats = Arc::new(Seats::default());
        let mut taken: Vec<_> = (0..4).map(|_| seats.take(Kind::Stream, "a").unwrap()).collect();
        assert!(seats.take(Kind::Stream, "a").is_none());
        assert!(seats.take(Kind::Call, "a").is_some());
        taken.pop();
        taken.push(seats.take(Kind::Stream, "a").unwrap());
        for n in 0..20 {
            taken.push(seats.take(Kind::Stream, &n.to_string()).unwrap());
        }
        assert!(seats.take(Kind::Stream, "b").is_none());
        drop(taken);
        assert!(seats.0.lock().unwrap().is_empty());
    }
}
