//! A picture is always upright 8-bit RGB whose buffer is exactly `width * height * 3` bytes; whoever holds one need not check.

mod area;
mod decode;
mod linear;
mod resize;

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

pub use decode::{DecodeError, DecodeLimits, decode};
pub(crate) use resize::{Filter, resize_into};

/// Upright pixels, 8-bit RGB, rows from top to bottom without padding.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    width: u32,
    height: u32,
    rgb: Vec<u8>,
}

/// The pixels handed over do not make a picture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// The buffer is not `width * height * 3` bytes long, or a side is zero.
    #[error("{width}x{height} RGB needs another buffer than {bytes} bytes")]
    Shape {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// Length of the buffer.
        bytes: usize,
    },
    /// JPEG cannot hold sides above 65,535 pixels.
    #[error("{width}x{height} is too large for a JPEG")]
    TooLarge {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
}

impl Picture {
    /// Takes raw RGB rows, for example a frame of a video decoder.
    ///
    /// # Errors
    /// [`PictureError::Shape`] when a side is zero or the buffer has another length than `width * height * 3`.
    pub fn from_rgb(width: u32, height: u32, rgb: Vec<u8>) -> Result<Self, PictureError> {
        let wanted = u128::from(width) * u128::from(height) * 3;
        if wanted == 0 || wanted != rgb.len() as u128 {
            return Err(PictureError::Shape { width, height, bytes: rgb.len() });
        }
        Ok(Self { width, height, rgb })
    }

    /// Width in pixels, at least 1.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels, at least 1.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.height
    }

    /// The pixels: `width * height * 3` bytes, R G B, row by row.
    #[must_use]
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }

    /// The part inside `[x1, y1, x2, y2]` (pixels, x2 and y2 exclusive), cut to the picture; at least one pixel.
    #[must_use]
    pub fn crop(&self, area: [i32; 4]) -> Self {
        let (left, right) = span(area[0], area[2], self.width);
        let (top, bottom) = span(area[1], area[3], self.height);
        let stride = self.width as usize * 3;
        let mut rgb = Vec::with_capacity((right - left) * (bottom - top) * 3);
        for row in self.rgb.chunks_exact(stride).take(bottom).skip(top) {
            rgb.extend_from_slice(&row[left * 3..right * 3]);
        }
        Self { width: (right - left) as u32, height: (bottom - top) as u32, rgb }
    }

    /// The same picture with a black border of `dx` pixels left and right and `dy` above and below.
    #[must_use]
    pub(crate) fn bordered(&self, dx: u32, dy: u32) -> Self {
        let (width, height) = (self.width + 2 * dx, self.height + 2 * dy);
        let mut rgb = vec![0; width as usize * height as usize * 3];
        let inner = self.width as usize * 3;
        let left = dx as usize * 3;
        let rows = rgb.chunks_exact_mut(width as usize * 3).skip(dy as usize);
        for (to, from) in rows.zip(self.rgb.chunks_exact(inner)) {
            to[left..left + inner].copy_from_slice(from);
        }
        Self { width, height, rgb }
    }

    /// The picture scaled so that its long side is at most `long_side` pixels; a smaller one is copied as it is.
    #[must_use]
    pub fn at_most(&self, long_side: u32) -> Self {
        let long = self.width.max(self.height);
        if long <= long_side.max(1) {
            return self.clone();
        }
        let scale = f64::from(long_side.max(1)) / f64::from(long);
        let side = |side: u32| ((f64::from(side) * scale).round() as u32).max(1);
        self.resized(side(self.width), side(self.height), Filter::Area)
    }

    /// The picture at another size; the sides are at least 1.
    pub(crate) fn resized(&self, width: u32, height: u32, filter: Filter) -> Self {
        let (width, height) = (width.max(1), height.max(1));
        let mut rgb = vec![0; width as usize * height as usize * 3];
        resize_into(self, width, height, filter, &mut rgb);
        Self { width, height, rgb }
    }

    /// The picture as a JPEG of the given quality (1 to 100; 85 is a good default), colour sampled at half resolution.
    ///
    /// # Errors
    /// [`PictureError::TooLarge`] when a side is above 65,535 pixels.
    pub fn to_jpeg(&self, quality: u8) -> Result<Vec<u8>, PictureError> {
        let too_large = || PictureError::TooLarge { width: self.width, height: self.height };
        let width = u16::try_from(self.width).map_err(|_| too_large())?;
        let height = u16::try_from(self.height).map_err(|_| too_large())?;
        let mut bytes = Vec::with_capacity(self.rgb.len() / 8);
        let mut encoder = Encoder::new(&mut bytes, quality.clamp(1, 100));
        encoder.set_sampling_factor(SamplingFactor::F_2_2);
        encoder.encode(&self.rgb, width, height, ColorType::Rgb).map_err(|_| too_large())?;
        Ok(bytes)
    }
}

impl std::fmt::Debug for Picture {
    /// Only the size: pixels never reach a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({}x{})", self.width, self.height)
    }
}

/// The half-open range `from..to` cut to `0..side`, never empty.
fn span(from: i32, to: i32, side: u32) -> (usize, usize) {
    let side = side as usize;
    let from = usize::try_from(from).unwrap_or(0).min(side - 1);
    let to = usize::try_from(to).unwrap_or(0).clamp(from + 1, side);
    (from, to)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(width: u32, height: u32) -> Picture {
        let rgb = (0..width * height * 3).map(|i| (i % 251) as u8).collect();
        Picture::from_rgb(width, height, rgb).unwrap()
    }

    #[test]
    fn a_buffer_of_the_wrong_length_is_refused() {
        assert!(Picture::from_rgb(2, 2, vec![0; 11]).is_err());
        assert!(Picture::from_rgb(0, 2, Vec::new()).is_err());
        assert!(Picture::from_rgb(u32::MAX, u32::MAX, vec![0; 3]).is_err());
    }

    #[test]
    fn a_crop_is_cut_to_the_picture_and_never_empty() {
        let picture = numbered(5, 4);
        let middle = picture.crop([1, 1, 3, 3]);
        assert_eq!((middle.width(), middle.height()), (2, 2));
        assert_eq!(middle.rgb()[..6], picture.rgb()[(5 + 1) * 3..(5 + 3) * 3]);
        assert_eq!(picture.crop([-9, -9, 99, 99]), picture);
        let outside = picture.crop([50, 50, 60, 60]);
        assert_eq!((outside.width(), outside.height()), (1, 1));
        let inverted = picture.crop([i32::MAX, i32::MAX, i32::MIN, i32::MIN]);
        assert_eq!((inverted.width(), inverted.height()), (1, 1));
    }

    #[test]
    fn a_border_is_black_and_keeps_the_middle() {
        let picture = numbered(3, 2);
        let wide = picture.bordered(2, 1);
        assert_eq!((wide.width(), wide.height()), (7, 4));
        assert!(wide.rgb()[..7 * 3].iter().all(|&value| value == 0));
        assert_eq!(wide.crop([2, 1, 5, 3]), picture);
    }

    #[test]
    fn jpeg_goes_out_and_comes_back() {
        let picture = Picture::from_rgb(64, 48, vec![120; 64 * 48 * 3]).unwrap();
        let jpeg = picture.to_jpeg(85).unwrap();
        let back = decode(&jpeg, &DecodeLimits::default()).unwrap();
        assert_eq!((back.width(), back.height()), (64, 48));
        assert!(back.rgb().iter().all(|&value| value.abs_diff(120) <= 2));
        let flat = Picture::from_rgb(70_000, 1, vec![0; 210_000]).unwrap();
        assert!(matches!(flat.to_jpeg(85), Err(PictureError::TooLarge { .. })));
    }

    #[test]
    fn at_most_shrinks_and_never_enlarges() {
        let picture = numbered(100, 50);
        let small = picture.at_most(20);
        assert_eq!((small.width(), small.height()), (20, 10));
        assert_eq!(picture.at_most(400), picture);
        assert_eq!(numbered(300, 1).at_most(10).height(), 1);
    }
}
