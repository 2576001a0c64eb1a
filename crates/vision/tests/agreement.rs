//! The engine gives what the reference implementation gave for the shared photos: faces, points, templates, age and gender.

#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use vision::engine::{FRAME_SIDE, PHOTO_SIDE};
use vision::{Engine, Face, Template};

#[derive(Deserialize)]
struct Reference {
    portraits: BTreeMap<String, Portrait>,
    groups: BTreeMap<String, Group>,
}

#[derive(Deserialize)]
struct Portrait {
    faces: usize,
    padded: bool,
    bbox: [f32; 4],
    score: f32,
    landmarks: [[f32; 2]; 5],
    template: Vec<f32>,
    age: f32,
    male: f32,
}

#[derive(Deserialize)]
struct Group {
    faces_in_name: usize,
}

#[derive(Deserialize)]
struct Reference256 {
    templates: BTreeMap<String, Vec<f32>>,
}

/// The figures of one pack, printed when a test fails or output is wanted.
#[derive(Debug, Default)]
struct Worst {
    photos: usize,
    landmark: f32,
    bbox: f32,
    score: f32,
    cosine: Option<f32>,
    age: f32,
    male: f32,
}

#[test]
fn portraits_have_the_reference_points_templates_ages_and_genders() {
    let Some(faces) = common::faces() else { return same_and_different_people_of_the_test_photos() };
    let reference: Reference = read(&faces.join("reference.json"));
    let other: Reference256 = read(&faces.join("reference-reid0095.json"));
    for engine in common::engines() {
        let mut worst = Worst::default();
        for (file, wanted) in &reference.portraits {
            let template = if engine.pack_id() == common::RECOMMENDED {
                &other.templates[file]
            } else {
                &wanted.template
            };
            compare(&engine, &faces.join(file), wanted, template, &mut worst);
        }
        println!("{}: {worst:?}", engine.pack_id());
        assert_eq!(worst.photos, 215);
        assert!(worst.landmark <= 2.0, "{worst:?}");
        assert!(worst.cosine.unwrap() >= 0.995, "{worst:?}");
        assert!(worst.bbox <= 4.0 && worst.score <= 0.03, "{worst:?}");
        assert!(worst.age <= 3.0 && worst.male <= 0.1, "{worst:?}");
    }
}

#[test]
fn group_photos_have_the_exact_number_of_faces() {
    let Some(faces) = common::faces() else { return };
    let reference: Reference = read(&faces.join("reference.json"));
    let engine = &common::engines()[0];
    for (file, group) in &reference.groups {
        let picture = common::picture(&faces.join("groups").join(file));
        let counts = [
            engine.detect(&picture, FRAME_SIDE).unwrap().len(),
            engine.detect_in_photo(&picture).unwrap().len(),
            engine.detect_in_frame(&picture).unwrap().len(),
        ];
        assert_eq!(counts, [group.faces_in_name; 3], "{file}");
    }
}

fn compare(engine: &Engine, path: &Path, wanted: &Portrait, template: &[f32], worst: &mut Worst) {
    let picture = common::picture(path);
    let found = engine.detect_in_photo(&picture).unwrap();
    assert!(!found.is_empty(), "{}", path.display());
    assert_eq!(engine.detect(&picture, PHOTO_SIDE).unwrap().len(), wanted.faces, "{}", path.display());
    let face = engine.detect(&picture, PHOTO_SIDE).unwrap()[0];
    // The reference gives bordered pictures in coordinates with the border.
    let border =
        if wanted.padded { (picture.width().max(picture.height()) as f32 * 0.35).floor() } else { 0.0 };
    let apart = |mine: &[f32], theirs: &[f32]| {
        mine.iter().zip(theirs).map(|(a, b)| (a + border - b).abs()).fold(0.0, f32::max)
    };
    let Face { bbox, landmarks, score } = face;
    worst.photos += 1;
    worst.landmark = worst.landmark.max(apart(landmarks.as_flattened(), wanted.landmarks.as_flattened()));
    worst.bbox = worst.bbox.max(apart(&bbox, &wanted.bbox));
    worst.score = worst.score.max((score - wanted.score).abs());
    let cosine = engine.template(&picture, &face).unwrap().cosine(&Template::normalised(template).unwrap());
    worst.cosine = Some(worst.cosine.map_or(cosine, |least| least.min(cosine)));
    let attributes = engine.attributes(&picture, &face).unwrap().unwrap();
    worst.age = worst.age.max((attributes.age - wanted.age).abs());
    worst.male = worst.male.max((attributes.male - wanted.male).abs());
}

/// What can be said without the shared photos: portraits of one person resemble each other, those of two people do not.
fn same_and_different_people_of_the_test_photos() {
    let photos = common::test_photos();
    for engine in common::engines() {
        let see = |name: &str| {
            engine.judge(&std::fs::read(photos.join(name)).unwrap(), protocol::FiqaLevel::Middle).unwrap()
        };
        let (one, again, other) = (see("obama.jpg"), see("obama2.jpg"), see("biden.jpg"));
        let verification = engine.rule().verification;
        let same = one.template.cosine(&again.template);
        let different = one.template.cosine(&other.template).max(again.template.cosine(&other.template));
        assert!(same >= verification, "{}: the same person at {same}", engine.pack_id());
        assert!(different < verification, "{}: two people at {different}", engine.pack_id());
    }
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> T {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}
