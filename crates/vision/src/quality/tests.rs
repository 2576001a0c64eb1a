//! The measurements on made-up faces.

use protocol::FiqaLevel;

use super::*;

/// A face-sized pattern of the given contrast around a gray, with the five points in place.
fn patterned(gray: u8, contrast: u8) -> Picture {
    let value =
        |x: u32, y: u32| if (x / 2 + y / 2).is_multiple_of(2) { gray.saturating_add(contrast) } else { gray };
    let rgb = (0..150 * 150).flat_map(|i| [value(i % 150, i / 150); 3]).collect();
    Picture::from_rgb(150, 150, rgb).unwrap()
}

fn straight() -> Face {
    Face { bbox: [15.0, 15.0, 135.0, 140.0], score: 0.9, landmarks: POINTS }
}

fn moved(points: [[f32; 2]; 5], index: usize, dx: f32, dy: f32) -> HeadPose {
    let mut points = points;
    points[index][0] += dx;
    points[index][1] += dy;
    pose(&points)
}

#[test]
fn brightness_is_the_mean_of_the_middle() {
    for gray in [0, 60, 128, 255] {
        let measured = measure(&patterned(gray, 0), &straight());
        assert!((measured.info.brightness - f64::from(gray) / 255.0).abs() < 0.005);
        assert!(measured.info.clarity < 1e-6);
    }
}

#[test]
fn clarity_falls_when_the_picture_is_smoothed() {
    let sharp = patterned(90, 80);
    let soft = sharp.at_most(50).resized(150, 150, crate::picture::Filter::Linear);
    let (sharp, soft) = (measure(&sharp, &straight()), measure(&soft, &straight()));
    assert!(sharp.info.clarity > 10.0 * soft.info.clarity, "{} {}", sharp.info.clarity, soft.info.clarity);
    assert!((sharp.score - sharp.info.clarity).abs() < f64::EPSILON);
}

#[test]
fn a_straight_face_has_no_angles_and_turned_ones_have_theirs() {
    let straight = pose(&POINTS);
    assert!(
        straight.yaw.abs() < 1.0 && straight.roll.abs() < 1.0 && straight.pitch.abs() < 2.0,
        "{straight:?}"
    );
    assert!(moved(POINTS, 2, 12.0, 0.0).yaw > 15.0);
    assert!(moved(POINTS, 2, -12.0, 0.0).yaw < -15.0);
    assert!(moved(POINTS, 2, 0.0, 10.0).pitch > 10.0);
    assert!(moved(POINTS, 2, 0.0, -10.0).pitch < -10.0);
    let tilted = moved(POINTS, 1, 0.0, 20.0).roll;
    assert!((tilted - 19.4).abs() < 0.5, "{tilted}");
    // Points that coincide look nowhere, which no level that asks accepts.
    let nowhere = pose(&[[7.0, 7.0]; 5]);
    assert!(nowhere.yaw.abs() + nowhere.roll.abs() + nowhere.pitch.abs() > 120.0);
    assert!(pose(&[[f32::NAN; 2]; 5]).roll > 80.0);
}

#[test]
fn a_face_cut_off_by_the_edge_is_partial_and_says_which_region() {
    let picture = patterned(120, 40);
    let whole = measure(&picture, &straight());
    assert!(!whole.info.partial);
    assert_eq!(whole.info.occlusion, [true; 3]);
    let right = Face { landmarks: POINTS.map(|[x, y]| [x + 75.0, y]), ..straight() };
    let cut = measure(&picture, &right);
    assert!(cut.info.partial);
    assert_eq!(cut.info.occlusion, [true, false, false]);
    let away = Face { landmarks: POINTS.map(|[x, y]| [x + 900.0, y]), ..straight() };
    assert_eq!(measure(&picture, &away).info.occlusion, [false; 3]);
    let shapeless = Face { landmarks: [[3.0, 3.0]; 5], ..straight() };
    assert!(measure(&picture, &shapeless).info.partial);
}

#[test]
fn each_level_demands_what_the_table_says() {
    let mut quality = measure(&patterned(120, 40), &straight());
    assert!((quality.info.face_size - 120.0).abs() < f64::EPSILON);
    assert!((quality.info.mask - -1.0).abs() < f64::EPSILON);
    let judged = |quality: &mut FaceQuality, level| judge(quality, &Gate::of(level));
    assert_eq!(judged(&mut quality, FiqaLevel::High), Ok(()));
    assert_eq!(quality.success, ["face_size", "headpose", "occlusion", "clarity", "partial", "brightness"]);
    assert_eq!(judged(&mut quality, FiqaLevel::Middle), Ok(()));
    assert_eq!(quality.success, ["face_size", "headpose", "partial", "brightness"]);
    assert_eq!(judged(&mut quality, FiqaLevel::Low), Ok(()));
    assert_eq!(quality.success, ["face_size", "headpose"]);
    assert_eq!(judged(&mut quality, FiqaLevel::No), Ok(()));
    assert!(quality.success.is_empty() && quality.fiqa_result);

    for (size, passed) in [(113.0, 3), (112.0, 2), (80.0, 1), (60.0, 0)] {
        quality.info.face_size = size;
        let levels = [FiqaLevel::High, FiqaLevel::Middle, FiqaLevel::Low];
        assert_eq!(
            levels.into_iter().filter(|&level| judged(&mut quality, level).is_ok()).count(),
            passed,
            "{size}"
        );
    }
    let poor = judged(&mut quality, FiqaLevel::High).unwrap_err();
    assert!(poor.too_small && poor.message == "the face is 60 pixels, more than 112 are needed", "{poor:?}");

    quality.info.face_size = 300.0;
    quality.info.headpose = HeadPose { pitch: -20.0, roll: 25.0, yaw: -20.0 };
    assert!(!judged(&mut quality, FiqaLevel::High).unwrap_err().too_small);
    assert_eq!(quality.fails, ["headpose"]);
    assert_eq!(judged(&mut quality, FiqaLevel::Middle), Ok(()));
    quality.info.brightness = 0.03;
    quality.info.clarity = 0.5;
    let poor = judged(&mut quality, FiqaLevel::High).unwrap_err();
    assert!(poor.message.contains("too dark") && poor.message.contains("blurred"), "{}", poor.message);
    assert!(!quality.fiqa_result);
}
