//! Shrinking by area: every new pixel is the mean of what it covers, parts of pixels counted as parts.
//!
//! The recipes were measured with this kind of shrinking. Libraries at hand count a pixel wholly or not at all, which moves the points of
//! faces by up to two pixels; hence these lines. Weights are 256ths that add up exactly, so that sums fit 16 bits and
//! the long loop over rows vectorises on any machine.

use super::Picture;

/// The pixels that one new pixel covers along one axis.
struct Cover {
    start: usize,
    weights: Vec<u16>,
}

/// What all weights of one new pixel add up to.
const ONE: u16 = 256;

/// The part `area` (`x1, y1, x2, y2`, not empty, inside) of what `picture` would be at the size `whole`, written to `out`.
pub(super) fn shrink(picture: &Picture, whole: [u32; 2], area: [u32; 4], out: &mut [u8]) {
    let columns = covers(picture.width, whole[0], area[0]..area[2]);
    let rows = covers(picture.height, whole[1], area[1]..area[3]);
    let (Some(first), Some(last)) = (columns.first(), columns.last()) else { return };
    let used = first.start * 3..(last.start + last.weights.len()) * 3;
    let stride = picture.width as usize * 3;
    let mut sums = vec![0u16; used.len()];
    for (row, out) in rows.iter().zip(out.chunks_exact_mut(columns.len() * 3)) {
        sums.fill(0);
        for (index, &weight) in row.weights.iter().enumerate() {
            let start = (row.start + index) * stride;
            add(&mut sums, &picture.rgb[start + used.start..start + used.end], weight);
        }
        for (column, out) in columns.iter().zip(out.as_chunks_mut::<3>().0) {
            let start = column.start * 3 - used.start;
            *out = across(&sums[start..start + column.weights.len() * 3], &column.weights);
        }
    }
}

/// Adds a weighted row; the weights of all rows of a sum are 256, so it stays below 65,536.
fn add(sums: &mut [u16], row: &[u8], weight: u16) {
    for (sum, &value) in sums.iter_mut().zip(row) {
        *sum = sum.wrapping_add(u16::from(value).wrapping_mul(weight));
    }
}

fn across(sums: &[u16], weights: &[u16]) -> [u8; 3] {
    let mut total = [1u32 << 15; 3];
    for (sums, &weight) in sums.as_chunks::<3>().0.iter().zip(weights) {
        for channel in 0..3 {
            total[channel] += u32::from(sums[channel]) * u32::from(weight);
        }
    }
    total.map(|total| (total >> 16) as u8)
}

/// What the new pixels `range` of `new` cover of `old` pixels.
fn covers(old: u32, new: u32, range: std::ops::Range<u32>) -> Vec<Cover> {
    let step = f64::from(old) / f64::from(new);
    let cover = |index: u32| {
        let (from, to) = (f64::from(index) * step, (f64::from(index + 1) * step).min(f64::from(old)));
        let start = (from as usize).min(old as usize - 1);
        let end = (to.ceil() as usize).clamp(start + 1, old as usize);
        // The weight up to each border, rounded, so that the differences add up to exactly one.
        let up_to = |border: usize| {
            let share = ((border as f64).clamp(from, to) - from) / (to - from).max(f64::EPSILON);
            (share * f64::from(ONE)).round() as u16
        };
        let mut weights: Vec<u16> = (start..end).map(|pixel| up_to(pixel + 1) - up_to(pixel)).collect();
        let missing = ONE - weights.iter().sum::<u16>();
        weights[0] += missing;
        Cover { start, weights }
    };
    range.map(cover).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, in f64.
    fn plainly(picture: &Picture, width: u32, height: u32) -> Vec<u8> {
        let (step_x, step_y) =
            (f64::from(picture.width) / f64::from(width), f64::from(picture.height) / f64::from(height));
        let overlap = |pixel: u32, from: f64, to: f64| {
            (f64::from(pixel + 1).min(to) - f64::from(pixel).max(from)).max(0.0)
        };
        let mut out = Vec::new();
        for y in 0..height {
            for x in 0..width {
                let mut sums = [0.0; 3];
                for py in 0..picture.height {
                    let share_y = overlap(py, f64::from(y) * step_y, f64::from(y + 1) * step_y);
                    for px in 0..picture.width {
                        let share = share_y * overlap(px, f64::from(x) * step_x, f64::from(x + 1) * step_x);
                        let at = ((py * picture.width + px) * 3) as usize;
                        (0..3).for_each(|c| sums[c] += share * f64::from(picture.rgb[at + c]));
                    }
                }
                out.extend(sums.map(|sum| (sum / (step_x * step_y)).round() as u8));
            }
        }
        out
    }

    #[test]
    fn is_the_mean_of_what_is_covered() {
        for (old, new) in [
            ([7, 5], [3, 2]),
            ([64, 48], [20, 15]),
            ([40, 30], [40, 30]),
            ([100, 3], [1, 1]),
            ([31, 17], [30, 16]),
        ] {
            let rgb = (0..old[0] * old[1] * 3).map(|i| (i * 37 % 256) as u8).collect();
            let picture = Picture { width: old[0], height: old[1], rgb };
            let mut out = vec![0; (new[0] * new[1] * 3) as usize];
            shrink(&picture, new, [0, 0, new[0], new[1]], &mut out);
            let wanted = plainly(&picture, new[0], new[1]);
            assert!(out.iter().zip(&wanted).all(|(a, b)| a.abs_diff(*b) <= 2), "{old:?} {new:?}");
        }
    }

    #[test]
    fn white_stays_white_at_any_size() {
        for new in [1, 2, 3, 7, 99, 700] {
            let picture = Picture { width: 700, height: 700, rgb: vec![255; 700 * 700 * 3] };
            let mut out = vec![0; new * new * 3];
            shrink(&picture, [new as u32; 2], [0, 0, new as u32, new as u32], &mut out);
            assert!(out.iter().all(|&value| value == 255), "{new}");
        }
    }

    #[test]
    fn a_part_is_that_part_of_the_whole() {
        let rgb = (0..90 * 70 * 3).map(|i| (i * 11 % 256) as u8).collect();
        let picture = Picture { width: 90, height: 70, rgb };
        let whole = picture.resized(41, 33, crate::picture::Filter::Area);
        let mut part = vec![0; 10 * 20 * 3];
        shrink(&picture, [41, 33], [12, 5, 22, 25], &mut part);
        assert_eq!(part, whole.crop([12, 5, 22, 25]).rgb);
    }
}
