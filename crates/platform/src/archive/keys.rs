//! The key file's key on its way in a file: wrapped by a passphrase, which argon2id makes slow to guess.

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use runtime::seal::{KEY, Key, KeyBytes};
use serde::{Deserialize, Serialize};

use super::ArchiveError;

/// What the wrapped key is bound to.
const LABEL: &[u8] = b"menshen platform 1 exported key";
/// Shortest passphrase, in characters.
const SHORTEST: usize = 12;
/// What a guess costs: memory in KiB, passes. Half a second on a small machine.
const COST: (u32, u32) = (64 * 1024, 3);
/// Most that a file may ask for.
const LIMIT: (u32, u32) = (1024 * 1024, 20);

/// A key, wrapped.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Wrapped {
    /// `argon2id`.
    kdf: String,
    memory_kib: u32,
    passes: u32,
    /// Base64.
    salt: String,
    /// Base64.
    sealed: String,
}

/// Wraps a key.
pub(super) fn wrap(key: &KeyBytes, passphrase: &str) -> Result<Wrapped, ArchiveError> {
    if passphrase.chars().count() < SHORTEST {
        return Err(ArchiveError::Refused(format!(
            "the passphrase must have at least {SHORTEST} characters"
        )));
    }
    let salt: [u8; 16] = rand::random();
    let outer = derive(passphrase, &salt, COST)?;
    let sealed = outer.seal(LABEL, &**key).map_err(|error| ArchiveError::Refused(error.to_string()))?;
    Ok(Wrapped {
        kdf: "argon2id".to_owned(),
        memory_kib: COST.0,
        passes: COST.1,
        salt: BASE64_STANDARD.encode(salt),
        sealed: BASE64_STANDARD.encode(sealed),
    })
}

/// The key again.
pub(super) fn unwrap(wrapped: &Wrapped, passphrase: &str) -> Result<KeyBytes, ArchiveError> {
    let refused = |words: &str| ArchiveError::Refused(words.to_owned());
    if wrapped.kdf != "argon2id" || wrapped.memory_kib > LIMIT.0 || wrapped.passes > LIMIT.1 {
        return Err(refused("the key in this file is wrapped in a way this program does not know"));
    }
    let decode =
        |text: &str| BASE64_STANDARD.decode(text).map_err(|_| refused("the key in this file is damaged"));
    let (salt, sealed) = (decode(&wrapped.salt)?, decode(&wrapped.sealed)?);
    let outer = derive(passphrase, &salt, (wrapped.memory_kib, wrapped.passes))?;
    let plain = outer
        .open(LABEL, &sealed)
        .map_err(|_| refused("the passphrase is not the one this file was written with"))?;
    let bytes: [u8; KEY] = plain.try_into().map_err(|_| refused("the key in this file is damaged"))?;
    Ok(KeyBytes::new(bytes))
}

fn derive(passphrase: &str, salt: &[u8], (memory, passes): (u32, u32)) -> Result<Key, ArchiveError> {
    let failed =
        |error: argon2::Error| ArchiveError::Refused(format!("the passphrase cannot be used: {error}"));
    let params = Params::new(memory, passes, 1, Some(KEY)).map_err(failed)?;
    let mut bytes = KeyBytes::new([0; KEY]);
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon.hash_password_into(passphrase.as_bytes(), salt, &mut *bytes).map_err(failed)?;
    Ok(Key::of(&bytes))
}
