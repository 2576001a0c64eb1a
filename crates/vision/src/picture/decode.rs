//! Decoding pictures from outside: the format, the announced size and the announced structure are checked before any pixel is allocated.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::codecs::{bmp::BmpDecoder, jpeg::JpegDecoder, png::PngDecoder, webp::WebPDecoder};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageResult, Limits};

use super::Picture;

/// What a picture from outside may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecodeLimits {
    /// Longest file in bytes.
    pub max_bytes: usize,
    /// Most pixels, by the size the file announces. Decoding takes up to 12 bytes per pixel for a moment (progressive JPEG, 16-bit PNG).
    pub max_pixels: u64,
}

/// Why a file is not a usable picture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Longer than allowed.
    #[error("the picture has {bytes} bytes, more than the {limit} allowed")]
    TooLong {
        /// Length of the file.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// Not JPEG, PNG, WebP or BMP.
    #[error("not a JPEG, PNG, WebP or BMP picture")]
    UnknownFormat,
    /// More pixels than allowed, by its own header.
    #[error("the picture announces {width}x{height} pixels, more than the {limit} allowed")]
    TooManyPixels {
        /// Announced width.
        width: u32,
        /// Announced height.
        height: u32,
        /// The limit in pixels.
        limit: u64,
    },
    /// Several pictures in one.
    #[error("the picture is animated")]
    Animated,
    /// Broken or cut off, or built to be expensive.
    #[error("the picture cannot be decoded: {0}")]
    Malformed(String),
}

/// A JPEG may come in many passes over the same pixels; honest ones have about ten, each pass of a hostile one costs all pixels.
const MOST_PASSES: usize = 64;
/// Room for a decoder beside its pixels: tables, lines, metadata.
const WORKING_ROOM: u64 = 64 << 20;

impl Default for DecodeLimits {
    /// 10 MB and 25 million pixels: what phones send.
    fn default() -> Self {
        Self { max_bytes: 10_000_000, max_pixels: 25_000_000 }
    }
}

/// Decodes a JPEG, PNG, WebP or BMP file to upright RGB: EXIF orientation is applied, gray, CMYK, palette and 16 bit become
/// 8-bit RGB, transparent parts show white.
///
/// # Errors
/// [`DecodeError`], which says what is wrong; a file that lies, is cut off or is built to be expensive never panics.
pub fn decode(bytes: &[u8], limits: &DecodeLimits) -> Result<Picture, DecodeError> {
    if bytes.len() > limits.max_bytes {
        return Err(DecodeError::TooLong { bytes: bytes.len(), limit: limits.max_bytes });
    }
    // The decoders are checked against hostile files by their authors; should one still panic, that file is malformed and nothing else.
    catch_unwind(AssertUnwindSafe(|| decode_unguarded(bytes, limits)))
        .unwrap_or_else(|_| Err(DecodeError::Malformed("the decoder gave up".to_owned())))
}

fn decode_unguarded(bytes: &[u8], limits: &DecodeLimits) -> Result<Picture, DecodeError> {
    let reader = Cursor::new(bytes);
    match image::guess_format(bytes).map_err(|_| DecodeError::UnknownFormat)? {
        ImageFormat::Jpeg => {
            let passes = bytes.windows(2).filter(|pair| pair == &[0xff, 0xda]).count();
            if passes > MOST_PASSES {
                return Err(DecodeError::Malformed(format!("a JPEG in {passes} passes")));
            }
            pixels(JpegDecoder::new(reader), limits)
        }
        ImageFormat::Png => pixels(PngDecoder::with_limits(reader, allowance(limits)), limits),
        ImageFormat::WebP => {
            let decoder = WebPDecoder::new(reader).map_err(malformed)?;
            if decoder.has_animation() {
                return Err(DecodeError::Animated);
            }
            pixels(Ok(decoder), limits)
        }
        ImageFormat::Bmp => pixels(BmpDecoder::new(reader), limits),
        _ => Err(DecodeError::UnknownFormat),
    }
}

fn pixels<D: ImageDecoder>(decoder: ImageResult<D>, limits: &DecodeLimits) -> Result<Picture, DecodeError> {
    let mut decoder = decoder.map_err(malformed)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > limits.max_pixels {
        return Err(DecodeError::TooManyPixels { width, height, limit: limits.max_pixels });
    }
    decoder.set_limits(allowance(limits)).map_err(malformed)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder).map_err(malformed)?;
    image.apply_orientation(orientation);
    let rgb = if image.color().has_alpha() { on_white(&image) } else { image.into_rgb8() };
    let (width, height) = rgb.dimensions();
    Picture::from_rgb(width, height, rgb.into_raw())
        .map_err(|error| DecodeError::Malformed(error.to_string()))
}

fn allowance(limits: &DecodeLimits) -> Limits {
    let mut allowance = Limits::no_limits();
    allowance.max_alloc = Some(limits.max_pixels.saturating_mul(8).saturating_add(WORKING_ROOM));
    allowance
}

/// Cut-outs with transparent surroundings look like portraits before a white wall.
fn on_white(image: &DynamicImage) -> image::RgbImage {
    let rgba = image.to_rgba8();
    let mut rgb = image::RgbImage::new(rgba.width(), rgba.height());
    for (to, from) in rgb.pixels_mut().zip(rgba.pixels()) {
        let alpha = u32::from(from[3]);
        for channel in 0..3 {
            to[channel] = ((u32::from(from[channel]) * alpha + 255 * (255 - alpha) + 127) / 255) as u8;
        }
    }
    rgb
}

#[expect(clippy::needless_pass_by_value, reason = "the shape `map_err` wants")]
fn malformed(error: ImageError) -> DecodeError {
    // The decoders' own words may quote the input; they are cut to one short line.
    let text = error.to_string();
    DecodeError::Malformed(text.lines().next().unwrap_or_default().chars().take(200).collect())
}
