//! Why the platform does not do what it was asked: errors of the domain, which know nothing of HTTP.
//!
//! What the asker may read is in the variant's own words; causes that help only us go to the log.

use serde_json::Value;

use crate::blobs::BlobError;
use crate::db::DbError;
use crate::seal::SealError;

/// A request that is not done, and why.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum Refusal {
    /// Something named does not exist.
    #[error("there is no {what} {id:?}")]
    NotFound {
        /// The noun.
        what: &'static str,
        /// Its name as asked.
        id: String,
    },
    /// The change contradicts what exists.
    #[error("{0}")]
    Conflict(String),
    /// A value is not acceptable.
    #[error("{field}: {reason}")]
    Invalid {
        /// Path of the value in the request.
        field: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The photo cannot be used to recognise this person.
    #[error("{message}")]
    Photo {
        /// What is wrong with it.
        message: String,
        /// `{code, name, message, quality}` with a status code of the protocol.
        verdict: Value,
    },
    /// Nobody is logged in, or the credentials are wrong.
    #[error("{0}")]
    Unauthenticated(&'static str),
    /// The role of who is logged in does not allow it.
    #[error("needs the role {needed}, this session has {present}")]
    Forbidden {
        /// The least role that may.
        needed: &'static str,
        /// The role of the session.
        present: &'static str,
    },
    /// The password is right and a code of the second factor is missing.
    #[error("this account has a second factor: send its code as well, as `code`")]
    CodeNeeded,
    /// What was asked is for people who are logged in, and a program's key was sent.
    #[error("an API key has no {0}: log in for this")]
    NotASession(&'static str),
    /// It would change something that stands on a site the caller may not see.
    #[error("your account is restricted to some sites, and this reaches beyond them: {0}")]
    OutsideSites(String),
    /// A page of another origin asked for a change with the cookie of its visitor.
    #[error("a page of another origin may not change anything here")]
    CrossOrigin,
    /// The first request with this idempotency key is not answered yet.
    #[error("the first request with this idempotency key is still at work, try again in a moment")]
    InProgress,
    /// Too many requests from one place or caller.
    #[error("too many requests, try again in {seconds} s")]
    TooOften {
        /// When the next request is accepted.
        seconds: u64,
    },
    /// Too many attempts from one place.
    #[error("too many attempts, try again in {seconds} s")]
    TooMany {
        /// When the next attempt is accepted.
        seconds: u64,
    },
    /// The body is larger than accepted.
    #[error("the body is larger than {limit} bytes")]
    TooLarge {
        /// Largest accepted.
        limit: usize,
    },
    /// The platform is too busy right now.
    #[error("the platform is busy, try again in a moment")]
    Busy,
    /// The disk is full.
    #[error("the platform's disk is full: nothing was stored; free some space and try again")]
    StorageFull,
    /// A part of the platform is missing.
    #[error("{what}: {todo}")]
    Unavailable {
        /// What is missing.
        what: &'static str,
        /// What whoever runs the platform can do about it.
        todo: String,
    },
    /// A fault of ours; the words are for the log.
    #[error("{0}")]
    Internal(String),
}

impl Refusal {
    /// A value that is not acceptable.
    pub(crate) fn invalid(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), reason: reason.into() }
    }

    /// Something that does not exist.
    pub(crate) fn not_found(what: &'static str, id: impl Into<String>) -> Self {
        Self::NotFound { what, id: id.into() }
    }
}

impl From<DbError> for Refusal {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Busy => Self::Busy,
            DbError::Full => Self::StorageFull,
            DbError::Nul => Self::invalid("text", error.to_string()),
            DbError::Io(reason) => {
                tracing::warn!(reason, "the database cannot be used");
                let todo =
                    "it cannot be read or written just now, see the platform's log; try again".to_owned();
                Self::Unavailable { what: "the database", todo }
            }
            other => Self::Internal(other.to_string()),
        }
    }
}

impl From<SealError> for Refusal {
    fn from(error: SealError) -> Self {
        match error {
            SealError::Db(error) => error.into(),
            SealError::Nobody(id) => Self::not_found("person", id),
            other => Self::Internal(other.to_string()),
        }
    }
}

impl From<BlobError> for Refusal {
    fn from(error: BlobError) -> Self {
        let error = match error {
            BlobError::Seal(error) => return error.into(),
            other => other,
        };
        if error.is_full() {
            return Self::StorageFull;
        }
        tracing::error!(%error, "the photo store failed");
        let todo = "cannot be used just now, try again in a moment; /readyz tells more".to_owned();
        Self::Unavailable { what: "photo store", todo }
    }
}
