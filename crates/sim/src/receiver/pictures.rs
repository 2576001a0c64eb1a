//! Pictures in a folder: only what looks like one, under names made here, never more than so many files of this run.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// Largest picture, bytes.
const LARGEST: usize = 10 * 1024 * 1024;

/// The folder.
pub(super) struct Pictures {
    folder: PathBuf,
    keep: usize,
    files: VecDeque<PathBuf>,
    number: u64,
}

impl Pictures {
    pub(super) fn open(folder: &Path, keep: usize) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        Ok(Self { folder: folder.to_owned(), keep: keep.max(1), files: VecDeque::new(), number: 0 })
    }

    /// Keeps a picture (base64, with or without a `data:` prefix); the oldest makes room.
    ///
    /// # Errors
    /// Why it was not kept.
    pub(super) fn save(&mut self, name: &str, text: &str) -> Result<(), String> {
        let text = text.split_once("base64,").map_or(text, |(_, rest)| rest);
        if text.len() / 4 * 3 > LARGEST {
            return Err(format!("larger than {LARGEST} bytes"));
        }
        let bytes = BASE64_STANDARD.decode(text.trim()).map_err(|error| format!("no base64: {error}"))?;
        let extension = extension(&bytes).ok_or("neither JPEG, PNG, BMP nor WebP")?;
        while self.files.len() >= self.keep {
            if let Some(oldest) = self.files.pop_front() {
                let _ = std::fs::remove_file(oldest);
            }
        }
        self.number += 1;
        let path = self.folder.join(format!("{:06}-{}.{extension}", self.number, safe(name)));
        std::fs::write(&path, bytes).map_err(|error| format!("{}: {error}", path.display()))?;
        self.files.push_back(path);
        Ok(())
    }
}

fn extension(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xd8, 0xff, ..] => Some("jpg"),
        [0x89, b'P', b'N', b'G', ..] => Some("png"),
        [b'B', b'M', ..] => Some("bmp"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("webp"),
        _ => None,
    }
}

/// The name with nothing in it that means something to a file system.
fn safe(name: &str) -> String {
    let keep = |c: char| if c.is_alphanumeric() || c == '-' { c } else { '_' };
    name.chars().map(keep).take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_harmless_and_files_few() {
        let folder = std::env::temp_dir().join(format!("menshen-pictures-{}", std::process::id()));
        let mut pictures = Pictures::open(&folder, 2).unwrap();
        let jpeg = BASE64_STANDARD.encode([0xff, 0xd8, 0xff, 0xe0, 0]);
        for _ in 0..3 {
            pictures.save("../../etc/passwd", &jpeg).unwrap();
        }
        pictures.save("x", "!!").unwrap_err();
        pictures.save("x", &BASE64_STANDARD.encode(b"#!/bin/sh")).unwrap_err();
        let mut names: Vec<_> = std::fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, ["000002-______etc_passwd.jpg", "000003-______etc_passwd.jpg"]);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
