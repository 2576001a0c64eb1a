//! Pictures from outside: every format that is accepted, and everything that lies, is cut off or is built to be expensive.

#![allow(clippy::unwrap_used, missing_docs)]

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Luma, Rgb, RgbImage, Rgba};
use proptest::prelude::*;
use vision::{DecodeError, DecodeLimits, decode};

const LIMITS: DecodeLimits = DecodeLimits { max_bytes: 200_000, max_pixels: 250_000 };

const SIGNATURES: &[&[u8]] = &[b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"BM", b"RIFF\x40\0\0\0WEBPVP8 "];

fn sample() -> RgbImage {
    RgbImage::from_fn(60, 40, |x, y| Rgb([(x * 4) as u8, (y * 6) as u8, if x < 30 { 20 } else { 220 }]))
}

fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// An EXIF block that says how the picture is turned, between the start of a JPEG and the rest.
fn turned(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let tiff =
        [b'M', b'M', 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];
    let length = (2 + 6 + tiff.len()) as u16;
    let mut bytes = vec![0xff, 0xd8, 0xff, 0xe1];
    bytes.extend(length.to_be_bytes());
    bytes.extend(b"Exif\0\0");
    bytes.extend(tiff);
    bytes.extend(&jpeg[2..]);
    bytes
}

fn png_header(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = encoded(&DynamicImage::ImageRgb8(sample()), ImageFormat::Png);
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let crc = crc32(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&crc.to_be_bytes());
    bytes
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, &byte| {
        (0..8).fold(
            crc ^ u32::from(byte),
            |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 },
        )
    })
}

#[test]
fn every_accepted_format_becomes_the_same_rgb() {
    let original = sample();
    for format in [ImageFormat::Png, ImageFormat::Bmp, ImageFormat::WebP, ImageFormat::Jpeg] {
        let picture = decode(&encoded(&DynamicImage::ImageRgb8(original.clone()), format), &LIMITS).unwrap();
        assert_eq!((picture.width(), picture.height()), (60, 40), "{format:?}");
        let tolerance = if format == ImageFormat::Jpeg { 40 } else { 0 };
        let far =
            picture.rgb().iter().zip(original.as_raw()).filter(|(a, b)| a.abs_diff(**b) > tolerance).count();
        assert_eq!(far, 0, "{format:?}");
    }
}

#[test]
fn gray_sixteen_bit_and_transparent_pictures_become_eight_bit_rgb() {
    let gray = DynamicImage::ImageLuma8(image::ImageBuffer::from_pixel(9, 9, Luma([77u8])));
    let deep = DynamicImage::ImageRgb16(image::ImageBuffer::from_pixel(9, 9, Rgb([65535u16, 0, 32768])));
    let clear = DynamicImage::ImageRgba8(image::ImageBuffer::from_pixel(9, 9, Rgba([10u8, 20, 30, 0])));
    let solid = DynamicImage::ImageRgba8(image::ImageBuffer::from_pixel(9, 9, Rgba([10u8, 20, 30, 255])));
    for (image, wanted) in
        [(gray, [77, 77, 77]), (deep, [255, 0, 128]), (clear, [255; 3]), (solid, [10, 20, 30])]
    {
        let picture = decode(&encoded(&image, ImageFormat::Png), &LIMITS).unwrap();
        assert_eq!(picture.rgb()[..3], wanted);
    }
    let gray_jpeg = DynamicImage::ImageLuma8(image::ImageBuffer::from_pixel(16, 16, Luma([77u8])));
    let picture = decode(&encoded(&gray_jpeg, ImageFormat::Jpeg), &LIMITS).unwrap();
    assert!(picture.rgb().iter().all(|value| value.abs_diff(77) <= 2));
}

#[test]
fn a_cmyk_jpeg_becomes_rgb() {
    // White paper: no ink, which Adobe's files write inverted.
    let mut bytes = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 90);
    encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::F_1_1);
    encoder.encode(&[0u8; 16 * 16 * 4], 16, 16, jpeg_encoder::ColorType::Cmyk).unwrap();
    let picture = decode(&bytes, &LIMITS).unwrap();
    assert_eq!((picture.width(), picture.height()), (16, 16));
    assert!(picture.rgb().iter().all(|&value| value >= 250), "{:?}", &picture.rgb()[..3]);
}

#[test]
fn pictures_are_turned_upright() {
    let jpeg = encoded(&DynamicImage::ImageRgb8(sample()), ImageFormat::Jpeg);
    let upright = decode(&jpeg, &LIMITS).unwrap();
    for orientation in 1..=8u8 {
        let picture = decode(&turned(&jpeg, orientation), &LIMITS).unwrap();
        let sides = if orientation >= 5 { (40, 60) } else { (60, 40) };
        assert_eq!((picture.width(), picture.height()), sides, "orientation {orientation}");
    }
    // Orientation 3 is upside down: the first pixel is the last one of the file.
    let upside_down = decode(&turned(&jpeg, 3), &LIMITS).unwrap();
    assert_eq!(upside_down.rgb()[..3], upright.rgb()[upright.rgb().len() - 3..]);
    assert_eq!(decode(&turned(&jpeg, 99), &LIMITS).unwrap(), upright);
}

#[test]
fn what_announces_too_much_is_refused_before_its_pixels() {
    for (width, height) in [(100_000, 100_000), (600, 600), (u32::MAX >> 1, 1), (1, 300_000)] {
        let error = decode(&png_header(width, height), &LIMITS).unwrap_err();
        assert!(
            matches!(error, DecodeError::TooManyPixels { .. } | DecodeError::Malformed(_)),
            "{width}x{height}: {error}"
        );
    }
    // A JPEG whose header says 65,500 x 65,500: a start, a frame, a scan and nothing else.
    let mut jpeg = encoded(&DynamicImage::ImageRgb8(sample()), ImageFormat::Jpeg);
    let frame = jpeg.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xff, 0xdc, 0xff, 0xdc]);
    assert!(matches!(
        decode(&jpeg, &LIMITS),
        Err(DecodeError::TooManyPixels { width: 65_500, height: 65_500, .. })
    ));
    let mut bmp = encoded(&DynamicImage::ImageRgb8(sample()), ImageFormat::Bmp);
    bmp[18..22].copy_from_slice(&60_000i32.to_le_bytes());
    bmp[22..26].copy_from_slice(&60_000i32.to_le_bytes());
    assert!(matches!(decode(&bmp, &LIMITS), Err(DecodeError::TooManyPixels { .. })));
    assert!(matches!(decode(&vec![0xff; LIMITS.max_bytes + 1], &LIMITS), Err(DecodeError::TooLong { .. })));
}

#[test]
fn a_header_that_promises_more_than_the_file_holds_is_malformed() {
    let error = decode(&png_header(490, 490), &LIMITS).unwrap_err();
    assert!(matches!(error, DecodeError::Malformed(_)), "{error}");
}

#[test]
fn other_formats_and_no_pictures_are_refused() {
    for bytes in [
        &b""[..],
        b"\xff",
        b"\xff\xd8",
        b"\xff\xd8\xff",
        b"GIF89a\x01\0\x01\0",
        b"<svg/>",
        b"II*\0\x08\0\0\0",
        b"RIFF\0\0\0\0WEBP",
    ] {
        assert!(decode(bytes, &LIMITS).is_err(), "{bytes:?}");
    }
    assert_eq!(decode(b"not a picture at all", &LIMITS), Err(DecodeError::UnknownFormat));
}

#[test]
fn an_animated_webp_is_refused() {
    // VP8X with the animation flag, 1x1, an ANIM chunk and one empty frame.
    let mut bytes = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0\0\0\0\0\0\0".to_vec();
    bytes.extend(b"ANIM\x06\0\0\0\0\0\0\0\0\0");
    let still = encoded(&DynamicImage::ImageRgb8(RgbImage::new(1, 1)), ImageFormat::WebP);
    let inner = &still[12..];
    bytes.extend(b"ANMF");
    bytes.extend((16 + inner.len() as u32).to_le_bytes());
    bytes.extend([0; 16]);
    bytes.extend(inner);
    let length = (bytes.len() as u32 - 8).to_le_bytes();
    bytes[4..8].copy_from_slice(&length);
    assert_eq!(decode(&bytes, &LIMITS), Err(DecodeError::Animated));
}

#[test]
fn a_jpeg_in_hundreds_of_passes_is_refused() {
    let mut jpeg = encoded(&DynamicImage::ImageRgb8(sample()), ImageFormat::Jpeg);
    let scan = jpeg.windows(2).position(|pair| pair == [0xff, 0xda]).unwrap();
    let pass = jpeg[scan..jpeg.len() - 2].to_vec();
    jpeg.truncate(jpeg.len() - 2);
    (0..100).for_each(|_| jpeg.extend(&pass));
    jpeg.extend([0xff, 0xd9]);
    assert!(matches!(decode(&jpeg, &LIMITS), Err(DecodeError::Malformed(_) | DecodeError::TooLong { .. })));
}

#[test]
fn cut_off_files_never_panic() {
    for format in [ImageFormat::Png, ImageFormat::Bmp, ImageFormat::WebP, ImageFormat::Jpeg] {
        let bytes = encoded(&DynamicImage::ImageRgb8(sample()), format);
        for end in 0..bytes.len() {
            // A JPEG cut off in its pixels may still be shown; everything else is refused. Neither panics.
            if let Ok(picture) = decode(&bytes[..end], &LIMITS) {
                assert_eq!((picture.width(), picture.height()), (60, 40), "{format:?} {end}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn changed_files_never_panic_and_never_exceed_the_limits(
        format in prop_oneof![Just(ImageFormat::Png), Just(ImageFormat::Bmp), Just(ImageFormat::WebP), Just(ImageFormat::Jpeg)],
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        removed in any::<prop::sample::Index>(),
        headers_only in any::<bool>(),
    ) {
        let mut bytes = encoded(&DynamicImage::ImageRgb8(sample()), format);
        let reach = if headers_only { 64.min(bytes.len()) } else { bytes.len() };
        for (index, value) in changes {
            let at = index.index(reach);
            bytes[at] = value;
        }
        if removed.index(4) == 0 {
            bytes.remove(removed.index(bytes.len()));
        }
        if let Ok(picture) = decode(&bytes, &LIMITS) {
            prop_assert!(u64::from(picture.width()) * u64::from(picture.height()) <= LIMITS.max_pixels);
        }
    }

    #[test]
    fn noise_after_a_signature_never_panics(
        signature in prop::sample::select(SIGNATURES),
        noise in proptest::collection::vec(any::<u8>(), 0..600),
    ) {
        let bytes: Vec<u8> = signature.iter().copied().chain(noise).collect();
        let _ = decode(&bytes, &LIMITS);
    }
}
