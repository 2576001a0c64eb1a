//! What the server's and the driver's errors mean.

use std::error::Error as _;

use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use super::DbError;

/// An error of work on an open connection.
pub(super) fn of(error: &Error) -> DbError {
    let text = words(error);
    let Some(code) = error.code() else {
        return if is_of_the_line(error) { DbError::Io(text) } else { DbError::Statement(text) };
    };
    match (code.code(), code.code().get(..2).unwrap_or_default()) {
        ("23505", _) => DbError::Exists(text),
        // A rule of the schema, or a text or index row beyond what the server can keep.
        (_, "23") | ("22021" | "54000", _) => DbError::Rule(text),
        ("53100", _) => DbError::Full,
        // Waited too long for a lock or an answer, or was picked to end a conflict.
        ("55P03" | "57014" | "40001" | "40P01", _) => DbError::Busy,
        // The connection or the server goes away, is short of something, or has become a read-only copy.
        ("25P03" | "25006", _) | (_, "08" | "53" | "57" | "58" | "XX") => DbError::Io(text),
        _ => DbError::Statement(text),
    }
}

/// An error of connecting: [`DbError::Url`] when trying again is of no use before somebody changes something.
pub(super) fn of_connecting(error: &Error) -> DbError {
    let text = words(error);
    let hopeless = match error.code() {
        Some(code) => {
            *code == SqlState::INVALID_CATALOG_NAME
                || *code == SqlState::INSUFFICIENT_PRIVILEGE
                || code.code().starts_with("28")
        }
        None => !is_of_the_line(error) || has_cause::<rustls::Error>(error),
    };
    if hopeless { DbError::Url(text) } else { DbError::Io(text) }
}

/// The error with its causes, in one line.
pub(super) fn words(error: &Error) -> String {
    if let Some(said) = error.as_db_error() {
        let detail = said.detail().map(|detail| format!(": {detail}")).unwrap_or_default();
        return format!("{}{detail} (SQLSTATE {})", said.message(), said.code().code());
    }
    let said = causes(error).into_iter().map(ToString::to_string);
    std::iter::once(error.to_string()).chain(said).collect::<Vec<_>>().join(": ")
}

fn is_of_the_line(error: &Error) -> bool {
    // The driver does not tell kinds apart otherwise.
    error.is_closed() || has_cause::<std::io::Error>(error) || error.to_string().starts_with("timeout")
}

fn has_cause<T: std::error::Error + 'static>(error: &Error) -> bool {
    causes(error).into_iter().any(<dyn std::error::Error>::is::<T>)
}

/// Why, and why that, and so on.
fn causes(error: &Error) -> Vec<&(dyn std::error::Error + 'static)> {
    let mut found = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        found.push(cause);
        // An io::Error keeps the cause it was made of to itself.
        let inner = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        next = inner.map_or_else(|| cause.source(), |inner| Some(inner));
    }
    found
}
