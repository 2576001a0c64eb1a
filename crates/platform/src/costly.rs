//! Answers that take long to find are told again for a while, in place of being found anew for everybody who asks: however many look at
//! the overview of a large fleet, counting takes about a tenth of one reader's time.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What is found faster is never kept: small installations always see how things are now.
const COSTLY: Duration = Duration::from_secs(1);
/// An answer is kept for so many times what it took,
const TIMES: u32 = 10;
/// and never longer than this.
const LONGEST: Duration = Duration::from_secs(60);
/// Questions answers are kept of; beyond this all are forgotten.
const QUESTIONS: usize = 100;

/// The answers that are kept, by what was asked.
#[derive(Debug)]
pub(crate) struct Costly<K, V> {
    kept: Mutex<BTreeMap<K, Kept<V>>>,
}

#[derive(Debug)]
struct Kept<V> {
    value: V,
    took: Duration,
    until: Instant,
}

impl<K, V> Default for Costly<K, V> {
    fn default() -> Self {
        Self { kept: Mutex::default() }
    }
}

impl<K: Ord, V: Clone> Costly<K, V> {
    /// The answer that is kept, else what `find` finds, with the time that took: finding alone, without the wait for a turn.
    pub(crate) async fn get<E>(
        &self,
        key: K,
        find: impl Future<Output = Result<(V, Duration), E>>,
    ) -> Result<V, E> {
        if let Some(value) = self.told(&key, Instant::now()) {
            return Ok(value);
        }
        let (value, took) = find.await?;
        self.keep(key, &value, took, Instant::now());
        Ok(value)
    }

    /// What is told at `now` without asking. Whoever comes first after an answer's time finds the next one; the others are told
    /// the old one as long as that may take.
    fn told(&self, key: &K, now: Instant) -> Option<V> {
        let mut kept = self.lock();
        let known = kept.get_mut(key)?;
        if known.until <= now {
            known.until = now + known.took * 2;
            return None;
        }
        Some(known.value.clone())
    }

    fn keep(&self, key: K, value: &V, took: Duration, now: Instant) {
        let mut kept = self.lock();
        if took < COSTLY {
            kept.remove(&key);
            return;
        }
        if kept.len() >= QUESTIONS {
            kept.clear();
        }
        let until = now + (took * TIMES).min(LONGEST);
        kept.insert(key, Kept { value: value.clone(), took, until });
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<K, Kept<V>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn what_is_found_fast_is_found_anew_each_time() {
        let (costly, now) = (Costly::default(), Instant::now());
        costly.keep("fast", &1, Duration::from_millis(999), now);
        assert_eq!(costly.told(&"fast", now + seconds(1)), None);
    }

    #[test]
    fn what_took_long_is_told_again_and_then_found_by_one_while_the_others_hear_the_old() {
        let (costly, found) = (Costly::default(), Instant::now());
        costly.keep("slow", &1, seconds(2), found);
        assert_eq!(costly.told(&"other", found), None);
        assert_eq!(costly.told(&"slow", found + seconds(19)), Some(1));
        let first = found + seconds(20);
        assert_eq!(costly.told(&"slow", first), None, "the first one after its time finds the next");
        assert_eq!(costly.told(&"slow", first + seconds(3)), Some(1), "others do not wait for it");
        assert_eq!(costly.told(&"slow", first + seconds(4)), None, "unless it takes too long, or failed");
        costly.keep("slow", &2, seconds(1), first + seconds(1));
        assert_eq!(costly.told(&"slow", first + seconds(5)), Some(2));
        costly.keep("slow", &3, seconds(0), first);
        assert_eq!(costly.told(&"slow", first + seconds(5)), None, "it is fast again");
        costly.keep("slow", &4, seconds(100), first);
        assert_eq!(costly.told(&"slow", first + seconds(59)), Some(4));
        assert_eq!(costly.told(&"slow", first + seconds(60)), None, "nothing is told for longer");
    }

    #[test]
    fn no_more_is_kept_than_there_is_room_for() {
        let (costly, now) = (Costly::default(), Instant::now());
        for key in 0..1000 {
            costly.keep(key, &key, seconds(1), now);
            assert!(costly.lock().len() <= QUESTIONS);
        }
        assert_eq!(costly.told(&999, now + seconds(2)), Some(999));
    }
}
