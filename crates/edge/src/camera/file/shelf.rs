//! Where a folder camera puts the files it is done with: `.taken/` for those that were judged, `.refused/` for those
//! that are no pictures. Both are bounded by number and size; the oldest files leave first.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A folder of finished files.
#[derive(Debug, Clone)]
pub(super) struct Shelf {
    at: PathBuf,
    files: usize,
    bytes: u64,
}

impl Shelf {
    /// The shelf for judged pictures.
    pub(super) fn taken(folder: &Path) -> Self {
        Self { at: folder.join(".taken"), files: 500, bytes: 200 << 20 }
    }

    /// The shelf for files that are no pictures.
    pub(super) fn refused(folder: &Path) -> Self {
        Self { at: folder.join(".refused"), files: 100, bytes: 100 << 20 }
    }

    /// Creates the shelf. The error says that files could not be moved there.
    pub(super) fn prepare(&self) -> Result<(), String> {
        fs::create_dir_all(&self.at)
            .and_then(|()| {
                let probe = self.at.join(".probe");
                fs::write(&probe, b"")?;
                fs::remove_file(probe)
            })
            .map_err(|error| {
                format!("{}: {error}; pictures that were taken must be moved there", self.at.display())
            })
    }

    /// Moves a file here, beside an older one of the same name, and lets the oldest leave when there are too many.
    pub(super) fn take(&self, file: &Path) -> io::Result<()> {
        let name = file.file_name().unwrap_or_default();
        let mut to = self.at.join(name);
        let mut copy = 0_u32;
        while to.try_exists()? {
            copy += 1;
            to = self.at.join(format!("{copy}.{}", name.to_string_lossy()));
        }
        match fs::rename(file, &to) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            other => other?,
        }
        self.trim()
    }

    fn trim(&self) -> io::Result<()> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.at)? {
            let entry = entry?;
            let Ok(facts) = entry.metadata() else { continue };
            files.push((facts.modified().unwrap_or(SystemTime::UNIX_EPOCH), facts.len(), entry.path()));
        }
        files.sort();
        let mut bytes: u64 = files.iter().map(|(_, size, _)| size).sum();
        let mut left = files.len();
        for (_, size, path) in files {
            if left <= self.files && bytes <= self.bytes {
                break;
            }
            fs::remove_file(path)?;
            left -= 1;
            bytes -= size;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Shelf;

    #[test]
    fn a_shelf_is_bounded_and_keeps_both_of_one_name() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf { files: 3, bytes: 10, ..Shelf::taken(folder.path()) };
        shelf.prepare().unwrap();
        for n in 0..6 {
            let file = folder.path().join("same.jpg");
            std::fs::write(&file, format!("{n}")).unwrap();
            shelf.take(&file).unwrap();
            assert!(!file.exists());
        }
        assert_eq!(std::fs::read_dir(folder.path().join(".taken")).unwrap().count(), 3);
        let big = folder.path().join("big.jpg");
        std::fs::write(&big, [0; 9]).unwrap();
        shelf.take(&big).unwrap();
        let left: u64 = std::fs::read_dir(folder.path().join(".taken"))
            .unwrap()
            .map(|f| f.unwrap().metadata().unwrap().len())
            .sum();
        assert!(left <= 10);
    }
}
