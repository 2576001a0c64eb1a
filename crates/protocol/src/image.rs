//! Photos written as base64 text: with or without a `data:` prefix, line breaks, padding.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::prelude::BASE64_STANDARD;

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// A photo text that is no base64, or has nothing in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PhotoTextError {
    /// Nothing is left after prefix and blanks.
    #[error("expected a photo as base64, found an empty text")]
    Empty,
    /// A character or length that base64 does not have.
    #[error("expected a photo as base64: {0}")]
    NotBase64(String),
}

/// Decodes a photo. The caller bounds the text; the result is three quarters of its length.
///
/// # Errors
/// The text is empty or no base64. What the bytes are is not looked at.
pub fn decode_base64_photo(text: &str) -> Result<Vec<u8>, PhotoTextError> {
    let text = without_prefix(text).trim_ascii();
    if text.is_empty() {
        return Err(PhotoTextError::Empty);
    }
    // As nearly everybody writes it: nothing has to be copied first.
    if let Ok(photo) = STANDARD.decode(text) {
        return Ok(photo);
    }
    let plain: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let url_safe = plain.iter().any(|byte| matches!(byte, b'-' | b'_'));
    let engine = if url_safe { URL_SAFE } else { STANDARD };
    engine.decode(plain).map_err(|error| PhotoTextError::NotBase64(error.to_string()))
}

/// Writes a photo as the protocol has it: standard base64 with padding, no prefix, no line breaks.
#[must_use]
pub fn encode_base64_photo(photo: &[u8]) -> String {
    BASE64_STANDARD.encode(photo)
}

/// Drops a leading `data:…;base64,`.
pub(crate) fn without_prefix(text: &str) -> &str {
    let text = text.trim_start();
    match text.get(..5) {
        Some(start) if start.eq_ignore_ascii_case("data:") => {
            text.split_once(',').map_or(text, |(_, photo)| photo)
        }
        _ => text,
    }
}

/// Drops the prefix of an owned text without copying when there is none.
pub(crate) fn strip_prefix(text: String) -> String {
    let plain = without_prefix(&text);
    if plain.len() == text.len() { text } else { plain.to_owned() }
}
