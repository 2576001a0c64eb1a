//! Sealing at rest: what is sealed opens with the same key and under the same label only, or not at all.
//!
//! * The cipher is XChaCha20-Poly1305. A sealed value is the nonce (24 random bytes), the ciphertext and the tag (16 bytes).
//! * A label says what was sealed and whose it is. It is authenticated, not stored: a sealed value that is moved to somebody else
//!   does not open. Each side keeps a list of its own labels; a label must never name two different things.
//! * [`Key::fresh`] makes a random key and seals it with another one; destroying that sealed key makes everything sealed with it
//!   noise.
//! * [`KeyFile`] is where the outermost key lies.

mod key_file;
#[cfg(test)]
mod tests;

use std::fmt;

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, KeyInit as _, Mac as _};
pub use key_file::{KeyFile, KeyFileError};
use sha2::Sha256;
use zeroize::Zeroizing;

/// Bytes of a key.
pub const KEY: usize = 32;
/// Bytes of a nonce: long enough to be drawn at random without ever repeating.
const NONCE: usize = 24;
/// What sealing adds to the bytes: the nonce in front and the tag behind.
pub const OVERHEAD: usize = NONCE + 16;
/// What separates the key of names from the key of the cipher.
const NAMING: &[u8] = b"menshen 1 names";

/// The bytes of a key, overwritten when they are dropped.
pub type KeyBytes = Zeroizing<[u8; KEY]>;

/// Something sealed cannot be opened: it was altered, is of somebody else, or was sealed with another key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it was altered, or sealed with another key")]
pub struct Refused;

/// A key that seals and opens; its bytes are overwritten when it is dropped.
pub struct Key {
    bytes: KeyBytes,
    cipher: XChaCha20Poly1305,
}

impl Key {
    /// The key of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8; KEY]) -> Self {
        Self { bytes: Zeroizing::new(*bytes), cipher: XChaCha20Poly1305::new(bytes.into()) }
    }

    /// Seals `plain` as what `label` says.
    ///
    /// # Errors
    /// More bytes than the cipher takes (256 GiB).
    pub fn seal(&self, label: &[u8], plain: &[u8]) -> Result<Vec<u8>, Refused> {
        let nonce: [u8; NONCE] = rand::random();
        let mut sealed = Vec::with_capacity(plain.len() + OVERHEAD);
        sealed.extend(nonce);
        let payload = Payload { msg: plain, aad: label };
        sealed.extend(self.cipher.encrypt(XNonce::from_slice(&nonce), payload).map_err(|_| Refused)?);
        Ok(sealed)
    }

    /// Opens what [`Key::seal`] made under the same label.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn open(&self, label: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Refused> {
        let (nonce, body) = sealed.split_at_checked(NONCE).ok_or(Refused)?;
        let payload = Payload { msg: body, aad: label };
        self.cipher.decrypt(XNonce::from_slice(nonce), payload).map_err(|_| Refused)
    }

    /// A new random key, and its bytes sealed by this one.
    ///
    /// # Errors
    /// None that can happen with 32 bytes.
    pub fn fresh(&self, label: &[u8]) -> Result<(Self, Vec<u8>), Refused> {
        let bytes = Zeroizing::new(rand::random::<[u8; KEY]>());
        Ok((Self::of(&bytes), self.seal(label, &*bytes)?))
    }

    /// The key that [`Key::fresh`] sealed.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn unwrap(&self, label: &[u8], sealed: &[u8]) -> Result<Self, Refused> {
        let bytes = Zeroizing::new(self.open(label, sealed)?);
        Ok(Self::of(bytes.as_slice().try_into().map_err(|_| Refused)?))
    }

    /// A name for `content` (HMAC-SHA-256) that only holders of this key can compute: the same content has the same name, and the
    /// name tells nobody else what it is.
    #[must_use]
    pub fn name(&self, content: &[u8]) -> [u8; 32] {
        let naming = Zeroizing::new(mac(&self.bytes, NAMING));
        mac(&naming, content)
    }
}

fn mac(key: &[u8; KEY], content: &[u8]) -> [u8; 32] {
    // A key that is shorter than a block is filled up with zeros.
    let mut block = Zeroizing::new([0; 64]);
    let (front, _) = block.split_at_mut(KEY);
    front.copy_from_slice(key);
    let mut mac = Hmac::<Sha256>::new((&*block).into());
    mac.update(content);
    mac.finalize().into_bytes().into()
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key")
    }
}
