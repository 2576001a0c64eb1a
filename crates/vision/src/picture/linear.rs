//! Enlarging between the two nearest pixels, in the fixed-point arithmetic of OpenCV's `INTER_LINEAR`.
//!
//! The same arithmetic to the last bit, because the detector picks between neighbouring cells that are nearly equally sure of a face:
//! one grey level of difference moved the points of some faces by a pixel.

use super::Picture;

/// One new pixel along one axis: the first of two old pixels, the second, and how much each weighs (2,048ths).
#[derive(Clone, Copy)]
struct Between {
    first: usize,
    second: usize,
    weights: [i32; 2],
}

const ONE: f32 = 2048.0;

/// The whole picture at another size, written to `out`.
pub(super) fn enlarge(picture: &Picture, width: u32, height: u32, out: &mut [u8]) {
    let columns = between(picture.width, width);
    let stride = picture.width as usize * 3;
    // Neighbouring new rows lie between the same two old ones, so each old row is stretched once.
    let mut stretched: [(usize, Vec<i32>); 2] = [(usize::MAX, Vec::new()), (usize::MAX, Vec::new())];
    for (row, out) in between(picture.height, height).iter().zip(out.chunks_exact_mut(width as usize * 3)) {
        if stretched[1].0 == row.first {
            stretched.swap(0, 1);
        }
        for (slot, wanted) in stretched.iter_mut().zip([row.first, row.second]) {
            if slot.0 != wanted {
                *slot = (wanted, stretch(&picture.rgb[wanted * stride..][..stride], &columns));
            }
        }
        for ((out, above), below) in out.iter_mut().zip(&stretched[0].1).zip(&stretched[1].1) {
            let sum = ((row.weights[0] * (above >> 4)) >> 16) + ((row.weights[1] * (below >> 4)) >> 16);
            *out = ((sum + 2) >> 2).clamp(0, 255) as u8;
        }
    }
}

fn stretch(row: &[u8], columns: &[Between]) -> Vec<i32> {
    let mut out = Vec::with_capacity(columns.len() * 3);
    for column in columns {
        let value = |pixel: usize, channel: usize| i32::from(row[pixel * 3 + channel]);
        out.extend((0..3).map(|channel| {
            value(column.first, channel) * column.weights[0]
                + value(column.second, channel) * column.weights[1]
        }));
    }
    out
}

fn between(old: u32, new: u32) -> Vec<Between> {
    let step = f64::from(old) / f64::from(new);
    let last = old as usize - 1;
    let one = |index: u32| {
        let place = ((f64::from(index) + 0.5) * step - 0.5) as f32;
        let share = place - place.floor();
        let (first, share) = match place.floor() {
            below if below < 0.0 => (0, 0.0),
            at if at as usize >= last => (last, 0.0),
            at => (at as usize, share),
        };
        let weights = [1.0 - share, share].map(|weight: f32| (weight * ONE).round_ties_even() as i32);
        Between { first, second: (first + 1).min(last), weights }
    };
    (0..new).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_the_numbers_of_the_reference() {
        // Rows of `cv2.resize(numpy.uint8([[10, 200, 50]]), (7, 1))`, the same in all channels.
        let picture =
            Picture { width: 3, height: 1, rgb: [10u8, 200, 50].iter().flat_map(|&v| [v; 3]).collect() };
        let mut out = vec![0; 7 * 3];
        enlarge(&picture, 7, 1, &mut out);
        let one_channel: Vec<u8> = out.iter().step_by(3).copied().collect();
        assert_eq!(one_channel, [10, 37, 119, 200, 136, 71, 50]);
        let mut dot = vec![0; 5 * 5 * 3];
        enlarge(&Picture { width: 1, height: 1, rgb: vec![9, 8, 7] }, 5, 5, &mut dot);
        assert_eq!(dot, [9, 8, 7].repeat(25));
    }
}
