//! Bringing a face into the position a network was trained with: the similarity that maps the five points best, sampled bilinearly.

use crate::pack::manifest::{Channels, FaceInput};
use crate::picture::Picture;

/// Rotation with scale and a shift: `x' = a x - b y + tx`, `y' = b x + a y + ty`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Similarity {
    a: f64,
    b: f64,
    tx: f64,
    ty: f64,
}

/// A square picture of one aligned face.
#[derive(Debug, Clone)]
pub(crate) struct Chip {
    /// Width and height in pixels.
    pub(crate) size: usize,
    /// Pixels, R G B.
    pub(crate) rgb: Vec<u8>,
    /// From chip to picture.
    back: Similarity,
    /// Size of the picture.
    frame: [f64; 2],
}

/// Below this scale a bilinear sample would skip pixels; the picture is shrunk by area first.
const SHRINK_BELOW: f64 = 0.5;
/// Pixels the shrunk part keeps around the chip.
const SEAM: f64 = 3.0;

impl Similarity {
    /// The least-squares similarity that maps `from` to `to` (Umeyama's method without reflection). Points that all coincide have none.
    pub(crate) fn between(from: &[[f32; 2]; 5], to: &[[f32; 2]; 5]) -> Option<Self> {
        let mean = |points: &[[f32; 2]; 5], axis: usize| {
            points.iter().map(|p| f64::from(p[axis])).sum::<f64>() / 5.0
        };
        let (from_x, from_y, to_x, to_y) = (mean(from, 0), mean(from, 1), mean(to, 0), mean(to, 1));
        let (mut along, mut across, mut spread) = (0.0, 0.0, 0.0);
        for (p, q) in from.iter().zip(to) {
            let (x, y) = (f64::from(p[0]) - from_x, f64::from(p[1]) - from_y);
            let (u, v) = (f64::from(q[0]) - to_x, f64::from(q[1]) - to_y);
            along += x * u + y * v;
            across += x * v - y * u;
            spread += x * x + y * y;
        }
        let (a, b) = (along / spread, across / spread);
        let found = Self { a, b, tx: to_x - (a * from_x - b * from_y), ty: to_y - (b * from_x + a * from_y) };
        let usable =
            found.a.is_finite() && found.b.is_finite() && found.tx.is_finite() && found.ty.is_finite();
        (usable && found.scale() > 1e-4).then_some(found)
    }

    pub(crate) fn scale(&self) -> f64 {
        self.a.hypot(self.b)
    }

    fn apply(&self, x: f64, y: f64) -> (f64, f64) {
        (self.a * x - self.b * y + self.tx, self.b * x + self.a * y + self.ty)
    }

    fn inverse(&self) -> Self {
        let square = self.a * self.a + self.b * self.b;
        let (a, b) = (self.a / square, -self.b / square);
        Self { a, b, tx: -(a * self.tx - b * self.ty), ty: -(b * self.tx + a * self.ty) }
    }
}

impl Chip {
    /// Aligns the face with these landmarks to `points`, in a square of `size` pixels. What lies outside the picture is black.
    /// None when the landmarks have no direction.
    pub(crate) fn cut(
        picture: &Picture,
        landmarks: &[[f32; 2]; 5],
        points: &[[f32; 2]; 5],
        size: u32,
    ) -> Option<Self> {
        let forth = Similarity::between(landmarks, points)?;
        let back = forth.inverse();
        let size = size as usize;
        let frame = [f64::from(picture.width()), f64::from(picture.height())];
        let mut rgb = vec![0; size * size * 3];
        if forth.scale() < SHRINK_BELOW {
            let (part, back) = shrunk(picture, &forth, size);
            if let Some(part) = part {
                sample(&part, &back, size, &mut rgb);
            }
        } else {
            sample(picture, &back, size, &mut rgb);
        }
        Some(Self { size, rgb, back, frame })
    }

    /// The share of the part of the chip (in its pixels, `x1, y1, x2, y2`) that lies outside the picture, 0 to 1.
    pub(crate) fn outside(&self, area: [usize; 4]) -> f64 {
        let (mut all, mut out) = (0u32, 0u32);
        for y in area[1]..area[3] {
            for x in area[0]..area[2] {
                let (px, py) = self.back.apply(x as f64, y as f64);
                let inside = px >= 0.0 && py >= 0.0 && px <= self.frame[0] - 1.0 && py <= self.frame[1] - 1.0;
                all += 1;
                out += u32::from(!inside);
            }
        }
        f64::from(out) / f64::from(all.max(1))
    }

    /// The pixels as a network wants them: one plane per channel in its order, `(value - mean) * scale`.
    pub(crate) fn planes(&self, input: &FaceInput) -> Vec<f32> {
        let order = match input.channels {
            Channels::Rgb => [0, 1, 2],
            Channels::Bgr => [2, 1, 0],
        };
        let mut planes = Vec::with_capacity(self.rgb.len());
        for (&channel, &mean) in order.iter().zip(&input.mean) {
            planes.extend(
                self.rgb
                    .as_chunks::<3>()
                    .0
                    .iter()
                    .map(|pixel| (f32::from(pixel[channel]) - mean) * input.scale),
            );
        }
        planes
    }
}

/// The part of the picture under the chip, shrunk to one and a half times the chip's scale, and the way from the chip into it.
/// None when the chip lies outside the picture altogether.
fn shrunk(picture: &Picture, forth: &Similarity, size: usize) -> (Option<Picture>, Similarity) {
    let factor = (forth.scale() * 1.5).min(1.0);
    // The recipe scales coordinates by the factor without regard to pixel centres; templates were measured that way.
    let small = Similarity { a: forth.a / factor, b: forth.b / factor, ..*forth };
    let back = small.inverse();
    let side = |side: u32| ((f64::from(side) * factor).round_ties_even() as u32).max(1);
    let (width, height) = (side(picture.width()), side(picture.height()));
    let edge = size as f64;
    let corners = [(0.0, 0.0), (edge, 0.0), (0.0, edge), (edge, edge)].map(|(x, y)| back.apply(x, y));
    let bounds = |values: [f64; 4], limit: u32| {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min) - SEAM;
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max) + SEAM;
        (low.floor().clamp(0.0, f64::from(limit)) as u32, high.ceil().clamp(0.0, f64::from(limit)) as u32)
    };
    let (left, right) = bounds(corners.map(|corner| corner.0), width);
    let (top, bottom) = bounds(corners.map(|corner| corner.1), height);
    let back = Similarity { tx: back.tx - f64::from(left), ty: back.ty - f64::from(top), ..back };
    (picture.part_shrunk([width, height], [left, top, right, bottom]), back)
}

/// Fills `out` with bilinear samples; beyond the picture everything is black.
fn sample(picture: &Picture, back: &Similarity, size: usize, out: &mut [u8]) {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let stride = width * 3;
    let pixels = picture.rgb();
    let (last_x, last_y) = (width as f64 - 1.0, height as f64 - 1.0);
    for (y, row) in out.chunks_exact_mut(size * 3).enumerate() {
        for (x, out) in row.as_chunks_mut::<3>().0.iter_mut().enumerate() {
            let (px, py) = back.apply(x as f64, y as f64);
            if px >= 0.0 && py >= 0.0 && px < last_x && py < last_y {
                let (left, top) = (px as usize, py as usize);
                let (fx, fy) = ((px - left as f64) as f32, (py - top as f64) as f32);
                let upper = &pixels[top * stride + left * 3..][..6];
                let lower = &pixels[(top + 1) * stride + left * 3..][..6];
                for channel in 0..3 {
                    let above = f32::from(upper[channel]) * (1.0 - fx) + f32::from(upper[channel + 3]) * fx;
                    let below = f32::from(lower[channel]) * (1.0 - fx) + f32::from(lower[channel + 3]) * fx;
                    out[channel] = (above * (1.0 - fy) + below * fy + 0.5) as u8;
                }
            } else if px > -1.0 && py > -1.0 && px < last_x + 1.0 && py < last_y + 1.0 {
                *out = at_the_edge(picture, px, py);
            }
        }
    }
}

/// A sample of which some of the four pixels lie outside and count as black.
fn at_the_edge(picture: &Picture, px: f64, py: f64) -> [u8; 3] {
    let (left, top) = (px.floor(), py.floor());
    let (fx, fy) = (px - left, py - top);
    let mut sums = [0.5f64; 3];
    for (dx, dy, weight) in
        [(0, 0, (1.0 - fx) * (1.0 - fy)), (1, 0, fx * (1.0 - fy)), (0, 1, (1.0 - fx) * fy), (1, 1, fx * fy)]
    {
        let (x, y) = (left as i64 + dx, top as i64 + dy);
        let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y)) else { continue };
        if x < picture.width() && y < picture.height() {
            let start = (y as usize * picture.width() as usize + x as usize) * 3;
            for (sum, &value) in sums.iter_mut().zip(&picture.rgb()[start..start + 3]) {
                *sum += f64::from(value) * weight;
            }
        }
    }
    sums.map(|sum| sum as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    const POINTS: [[f32; 2]; 5] = [[40.0, 40.0], [80.0, 40.0], [60.0, 60.0], [45.0, 85.0], [75.0, 85.0]];

    fn turned(points: &[[f32; 2]; 5], angle: f32, scale: f32, shift: [f32; 2]) -> [[f32; 2]; 5] {
        let (sin, cos) = angle.sin_cos();
        points.map(|[x, y]| [scale * (cos * x - sin * y) + shift[0], scale * (sin * x + cos * y) + shift[1]])
    }

    #[test]
    fn the_similarity_of_turned_points_is_that_turn() {
        for (angle, scale, shift) in
            [(0.0, 1.0, [0.0, 0.0]), (0.4, 2.5, [13.0, -7.0]), (-2.0, 0.3, [400.0, 90.0])]
        {
            let found = Similarity::between(&POINTS, &turned(&POINTS, angle, scale, shift)).unwrap();
            assert!((found.scale() - f64::from(scale)).abs() < 1e-4);
            assert!((found.b.atan2(found.a) - f64::from(angle)).abs() < 1e-4);
            let (x, y) = found.inverse().apply(found.apply(12.0, 34.0).0, found.apply(12.0, 34.0).1);
            assert!((x - 12.0).abs() < 1e-6 && (y - 34.0).abs() < 1e-6);
        }
        assert_eq!(Similarity::between(&[[5.0, 5.0]; 5], &POINTS), None);
        assert_eq!(Similarity::between(&[[f32::NAN, 5.0]; 5], &POINTS), None);
    }

    #[test]
    fn a_chip_in_place_is_the_picture_and_outside_is_black() {
        let rgb = (0..128 * 128 * 3).map(|i| (i * 7 % 253) as u8).collect();
        let picture = Picture::from_rgb(128, 128, rgb).unwrap();
        let chip = Chip::cut(&picture, &POINTS, &POINTS, 128).unwrap();
        assert_eq!(chip.rgb, picture.rgb());
        assert!(chip.outside([0, 0, 128, 128]) < 1e-9);

        let moved = turned(&POINTS, 0.0, 1.0, [64.0, 0.0]);
        let chip = Chip::cut(&picture, &moved, &POINTS, 128).unwrap();
        assert_eq!(chip.rgb[..3], picture.rgb()[64 * 3..65 * 3]);
        assert_eq!(chip.rgb[127 * 3..128 * 3], [0; 3]);
        assert!((chip.outside([0, 0, 128, 128]) - 0.5).abs() < 0.01);

        let away = turned(&POINTS, 0.0, 9.0, [1e6, -1e6]);
        let chip = Chip::cut(&picture, &away, &POINTS, 128).unwrap();
        assert!(chip.rgb.iter().all(|&value| value == 0));
    }

    #[test]
    fn a_large_face_is_shrunk_by_area_to_the_same_chip_as_a_shrunk_picture() {
        // Stripes of one pixel: without the area step they would alias to noise.
        let rgb = (0..1200 * 1200).flat_map(|i| [if i % 2 == 0 { 0 } else { 200 }; 3]).collect();
        let picture = Picture::from_rgb(1200, 1200, rgb).unwrap();
        let landmarks = turned(&POINTS, 0.0, 9.0, [20.0, 20.0]);
        let chip = Chip::cut(&picture, &landmarks, &POINTS, 128).unwrap();
        let inner = &chip.rgb[(10 * 128 + 10) * 3..(10 * 128 + 110) * 3];
        assert!(inner.iter().all(|&value| value.abs_diff(100) <= 20), "{:?}", &inner[..30]);
    }
}
