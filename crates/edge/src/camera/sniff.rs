//! Tells images from other files, and finished images from half-written ones, by their bytes.

/// What a file's bytes look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Looks {
    /// An image we can read, with its end in place.
    Image,
    /// The beginning of an image; its end is not there (yet).
    Unfinished,
    /// Something else.
    Other,
}

/// Looks at a file's bytes: JPEG, PNG, WebP and BMP are images.
pub(crate) fn looks(bytes: &[u8]) -> Looks {
    let finished = match bytes {
        [0xff, 0xd8, 0xff, ..] => jpeg_has_end(bytes),
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

/// What a picture is sent as: it is kept in the format it came in.
pub(crate) fn content_type(picture: &[u8]) -> &'static str {
    match picture {
        [0xff, 0xd8, ..] => "image/jpeg",
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [b'B', b'M', ..] => "image/bmp",
        [b'R', b'I', b'F', b'F', ..] => "image/webp",
        _ => "application/octet-stream",
    }
}

/// Whether a JPEG's end marker is there. It is searched behind the beginning of the pixels, because the picture may carry a
/// smaller one with an end of its own, and to the end of the file, because cameras add data of their own behind it.
fn jpeg_has_end(bytes: &[u8]) -> bool {
    let has_end = |from: &[u8]| from.windows(2).any(|pair| pair == [0xff, 0xd9]);
    let mut at = 2;
    while let Some(&[0xff, marker, high, low]) = bytes.get(at..at + 4) {
        let length = usize::from(u16::from_be_bytes([high, low]));
        match marker {
            0xda => return has_end(&bytes[at + 4..]),
            0xff => at += 1,
            _ if length >= 2 => at += 2 + length,
            _ => break,
        }
    }
    // Its parts make no sense: the decoder has the last word on whatever has an end near its end.
    has_end(&bytes[bytes.len().saturating_sub(1024)..])
}

#[cfg(test)]
mod tests {
    use super::{Looks, looks};

    #[test]
    fn images_are_known_by_their_bytes() {
        assert_eq!(looks(&[0xff, 0xd8, 0xff, 0xe0, 1, 2, 0xff, 0xd9]), Looks::Image);
        assert_eq!(looks(&[0xff, 0xd8, 0xff, 0xe0, 1, 2]), Looks::Unfinished);
        assert_eq!(looks(b"\x89PNG\r\n\x1a\n....IEND...."), Looks::Image);
        let within = [0xff, 0xd8, 0xff, 0xe1, 0, 4, 0xff, 0xd9, 0xff, 0xda, 0, 2, 1, 2, 3];
        assert_eq!(looks(&within), Looks::Unfinished, "the end is a thumbnail's");
        let behind = [&within[..], &[0xff, 0xd9], &[0; 3000]].concat();
        assert_eq!(looks(&behind), Looks::Image, "something was added behind it");
        assert_eq!(looks(b"\x89PNG\r\n\x1a\n"), Looks::Unfinished);
        assert_eq!(looks(b"RIFF\x04\0\0\0WEBP"), Looks::Image);
        assert_eq!(looks(b"RIFF\xff\0\0\0WEBP"), Looks::Unfinished);
        assert_eq!(looks(b"hello"), Looks::Other);
        assert_eq!(looks(b""), Looks::Other);
    }
}
