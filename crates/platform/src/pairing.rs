//! Pairing codes: 80 random bits as sixteen letters and digits that cannot be mistaken for one another, so a code can be
//! guessed by nobody and typed by hand.

use rand::Rng;
use sha2::{Digest, Sha256};

use crate::blobs::hex;

/// Digits and letters without I, L, O and U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Letters of a code, five bits each.
const LETTERS: usize = 16;

/// A new code, in groups of four.
pub(crate) fn new_code() -> String {
    let mut bits = [0_u8; 16];
    rand::rng().fill_bytes(&mut bits[..10]);
    let number = u128::from_le_bytes(bits);
    let letter = |at: usize| char::from(ALPHABET[usize::try_from((number >> (5 * at)) & 31).unwrap_or(0)]);
    let all: Vec<char> = (0..LETTERS).map(letter).collect();
    let groups: Vec<String> = all.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join("-")
}

/// How a code is kept, however it was typed; `None` when it cannot be one.
pub(crate) fn hash_of(typed: &str) -> Option<String> {
    let mut plain = String::with_capacity(LETTERS);
    for letter in typed.chars().filter(|c| !matches!(c, '-' | ' ')) {
        let letter = match letter.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        if !letter.is_ascii() || !ALPHABET.contains(&(letter as u8)) || plain.len() == LETTERS {
            return None;
        }
        plain.push(letter);
    }
    (plain.len() == LETTERS).then(|| hex(&Sha256::digest(plain.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_long_differ_and_can_be_typed() {
        let (one, other) = (new_code(), new_code());
        assert_eq!(one.len(), 19);
        assert_ne!(one, other);
        let hash = hash_of(&one).unwrap();
        assert_eq!(hash_of(&one.to_lowercase().replace('-', " ")).as_ref(), Some(&hash));
        assert_ne!(hash_of(&other).unwrap(), hash);
        assert_eq!(hash_of("O0I1-LABC-DEFG-HJKM"), hash_of("0011-1ABC-DEFG-HJKM"));
    }

    #[test]
    fn what_cannot_be_a_code_is_none() {
        for text in ["", "ABCD", "0000-0000-0000-000U", "0000-0000-0000-00000", "0000-0000-0000-000\u{e9}"] {
            assert_eq!(hash_of(text), None, "{text}");
        }
    }
}
