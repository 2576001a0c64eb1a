//! Whose faces the tests show: the labelled photos of `MENSHEN_FACES` where they are, otherwise the public test photos
//! that scripts/setup fetches into the models directory.

use std::path::{Path, PathBuf};
use std::process::Command;

/// An image file.
#[derive(Clone, Debug)]
pub(crate) struct Picture {
    pub(crate) bytes: Vec<u8>,
    /// `jpg` or `png`.
    pub(crate) extension: &'static str,
}

/// One person: a photo to enrol, another one for the camera.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) photo: Picture,
    pub(crate) look: Picture,
}

/// Who appears.
pub(crate) struct Cast {
    pub(crate) one: Person,
    pub(crate) two: Person,
    /// Somebody never enrolled; the public photos show two people only.
    pub(crate) stranger: Option<Picture>,
}

impl Cast {
    pub(crate) fn gather() -> Self {
        let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/faces");
        let given = std::env::var_os("MENSHEN_FACES").map_or(beside, PathBuf::from);
        let labelled = given.join("portraits");
        if labelled.is_dir() {
            let person = |photo: &str, look: &str| Person {
                photo: Picture::read(&labelled.join(photo)),
                look: Picture::read(&labelled.join(look)),
            };
            return Self {
                one: person("actor_h/img49.jpg", "actor_h/img8.jpg"),
                two: person("actor_e/img20.jpg", "actor_e/img21.jpg"),
                stranger: Some(Picture::read(&labelled.join("actor_a/img2.jpg"))),
            };
        }
        let public = super::models().join("test-photos");
        assert!(
            public.is_dir(),
            "neither MENSHEN_FACES nor {} has photos: run scripts/setup",
            public.display()
        );
        let two = Picture::read(&public.join("biden.jpg"));
        Self {
            one: Person {
                photo: Picture::read(&public.join("obama.jpg")),
                look: Picture::read(&public.join("obama2.jpg")),
            },
            two: Person { look: two.second_look(), photo: two },
            stranger: None,
        }
    }
}

impl Picture {
    pub(crate) fn read(path: &Path) -> Self {
        let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self { bytes, extension: "jpg" }
    }

    pub(crate) fn media_type(&self) -> &'static str {
        if self.extension == "png" { "image/png" } else { "image/jpeg" }
    }

    /// A test card: a valid JPEG without a face.
    pub(crate) fn without_face() -> Self {
        ffmpeg(&["-f", "lavfi", "-i", "testsrc=size=640x480", "-frames:v", "1"], None)
    }

    /// The same face mirrored, smaller and compressed again, as another camera would see it.
    fn second_look(&self) -> Self {
        ffmpeg(&["-vf", "hflip,scale=iw*0.7:-1", "-q:v", "5"], Some(self))
    }

    /// No larger than this many pixels a side, for tests that need many photos rather than good ones.
    pub(crate) fn shrunk(&self, side: u32) -> Self {
        let filter = format!("scale='min({side},iw)':-2");
        ffmpeg(&["-vf", &filter, "-q:v", "3"], Some(self))
    }

    /// The same image in other bytes: what follows the end marker of a JPEG is ignored.
    pub(crate) fn numbered(&self, number: usize) -> Self {
        let mut bytes = self.bytes.clone();
        bytes.extend_from_slice(format!("photo {number}").as_bytes());
        Self { bytes, extension: self.extension }
    }

    /// A well-formed PNG of 70 bytes that claims 60,000 x 60,000 pixels.
    pub(crate) fn that_lies_about_its_size() -> Self {
        let side = 60_000u32.to_be_bytes();
        let header = [side.as_slice(), &side, &[8, 2, 0, 0, 0]].concat();
        let nothing_compressed = [0x78, 0x9c, 0x03, 0x00, 0x00, 0x00, 0x00, 0x01];
        let bytes = [
            vec![0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a],
            chunk(b"IHDR", &header),
            chunk(b"IDAT", &nothing_compressed),
            chunk(b"IEND", &[]),
        ]
        .concat();
        Self { bytes, extension: "png" }
    }
}

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let body = [kind.as_slice(), data].concat();
    let length = u32::try_from(data.len()).unwrap().to_be_bytes();
    [length.as_slice(), &body, &crc(&body).to_be_bytes()].concat()
}

fn ffmpeg(arguments: &[&str], input: Option<&Picture>) -> Picture {
    let dir = tempfile::tempdir().unwrap();
    let (from, to) = (dir.path().join("in.jpg"), dir.path().join("out.jpg"));
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-y"]);
    if let Some(input) = input {
        std::fs::write(&from, &input.bytes).unwrap();
        command.arg("-i").arg(&from);
    }
    let done = command.args(arguments).arg(&to).status().expect("ffmpeg is missing: run scripts/setup");
    assert!(done.success(), "ffmpeg {arguments:?}");
    Picture::read(&to)
}

/// The checksum of PNG chunks, bit by bit.
fn crc(data: &[u8]) -> u32 {
    !data.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(
            crc ^ u32::from(byte),
            |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 },
        )
    })
}
