//! Passwords and tokens: argon2id off the async threads, a few at a time; nothing is kept that could be used.

mod rules;

use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tokio::sync::Semaphore;
use tokio::time::timeout;

pub use rules::{Weak, check};

/// Hashes made at the same time: each takes 19 MiB and a processor for about a tenth of a second.
static AT_ONCE: Semaphore = Semaphore::const_new(2);
/// How long somebody waits for their turn before they are told that it is busy.
const TURN: Duration = Duration::from_secs(10);

/// Why a password could not be looked at.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too many are being looked at.
    #[error("too many passwords are being checked, try again")]
    Busy,
    /// What is kept is no hash, or hashing broke down.
    #[error("{0}")]
    Internal(String),
}

/// A new opaque token of 256 random bits.
#[must_use]
pub fn new_token() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

/// A new password for people to type: 20 characters, about 100 bits, none that look alike.
#[must_use]
pub fn new_password() -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    rand::random::<[u8; 20]>().iter().map(|byte| char::from(LETTERS[usize::from(byte & 31)])).collect()
}

/// The hash under which a password is kept.
///
/// # Errors
/// [`PasswordError::Busy`]; [`PasswordError::Internal`] when hashing breaks down.
pub async fn hash(password: String) -> Result<String, PasswordError> {
    blocking(move || {
        let salt = SaltString::encode_b64(&rand::random::<[u8; 16]>()).map_err(internal)?;
        let hash = Argon2::default().hash_password(password.as_bytes(), &salt).map_err(internal)?;
        Ok(hash.to_string())
    })
    .await
}

/// Whether the password is the one behind the hash. Without a hash the same time is spent, and the answer is no, so
/// that nobody learns by the time which names exist.
///
/// # Errors
/// [`PasswordError::Busy`]; [`PasswordError::Internal`] when what is kept is no hash.
pub async fn verify(password: String, hash: Option<String>) -> Result<bool, PasswordError> {
    blocking(move || {
        let known = hash.is_some();
        // argon2id with the default costs, of a password nobody has.
        const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5$\
                              Wf4dMHDSFD6ksxr2uXlzkTk2mo2bvqkFFA3fxnO+3sY";
        let hash = hash.unwrap_or_else(|| NOBODY.to_owned());
        let parsed = PasswordHash::new(&hash).map_err(internal)?;
        Ok(Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok() && known)
    })
    .await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, PasswordError> + Send + 'static,
) -> Result<T, PasswordError> {
    let turn = timeout(TURN, AT_ONCE.acquire()).await;
    let _place = turn.map_err(|_| PasswordError::Busy)?.map_err(|_| PasswordError::Busy)?;
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| PasswordError::Internal("hashing panicked".to_owned()))?
}

fn internal(error: argon2::password_hash::Error) -> PasswordError {
    PasswordError::Internal(format!("argon2: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_recognised_and_nothing_else_is() {
        let kept = hash("correct horse".to_owned()).await.unwrap();
        assert!(kept.starts_with("$argon2id$"));
        assert!(verify("correct horse".to_owned(), Some(kept.clone())).await.unwrap());
        assert!(!verify("wrong horse".to_owned(), Some(kept)).await.unwrap());
        assert!(!verify("correct horse".to_owned(), None).await.unwrap());
    }

    #[test]
    fn random_words_differ_and_have_their_length() {
        assert_ne!(new_token(), new_token());
        assert_eq!((new_token().len(), new_password().len()), (43, 20));
    }
}
