//! Slowing down who tries passwords: a bucket of attempts per address, in a table that cannot grow without bound.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Attempts at once.
const BURST: f64 = 10.0;
/// Time for one attempt to come back.
const REFILL: Duration = Duration::from_secs(6);
/// Addresses remembered; when there are more, the one that was quiet for longest is forgotten.
const ADDRESSES: usize = 4096;

/// The attempts of every address that made some lately.
#[derive(Default)]
pub(crate) struct Throttle {
    buckets: Mutex<HashMap<IpAddr, Bucket>>,
}

struct Bucket {
    left: f64,
    at: Instant,
}

impl Throttle {
    /// Takes one attempt of this address; `Err` tells in how many seconds the next is accepted.
    pub(crate) fn take(&self, address: IpAddr, now: Instant) -> Result<(), u64> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let key = network_of(address);
        if !buckets.contains_key(&key) && buckets.len() >= ADDRESSES {
            let oldest = buckets.iter().min_by_key(|(_, bucket)| bucket.at).map(|(key, _)| *key);
            oldest.and_then(|oldest| buckets.remove(&oldest));
        }
        let bucket = buckets.entry(key).or_insert(Bucket { left: BURST, at: now });
        let back = now.duration_since(bucket.at).as_secs_f64() / REFILL.as_secs_f64();
        bucket.left = (bucket.left + back).min(BURST);
        bucket.at = now;
        if bucket.left >= 1.0 {
            bucket.left -= 1.0;
            return Ok(());
        }
        let wait = REFILL.mul_f64(1.0 - bucket.left);
        Err(wait.as_secs() + 1)
    }

    /// Gives an attempt back: it succeeded.
    pub(crate) fn give_back(&self, address: IpAddr) {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bucket) = buckets.get_mut(&network_of(address)) {
            bucket.left = (bucket.left + 1.0).min(BURST);
        }
    }
}

/// Whoever has one IPv6 address has the whole /64 around it.
fn network_of(address: IpAddr) -> IpAddr {
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
        let throttle = Throttle::default();
        let (me, now) = (IpAddr::V4(Ipv4Addr::LOCALHOST), Instant::now());
        assert!((0..10).all(|_| throttle.take(me, now).is_ok()));
        assert_eq!(throttle.take(me, now), Err(7));
        assert_eq!(throttle.take(me, now + Duration::from_secs(4)), Err(3));
        assert!(throttle.take(me, now + Duration::from_secs(10)).is_ok());
        throttle.give_back(me);
        assert!(throttle.take(me, now + Duration::from_secs(10)).is_ok());
    }

    #[test]
    fn neighbours_in_one_network_share_and_the_table_is_bounded() {
        let throttle = Throttle::default();
        let now = Instant::now();
        let v6 = |text: &str| IpAddr::V6(text.parse().unwrap());
        assert!((0..10).all(|n| throttle.take(v6(&format!("2001:db8::{n:x}")), now).is_ok()));
        assert!(throttle.take(v6("2001:db8::ffff"), now).is_err());
        assert!(throttle.take(v6("2001:db8:0:1::1"), now).is_ok());
        for n in 0..20_000u32 {
            assert!(throttle.take(IpAddr::V4(Ipv4Addr::from_bits(n)), now + Duration::from_secs(1)).is_ok());
        }
        assert_eq!(throttle.buckets.lock().unwrap().len(), ADDRESSES);
    }
}
