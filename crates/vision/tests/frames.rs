//! Frames of cameras: where the coarse look suspects a face the fine one confirms it, as if it had looked everywhere.

#![allow(clippy::cast_possible_wrap, clippy::unwrap_used, clippy::print_stdout, missing_docs)]

mod common;

use vision::engine::{FRAME_SIDE, PHOTO_SIDE};
use vision::{Engine, Face, Habit, Picture};

/// A gray 1080p frame with heads of one portrait, each `width` pixels wide, at these places.
fn frame(engine: &Engine, faces: &[(f32, u32, u32)]) -> Picture {
    let portrait = common::picture(&common::test_photos().join("obama.jpg"));
    let head = engine.detect(&portrait, PHOTO_SIDE).unwrap()[0];
    let cut = portrait.crop(head.with_margin(0.5));
    let mut rgb = vec![100; 1920 * 1080 * 3];
    for &(width, left, top) in faces {
        let long = cut.width().max(cut.height()) as f32 * width / head.width();
        let small = cut.at_most(long as u32);
        for (row, pixels) in small.rgb().chunks_exact(small.width() as usize * 3).enumerate() {
            let start = ((top as usize + row) * 1920 + left as usize) * 3;
            rgb[start..start + pixels.len()].copy_from_slice(pixels);
        }
    }
    Picture::from_rgb(1920, 1080, rgb).unwrap()
}

fn worst_point(a: &Face, b: &Face) -> f32 {
    let points = a.landmarks.as_flattened().iter().zip(b.landmarks.as_flattened());
    points.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max) / a.size()
}

/// A head that is put into frames, and where its points are in it.
struct Head {
    cut: Picture,
    /// Width of the face, as a share of the cut's.
    share: f32,
    points: [[f32; 2]; 5],
}

impl Head {
    fn of(engine: &Engine, portrait: &Picture) -> Self {
        let face = engine.detect(portrait, PHOTO_SIDE).unwrap()[0];
        let area = face.with_margin(0.5);
        let cut = portrait.crop(area);
        let (left, top) = (area[0].max(0) as f32, area[1].max(0) as f32);
        let points = face.landmarks.map(|[x, y]| [x - left, y - top]);
        Self { share: face.width() / cut.width() as f32, cut, points }
    }

    /// The head with a face of `width` pixels.
    fn sized(&self, width: f32) -> Picture {
        let long = self.cut.width().max(self.cut.height()) as f32;
        self.cut.at_most((long * width / (self.share * self.cut.width() as f32)) as u32)
    }

    /// A gray 1080p frame with the head's left upper corner at this place, and the face as it is there. Of a head that reaches beyond
    /// the edge, what is outside is cut off.
    fn in_frame(&self, head: &Picture, [left, top]: [i32; 2]) -> (Picture, Face) {
        let mut rgb = vec![100; 1920 * 1080 * 3];
        for (row, pixels) in head.rgb().chunks_exact(head.width() as usize * 3).enumerate() {
            let Ok(y) = usize::try_from(top + row as i32) else { continue };
            for (column, pixel) in pixels.chunks_exact(3).enumerate() {
                let x = left + column as i32;
                if (0..1920).contains(&x) && y < 1080 {
                    rgb[(y * 1920 + x as usize) * 3..][..3].copy_from_slice(pixel);
                }
            }
        }
        let scale = head.width() as f32 / self.cut.width() as f32;
        let there = |[x, y]: [f32; 2]| [x * scale + left as f32, y * scale + top as f32];
        let bbox = [left as f32, top as f32, left as f32 + 1.0, top as f32 + 1.0];
        let face = Face { bbox, score: 1.0, landmarks: self.points.map(there) };
        (Picture::from_rgb(1920, 1080, rgb).unwrap(), face)
    }
}

/// A face of 80 to 120 pixels walks over the frame, corners and edges included. The detector's points scatter by some hundredths of such a face
/// wherever it is and however it is looked at, so neither look is measured by the other, but both by where the points are.
#[test]
fn a_look_at_parts_finds_a_face_everywhere_and_as_exactly_as_a_look_at_everything() {
    let engine = &common::engines()[0];
    let portraits = ["obama.jpg", "biden.jpg"].map(|name| common::picture(&common::test_photos().join(name)));
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for head in portraits.iter().map(|portrait| Head::of(engine, portrait)) {
        for width in [80.0, 100.0, 120.0] {
            let small = head.sized(width);
            let (right, bottom) = (1920 - small.width() as i32, 1080 - small.height() as i32);
            // A quarter beyond the edge the head's box ends with the frame.
            let beyond = small.width() as i32 / 4;
            for left in [-beyond, 0, 701, right, right + beyond] {
                for top in [-beyond, 0, 402, bottom, bottom + beyond] {
                    let (picture, there) = head.in_frame(&small, [left, top]);
                    let truth = engine.template(&picture, &there).unwrap();
                    let place = format!("{width} pixels at {left}, {top}");
                    let found = engine.detect_in_frame(&picture).unwrap();
                    let everywhere = engine.detect(&picture, FRAME_SIDE).unwrap();
                    assert!(
                        (everywhere.len()..=1).contains(&found.len()),
                        "{place}: {found:?} {everywhere:?}"
                    );
                    for (face, all) in [(&found, &mut ours), (&everywhere, &mut theirs)] {
                        let Some(face) = face.first() else { continue };
                        all.push(engine.template(&picture, face).unwrap().cosine(&truth));
                    }
                }
            }
        }
    }
    ours.sort_by(f32::total_cmp);
    theirs.sort_by(f32::total_cmp);
    println!("worst, 5 %, median: {:?} in parts, {:?} everywhere", marks(&ours), marks(&theirs));
    for (one, other) in marks(&ours).into_iter().zip(marks(&theirs)) {
        assert!(one > other - 0.01, "{:?} in parts, {:?} everywhere", marks(&ours), marks(&theirs));
    }
}

/// The least of sorted values, their 5 % quantile and their median.
fn marks(sorted: &[f32]) -> [f32; 3] {
    [0, sorted.len() / 20, sorted.len() / 2].map(|index| sorted[index])
}

#[test]
fn a_habit_changes_nothing_but_the_order_of_the_looks() {
    let engine = &common::engines()[0];
    let frames: [&[(f32, u32, u32)]; 7] = [
        &[(80.0, 600, 200)],
        // Too small for the coarse look: the next frame is looked at finely first.
        &[(45.0, 600, 200)],
        &[(45.0, 700, 200)],
        &[],
        // Right before the camera, which the fine look misses or misplaces.
        &[(500.0, 300, 100)],
        &[(45.0, 600, 200), (80.0, 900, 500)],
        &[(80.0, 900, 500)],
    ];
    let habit = Habit::default();
    for faces in frames {
        let picture = frame(engine, faces);
        let by_habit = engine.detect_by_habit(&picture, &habit).unwrap();
        let fresh = engine.detect_in_frame(&picture).unwrap();
        assert_eq!(by_habit.is_empty(), faces.is_empty(), "{faces:?}");
        let Some((one, other)) = by_habit.first().zip(fresh.first()) else { continue };
        // The two looks place the points a little differently.
        assert!(worst_point(one, other) < 0.15, "{faces:?}: {one:?} {other:?}");
    }
}
