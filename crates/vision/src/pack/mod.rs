//! Model packs: the files that make the engine see, described by `pack.toml` and checked against it.
//!
//! A models directory holds one directory per pack, named by the pack's id, and the text file `active` that names the
//! pack in use. A pack's directory appears complete or not at all (see `install`).
//!
//! `ingredient` recognises the published files, `recipe` makes the two known packs of them (converting with
//! [`crate::onnx`]), `own` reads packs of other people's making, and `trial` runs a pack's
//! networks once, and `install` puts it in place.

mod archive;
mod centre;
pub mod digest;
mod draft;
mod error;
mod ingredient;
mod install;
pub mod manifest;
pub mod own;
mod recipe;
#[cfg(test)]
mod tests;
mod trial;

use std::fs;
use std::path::{Path, PathBuf};

pub use archive::ArchiveError;
pub use draft::Draft;
pub use error::PackError;
pub use ingredient::{Ingredient, IngredientError, Ingredients, Origin, SOURCES, Source};
pub use install::{Found, Installed, Models, Scratch, installed};
pub use manifest::Manifest;
pub use recipe::Recipe;
pub use trial::try_out;

use self::digest::{Digest, sha256_of_file};
use self::manifest::is_plain_name;

/// The file that describes a pack.
pub const MANIFEST: &str = "pack.toml";

/// The file of a models directory that names the pack in use.
const ACTIVE: &str = "active";

/// No manifest is longer than this.
const MANIFEST_BYTES: u64 = 1 << 20;

/// A pack on disk whose manifest is sound and whose files have the right length.
#[derive(Clone, Debug)]
pub struct Pack {
    dir: PathBuf,
    manifest: Manifest,
}

impl Pack {
    /// Opens the pack in `dir`: reads its manifest and checks that every file is there with its length. Checksums are
    /// the business of [`Pack::verify`].
    ///
    /// # Errors
    /// What is missing or wrong, and where.
    pub fn open(dir: &Path) -> Result<Self, PackError> {
        let path = dir.join(MANIFEST);
        let manifest =
            Manifest::read(&small_text(&path)?).map_err(|why| PackError::Manifest { path, why })?;
        let pack = Self { dir: dir.to_owned(), manifest };
        for file in &pack.manifest.files {
            let path = pack.path(&file.name);
            let found = fs::metadata(&path).map_err(|e| PackError::io(&path, e))?.len();
            if found != file.size {
                return Err(PackError::Size { path, wanted: file.size, found });
            }
        }
        Ok(pack)
    }

    /// Opens the pack that `models` names as the one in use.
    ///
    /// # Errors
    /// [`PackError::NoneActive`] when none is, otherwise as [`Pack::open`].
    pub fn active(models: &Path) -> Result<Self, PackError> {
        match active_id(models)? {
            Some(id) => Self::open(&models.join(id)),
            None => Err(PackError::NoneActive(models.to_owned())),
        }
    }

    /// The pack's name, stored with every template it makes.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.manifest.id
    }

    /// What is in the pack and how to use it.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Where a file of the pack is.
    #[must_use]
    pub fn path(&self, file: &str) -> PathBuf {
        self.dir.join(file)
    }

    /// Compares every file with the checksum in the manifest; reads all of them.
    ///
    /// # Errors
    /// The first file that differs or cannot be read.
    pub fn verify(&self) -> Result<(), PackError> {
        self.manifest.files.iter().try_for_each(|file| check_file(&self.path(&file.name), file.sha256))
    }
}

/// The id of the pack in use; `None` when none is.
///
/// # Errors
/// The file cannot be read or holds something that is no pack id.
pub fn active_id(models: &Path) -> Result<Option<String>, PackError> {
    let path = models.join(ACTIVE);
    let text = match small_text(&path) {
        Ok(text) => text,
        Err(PackError::Missing(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    let id = text.trim();
    if is_plain_name(id) {
        return Ok(Some(id.to_owned()));
    }
    Err(PackError::Manifest { path, why: format!("{id:?} is not the name of a pack") })
}

fn check_file(path: &Path, wanted: Digest) -> Result<(), PackError> {
    let found = sha256_of_file(path).map_err(|e| PackError::io(path, e))?;
    if found == wanted { Ok(()) } else { Err(PackError::Checksum { path: path.to_owned(), wanted, found }) }
}

fn small_text(path: &Path) -> Result<String, PackError> {
    let size = fs::metadata(path).map_err(|e| PackError::io(path, e))?.len();
    if size > MANIFEST_BYTES {
        return Err(PackError::Manifest { path: path.to_owned(), why: format!("{size} bytes are too many") });
    }
    fs::read_to_string(path).map_err(|e| PackError::io(path, e))
}
