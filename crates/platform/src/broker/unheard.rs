//! Routing keys nobody has bound a queue for: what is said under one is dropped here for a moment, as the broker would drop it.
//!
//! Most sites bind nothing to the event exchange, and each message comes back from the broker as a whole. So a key that came back rests; after
//! that one message asks again. A binding therefore takes effect within [`REST`].

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// How long a key is not tried again.
pub(super) const REST: Duration = Duration::from_millis(500);
/// Keys remembered at most; beyond it all are tried again.
const MOST: usize = 20_000;

/// The keys that came back.
#[derive(Debug, Default)]
pub(super) struct Unheard(HashMap<String, Instant>);

impl Unheard {
    /// Whether a message under this key would be dropped, as far as is known.
    pub(super) fn knows(&self, key: &str, now: Instant) -> bool {
        self.0.get(key).is_some_and(|since| now.saturating_duration_since(*since) < REST)
    }

    /// A message under this key came back.
    pub(super) fn learn(&mut self, key: String, now: Instant) {
        if self.0.len() >= MOST {
            self.0.clear();
        }
        self.0.insert(key, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_rests_and_is_tried_again() {
        let (mut unheard, now) = (Unheard::default(), Instant::now());
        assert!(!unheard.knows("event.visitor.B1", now));
        unheard.learn("event.visitor.B1".to_owned(), now);
        assert!(unheard.knows("event.visitor.B1", now + REST / 2));
        assert!(!unheard.knows("event.employee.B1", now + REST / 2));
        assert!(!unheard.knows("event.visitor.B1", now + REST));
    }

    #[test]
    fn it_does_not_grow_without_bound() {
        let (mut unheard, now) = (Unheard::default(), Instant::now());
        for number in 0..=MOST {
            unheard.learn(format!("event.visitor.{number}"), now);
        }
        assert!(unheard.0.len() <= MOST);
        assert!(unheard.knows(&format!("event.visitor.{MOST}"), now));
    }
}
