//! Buckets: whoever takes too often waits. Each key has a bucket that fills again with time, in a table that cannot grow
//! without bound.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Keys remembered; when there are more, those whose bucket is full are forgotten, else the one that was quiet for longest.
const KEYS: usize = 16_384;

/// One bucket for every key that took lately.
#[derive(Debug)]
pub(crate) struct Throttle<K> {
    burst: f64,
    refill: Duration,
    buckets: Mutex<HashMap<K, Bucket>>,
}

#[derive(Debug)]
struct Bucket {
    left: f64,
    at: Instant,
}

impl<K: Eq + Hash + Clone> Throttle<K> {
    /// Buckets of `burst`; one comes back every `refill`.
    pub(crate) fn new(burst: u32, refill: Duration) -> Self {
        Self { burst: f64::from(burst), refill, buckets: Mutex::default() }
    }

    /// Buckets that hold ten seconds' worth of `per_second`; 0: no limit.
    pub(crate) fn per_second(per_second: u32) -> Self {
        let refill = if per_second == 0 { Duration::ZERO } else { Duration::from_secs(1) / per_second };
        Self::new(per_second.saturating_mul(10).max(1), refill)
    }

    /// Takes one; `Err` tells in how many seconds the next may be taken.
    pub(crate) fn take(&self, key: &K, now: Instant) -> Result<(), u64> {
        if self.refill.is_zero() {
            return Ok(());
        }
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if !buckets.contains_key(key) && buckets.len() >= KEYS {
            self.make_room(&mut buckets, now);
        }
        let bucket = buckets.entry(key.clone()).or_insert(Bucket { left: self.burst, at: now });
        bucket.left = self.left(bucket, now);
        bucket.at = now;
        if bucket.left >= 1.0 {
            bucket.left -= 1.0;
            return Ok(());
        }
        let wait = self.refill.mul_f64(1.0 - bucket.left);
        Err(wait.as_secs() + 1)
    }

    /// Gives one back: what it was taken for succeeded.
    pub(crate) fn give_back(&self, key: &K) {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bucket) = buckets.get_mut(key) {
            bucket.left = (bucket.left + 1.0).min(self.burst);
        }
    }

    fn left(&self, bucket: &Bucket, now: Instant) -> f64 {
        let back = now.saturating_duration_since(bucket.at).as_secs_f64() / self.refill.as_secs_f64();
        (bucket.left + back).min(self.burst)
    }

    fn make_room(&self, buckets: &mut HashMap<K, Bucket>, now: Instant) {
        buckets.retain(|_, bucket| self.left(bucket, now) < self.burst);
        if buckets.len() >= KEYS {
            let oldest = buckets.iter().min_by_key(|(_, bucket)| bucket.at).map(|(key, _)| key.clone());
            oldest.and_then(|oldest| buckets.remove(&oldest));
        }
    }
}

/// Whoever has one IPv6 address has the whole /64 around it.
pub(crate) fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn ten_at_once_then_one_every_six_seconds() {
        let throttle = Throttle::new(10, Duration::from_secs(6));
        let (me, now) = (IpAddr::V4(Ipv4Addr::LOCALHOST), Instant::now());
        assert!((0..10).all(|_| throttle.take(&me, now).is_ok()));
        assert_eq!(throttle.take(&me, now), Err(7));
        assert_eq!(throttle.take(&me, now + Duration::from_secs(4)), Err(3));
        assert!(throttle.take(&me, now + Duration::from_secs(10)).is_ok());
        throttle.give_back(&me);
        assert!(throttle.take(&me, now + Duration::from_secs(10)).is_ok());
    }

    #[test]
    fn a_rate_allows_ten_seconds_at_once_and_none_is_no_limit() {
        let (throttle, now) = (Throttle::per_second(2), Instant::now());
        assert!((0..20).all(|_| throttle.take(&1, now).is_ok()));
        assert_eq!(throttle.take(&1, now), Err(1));
        assert!(throttle.take(&2, now).is_ok());
        let none = Throttle::per_second(0);
        assert!((0..100_000).all(|_| none.take(&1, now).is_ok()));
    }

    #[test]
    fn neighbours_in_one_network_are_one_and_the_table_is_bounded() {
        let v6 = |text: &str| IpAddr::V6(text.parse().unwrap());
        assert_eq!(network_of(v6("2001:db8::1")), network_of(v6("2001:db8::ffff")));
        assert_ne!(network_of(v6("2001:db8::1")), network_of(v6("2001:db8:0:1::1")));
        assert_eq!(network_of(v6("::ffff:192.0.2.1")), IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)));
        let (throttle, now) = (Throttle::new(1, Duration::from_secs(3600)), Instant::now());
        for n in 0..KEYS + 100 {
            assert!(throttle.take(&n, now).is_ok());
        }
        assert_eq!(throttle.buckets.lock().unwrap().len(), KEYS);
        // A day later all buckets are full again, and one newcomer empties the table.
        assert!(throttle.take(&usize::MAX, now + Duration::from_secs(86_400)).is_ok());
        assert_eq!(throttle.buckets.lock().unwrap().len(), 1);
    }
}
