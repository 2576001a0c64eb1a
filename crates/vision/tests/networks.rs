//! Networks of the installed packs, run by themselves: from several threads, with wrong input, with another runtime.

#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::fs;
use std::thread;

use vision::net::{Net, NetError, Ort, Threads};
use vision::pack::{Pack, installed, try_out};

/// Every pack that is here.
fn packs() -> Vec<Pack> {
    let packs: Vec<_> =
        installed(&common::models()).into_iter().flatten().map(|(_, pack)| pack.unwrap()).collect();
    assert!(!packs.is_empty(), "no model pack in {}: run scripts/setup", common::models().display());
    packs
}

fn runtime(pack: &Pack) -> Ort {
    Ort::load(&pack.path(&pack.manifest().runtime.file)).unwrap()
}

#[test]
fn every_pack_is_sound_and_answers() {
    for pack in packs() {
        pack.verify().unwrap();
        try_out(&pack).unwrap();
    }
}

#[test]
fn one_network_serves_more_callers_than_it_has_sessions() {
    let pack = &packs()[0];
    let recogniser = &pack.manifest().recogniser;
    let threads = Threads { callers: 2, per_call: 2 };
    let net = Net::load(&runtime(pack), &pack.path(&recogniser.file), threads).unwrap();
    let side = recogniser.input.size as usize;
    let run = |gray: u8| {
        let picture = vec![f32::from(gray); 3 * side * side];
        net.run(&[1, 3, side, side], &picture).unwrap().first().unwrap().data.clone()
    };
    let expected: Vec<_> = (0..4).map(|i| run(i * 60)).collect();
    assert_ne!(expected[0], expected[3]);
    thread::scope(|scope| {
        for (i, expected) in (0..).zip(&expected) {
            scope.spawn(move || (0..5).for_each(|_| assert_eq!(run(i * 60), *expected)));
        }
    });
}

#[test]
fn wrong_input_is_refused_and_the_network_goes_on() {
    let pack = &packs()[0];
    let recogniser = &pack.manifest().recogniser;
    let net = Net::load(&runtime(pack), &pack.path(&recogniser.file), Threads::SINGLE).unwrap();
    let side = recogniser.input.size as usize;
    let refused =
        |shape: &[usize], length: usize| matches!(net.run(shape, &vec![0.0; length]), Err(NetError::Run(_)));
    assert!(refused(&[1, 3, side, side], 3 * side * side - 1));
    assert!(refused(&[1, 3, side, 8], 3 * side * 8));
    assert!(refused(&[], 1));
    assert!(refused(&[0], 0));
    assert!(!refused(&[1, 3, side, side], 3 * side * side));
}

#[test]
fn a_file_that_is_no_network_is_refused() {
    let pack = &packs()[0];
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), b"not a network").unwrap();
    let error = Net::load(&runtime(pack), file.path(), Threads::SINGLE).unwrap_err();
    assert!(matches!(error, NetError::Model { .. }), "{error}");
    let error = Net::load(&runtime(pack), &pack.path("absent.onnx"), Threads::SINGLE).unwrap_err();
    assert!(matches!(error, NetError::Model { .. }), "{error}");
}

#[test]
fn an_equal_runtime_is_reused_and_a_different_one_refused() {
    let pack = &packs()[0];
    let library = pack.path(&pack.manifest().runtime.file);
    Ort::load(&library).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let copy = dir.path().join("copy.so");
    fs::copy(&library, &copy).unwrap();
    Ort::load(&copy).unwrap();
    fs::write(&copy, b"another library").unwrap();
    let error = Ort::load(&copy).unwrap_err();
    assert!(matches!(error, NetError::OtherLibrary { .. }), "{error}");
    assert!(matches!(Ort::load(&dir.path().join("absent.so")), Err(NetError::Library { .. })));
}
