//! Tells images from other files, and finished images from half-written ones, by their bytes.

/// What a file's bytes look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Looks {
    /// An image we can read, with its end in place.
    Image,
    /// The beginning of an image; its end is not there (yet).
    Unfinished,
    /// Something else.
    Other,
}

/// Looks at a file's bytes: JPEG, PNG, WebP and BMP are images.
pub(super) fn looks(bytes: &[u8]) -> Looks {
    let finished = match bytes {
        // A JPEG ends with its end marker; cameras may add padding, so the last kilobyte is searched.
        [0xff, 0xd8, 0xff, ..] => {
            bytes[bytes.len().saturating_sub(1024)..].windows(2).any(|pair| pair == [0xff, 0xd9])
        }
        [0x89, b'P', b'N', b'G', ..] => {
            bytes[bytes.len().saturating_sub(1024)..].windows(4).any(|four| four == b"IEND")
        }
        [b'R', b'I', b'F', b'F', a, b, c, d, b'W', b'E', b'B', b'P', ..] => {
            bytes.len() as u64 >= u64::from(u32::from_le_bytes([*a, *b, *c, *d])) + 8
        }
        [b'B', b'M', a, b, c, d, ..] if bytes.len() > 26 => {
            bytes.len() as u64 >= u64::from(u32::from_le_bytes([*a, *b, *c, *d]))
        }
        _ => return Looks::Other,
    };
    if finished { Looks::Image } else { Looks::Unfinished }
}

#[cfg(test)]
mod tests {
    use super::{Looks, looks};

    #[test]
    fn images_are_known_by_their_bytes() {
        assert_eq!(looks(&[0xff, 0xd8, 0xff, 0xe0, 1, 2, 0xff, 0xd9]), Looks::Image);
        assert_eq!(looks(&[0xff, 0xd8, 0xff, 0xe0, 1, 2]), Looks::Unfinished);
        assert_eq!(looks(b"\x89PNG\r\n\x1a\n....IEND...."), Looks::Image);
        assert_eq!(looks(b"\x89PNG\r\n\x1a\n"), Looks::Unfinished);
        assert_eq!(looks(b"RIFF\x04\0\0\0WEBP"), Looks::Image);
        assert_eq!(looks(b"RIFF\xff\0\0\0WEBP"), Looks::Unfinished);
        assert_eq!(looks(b"hello"), Looks::Other);
        assert_eq!(looks(b""), Looks::Other);
    }
}
