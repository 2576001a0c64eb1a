//! Where tests find model packs and photos; what is missing is an error that says how to get it.

#![allow(dead_code, reason = "each test uses a part of it")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use vision::pack::Pack;
use vision::{DecodeLimits, Engine, Picture, decode};

/// The packs that reference values exist for.
pub(crate) const RECOMMENDED: &str = "reid0095-1";
/// See [`RECOMMENDED`].
pub(crate) const REGISTRY: &str = "registry-1";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The models directory: `MENSHEN_MODELS`, else `models` at the root of the checkout.
pub(crate) fn models() -> PathBuf {
    std::env::var_os("MENSHEN_MODELS").map_or_else(|| root().join("models"), PathBuf::from)
}

/// Engines of all packs here that reference values exist for, the recommended one first.
pub(crate) fn engines() -> Vec<Engine> {
    let open = |id: &&str| {
        let pack = Pack::open(&models().join(id)).ok()?;
        Some(Engine::of(&pack, 1).unwrap_or_else(|error| panic!("pack {id}: {error}")))
    };
    let engines: Vec<Engine> = [RECOMMENDED, REGISTRY].iter().filter_map(open).collect();
    assert!(!engines.is_empty(), "no model pack in {}: run scripts/setup", models().display());
    engines
}

/// The shared photos with their labels and reference values, where they exist: `MENSHEN_FACES`, else `../shared/faces` beside the checkout.
pub(crate) fn faces() -> Option<PathBuf> {
    let given = std::env::var_os("MENSHEN_FACES").map(PathBuf::from);
    if let Some(given) = &given {
        assert!(
            given.join("reference.json").is_file(),
            "MENSHEN_FACES={} holds no reference.json",
            given.display()
        );
    }
    given.or_else(|| Some(root().join("../shared/faces"))).filter(|dir| dir.join("reference.json").is_file())
}

/// The photos that set-up fetches: portraits of two public figures.
pub(crate) fn test_photos() -> PathBuf {
    let dir = models().join("test-photos");
    assert!(dir.is_dir(), "{} is missing: run scripts/setup", dir.display());
    dir
}

/// A picture from a file.
pub(crate) fn picture(path: &Path) -> Picture {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    decode(&bytes, &DecodeLimits::default()).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The labelled photos by person.
pub(crate) fn people(faces: &Path) -> BTreeMap<String, Vec<PathBuf>> {
    let labels = std::fs::read_to_string(faces.join("labels.csv")).unwrap();
    let mut people: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for line in labels.lines().skip(1) {
        let mut columns = line.split(',');
        let (file, person) = (columns.next().unwrap(), columns.next().unwrap());
        people.entry(person.to_owned()).or_default().push(faces.join(file));
    }
    people
}
