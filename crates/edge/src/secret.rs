//! Comparing what somebody claims to know with what is to be known.

use sha2::{Digest as _, Sha256};

/// Whether two secrets are the same. Their digests are compared, so the time it takes tells nothing about them.
pub(crate) fn same(known: &str, told: &str) -> bool {
    Sha256::digest(known.as_bytes()) == Sha256::digest(told.as_bytes())
}
