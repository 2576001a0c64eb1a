//! Real photos: the shared ones where they exist, else those that set-up fetches.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use protocol::FiqaLevel;
use vision::Engine;

/// Photos of two different people, two of each that pass at level high where there are so many (else the same one twice).
pub(crate) struct Photos {
    pub(crate) people: [[Vec<u8>; 2]; 2],
}

pub(crate) static PHOTOS: LazyLock<Photos> = LazyLock::new(|| {
    let engine = Engine::open(&models(), 2).expect("no usable model pack: run scripts/setup");
    let people = folders().map(|files| {
        let mut good = files.into_iter().filter_map(|file| {
            let bytes = std::fs::read(file).ok()?;
            engine.judge(&bytes, FiqaLevel::High).is_ok().then_some(bytes)
        });
        let first = good.next().expect("no photo passes at level high: run scripts/setup");
        let second = good.next().unwrap_or_else(|| first.clone());
        [first, second]
    });
    Photos { people }
});

/// Photo `n` of person `person`, both 0 or 1.
pub(crate) fn photo(person: usize, n: usize) -> Vec<u8> {
    PHOTOS.people[person][n].clone()
}

/// A picture without a face: colours that run into each other, as a BMP.
pub(crate) fn scenery() -> Vec<u8> {
    let (width, height) = (320_u32, 240_u32);
    let pixels = width * height * 3;
    let mut bmp = b"BM".to_vec();
    for field in [54 + pixels, 0, 54, 40, width, height, 1 | 24 << 16, 0, pixels, 2835, 2835, 0, 0] {
        bmp.extend(field.to_le_bytes());
    }
    bmp.extend((0..width * height).flat_map(|i| [(i % width / 2) as u8, (i / width) as u8, 120]));
    bmp
}

/// The models directory: `MENSHEN_MODELS`, else `models` at the root of the checkout.
pub(crate) fn models() -> PathBuf {
    std::env::var_os("MENSHEN_MODELS").map_or_else(|| root().join("models"), PathBuf::from)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn folders() -> [Vec<PathBuf>; 2] {
    let shared =
        std::env::var_os("MENSHEN_FACES").map_or_else(|| root().join("../shared/faces"), PathBuf::from);
    if shared.join("portraits").is_dir() {
        return ["actor_a", "actor_b"].map(|name| files(&shared.join("portraits").join(name), ""));
    }
    let fetched = models().join("test-photos");
    assert!(fetched.is_dir(), "{} is missing: run scripts/setup", fetched.display());
    ["obama", "biden"].map(|name| files(&fetched, name))
}

fn files(directory: &Path, prefix: &str) -> Vec<PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().unwrap().to_string_lossy().starts_with(prefix))
        .collect();
    files.sort();
    files
}
