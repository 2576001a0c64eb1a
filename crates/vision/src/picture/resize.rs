//! Resizing with the two filters the recipes were measured with.

use super::{Picture, area, linear};

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
    if width == 0 || height == 0 || out.len() != width as usize * height as usize * 3 {
        return;
    }
    if (picture.width, picture.height) == (width, height) {
        out.copy_from_slice(&picture.rgb);
        return;
    }
    match filter {
        Filter::Area => area::shrink(picture, [width, height], [0, 0, width, height], out),
        Filter::Linear => linear::enlarge(picture, width, height, out),
    }
}

impl Picture {
    /// The part `part` (`x1, y1, x2, y2`) of what this picture would be at the smaller size `whole`, without making the rest.
    /// None for an empty part.
    pub(crate) fn part_shrunk(&self, whole: [u32; 2], part: [u32; 4]) -> Option<Self> {
        let (right, bottom) = (part[2].min(whole[0]), part[3].min(whole[1]));
        let (width, height) = (right.checked_sub(part[0])?, bottom.checked_sub(part[1])?);
        if width == 0 || height == 0 {
            return None;
        }
        let mut rgb = vec![0; width as usize * height as usize * 3];
        area::shrink(self, whole, [part[0], part[1], right, bottom], &mut rgb);
        Some(Self { width, height, rgb })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linear_stays_between_and_the_same_size_is_a_copy() {
        let picture = Picture::from_rgb(4, 2, [10, 20, 30, 50].repeat(6)).unwrap();
        let double = picture.resized(8, 4, Filter::Linear);
        assert!(double.rgb.iter().all(|&value| (10..=50).contains(&value)));
        assert_eq!(picture.resized(4, 2, Filter::Linear), picture);
        assert_eq!(picture.part_shrunk([2, 1], [2, 0, 2, 1]), None);
    }
}
