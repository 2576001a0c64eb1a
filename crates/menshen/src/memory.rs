//! How much freed memory is kept: little by the C libraries' allocator, pages of the ordinary size, and by a box little of its own.
//!
//! glibc, which the networks allocate with, has by default one pool for every few threads, each of which holds on to the largest
//! pictures it ever saw, in regions of 64 MB that large tensors fill badly. One pool is as fast with a handful of threads that work, and a
//! box with 50,000 people needed 228 MB at work in place of 251 with two.
//!
//! mimalloc asks the system for pages of 2 MB, which stay as a whole while a few bytes of each are in use. With ordinary ones a platform
//! that does nothing needs 56 MB in place of 71, a box at work 35 MB less, and neither is slower.

use std::ffi::{c_int, c_long};

/// glibc's number of pools at most (`M_ARENA_MAX` of `malloc.h`).
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const ARENA_MAX: i32 = -8;

/// Ordinary pages and one pool for all threads; to be called before there are any.
pub(crate) fn keep_little() {
    // An error means a system that has no large pages to refuse.
    #[cfg(target_os = "linux")]
    let _refused = rustix::thread::disable_transparent_huge_pages(true);
    one_pool();
}

/// Does nothing with another C library.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "mallopt has no safe wrapper")]
fn one_pool() {
    unsafe extern "C" {
        fn mallopt(parameter: i32, value: i32) -> i32;
    }
    // SAFETY: mallopt takes two numbers, may be called at any time, and refuses what it does not know.
    unsafe {
        mallopt(ARENA_MAX, 1);
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn one_pool() {}

/// `mi_option_purge_delay` of `mimalloc.h`: milliseconds before freed memory goes back to the system.
const PURGE_DELAY: c_int = 15;

#[expect(unsafe_code, reason = "the options of mimalloc have no safe wrapper")]
unsafe extern "C" {
    safe fn mi_option_set_default(option: c_int, value: c_long);
}

/// What a box waits, in milliseconds; regions as a whole wait ten times as long. With 50,000 people and ten pads at work it needs 235 MB, and
/// 274 MB with ten times the delay, for the same processor time: pictures come in bursts, and each burst uses again what the last one left.
const DELAY: c_long = 20;

/// What is freed goes back to the system soon, unless `MIMALLOC_PURGE_DELAY` says otherwise: for a box, which has to be small. A platform
/// frees all the time and would pay for it.
pub(crate) fn give_back_soon() {
    mi_option_set_default(PURGE_DELAY, DELAY);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(unsafe_code, reason = "the options of mimalloc have no safe wrapper")]
    unsafe extern "C" {
        safe fn mi_option_get(option: c_int) -> c_long;
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn large_pages_are_refused() {
        keep_little();
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        assert!(
            status
                .lines()
                .filter_map(|line| line.strip_prefix("THP_enabled:"))
                .all(|value| value.trim() == "0")
        );
    }

    /// The number is the option's, as the library that is linked counts them: what the environment says of it comes out.
    #[test]
    fn the_delay_is_set_unless_the_environment_says_otherwise() {
        let before = mi_option_get(PURGE_DELAY);
        let said = std::env::var("MIMALLOC_PURGE_DELAY").ok().map(|text| text.parse::<c_long>().unwrap());
        give_back_soon();
        assert!(said.is_none_or(|said| said == before));
        assert_eq!(mi_option_get(PURGE_DELAY), said.unwrap_or(DELAY));
        if said.is_none() {
            assert!(before > DELAY);
            let name = "memory::tests::the_delay_is_set_unless_the_environment_says_otherwise";
            let mut child = std::process::Command::new(std::env::current_exe().unwrap());
            let done = child.args(["--exact", name]).env("MIMALLOC_PURGE_DELAY", "77").output().unwrap();
            let text = String::from_utf8_lossy(&done.stdout);
            assert!(done.status.success() && text.contains("1 passed"), "{text}");
        }
    }
}
