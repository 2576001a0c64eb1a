//! Log lines about what anybody can send as often as they like: so many a minute, and with the next one how many were left out.

use std::sync::{Mutex, PoisonError};

/// Lines within one [`WINDOW`].
const LINES: u32 = 60;
/// Milliseconds.
const WINDOW: i64 = 60_000;

/// How many lines there were lately.
#[derive(Debug, Default)]
pub(crate) struct Seldom {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    since: i64,
    lines: u32,
    left_out: u64,
}

impl Seldom {
    /// Whether a line may be written at `now` (milliseconds): how many were left out since the last one.
    pub(crate) fn line(&self, now: i64) -> Option<u64> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if now.abs_diff(state.since) >= WINDOW.unsigned_abs() {
            (state.since, state.lines) = (now, 0);
        }
        if state.lines >= LINES {
            state.left_out += 1;
            return None;
        }
        state.lines += 1;
        Some(std::mem::take(&mut state.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_writes_few_lines_and_the_next_one_tells_of_the_rest() {
        let seldom = Seldom::default();
        let written = (0..10_000).filter(|n| seldom.line(1_000_000 + n).is_some()).count();
        assert_eq!(written, 60);
        assert_eq!(seldom.line(1_000_000 + WINDOW), Some(9_940));
        assert_eq!(seldom.line(1_000_001 + WINDOW), Some(0));
    }
}
