//! Passwords of operators: [`runtime::password`] with this API's refusals.

use runtime::password::{self, PasswordError};
pub(crate) use runtime::password::{new_password, new_token};

use crate::refusal::Refusal;

/// The hash under which a password is kept.
pub(crate) async fn hash(password: String) -> Result<String, Refusal> {
    Ok(password::hash(password).await?)
}

/// Whether the password is the one behind the hash; without a hash it is not, and that takes as long.
pub(crate) async fn verify(password: String, hash: Option<String>) -> Result<bool, Refusal> {
    Ok(password::verify(password, hash).await?)
}

/// Refuses a password that keeps nobody out; `username` is whose it is.
pub(crate) fn check(field: &str, password: &str, username: &str) -> Result<(), Refusal> {
    password::check(password, username).map_err(|weak| Refusal::invalid(field, weak.to_string()))
}

impl From<PasswordError> for Refusal {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Busy => Self::Busy,
            PasswordError::Internal(text) => Self::Internal(text),
        }
    }
}
