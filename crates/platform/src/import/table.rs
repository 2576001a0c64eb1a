//! The list of an import, wherever it is: a file of its own, or inside an archive.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use zip::ZipArchive;

use super::archive::Archive;
use super::{ImportError, sheet, text};

/// Largest list, in bytes.
const LIST: u64 = 64 << 20;

/// What a received file is, by its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Workbook,
    Archive,
}

/// The files of an import, sorted by what they are.
#[derive(Debug, Default)]
pub(super) struct Files {
    /// The list; one inside an archive was copied out.
    pub(super) list: Option<PathBuf>,
    /// Archives, oldest first.
    pub(super) archives: Vec<PathBuf>,
}

/// Sorts the files of an import, oldest first.
pub(super) fn sort(files: &[PathBuf]) -> Result<Files, ImportError> {
    let mut sorted = Files::default();
    for file in files {
        let list = match kind(file)? {
            Kind::Archive => {
                sorted.archives.push(file.clone());
                unpack_list(file)?
            }
            Kind::Text | Kind::Workbook => Some(file.clone()),
        };
        if let Some(list) = list
            && sorted.list.replace(list).is_some()
        {
            return Err(ImportError::unusable("there are two lists; begin an import for each"));
        }
    }
    Ok(sorted)
}

/// Only the archives among the files of an import, oldest first.
pub(super) fn archives(files: &[PathBuf]) -> Result<Vec<PathBuf>, ImportError> {
    let mut archives = Vec::new();
    for file in files {
        if kind(file)? == Kind::Archive {
            archives.push(file.clone());
        }
    }
    Ok(archives)
}

/// Reads a list; `row` is told each line with text in it, the header first.
pub(super) fn read(
    path: &Path,
    row: impl FnMut(usize, Vec<String>) -> Result<(), ImportError>,
) -> Result<(), ImportError> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    if length > LIST {
        return Err(ImportError::unusable(format!(
            "the list has {length} bytes, more than the {LIST} allowed"
        )));
    }
    match kind(path)? {
        Kind::Text => {
            let mut bytes = Vec::new();
            file.take(LIST).read_to_end(&mut bytes)?;
            text::read(&bytes, row)
        }
        Kind::Workbook => sheet::read(file, row),
        Kind::Archive => Err(ImportError::unusable("the archive's list is itself an archive")),
    }
}

fn kind(path: &Path) -> Result<Kind, ImportError> {
    let mut start = [0; 4];
    let mut file = File::open(path)?;
    let read = file.read(&mut start)?;
    if !start[..read].starts_with(b"PK") {
        return Ok(Kind::Text);
    }
    // Opened within limits first.
    Archive::open(path)?;
    let zip = ZipArchive::new(file).map_err(|error| ImportError::unusable(error.to_string()))?;
    let is_workbook = zip.index_for_name("[Content_Types].xml").is_some()
        && zip.index_for_name("xl/workbook.xml").is_some();
    Ok(if is_workbook { Kind::Workbook } else { Kind::Archive })
}

/// Copies the list of an archive beside it.
fn unpack_list(path: &Path) -> Result<Option<PathBuf>, ImportError> {
    let mut archive = Archive::open(path)?;
    let Some(entry) = archive.list()?.cloned() else { return Ok(None) };
    let content = archive
        .read(entry.index(), LIST)
        .map_err(|why| ImportError::unusable(format!("the list {} {why}", entry.name)))?;
    let list = path.with_extension("list");
    std::fs::write(&list, content)?;
    Ok(Some(list))
}
