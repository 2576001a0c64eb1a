//! Photos from outside are judged as an enrolment and a `fiqa` command ask: with the protocol's codes and reasons.

#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use protocol::{Code, FiqaLevel};
use vision::engine::SMALLEST_FACE;
use vision::{DecodeLimits, Habit, Picture, decode};

fn jpeg(picture: &Picture) -> Vec<u8> {
    picture.to_jpeg(92).unwrap()
}

/// A good portrait: one of the shared photos or of those that set-up fetches.
fn portrait() -> Vec<u8> {
    let file = common::faces().map_or_else(
        || common::test_photos().join("obama.jpg"),
        |faces| faces.join("portraits/actor_a/img1.jpg"),
    );
    std::fs::read(file).unwrap()
}

#[test]
fn a_good_portrait_is_judged_and_its_crop_shows_the_same_person() {
    for engine in common::engines() {
        let judged = engine.judge(&portrait(), FiqaLevel::High).unwrap();
        assert_eq!(judged.template.len(), engine.template_len());
        assert!(judged.quality.fiqa_result && judged.quality.fails.is_empty());
        let crop = decode(&judged.crop_jpeg, &DecodeLimits::default()).unwrap();
        assert!(crop.width().max(crop.height()) <= 480);
        let again = engine.judge(&judged.crop_jpeg, FiqaLevel::Middle).unwrap();
        let cosine = again.template.cosine(&judged.template);
        assert!(cosine >= engine.rule().verification, "{}: {cosine}", engine.pack_id());
        assert!(engine.score(cosine) > 0.5 && engine.score(1.0) > 0.99 && engine.score(-1.0) < 0.01);
    }
}

#[test]
fn what_cannot_be_enrolled_is_refused_with_its_code_and_reason() {
    let engine = &common::engines()[0];
    let refused = |bytes: &[u8], level| engine.judge(bytes, level).unwrap_err();

    let no_picture = refused(b"this is not a picture", FiqaLevel::High);
    assert_eq!((no_picture.code, no_picture.quality), (Code::IMAGE_ERROR, None));
    let huge = refused(&vec![0; DecodeLimits::default().max_bytes + 1], FiqaLevel::No);
    assert_eq!(huge.code, Code::IMAGE_TOO_LARGE);

    let wall = Picture::from_rgb(640, 480, vec![140; 640 * 480 * 3]).unwrap();
    let no_face = refused(&jpeg(&wall), FiqaLevel::No);
    assert_eq!(no_face.code, Code::NO_FACE);
    assert!(engine.fiqa(&jpeg(&wall), FiqaLevel::No).is_err());

    let small = decode(&portrait(), &DecodeLimits::default()).unwrap().at_most(160);
    let too_small = refused(&jpeg(&small), FiqaLevel::High);
    assert_eq!(too_small.code, Code::FACE_TOO_SMALL);
    assert!(too_small.message.contains("more than 112 are needed"), "{}", too_small.message);
    assert_eq!(too_small.quality.unwrap().fails[0], "face_size");
    assert!(engine.judge(&jpeg(&small), FiqaLevel::No).is_ok());
    let reported = engine.fiqa(&jpeg(&small), FiqaLevel::High).unwrap();
    assert!(!reported[0].fiqa_result && reported[0].fails.contains(&"face_size".to_owned()));

    let picture = decode(&portrait(), &DecodeLimits::default()).unwrap();
    let dark: Vec<u8> = picture.rgb().iter().map(|&value| value / 16).collect();
    let dark = Picture::from_rgb(picture.width(), picture.height(), dark).unwrap();
    if let Err(dark) = engine.judge(&jpeg(&dark), FiqaLevel::High) {
        assert!([Code::LOW_QUALITY, Code::NO_FACE].contains(&dark.code), "{dark:?}");
    } else {
        panic!("a face in the dark was enrolled");
    }
}

#[test]
fn a_frame_shows_its_faces_with_template_quality_and_estimates() {
    let picture = decode(&portrait(), &DecodeLimits::default()).unwrap();
    for engine in common::engines() {
        let seen = engine.see(&picture).unwrap();
        let template = engine.judge(&portrait(), FiqaLevel::Middle).unwrap().template;
        assert!(seen[0].template.cosine(&template) >= engine.rule().verification);
        assert!(seen[0].quality.fiqa_result && seen[0].face.size() >= SMALLEST_FACE);
        let attributes = seen[0].attributes.unwrap();
        assert!((10.0..100.0).contains(&attributes.age) && (0.0..=1.0).contains(&attributes.male));
        let mut regraded = seen[0].quality.clone();
        assert_eq!(engine.grade(&mut regraded, FiqaLevel::High), regraded.fails.is_empty());
    }
}

/// A gray 1080p frame with the portrait in it, its long side of this many pixels.
fn frame(long_side: u32) -> Picture {
    let head = decode(&portrait(), &DecodeLimits::default()).unwrap().at_most(long_side);
    let (width, height) = (1920_usize, 1080_usize);
    let mut rgb = vec![100; width * height * 3];
    let row = head.width() as usize * 3;
    for (y, pixels) in head.rgb().chunks_exact(row).enumerate() {
        let start = ((y + 10) * width + 600) * 3;
        rgb[start..start + row].copy_from_slice(pixels);
    }
    Picture::from_rgb(width as u32, height as u32, rgb).unwrap()
}

#[test]
fn looking_by_habit_finds_what_looking_anew_finds() {
    let engine = &common::engines()[0];
    let (near, far) = (frame(1000), frame(220));
    let empty = Picture::from_rgb(1920, 1080, vec![100; 1920 * 1080 * 3]).unwrap();
    let habit = Habit::default();
    for (number, frame) in
        [&near, &far, &far, &empty, &far, &near, &near, &empty, &far].into_iter().enumerate()
    {
        let anew = engine.detect_in_frame(frame).unwrap();
        let found = engine.detect_by_habit(frame, &habit).unwrap();
        assert_eq!(anew.is_empty(), found.is_empty(), "frame {number}");
        if let (Some(anew), Some(found)) = (anew.first(), found.first()) {
            let gap = anew.bbox.iter().zip(found.bbox).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(gap < 0.2 * anew.size(), "frame {number}: {anew:?} {found:?}");
            let [one, other] = [anew, found].map(|face| engine.template(frame, face).unwrap());
            assert!(one.cosine(&other) >= engine.rule().verification, "frame {number}");
        }
    }
    let sizes = [&near, &far].map(|frame| engine.detect_in_frame(frame).unwrap()[0].size());
    assert!(sizes[0] > 192.0 && sizes[1] < 192.0, "one is near, one is far: {sizes:?}");
}

#[test]
fn pictures_of_any_shape_are_looked_at_without_a_panic() {
    let engine = &common::engines()[0];
    for (width, height) in [(1, 1), (1, 4000), (4000, 1), (33, 17), (320, 320)] {
        let picture = Picture::from_rgb(width, height, vec![90; (width * height * 3) as usize]).unwrap();
        assert!(engine.see(&picture).unwrap().is_empty(), "{width}x{height}");
        assert!(engine.detect_in_photo(&picture).unwrap().is_empty());
    }
}
