//! Resizing by `fast_image_resize`, with the two filters the recipes were measured with.

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::U8x3;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};

use super::Picture;

/// How pixels are combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filter {
    /// The mean over the covered area, for shrinking (OpenCV's `INTER_AREA`).
    Area,
    /// Between the two nearest, for enlarging (OpenCV's `INTER_LINEAR`).
    Linear,
}

/// Resizes the whole picture into `out`, which must hold `width * height * 3` bytes; another length leaves it untouched.
pub(crate) fn resize_into(picture: &Picture, width: u32, height: u32, filter: Filter, out: &mut [u8]) {
    if (picture.width, picture.height) == (width, height) && out.len() == picture.rgb.len() {
        out.copy_from_slice(&picture.rgb);
        return;
    }
    let (Ok(from), Ok(mut to)) = (
        TypedImageRef::<U8x3>::from_buffer(picture.width, picture.height, &picture.rgb),
        TypedImage::<U8x3>::from_buffer(width, height, out),
    ) else {
        return;
    };
    let options = ResizeOptions::new().resize_alg(algorithm(filter));
    let outcome = Resizer::new().resize_typed(&from, &mut to, &options);
    debug_assert!(outcome.is_ok(), "sizes were checked: {outcome:?}");
}

impl Picture {
    /// The part `area` (`x1, y1, x2, y2`) of what this picture would be at the size `whole`, without making the rest.
    /// None for an empty part.
    pub(crate) fn part_resized(&self, whole: [u32; 2], area: [u32; 4], filter: Filter) -> Option<Self> {
        let (width, height) = (area[2].checked_sub(area[0])?, area[3].checked_sub(area[1])?);
        if width == 0 || height == 0 {
            return None;
        }
        let (step_x, step_y) =
            (f64::from(self.width) / f64::from(whole[0]), f64::from(self.height) / f64::from(whole[1]));
        let from = TypedImageRef::<U8x3>::from_buffer(self.width, self.height, &self.rgb).ok()?;
        let mut rgb = vec![0; width as usize * height as usize * 3];
        let mut to = TypedImage::<U8x3>::from_buffer(width, height, &mut rgb).ok()?;
        let (left, top) = (f64::from(area[0]) * step_x, f64::from(area[1]) * step_y);
        // Rounding must not push the part over the edge by a billionth of a pixel.
        let across = (f64::from(width) * step_x).min(f64::from(self.width) - left);
        let down = (f64::from(height) * step_y).min(f64::from(self.height) - top);
        let options = ResizeOptions::new().resize_alg(algorithm(filter)).crop(left, top, across, down);
        Resizer::new().resize_typed(&from, &mut to, &options).ok()?;
        Some(Self { width, height, rgb })
    }
}

fn algorithm(filter: Filter) -> ResizeAlg {
    match filter {
        Filter::Area => ResizeAlg::Convolution(FilterType::Box),
        Filter::Linear => ResizeAlg::Interpolation(FilterType::Bilinear),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn area_is_the_mean_and_linear_stays_between() {
        let picture = Picture::from_rgb(4, 2, [10, 20, 30, 50].repeat(6)).unwrap();
        let half = picture.resized(2, 1, Filter::Area);
        let mean = |xs: [usize; 4]| xs.iter().map(|&x| u32::from(picture.rgb[x])).sum::<u32>().div_ceil(4);
        for channel in 0..3 {
            let wanted = mean([channel, channel + 3, channel + 12, channel + 15]);
            assert!(u32::from(half.rgb[channel]).abs_diff(wanted) <= 1);
        }
        let double = picture.resized(8, 4, Filter::Linear);
        assert!(double.rgb.iter().all(|&value| (10..=50).contains(&value)));
    }
}
