//! The signature of a body: HMAC-SHA256 over the time of the attempt and the body, so that neither can be changed nor an old
//! message be sent again later.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::blobs::hex;

/// The header a signature travels in.
pub(super) const HEADER: &str = "Menshen-Signature";

/// `t=<seconds since 1970>,v1=<hexadecimal HMAC-SHA256 of "<seconds>.<body>">`; the key is the secret as it is shown.
pub(super) fn sign(secret: &str, seconds: i64, body: &[u8]) -> String {
    // A key of any length serves an HMAC.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return String::new() };
    mac.update(seconds.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    format!("t={seconds},v1={}", hex(&mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_this_one() {
        // python3 -c 'import hmac; print(hmac.new(b"whsec_test", b"1790000000.{}", "sha256").hexdigest())'
        let expected = "t=1790000000,v1=1c2847ad1f8158a1da978f36627ac1f07f7fd027321ac9ad40bccc06743f8396";
        assert_eq!(sign("whsec_test", 1_790_000_000, b"{}"), expected);
        assert_ne!(sign("whsec_test", 1_790_000_001, b"{}"), expected);
    }
}
