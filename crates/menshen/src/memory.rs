//! How much freed memory glibc keeps: by default one pool for every few threads, each of which holds on to the largest pictures it
//! ever saw. Two pools are as fast with a handful of threads that work and cost a box some 20 MB less.

/// glibc's number of pools at most (`M_ARENA_MAX` of `malloc.h`).
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const ARENA_MAX: i32 = -8;

/// Two pools for all threads; to be called before there are any. Does nothing with another C library.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "mallopt has no safe wrapper")]
pub(crate) fn keep_little() {
    unsafe extern "C" {
        fn mallopt(parameter: i32, value: i32) -> i32;
    }
    // SAFETY: mallopt takes two numbers, may be called at any time, and refuses what it does not know.
    unsafe {
        mallopt(ARENA_MAX, 2);
    }
}

/// Two pools for all threads; to be called before there are any. Does nothing with another C library.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(crate) fn keep_little() {}
