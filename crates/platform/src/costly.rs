//! Answers that take long to find are told again for a while, in place of being found anew for everybody who asks: however many look at
//! the overview of a large fleet, counting takes about a tenth of one reader's time. Those who ask at once wait for one answer together.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What is found faster is told only to those who waited for it: small installations always see how things are now.
const COSTLY: Duration = Duration::from_secs(1);
/// An answer is told for so many times what it took,
const TIMES: u32 = 10;
/// and never longer than this.
const LONGEST: Duration = Duration::from_secs(60);
/// Questions answers are kept of; beyond this all are forgotten.
const QUESTIONS: usize = 100;

/// The answers that are kept, by what was asked.
#[derive(Debug)]
pub(crate) struct Costly<K, V> {
    questions: Mutex<BTreeMap<K, Question<V>>>,
}

#[derive(Debug)]
struct Question<V> {
    /// Held by whoever finds the answer.
    turn: Arc<tokio::sync::Mutex<()>>,
    found: Option<Found<V>>,
}

#[derive(Debug)]
struct Found<V> {
    value: V,
    /// When finding it began: whoever asked before may be told it, however fast it was found.
    begun: Instant,
    ended: Instant,
    took: Duration,
    until: Instant,
}

impl<V> Found<V> {
    /// When its time is over, which [`Costly::told`] puts off while somebody finds the next one.
    fn end(&self) -> Instant {
        self.ended + (self.took * TIMES).min(LONGEST)
    }
}

impl<K, V> Default for Costly<K, V> {
    fn default() -> Self {
        Self { questions: Mutex::default() }
    }
}

impl<V> Default for Question<V> {
    fn default() -> Self {
        Self { turn: Arc::default(), found: None }
    }
}

impl<K: Ord + Clone, V: Clone> Costly<K, V> {
    /// The answer that is kept, else what `find` finds, with the time that took: finding alone, without the wait for a turn.
    pub(crate) async fn get<E>(
        &self,
        key: K,
        find: impl Future<Output = Result<(V, Duration), E>>,
    ) -> Result<V, E> {
        let asked = Instant::now();
        if let Some(value) = self.told(&key, asked) {
            return Ok(value);
        }
        let turn = self.turn(&key);
        let _turn = turn.lock().await;
        if let Some(value) = self.found_meanwhile(&key, asked, Instant::now()) {
            return Ok(value);
        }
        let begun = Instant::now();
        let (value, took) = find.await?;
        self.keep(key, value.clone(), took, begun..Instant::now());
        Ok(value)
    }

    /// What is told at `now` without asking. Whoever comes first after an answer's time finds the next one; the others are told
    /// the old one as long as that may take.
    fn told(&self, key: &K, now: Instant) -> Option<V> {
        let mut questions = self.lock();
        let found = questions.get_mut(key)?.found.as_mut().filter(|found| found.took >= COSTLY)?;
        if found.until <= now {
            found.until = now + found.took * 2;
            return None;
        }
        Some(found.value.clone())
    }

    /// What somebody else found while who `asked` waited for the turn.
    fn found_meanwhile(&self, key: &K, asked: Instant, now: Instant) -> Option<V> {
        let questions = self.lock();
        let found = questions.get(key)?.found.as_ref()?;
        let is_told = found.begun >= asked || (found.took >= COSTLY && found.end() > now);
        is_told.then(|| found.value.clone())
    }

    fn turn(&self, key: &K) -> Arc<tokio::sync::Mutex<()>> {
        Arc::clone(&self.lock().entry(key.clone()).or_default().turn)
    }

    fn keep(&self, key: K, value: V, took: Duration, time: Range<Instant>) {
        let mut questions = self.lock();
        if questions.len() >= QUESTIONS && !questions.contains_key(&key) {
            questions.clear();
        }
        let mut found = Found { value, begun: time.start, ended: time.end, took, until: time.end };
        found.until = found.end();
        questions.entry(key).or_default().found = Some(found);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<K, Question<V>>> {
        self.questions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::atomic::{AtomicI32, Ordering};

    use futures_util::future::join_all;

    use super::*;

    const fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    /// Something found at this moment.
    fn keep(costly: &Costly<&'static str, i32>, key: &'static str, value: i32, took: Duration, at: Instant) {
        costly.keep(key, value, took, at..at);
    }

    #[test]
    fn what_is_found_fast_is_found_anew_each_time() {
        let (costly, now) = (Costly::default(), Instant::now());
        keep(&costly, "fast", 1, Duration::from_millis(999), now);
        assert_eq!(costly.told(&"fast", now), None);
        assert_eq!(costly.found_meanwhile(&"fast", now + seconds(1), now + seconds(1)), None);
    }

    #[test]
    fn what_took_long_is_told_again_and_then_found_by_one_while_the_others_hear_the_old() {
        let (costly, found) = (Costly::default(), Instant::now());
        keep(&costly, "slow", 1, seconds(2), found);
        assert_eq!(costly.told(&"other", found), None);
        assert_eq!(costly.told(&"slow", found + seconds(19)), Some(1));
        let first = found + seconds(20);
        assert_eq!(costly.told(&"slow", first), None, "the first one after its time finds the next");
        assert_eq!(costly.found_meanwhile(&"slow", first, first), None, "and really does");
        assert_eq!(costly.told(&"slow", first + seconds(3)), Some(1), "others do not wait for it");
        assert_eq!(costly.told(&"slow", first + seconds(4)), None, "unless it takes too long, or failed");
        keep(&costly, "slow", 2, seconds(1), first + seconds(1));
        assert_eq!(costly.told(&"slow", first + seconds(5)), Some(2));
        keep(&costly, "slow", 3, seconds(0), first);
        assert_eq!(costly.told(&"slow", first + seconds(5)), None, "it is fast again");
        keep(&costly, "slow", 4, seconds(100), first);
        assert_eq!(costly.told(&"slow", first + seconds(59)), Some(4));
        assert_eq!(costly.told(&"slow", first + seconds(60)), None, "nothing is told for longer");
    }

    #[test]
    fn no_more_is_kept_than_there_is_room_for() {
        let (costly, now) = (Costly::default(), Instant::now());
        for key in 0..1000 {
            costly.keep(key, key, seconds(1), now..now);
            assert!(costly.lock().len() <= QUESTIONS);
        }
        assert_eq!(costly.told(&999, now + seconds(2)), Some(999));
    }

    /// How often it is found for two hundred who ask at once, when it is said to have taken `took`.
    async fn found_for_a_crowd(took: Duration) -> i32 {
        let (costly, times) = (Costly::default(), AtomicI32::new(0));
        let ask = || {
            costly.get("how many", async {
                tokio::time::sleep(Duration::from_millis(20)).await;
                Ok::<_, Infallible>((times.fetch_add(1, Ordering::Relaxed), took))
            })
        };
        join_all((0..200).map(|_| ask())).await;
        times.into_inner()
    }

    #[tokio::test]
    async fn those_who_ask_at_once_are_told_what_one_of_them_finds() {
        assert_eq!(found_for_a_crowd(seconds(2)).await, 1);
        // Whoever asked while it was being found could miss what they changed themselves: once more for all of them.
        let fast = found_for_a_crowd(Duration::from_millis(20)).await;
        assert!(fast <= 2, "{fast}");
    }

    #[tokio::test]
    async fn a_failure_is_nobody_elses() {
        let costly: Costly<&str, i32> = Costly::default();
        let ask = async |found: Result<i32, &'static str>| {
            costly.get("how many", async { found.map(|n| (n, seconds(2))) }).await
        };
        let away = Err("the database is away");
        assert_eq!(tokio::join!(ask(away), ask(Ok(7))), (away, Ok(7)));
    }
}
