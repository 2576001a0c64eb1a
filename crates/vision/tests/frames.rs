//! Frames of cameras: where the coarse look suspects a face the fine one confirms it, as if it had looked everywhere.

#![allow(clippy::unwrap_used, missing_docs)]

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

#[test]
fn a_look_at_parts_finds_the_faces_of_a_look_at_everything() {
    let engine = &common::engines()[0];
    let frames: [&[(f32, u32, u32)]; 3] = [&[(70.0, 900, 400)], &[(80.0, 600, 200)], &[(120.0, 3, 2)]];
    for faces in frames {
        let picture = frame(engine, faces);
        let everywhere = engine.detect(&picture, FRAME_SIDE).unwrap();
        assert_eq!(everywhere.len(), faces.len(), "{faces:?}");
        let found = engine.detect_in_frame(&picture).unwrap();
        assert_eq!(found.len(), everywhere.len(), "{faces:?}");
        for (one, other) in everywhere.iter().zip(&found) {
            assert!(worst_point(one, other) < 0.05, "{faces:?}: {one:?} {other:?}");
            let templates = [one, other].map(|face| engine.template(&picture, face).unwrap());
            assert!(templates[0].cosine(&templates[1]) > 0.98, "{faces:?}: {one:?} {other:?}");
        }
    }
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
        // The two looks place the points of a near face a little differently.
        assert!(worst_point(one, other) < 0.1, "{faces:?}: {one:?} {other:?}");
    }
}
