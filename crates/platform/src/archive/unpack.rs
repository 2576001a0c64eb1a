//! Reading the file: entry by entry, each bounded, whatever the file says; checked as a whole before anything of it is used.

use std::fs::File;
use std::io::{self, BufReader, Read as _};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;
use sha2::{Digest as _, Sha256};

use super::pack::{Entry, digest_entry};
use super::{ArchiveError, End, FORMAT, LARGEST, Manifest};
use crate::blobs::hex;

/// More than any padding at the end of the file.
const PADDING: u64 = 1 << 20;

/// Calls `take` with every entry in order.
pub(super) fn each(
    path: &Path,
    mut take: impl FnMut(Entry) -> Result<(), ArchiveError>,
) -> Result<(), ArchiveError> {
    let open = |error: io::Error| ArchiveError::File { file: path.to_owned(), what: error.to_string() };
    let broken = |error: io::Error| damaged(path, format!("it is not whole, or not an export: {error}"));
    let file = BufReader::with_capacity(1 << 20, File::open(path).map_err(open)?);
    let mut archive = tar::Archive::new(MultiGzDecoder::new(file));
    let entries = archive.entries().map_err(broken)?;
    for entry in entries {
        let entry = entry.map_err(broken)?;
        let name = entry.path().map_err(broken)?.to_string_lossy().into_owned();
        let size = entry.size();
        if size > LARGEST {
            return Err(damaged(path, format!("{name} is larger than anything an export holds")));
        }
        let mut content = Vec::new();
        entry.take(LARGEST).read_to_end(&mut content).map_err(broken)?;
        if content.len() as u64 != size {
            return Err(damaged(path, format!("it ends inside of {name}")));
        }
        take(Entry { name, content })?;
    }
    // What is left is padding; the checksums of the compression are behind it.
    let rest = io::copy(&mut archive.into_inner().take(PADDING), &mut io::sink()).map_err(broken)?;
    if rest == PADDING {
        return Err(damaged(path, "something follows its end".to_owned()));
    }
    Ok(())
}

/// Reads the whole file and answers what it says of itself, when all of it is as it was written.
pub(super) fn verify(path: &Path) -> Result<(Manifest, End), ArchiveError> {
    let (mut manifest, mut end): (Option<Manifest>, Option<End>) = (None, None);
    let mut found = End::default();
    let mut digest = Sha256::new();
    each(path, |entry| {
        if end.is_some() {
            return Err(damaged(path, format!("{} follows its end", entry.name)));
        }
        if manifest.is_none() && entry.name != "manifest.json" {
            return Err(damaged(path, "it is not an export of a platform".to_owned()));
        }
        match entry.name.split('/').collect::<Vec<_>>()[..] {
            ["manifest.json"] if manifest.is_none() => manifest = Some(read_manifest(path, &entry.content)?),
            ["end.json"] => {
                let read = serde_json::from_slice(&entry.content);
                end = Some(read.map_err(|error| damaged(path, format!("end.json: {error}")))?);
                return Ok(());
            }
            ["tables", table, "amended.jsonl"] => {
                found.tables.entry(table.to_owned()).or_default();
            }
            ["tables", table, _] => {
                let lines = entry.content.iter().filter(|byte| **byte == b'\n').count();
                *found.tables.entry(table.to_owned()).or_default() += lines as u64;
            }
            ["blobs", ..] => found.blobs += 1,
            _ => return Err(damaged(path, format!("{} does not belong there", entry.name))),
        }
        digest_entry(&mut digest, &entry.name, &entry.content);
        Ok(())
    })?;
    let (Some(manifest), Some(end)) = (manifest, end) else {
        return Err(damaged(path, "it is not whole: its end is missing".to_owned()));
    };
    let (tables, blobs, sha256) = (found.tables, found.blobs, hex(&digest.finalize()));
    if (&tables, blobs, &sha256) != (&end.tables, end.blobs, &end.sha256) {
        return Err(damaged(
            path,
            "it was altered: counts or checksum differ from what was written".to_owned(),
        ));
    }
    Ok((manifest, end))
}

fn read_manifest(path: &Path, content: &[u8]) -> Result<Manifest, ArchiveError> {
    let read: Manifest =
        serde_json::from_slice(content).map_err(|error| damaged(path, format!("manifest.json: {error}")))?;
    if read.format != FORMAT {
        let words = format!("it has format {}, this program reads format {FORMAT}", read.format);
        return Err(ArchiveError::Refused(format!("{}: {words}", path.display())));
    }
    Ok(read)
}

/// The file is not what was written.
pub(super) fn damaged(path: &Path, what: String) -> ArchiveError {
    ArchiveError::Damaged { file: PathBuf::from(path), what }
}
