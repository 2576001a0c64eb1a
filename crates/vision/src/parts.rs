//! Which parts of a frame are worth a fine look: those where the coarse look suspects a face, with what the network needs around it.
//! Parts never overlap, so no face is cut in one and whole in another.

use crate::face::Face;

/// What a part has around a face, as a share of the face's longer side; the points come out within 1 % of the face's size.
const AROUND: f32 = 1.0;
/// The least of it, pixels of the fine look.
const LEAST_AROUND: f32 = 24.0;
/// Parts begin and end at multiples of this, as the network's own grid does.
const GRID: u32 = 32;
/// Beyond this share of the frame, looking at the parts saves nothing.
const MOST: f32 = 0.5;

/// Left, top, right, bottom in pixels of the fine look.
pub(crate) type Part = [u32; 4];

/// The parts around these faces (in pixels of the picture) of a fine look that has `whole` pixels, of which `scale` make one of the
/// picture. `None` when they are too much of it, or there is none.
pub(crate) fn around(faces: &[Face], scale: f32, whole: [u32; 2]) -> Option<Vec<Part>> {
    let ends = whole.map(|side| side.next_multiple_of(GRID));
    let mut parts: Vec<Part> = Vec::new();
    for face in faces {
        let mut part = around_one(face, scale, ends)?;
        // A part that grew may reach another one.
        while let Some(other) = parts.iter().position(|other| overlap(other, &part)) {
            part = both(&parts.swap_remove(other), &part);
        }
        parts.push(part);
        if area(&parts) > MOST * (ends[0] * ends[1]) as f32 {
            return None;
        }
    }
    (!parts.is_empty()).then_some(parts)
}

fn around_one(face: &Face, scale: f32, ends: [u32; 2]) -> Option<Part> {
    let sides = face.bbox.map(|side| side * scale);
    let margin = (AROUND * face.width().max(face.height()) * scale).max(LEAST_AROUND);
    let begin = |at: f32| (at.max(0.0) as u32) / GRID * GRID;
    let end = |at: f32, most: u32| (at.max(0.0).ceil() as u32).next_multiple_of(GRID).min(most);
    let part = [
        begin(sides[0] - margin),
        begin(sides[1] - margin),
        end((sides[2] + margin).min(ends[0] as f32), ends[0]),
        end((sides[3] + margin).min(ends[1] as f32), ends[1]),
    ];
    (part[0] < part[2] && part[1] < part[3]).then_some(part)
}

fn overlap(a: &Part, b: &Part) -> bool {
    a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}

fn both(a: &Part, b: &Part) -> Part {
    [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])]
}

fn area(parts: &[Part]) -> f32 {
    parts.iter().map(|part| ((part[2] - part[0]) * (part[3] - part[1])) as f32).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn face(x: f32, y: f32, size: f32) -> Face {
        Face { bbox: [x, y, x + size, y + size], score: 0.9, landmarks: [[0.0; 2]; 5] }
    }

    #[test]
    fn one_face_takes_a_small_part_and_a_crowd_none() {
        let parts = around(&[face(600.0, 200.0, 80.0)], 1.0 / 3.0, [640, 360]).unwrap();
        assert_eq!(parts, [[160, 32, 256, 128]]);
        let crowd: Vec<Face> = (0..40).map(|n| face(45.0 * n as f32, (n % 5) as f32 * 200.0, 80.0)).collect();
        assert_eq!(around(&crowd, 1.0 / 3.0, [640, 360]), None);
        assert_eq!(around(&[], 1.0 / 3.0, [640, 360]), None);
        assert_eq!(around(&[face(f32::MAX, 0.0, 10.0)], 1.0, [640, 360]), None);
    }

    proptest! {
        #[test]
        fn parts_hold_the_faces_and_do_not_overlap(
            faces in prop::collection::vec((-50.0_f32..2000.0, -50.0_f32..1100.0, 1.0_f32..300.0), 1..20),
        ) {
            let faces: Vec<Face> = faces.into_iter().map(|(x, y, size)| face(x, y, size)).collect();
            let Some(parts) = around(&faces, 1.0 / 3.0, [640, 360]) else { return Ok(()) };
            for (n, part) in parts.iter().enumerate() {
                prop_assert!(part.iter().all(|side| side % GRID == 0) && part[2] <= 640 && part[3] <= 384);
                prop_assert!(parts[n + 1..].iter().all(|other| !overlap(part, other)));
            }
            for face in &faces {
                let [x, y] = [face.bbox[0] / 3.0 + face.width() / 6.0, face.bbox[1] / 3.0 + face.height() / 6.0];
                let inside = |part: &Part| {
                    (part[0] as f32..=part[2] as f32).contains(&x) && (part[1] as f32..=part[3] as f32).contains(&y)
                };
                prop_assert!(x < 0.0 || y < 0.0 || x > 640.0 || y > 384.0 || parts.iter().any(inside));
            }
        }
    }
}
