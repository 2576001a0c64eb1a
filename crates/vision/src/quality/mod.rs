//! How good a face is: measured on the aligned face without any network, in the shape of the `fiqa` command.
//!
//! What is not measured is not claimed: `mask` is -1 (no pack has a mask network), pitch comes from the height of the nose between
//! eyes and mouth and is coarse (9 degrees against a network), `occlusion` says which regions are cut off by the picture's edge and
//! nothing about hands or glasses. Clarity falls with blur but rises with noise.

mod gate;

use protocol::{FaceQuality, HeadPose, QualityInfo, quality::MASK_NOT_RUN};

use crate::align::Chip;
use crate::face::Face;
use crate::picture::Picture;

pub(crate) use gate::judge;
pub use gate::{Check, Gate};

/// Side of the aligned face that is measured.
const SIDE: usize = 150;
/// Where the five points lie in it: the mean face with a fifth of its side around it.
const POINTS: [[f32; 2]; 5] =
    [[45.504, 44.211], [102.359, 44.211], [73.942, 76.674], [48.659, 105.025], [99.225, 105.025]];
/// The middle of the face, free of hair and background.
const CENTRE: [usize; 4] = [38, 38, 112, 112];
/// From eyebrows to chin, ear to ear: what must be in the picture for the face to be complete.
const WHOLE: [usize; 4] = [20, 25, 130, 130];
/// Left eye, right eye, mouth: what `occlusion` reports on.
const REGIONS: [[usize; 4]; 3] = [[28, 30, 66, 60], [84, 30, 122, 60], [42, 88, 106, 122]];
/// A face is incomplete when more than this share of it lies outside of the picture.
const MOST_OUTSIDE: f64 = 0.1;
/// How far the nose of a straight face lies below the eyes, as a share of the way to the mouth.
const STRAIGHT_NOSE: f64 = 0.534;

/// Measures a face; no check is passed or failed yet ([`judge`] does that).
pub(crate) fn measure(picture: &Picture, face: &Face) -> FaceQuality {
    let chip = Chip::cut(picture, &face.landmarks, &POINTS, SIDE as u32);
    let gray = chip.as_ref().map_or_else(|| vec![0.0; SIDE * SIDE], gray);
    let clarity = clarity(&gray);
    let outside = |area| chip.as_ref().map_or(1.0, |chip| chip.outside(area));
    let occlusion = REGIONS.iter().map(|&region| outside(region) <= MOST_OUTSIDE).collect();
    FaceQuality {
        bbox: face.bbox.map(|side| side.round() as i32),
        info: QualityInfo {
            brightness: mean(&gray) / 255.0,
            clarity,
            face_size: f64::from(face.size().round()),
            headpose: pose(&face.landmarks),
            mask: MASK_NOT_RUN,
            occlusion,
            partial: outside(WHOLE) > MOST_OUTSIDE,
        },
        score: clarity,
        ..FaceQuality::default()
    }
}

/// Luminance by the weights of television, 0 to 255.
fn gray(chip: &Chip) -> Vec<f64> {
    let luminance = |pixel: &[u8; 3]| {
        (0.114f64
            .mul_add(f64::from(pixel[2]), 0.587f64.mul_add(f64::from(pixel[1]), 0.299 * f64::from(pixel[0]))))
        .round()
    };
    chip.rgb.as_chunks::<3>().0.iter().map(luminance).collect()
}

fn centre() -> impl Iterator<Item = usize> {
    (CENTRE[1]..CENTRE[3]).flat_map(|y| (CENTRE[0]..CENTRE[2]).map(move |x| y * SIDE + x))
}

fn mean(gray: &[f64]) -> f64 {
    let (count, sum) = centre().fold((0.0, 0.0), |(count, sum), at| (count + 1.0, sum + gray[at]));
    sum / count
}

/// The variance of the Laplacian against that of the picture itself: sharp portraits have a median of 25, blurred ones below 2.
fn clarity(gray: &[f64]) -> f64 {
    let laplacian =
        |at: usize| gray[at - 1] + gray[at + 1] + gray[at - SIDE] + gray[at + SIDE] - 4.0 * gray[at];
    variance(centre().map(laplacian)) / (variance(centre().map(|at| gray[at])) + 50.0) * 100.0
}

fn variance(values: impl Iterator<Item = f64>) -> f64 {
    let (count, sum, squares) = values.fold((0.0, 0.0, 0.0), |(count, sum, squares), value| {
        (count + 1.0, sum + value, squares + value * value)
    });
    (squares / count - (sum / count).powi(2)).max(0.0)
}

/// Angles in degrees from the five points.
fn pose(landmarks: &[[f32; 2]; 5]) -> HeadPose {
    let [left_eye, right_eye, nose, left_mouth, right_mouth] =
        landmarks.map(|[x, y]| (f64::from(x), f64::from(y)));
    let (dx, dy) = (right_eye.0 - left_eye.0, right_eye.1 - left_eye.1);
    let between = dx.hypot(dy);
    if !between.is_finite() || between < 1e-3 {
        return HeadPose { pitch: 90.0, roll: 90.0, yaw: 90.0 };
    }
    let middle = |a: (f64, f64), b: (f64, f64)| (f64::midpoint(a.0, b.0), f64::midpoint(a.1, b.1));
    let eyes = middle(left_eye, right_eye);
    let along = |point: (f64, f64)| ((point.0 - eyes.0) * dx + (point.1 - eyes.1) * dy) / between;
    let below = |point: (f64, f64)| ((point.1 - eyes.1) * dx - (point.0 - eyes.0) * dy) / between;
    let degrees = |sine: f64| (1.8 * sine).clamp(-1.0, 1.0).asin().to_degrees();
    let mouth = below(middle(left_mouth, right_mouth));
    HeadPose {
        pitch: degrees((below(nose) - STRAIGHT_NOSE * mouth) / between),
        roll: dy.atan2(dx).to_degrees(),
        yaw: degrees(along(nose) / between),
    }
}

#[cfg(test)]
mod tests;
