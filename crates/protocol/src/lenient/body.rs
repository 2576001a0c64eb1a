//! From bytes to a JSON tree whose depth and size are bounded before anything is built.

use serde_json::Value;

use super::FromValue;
use crate::limits::MAX_VALUES;
use crate::read_error::ReadError;

/// Parses a body. A UTF-8 byte order mark in front is skipped.
pub(crate) fn parse(body: &[u8]) -> Result<Value, ReadError> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    bound(body)?;
    serde_json::from_slice(body).map_err(ReadError::not_json)
}

/// Parses a body and reads one message from it.
pub(crate) fn read<T: FromValue>(body: &[u8]) -> Result<T, ReadError> {
    match parse(body)? {
        Value::Null => Err(ReadError::missing(T::EXPECTED)),
        value => T::from_value(value),
    }
}

/// Refuses a body that would unfold into more than [`MAX_VALUES`] values: every value but the first follows `,`, `[`, `{` or `:`
/// outside of a text, and a key costs about as much as a value.
fn bound(body: &[u8]) -> Result<(), ReadError> {
    // Each value takes a byte at least.
    if body.len() <= MAX_VALUES {
        return Ok(());
    }
    let (mut count, mut in_text, mut escaped) = (0_usize, false, false);
    for &byte in body {
        if in_text {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_text = false,
                _ => {}
            }
        } else {
            match byte {
                b'"' => in_text = true,
                b',' | b'[' | b'{' => count += 1,
                _ => {}
            }
        }
    }
    if count > MAX_VALUES { Err(ReadError::too_many("values in one body", MAX_VALUES)) } else { Ok(()) }
}
