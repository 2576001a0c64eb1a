//! A box that floods is told to come back, and nobody else notices: each box has a bucket that fills at a fixed rate, holds what
//! it may save up, and is emptied by requests and the events in them. An upload that is begun is taken whole, even if the bucket
//! then owes; the box waits until that is paid. Whoever sends results nobody asked for has a bucket of the same kind.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use protocol::DevSno;

/// What a box may save up: so many seconds of its rate.
const SAVED: f64 = 30.0;
/// Boxes remembered before those that owe nothing are forgotten.
const MOST: usize = 20_000;

/// The buckets of all boxes.
#[derive(Debug)]
pub(crate) struct Pace {
    /// What a bucket gets per second; 0: nobody is held up.
    rate: f64,
    buckets: Mutex<HashMap<String, Bucket>>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    left: f64,
    at: i64,
}

impl Pace {
    /// Buckets that get `rate` per second.
    pub(crate) fn new(rate: u32) -> Self {
        Self { rate: f64::from(rate), buckets: Mutex::default() }
    }

    /// Takes one request out of a box's bucket.
    ///
    /// # Errors
    /// The bucket is empty; in so many seconds it is not.
    pub(crate) fn request(&self, dev_sno: &DevSno, now: i64) -> Result<(), u64> {
        let left = self.take(dev_sno.as_str(), 1.0, now);
        if left >= 0.0 {
            return Ok(());
        }
        // What a refused request took is given back: asking too often does not make it worse.
        self.take(dev_sno.as_str(), -1.0, now);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a few seconds, above zero"
        )]
        Err((-left / self.rate).ceil().clamp(1.0, 3_600.0) as u64)
    }

    /// Takes the further events of an upload that is under way.
    pub(crate) fn events(&self, dev_sno: &DevSno, events: usize, now: i64) {
        let further = u32::try_from(events.saturating_sub(1)).unwrap_or(u32::MAX);
        self.take(dev_sno.as_str(), f64::from(further), now);
    }

    /// Takes something out of somebody's bucket that was not asked about before.
    pub(crate) fn charge(&self, who: &str, now: i64) {
        self.take(who, 1.0, now);
    }

    /// Whether somebody's bucket is empty.
    pub(crate) fn is_spent(&self, who: &str, now: i64) -> bool {
        self.take(who, 0.0, now) < 0.0
    }

    /// What is left after something was taken; below zero it is owed.
    fn take(&self, who: &str, amount: f64, now: i64) -> f64 {
        if self.rate <= 0.0 {
            return 0.0;
        }
        let full = self.rate * SAVED;
        let filled = |bucket: Bucket| {
            #[expect(clippy::cast_precision_loss, reason = "milliseconds between two requests")]
            let seconds = now.saturating_sub(bucket.at).max(0) as f64 / 1_000.0;
            (bucket.left + seconds * self.rate).min(full)
        };
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MOST && !buckets.contains_key(who) {
            buckets.retain(|_, bucket| filled(*bucket) < full);
        }
        let bucket = buckets.entry(who.to_owned()).or_insert(Bucket { left: full, at: now });
        *bucket = Bucket { left: filled(*bucket) - amount, at: now.max(bucket.at) };
        bucket.left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_that_floods_waits_and_others_do_not() {
        let pace = Pace::new(10);
        let (bad, good) = (DevSno::new("BAD"), DevSno::new("GOOD"));
        for _ in 0..300 {
            assert_eq!(pace.request(&bad, 0), Ok(()));
        }
        assert_eq!(pace.request(&bad, 0), Err(1));
        assert_eq!(pace.request(&good, 0), Ok(()));
        assert_eq!(pace.request(&bad, 100), Ok(()), "ten a second");
        assert!(pace.request(&bad, 100).is_err());
    }

    #[test]
    fn a_large_upload_is_taken_whole_and_paid_for_afterwards() {
        let (pace, sender) = (Pace::new(10), DevSno::new("A"));
        assert_eq!(pace.request(&sender, 0), Ok(()));
        pace.events(&sender, 500, 0);
        assert_eq!(pace.request(&sender, 0), Err(21), "500 - 300 are owed, at ten a second");
        assert_eq!(pace.request(&sender, 20_100), Ok(()));
        // A clock that goes back gives nothing and takes nothing.
        assert!(pace.request(&sender, 0).is_err());
    }

    #[test]
    fn no_rate_holds_nobody_up() {
        let (pace, sender) = (Pace::new(0), DevSno::new("A"));
        pace.events(&sender, 1_000_000, 0);
        assert_eq!(pace.request(&sender, 0), Ok(()));
    }
}
