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
    let algorithm = match filter {
        Filter::Area => ResizeAlg::Convolution(FilterType::Box),
        Filter::Linear => ResizeAlg::Interpolation(FilterType::Bilinear),
    };
    let (Ok(from), Ok(mut to)) = (
        TypedImageRef::<U8x3>::from_buffer(picture.width, picture.height, &picture.rgb),
        TypedImage::<U8x3>::from_buffer(width, height, out),
    ) else {
        return;
    };
    let options = ResizeOptions::new().resize_alg(algorithm);
    let outcome = Resizer::new().resize_typed(&from, &mut to, &options);
    debug_assert!(outcome.is_ok(), "sizes were checked: {outcome:?}");
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
