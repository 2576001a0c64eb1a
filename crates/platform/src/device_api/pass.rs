//! A photo's address that is good for one box and for a day: the last part of it is a sealed pass.
//!
//! A pass is the time it ends (8 bytes, milliseconds since 1970), the SHA-256 of the photo (32 bytes) and the box's key, sealed by the key
//! file and written in base64url. All of it is in the path, because some boxes append `?token=…` to whatever they are told.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use protocol::DevSno;

use crate::blobs::hex;
use crate::seal::{SealError, Sealer};

/// How long a pass is good, in milliseconds. Details of people are asked for with each command, and each answer has new ones; a
/// box that gets to a photo later than this asks again.
const GOOD_FOR: i64 = 24 * 3_600_000;

/// What a pass opens, and to whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pass {
    pub(crate) dev_sno: DevSno,
    /// The photo's SHA-256, hexadecimal.
    pub(crate) hash: String,
}

impl Pass {
    /// Writes a pass that ends a day after `now`.
    pub(crate) fn issue(&self, sealer: &Sealer, now: i64) -> Result<String, SealError> {
        let mut plain = (now + GOOD_FOR).to_be_bytes().to_vec();
        plain.extend(unhex(&self.hash));
        plain.extend(self.dev_sno.as_str().as_bytes());
        Ok(BASE64_URL_SAFE_NO_PAD.encode(sealer.seal_pass(&plain)?))
    }

    /// Reads a pass; `None` when it is none of ours, or its time is over.
    pub(crate) fn read(text: &str, sealer: &Sealer, now: i64) -> Option<Self> {
        let plain = sealer.open_pass(&BASE64_URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let (until, rest) = plain.split_first_chunk::<8>()?;
        let (hash, dev_sno) = rest.split_first_chunk::<32>()?;
        let dev_sno = DevSno::new(std::str::from_utf8(dev_sno).ok()?);
        (now < i64::from_be_bytes(*until)).then(|| Self { dev_sno, hash: hex(hash) })
    }
}

/// The bytes of a SHA-256 in hexadecimal.
fn unhex(text: &str) -> [u8; 32] {
    let digit = |at: usize| text.as_bytes().get(at).and_then(|byte| char::from(*byte).to_digit(16));
    std::array::from_fn(|at| {
        let pair = digit(2 * at).zip(digit(2 * at + 1));
        pair.and_then(|(high, low)| u8::try_from(high * 16 + low).ok()).unwrap_or(0)
    })
}
