//! The last greetings with their pictures, in memory only and not for long: a screen fetches a picture when it has heard of the
//! greeting, and hears what it missed when its line was broken for a moment.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use serde::Serialize;
use utoipa::ToSchema;

use super::greeting::Kind;

/// Greetings kept.
const MOST: usize = 32;
/// Bytes of their pictures.
const MOST_BYTES: usize = 12 << 20;
/// How long a greeting is kept.
const KEPT: Duration = Duration::from_secs(90);
/// A screen that comes back is told greetings up to this age.
const MISSED: Duration = Duration::from_secs(10);

/// Somebody to greet, as a screen is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Greeting {
    /// Grows with every greeting; also names its picture.
    pub id: u64,
    /// When the box heard of the person, milliseconds UTC.
    pub at: i64,
    /// What the person is to the house.
    pub kind: Kind,
    /// The same for one person as long as the box runs; says nothing else.
    pub who: String,
    /// The name; null for strangers, and for those on the black list.
    pub name: Option<String>,
    /// Whether there is a picture.
    pub picture: bool,
}

/// The last greetings.
#[derive(Default)]
pub(super) struct Recent(Mutex<VecDeque<Kept>>);

struct Kept {
    greeting: Arc<Greeting>,
    picture: Option<Bytes>,
    at: Instant,
}

impl Recent {
    pub(super) fn keep(&self, greeting: Arc<Greeting>, picture: Option<Bytes>, now: Instant) {
        let mut all = self.fresh(now);
        all.push_back(Kept { greeting, picture, at: now });
        let size = |all: &VecDeque<Kept>| {
            all.iter().filter_map(|kept| Some(kept.picture.as_ref()?.len())).sum::<usize>()
        };
        while all.len() > MOST || size(&all) > MOST_BYTES {
            all.pop_front();
        }
    }

    pub(super) fn since(&self, id: u64, now: Instant) -> Vec<Arc<Greeting>> {
        let all = self.fresh(now);
        let missed = all.iter().filter(|kept| kept.greeting.id > id && now.duration_since(kept.at) < MISSED);
        missed.map(|kept| kept.greeting.clone()).collect()
    }

    pub(super) fn picture(&self, id: u64, now: Instant) -> Option<(Bytes, &'static str)> {
        let all = self.fresh(now);
        let bytes = all.iter().find(|kept| kept.greeting.id == id)?.picture.clone()?;
        let kind = crate::camera::content_type(&bytes);
        Some((bytes, kind))
    }

    fn fresh(&self, now: Instant) -> MutexGuard<'_, VecDeque<Kept>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|kept| now.duration_since(kept.at) < KEPT);
        all
    }
}

impl fmt::Debug for Recent {
    /// Without names and pictures: none ever reaches a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recent")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn greeting(id: u64) -> Arc<Greeting> {
        let name = Some("Tom".to_owned());
        Arc::new(Greeting { id, at: 0, kind: Kind::Employee, who: "a".into(), name, picture: true })
    }

    #[test]
    fn pictures_are_there_for_a_while_and_bounded() {
        let recent = Recent::default();
        let begin = Instant::now();
        recent.keep(greeting(1), Some(Bytes::from_static(b"\xff\xd8\xff")), begin);
        assert_eq!(recent.picture(1, begin).unwrap().1, "image/jpeg");
        assert_eq!(recent.since(0, begin).len(), 1);
        assert!(recent.since(1, begin).is_empty() && recent.since(0, begin + MISSED).is_empty());
        assert!(recent.picture(1, begin + KEPT).is_none() && recent.picture(2, begin).is_none());
        for id in 2..200 {
            recent.keep(greeting(id), Some(vec![0; MOST_BYTES / 4].into()), begin);
        }
        assert_eq!(recent.since(0, begin).len(), 4);
        for id in 200..300 {
            recent.keep(greeting(id), None, begin);
        }
        assert_eq!(recent.since(0, begin).len(), MOST);
    }
}
