//! How much freed memory glibc keeps for the C libraries, the networks above all: by default one pool for every few threads, each of which holds on to the largest pictures it
//! ever saw, in regions of 64 MB that large tensors fill badly. One pool is as fast with a handful of threads that work, and a box with
//! 50,000 people needs 228 MB at work in place of 251 with two.

/// glibc's number of pools at most (`M_ARENA_MAX` of `malloc.h`).
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const ARENA_MAX: i32 = -8;

/// One pool for all threads; to be called before there are any. Does nothing with another C library.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "mallopt has no safe wrapper")]
pub(crate) fn keep_little() {
    unsafe extern "C" {
        fn mallopt(parameter: i32, value: i32) -> i32;
    }
    // SAFETY: mallopt takes two numbers, may be called at any time, and refuses what it does not know.
    unsafe {
        mallopt(ARENA_MAX, 1);
    }
}

/// One pool for all threads; to be called before there are any. Does nothing with another C library.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(crate) fn keep_little() {}
