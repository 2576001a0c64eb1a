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

/// A JPEG of 52 megapixels of one colour.
pub(crate) fn megapixels() -> Vec<u8> {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("large.jpg");
    let done = std::process::Command::new("ffmpeg")
        .args(["-v", "error", "-f", "lavfi", "-i", "color=c=gray:size=8192x6400", "-frames:v", "1"])
        .arg(&file)
        .status();
    assert!(done.expect("ffmpeg is missing: run scripts/setup").success());
    std::fs::read(file).unwrap()
}

/// A well-formed PNG of 69 bytes that claims 60,000 x 60,000 pixels.
pub(crate) fn bomb() -> Vec<u8> {
    let side = 60_000_u32.to_be_bytes();
    let header = [side.as_slice(), &side, &[8, 2, 0, 0, 0]].concat();
    let nothing = [0x78, 0x9c, 0x03, 0x00, 0x00, 0x00, 0x00, 0x01];
    let parts = [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(b"IHDR", &header),
        chunk(b"IDAT", &nothing),
        chunk(b"IEND", &[]),
    ];
    parts.concat()
}

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let body = [kind.as_slice(), data].concat();
    let length = u32::try_from(data.len()).unwrap().to_be_bytes();
    [length.as_slice(), &body, &crc(&body).to_be_bytes()].concat()
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| {
                if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 }
            },
        )
    })
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
